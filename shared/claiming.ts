import type { Round } from '#shared/finding.ts'
import { INTENT_TIMEOUT, type Memory } from '#shared/ledger.ts'
import type { Step } from '#shared/plan.ts'

/** What a claim turns on beside the plan: what was set out to be done before, and how often. */

/** EC2's reads are eventually consistent: for so long what was made may not show. */
const UNSEEN = 60_000

/**
 * Whether a step that must not be taken twice was set out on so lately that what it made may not show yet: by whoever did it,
 * got no answer, or died. While another run is at it, claiming it fails; that is waited for there.
 */
export const tooSoon = (step: Step, { intents }: Memory, now: number): boolean =>
  step.once === true &&
  intents.some(
    ({ step: { id }, state, at }) =>
      id === step.id &&
      state !== 'not-done' &&
      at > now - UNSEEN &&
      (state !== 'intended' || at < now - INTENT_TIMEOUT),
  )

/** Intents that no run needs any more. Each rule that is opened anew leaves one: unswept, they would fill the page. */
export const settledLongAgo = ({ intents }: Memory, plan: readonly Step[], now: number): readonly string[] =>
  intents
    .filter(
      (one) => one.state !== 'intended' && one.at < now - 600_000 && !plan.some((step) => step.id === one.step.id),
    )
    .slice(0, 25)
    .map((one) => one.step.id)

/** Within this many milliseconds a permission that is closed again counts as put back. */
const DAY = 86_400_000

/** What was closed how often, with this plan. */
export function roundsAfter({ rounds }: Memory, plan: readonly Step[], at: number): readonly Round[] {
  const before = new Map(rounds.filter((one) => one.at > at - DAY).map((one) => [one.permission, one.times]))
  const closed = new Set(plan.flatMap((step) => step.closes ?? []))
  // A group can hold 1,000 rules and a transaction 100 items; a tug of war is about few.
  return [...closed].slice(0, 10).map((permission) => ({ permission, times: (before.get(permission) ?? 0) + 1, at }))
}
