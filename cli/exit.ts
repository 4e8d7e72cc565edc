/** What the exit codes of the command mean. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3 } as const
