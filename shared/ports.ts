import type { Reads } from '#shared/aws/reads.ts'
import type { Ledger } from '#shared/ledger.ts'
import type { Mutations } from '#shared/mutations/table.ts'
import type { Policy } from '#shared/policy/schema.ts'

/** Everything that a response needs of the outside, time and randomness included. */
export interface Ports {
  /** Which deployment this is, as people name it on the command line. */
  readonly stage: string
  readonly account: string
  readonly region: string
  readonly policy: Policy
  readonly reads: Reads
  readonly mutations: MutationPorts
  readonly ledger: Ledger
  /** Where notices go: the ARN of the stack's topic. */
  readonly notices: string
  readonly clock: Clock
  /** A new id that sorts by time. */
  readonly newId: () => string
  readonly log: Log
  readonly metric: (name: MetricName, value: number) => void
}

/** One run of a function: its id survives Lambda's retries of the same event. */
export interface Run {
  readonly id: string
  readonly startedAt: number
}

export type MutationPorts = {
  readonly [N in keyof Mutations]?: {
    readonly send: (input: Mutations[N]['input']) => Promise<Mutations[N]['output']>
    readonly alreadySo: readonly string[]
    readonly forgoes?: readonly string[]
    readonly created?: (output: Mutations[N]['output']) => readonly string[]
  }
}

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Milliseconds until the platform ends this run. */
  readonly left: () => number
}

/** One line of log: ids and clauses, never whole events. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, about?: Readonly<Record<string, unknown>>) => void

/** What alarms and dashboards count. */
export type MetricName =
  | 'Settled'
  | 'Asked'
  | 'Watched'
  | 'Spared'
  | 'Ignored'
  | 'StepsFailed'
  | 'BreakerOpen'
  | 'DoctorFindings'
  | 'MissedEvents'
  | 'SweepsCompleted'
  | 'DefenceSweepsCompleted'
  | 'HostSweepsCompleted'
  | 'EvidenceSweepsCompleted'
  | 'BoxSweepsCompleted'
  | 'RequestsRefused'
  | 'SubjectsSwept'
  | 'TimeToContain'
