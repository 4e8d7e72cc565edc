/** One thing that was looked at. `bad`: it is deaf, or soon will be. `unknown`: nobody could tell. */
export interface Check {
  /** Stays the same from run to run: by it a finding is told once. */
  readonly name: string
  readonly state: 'ok' | 'bad' | 'unknown'
  /** What is so, in one sentence for people. */
  readonly says: string
  /** What to do about it. */
  readonly fix?: string
}

export const ok = (name: string, says: string, fix?: string): Check => check(name, 'ok', says, fix)
export const bad = (name: string, says: string, fix: string): Check => check(name, 'bad', says, fix)
export const unknown = (name: string, says: string, fix?: string): Check => check(name, 'unknown', says, fix)

const check = (name: string, state: Check['state'], says: string, fix?: string): Check => ({
  name,
  state,
  says,
  ...(fix === undefined ? {} : { fix }),
})

/** Whether a value of unknown origin is a check. */
export const isCheck = (value: unknown): value is Check => {
  const { name, state, says, fix } = (value ?? {}) as Record<string, unknown>
  return (
    typeof name === 'string' &&
    typeof says === 'string' &&
    (state === 'ok' || state === 'bad' || state === 'unknown') &&
    (fix === undefined || typeof fix === 'string')
  )
}
