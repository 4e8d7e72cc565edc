import type { Decided } from '#shared/decision.ts'
import type { Ask } from '#shared/ledger.ts'
import type { Step } from '#shared/plan.ts'
import type { Verdict } from '#shared/verdict.ts'

/** What is written down of an incident: its head, and what happened in it. */

/** Who asked for something, and how that is known. */
export interface Person {
  readonly name: string
  readonly from?: string
}

/** When each stage of a response was over, as ISO times. `event` has a resolution of one second: that is CloudTrail's. */
export interface Timings {
  readonly event: string
  readonly delivered: string
  readonly decided?: string
  readonly applied?: string
  readonly verified: string
}

/** What came of a step. `found-done`: the world is as intended, the author unknown. `not-done`: it was overtaken. */
export type StepOutcome =
  | { readonly what: 'done'; readonly step: string; readonly requestId?: string; readonly created?: readonly string[] }
  | { readonly what: 'found-done'; readonly step: string }
  | { readonly what: 'not-done'; readonly step: string }
  | { readonly what: 'failed'; readonly step: string; readonly code: string; readonly message: string }

/** One line of an incident's story. Written once, never changed. */
export type Entry = { readonly at: string } & (
  | {
      readonly what: 'opened' | 'joined'
      readonly by: string
      readonly decided: readonly Decided[]
      readonly plan: readonly Step[]
      readonly before: unknown
    }
  | { readonly what: 'intended'; readonly step: string }
  | StepOutcome
  | ({ readonly what: 'asked' } & Pick<Ask, 'hash' | 'expires' | 'times' | 'reminded'>)
  | { readonly what: 'approved' | 'declined'; readonly by: Person; readonly hash: string; readonly reason: string }
  | {
      readonly what: 'verified'
      readonly verdict: Verdict
      readonly left: readonly Decided[]
      readonly after: unknown
      readonly timings: Timings
      /** What the second look proves beside the verdict, in the response's own words. */
      readonly proof?: object
    }
  | {
      readonly what: 'undo-intended'
      readonly by: Person
      readonly reason: string
      readonly until: string
      readonly forced: boolean
      readonly changed: readonly string[]
      readonly steps: readonly Step[]
    }
  | { readonly what: 'undo-refused'; readonly by: Person; readonly why: string; readonly changed: readonly string[] }
  | {
      readonly what: 'undone'
      readonly by: Person
      readonly until: string
      readonly fidelity: 'exact' | 'best-effort'
      readonly ids: readonly { readonly was: string; readonly is: string }[]
      readonly differs: readonly string[]
    }
)

/** What stands at the top of an incident. */
export interface Head {
  readonly id: string
  /** `held`: what was done stands until a person releases it. */
  readonly status: 'open' | 'held' | 'closed'
  readonly response: string
  readonly subject: string
  readonly account: string
  readonly region: string
  readonly openedAt: string
  readonly summary: string
  readonly verdict?: Verdict
  readonly undone?: string
  /** What is left open, by which mode and clause: `ask breaker.open-ingress`. */
  readonly left?: string
}

/** An incident's whole story, and whether its entries still are what was written. */
export interface History {
  readonly head: Head
  readonly entries: readonly Entry[]
  /** The digests of the entries, in their order. */
  readonly digests: readonly string[]
  /** Where entries do not chain: changed, taken out or put in afterwards. Empty where all is well. */
  readonly broken: readonly string[]
}

/** The steps of all plans of a story, each once. */
export function stepsPlanned(entries: readonly Entry[]): Step[] {
  const planned = entries.flatMap((entry) => (entry.what === 'opened' || entry.what === 'joined' ? entry.plan : []))
  return [...new Map(planned.map((step) => [step.id, step])).values()]
}
