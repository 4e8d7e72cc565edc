import { digest } from '#shared/kit/canonical.ts'
import type { Call, Step } from '#shared/plan.ts'

/** A step about one thing: named by what it changes and by what it found there. */
export const step = (
  of: string,
  title: string,
  does: Call,
  undo: readonly Call[],
  tier: Step['tier'],
  found: unknown = null,
): Step => ({
  id: digest({ of, does, found }).slice(0, 32),
  title,
  does,
  undo,
  tier,
  of,
})
