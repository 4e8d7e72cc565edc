/** One mistake that somebody could make, as a replacement of a text that stands exactly once in a file. */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** Several mistakes in one file: each is its name, what to find, and what to put there. */
export const of = (file: string, ...mistakes: readonly (readonly [string, string, string])[]): Mutant[] =>
  mistakes.map(([name, find, replace]) => ({ name, file, find, replace }))
