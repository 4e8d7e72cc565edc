import type { Reads } from '#shared/aws/ec2.ts'
import type { Circumstances, Finding } from '#shared/finding.ts'
import type { Intent } from '#shared/ledger.ts'
import type { Mutations } from '#shared/mutations/table.ts'
import type { Step } from '#shared/plan.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { Signal } from '#shared/signal.ts'

/** What is there. It carries the key of its subject; an empty key means that the subject led nowhere. */
export interface World {
  readonly subject: string
}

/**
 * One capability: how to look, what is wrong, and what would cure it. It does not know whether it is armed.
 * `subjects`, `judge` and `plan` are pure; `observe` and `scan` only read.
 */
export interface Response<Subject, W extends World, F extends Finding> {
  readonly name: F['finding']
  /** What `observe` and `scan` may call: the read rights of the function's role. */
  readonly reads: readonly (keyof Reads)[]
  /** What `plan` may contain: the write rights of the function's role. */
  readonly powers: readonly (keyof Mutations)[]
  /** What an undo may contain: the write rights of the undo function's role. */
  readonly undoes: readonly (keyof Mutations)[]
  /** Where to look; `[]` means that the signal is not ours. */
  subjects(signal: Signal): readonly Subject[] | 'all'
  /** The subject's key in the ledger, where it is known before looking. */
  keyOf(subject: Subject): string | undefined
  subjectOf(key: string): Subject
  observe(subject: Subject, reads: Reads): Promise<W>
  scan(
    reads: Reads,
    worth: (world: W) => boolean,
    cursor?: string,
  ): AsyncIterable<{ readonly worlds: readonly W[]; readonly seen: number; readonly cursor: string | undefined }>
  judge(world: W, policy: Policy, circumstances: Circumstances): readonly F[]
  plan(findings: readonly F[], world: W): readonly Step[]
  /** What the signal names and the world does not show, though nobody here took it away: the read may be stale. */
  unseen(signal: Signal, world: W, intents: readonly Intent[]): boolean
  /** Whether the world is already as the step would leave it. */
  isDone(step: Step, world: W): boolean
}
