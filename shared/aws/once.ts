/** Makes something when it is first asked for, and never again: a client that nobody needs costs nothing. */
export const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
