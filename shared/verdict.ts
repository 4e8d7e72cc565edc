import type { Decided } from '#shared/decision.ts'

/**
 * How a response ended, from the findings of the second look:
 * `contained` nothing forbidden is left; `open` something is left by decision; `partial` something is left against our
 * will; `leaky` traffic was seen to pass after all was closed; `unverifiable` it could not be looked at again.
 * Of a jump box: `ready` it is open, and as it has to be; `ending` its instance shuts down; `gone` nothing of it is left.
 */
export type Verdict = 'contained' | 'open' | 'partial' | 'leaky' | 'unverifiable' | 'ready' | 'ending' | 'gone'

/** @param left what the second look still finds, with what was decided about it; null where there was no second look */
export function verdictOf(left: readonly Decided[] | null): Verdict {
  if (left === null) return 'unverifiable'
  if (left.some(({ decision }) => decision.mode === 'act')) return 'partial'
  if (left.some(({ finding }) => finding.finding === 'host-residue' && finding.residue.kind === 'leak')) return 'leaky'
  return left.length > 0 ? 'open' : 'contained'
}
