import type { Reads } from '#shared/aws/reads.ts'
import type { Circumstances, Finding, Origin } from '#shared/finding.ts'
import type { Intent } from '#shared/ledger.ts'
import type { Mutations } from '#shared/mutations/table.ts'
import type { Step } from '#shared/plan.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { MetricName } from '#shared/ports.ts'
import type { ApiCall, Signal } from '#shared/signal.ts'

/** What is there. It carries the key of its subject. */
export interface World {
  readonly subject: string
}

/** What a response may ask of AWS, what it is asked for, the time (milliseconds) by which an answer is old, and patience. */
export interface Outside {
  readonly reads: Reads
  readonly policy: Policy
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
  scan(
    outside: Outside,
    worth: (world: W) => boolean,
    cursor?: string,
  ): AsyncIterable<{ readonly worlds: readonly W[]; readonly seen: number; readonly cursor: string | undefined }>
  judge(world: W, policy: Policy, circumstances: Circumstances): readonly F[]
  plan(findings: readonly F[], world: W): readonly Step[]
  /** Which parts of the world the caller is proven to have made as they are now. */
  origins(call: ApiCall, world: W): readonly Origin[]
  /** What the signal names and the world does not show, though nobody here took it away: the read may be stale. */
  unseen(signal: Signal, world: W, intents: readonly Intent[]): boolean
  /** Whether the world is already as the step would leave it. */
  isDone(step: Step, world: W): boolean
  /** What a notice says of what lies around the subject. Read after acting, never before. */
  surroundings?(subject: string, outside: Outside): Promise<Surroundings>
}

export interface Surroundings {
  readonly lines: readonly string[]
  readonly facts: object
}
