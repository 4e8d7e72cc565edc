import type { Decided } from '#shared/decision.ts'

/**
 * How a response ended, from the findings of the second look:
 * `contained` nothing forbidden is left; `open` something is left by decision; `partial` something is left against our
 * will; `unverifiable` it could not be looked at again.
 */
export type Verdict = 'contained' | 'open' | 'partial' | 'unverifiable'

/** @param left what the second look still finds, with what was decided about it; null where there was no second look */
export function verdictOf(left: readonly Decided[] | null): Verdict {
  if (left === null) return 'unverifiable'
  if (left.some(({ decision }) => decision.mode === 'act')) return 'partial'
  return left.length > 0 ? 'open' : 'contained'
}
