import type { Reads } from '#shared/aws/reads.ts'
import type { Circumstances, Finding, Origin } from '#shared/finding.ts'
import type { Intent, Memory, Scarce } from '#shared/ledger.ts'
import type { Mutations } from '#shared/mutations/table.ts'
import type { Step } from '#shared/plan.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { MetricName, Ports } from '#shared/ports.ts'
import type { ApiCall, Signal } from '#shared/signal.ts'
import type { Suspicion } from '#shared/suspicion.ts'
import type { Verdict } from '#shared/verdict.ts'

/** What is there. It carries the key of its subject. */
export interface World {
  readonly subject: string
}

/** What a response may ask of AWS, what it is asked for, the time (milliseconds) by which an answer is old, and patience. */
export interface Outside {
  readonly reads: Reads
  readonly policy: Policy
  readonly region: string
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
}

/**
 * One capability: where to look, what is wrong, and what would cure it. It does not know whether it is armed.
 * `subjects`, `judge` and `plan` are pure; `locate`, `observe`, `scan` and `surroundings` only read.
 */
export interface Response<Where, W extends World, F extends Finding> {
  readonly name: string
  /** What counts its sweeps: whether each of them still comes to its end is another alarm. */
  readonly swept: MetricName
  /** What it may read: the read rights of the function's role. */
  readonly reads: readonly (keyof Reads)[]
  /** What `plan` may contain under this policy: the write rights of the function's role. */
  readonly powers: (policy: Policy) => readonly (keyof Mutations)[]
  /** What an undo may contain: the write rights of the undo function's role. */
  readonly undoes: (policy: Policy) => readonly (keyof Mutations)[]
  /** Where to look; `[]` means that the signal is not ours. */
  subjects(signal: Signal): readonly Where[] | 'all'
  /** The keys of the subjects that are meant: one, or many where one thing is used by many; null where nothing shows yet. */
  locate(where: Where, outside: Outside): Promise<readonly string[] | null>
  observe(subject: string, outside: Outside): Promise<W>
  /** The first look: what the most urgent step needs, in one round of reads. Without it, `observe` is. */
  glance?(subject: string, outside: Outside): Promise<W>
  scan(outside: Outside, worth: (world: W) => boolean, cursor?: string): AsyncIterable<Scanned<W>>
  /** What there is little of, by subject, in words: looked for by the sweep, since a look has no time for it. */
  scarce?(outside: Outside): Promise<Scarce>
  judge(world: W, policy: Policy, circumstances: Circumstances): readonly F[]
  plan(findings: readonly F[], world: W): readonly Step[]
  /** Which parts of the world the caller is proven to have made as they are now. */
  origins(call: ApiCall, world: W): readonly Origin[]
  /** Why the signal's host is suspicious; asked anew of whoever says so, since an event can be forged. */
  confirm?(suspicions: readonly Suspicion[], outside: Outside): Promise<readonly Suspicion[]>
  /**
   * Whether what was done to it stands until a person releases it. A response that holds at all has one run at a time at a
   * subject: the others leave word.
   */
  holds?(world: W): boolean
  /** Whether it ends what we made ourselves: neither kill switch nor breaker holds that back. */
  isOwed?(finding: F): boolean
  /** What a person's answer is bound to, where that is not the plan. */
  asks?(findings: readonly F[]): unknown
  /** For how long these are asked, in seconds, where it is not as for all. */
  patience?(findings: readonly F[], policy: Policy): Policy['asks'] | undefined
  /** Its own word for how it ended, in place of the plain one. */
  verdict?(plain: Verdict, world: W): Verdict
  /** How many subjects an hour, where it is not as for all. */
  readonly breaker?: (policy: Policy) => Policy['breaker']
  /** Content for a step that is too large for a plan, read when it is due. */
  content?(name: string, at: { readonly subject: string; readonly incident: string }, ports: Ports): Promise<unknown>
  /** Whether a call matters, given what the ledger knows of the subject: asked before anything else is read. */
  concerns?(call: ApiCall, memory: Memory): boolean
  /** What somebody did to a subject in our hold, in words; null where it is nothing to worry about. */
  disturbance?(call: ApiCall): string | null
  /** Whether who made a part is kept also where nothing is wrong with it: a sweep will ask. */
  keepsOrigins?(policy: Policy): boolean
  /** What the signal names and the world does not show, though nobody here took it away: the read may be stale. */
  unseen(signal: Signal, world: W, intents: readonly Intent[]): boolean
  /** Whether the world is already as the step would leave it. */
  isDone(step: Step, world: W): boolean
  /** What a notice says of what lies around the subject. Read after acting, never before. */
  surroundings?(world: W, outside: Outside, known: Pick<Circumstances, 'request' | 'approvedAt'>): Promise<Surroundings>
  /** What the second look proves, beside that nothing is left: written down and told with the verdict. */
  proof?(world: W, circumstances: Pick<Circumstances, 'account' | 'taken' | 'now'>): object | null
}

/** One page of a scan. `inPart`: its worlds tell enough to say what is worth a look, and too little to act on. */
export interface Scanned<W> {
  readonly worlds: readonly W[]
  readonly seen: number
  readonly cursor: string | undefined
  readonly inPart?: boolean
}

export interface Surroundings {
  readonly lines: readonly string[]
  readonly facts: object
}
