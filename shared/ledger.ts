import type { Decided } from '#shared/decision.ts'
import type { Grace } from '#shared/finding.ts'
import type { Step } from '#shared/plan.ts'
import type { Verdict } from '#shared/verdict.ts'

/** An intent older than this may be claimed by another run: the one that wrote it is dead, or its call is long over. */
export const INTENT_TIMEOUT = 30_000
/** How long other runs leave an incident to the one that is at it. */
export const HOLD = 60_000

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
  | {
      readonly what: 'verified'
      readonly verdict: Verdict
      readonly left: readonly Decided[]
      readonly after: unknown
      readonly timings: Timings
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
  readonly status: 'open' | 'closed'
  readonly response: string
  readonly subject: string
  readonly account: string
  readonly region: string
  readonly openedAt: string
  readonly summary: string
  readonly verdict?: Verdict
  readonly undone?: string
}

/** A change that somebody set out to make. It excludes a second try until it is settled or too old to still be running. */
export interface Intent {
  readonly step: Step
  readonly incident: string
  readonly run: string
  readonly at: number
  readonly state: 'intended' | StepOutcome['what']
}

/** What the ledger knows of a subject: one query. */
export interface Memory {
  /** The open incident, what was last told of it, and which run is at it until when. */
  readonly open: {
    readonly incident: string
    readonly summary: string
    readonly told: string
    readonly run: string
    readonly until: number
  } | null
  readonly intents: readonly Intent[]
  readonly graces: readonly Grace[]
  /** When an event last spoke of the subject; milliseconds, 0 for never. */
  readonly lastEvent: number
}

/** Whose ledger page it is: one subject of one response. */
export interface Page {
  readonly response: string
  readonly subject: string
}

/** Everything that must be true and written before anything is changed: one transaction. */
export interface Claim extends Page {
  readonly head: Head
  /**
   * What becomes of the subject's open incident: `open` a new one, `join` the one there is, `take-up` the one there is
   * unless another run is at it, `leave` it alone.
   */
  readonly hold: 'open' | 'join' | 'take-up' | 'leave'
  readonly run: string
  readonly now: number
  /** Until when (milliseconds) others leave the incident to this run. */
  readonly until: number
  readonly entries: readonly Entry[]
  readonly steps: readonly Step[]
  readonly graces?: readonly Grace[]
  /** Settled intents to delete, by their steps. */
  readonly forget?: readonly string[]
}

export type Outcome = 'settled' | 'watched' | 'spared' | 'ignored'

/** Where a sweep stands. */
export interface SweepState {
  /** Where to go on; absent when the last one came to the end. */
  readonly cursor?: string
  readonly startedAt: number
  /** When a sweep last came to its end; 0 for never. */
  readonly completedAt: number
}

export interface Ledger {
  recall(page: Page): Promise<Memory>
  /** `lost`: another run holds what was to be claimed, or the world of the ledger moved: look again. */
  claim(claim: Claim): Promise<'claimed' | 'lost'>
  /** Writes what came of steps: entries, and the state of their intents. */
  record(
    page: Page,
    incident: string,
    entries: readonly Entry[],
    states: Readonly<Record<string, Intent['state']>>,
  ): Promise<void>
  /** Writes the verdict on the incident's head, beside its entry. */
  verified(head: Head, entry: Entry): Promise<void>
  /**
   * Lets go of the incident, once people are told: closes it, or keeps what was told of it. Until then it counts as open,
   * so that the next look finishes what a dead run left. False where another run has taken it over.
   */
  release(
    page: Page,
    incident: string,
    run: string,
    end: { readonly closed: boolean; readonly told: string },
  ): Promise<boolean>
  /** Marks an incident as undone, with its last entry. */
  undone(head: Head, entry: Entry): Promise<void>
  /** Counts an event once, however often it is delivered: true for the first time. */
  count(
    event: { readonly id: string; readonly outcome: Outcome; readonly at: number },
    pages: readonly Page[],
  ): Promise<boolean>
  history(incident: string): Promise<{ readonly head: Head; readonly entries: readonly Entry[] } | null>
  incidents(status: Head['status'], limit: number): Promise<readonly Head[]>
  sweep(response: string): Promise<SweepState | null>
  saveSweep(response: string, state: SweepState): Promise<void>
}
