import type { DoctorReads } from '#shared/aws/doctor-reads.ts'
import type { Check } from '#shared/doctor/check.ts'
import type { Responder } from '#shared/doctor/responders.ts'
import type { Ledger } from '#shared/ledger.ts'
import type { Policy } from '#shared/policy/schema.ts'

/** Everything that the doctor needs of the outside. */
export interface DoctorOutside {
  readonly stage: string
  readonly account: string
  readonly region: string
  readonly policy: Policy
  readonly now: () => number
  /** The ARN of the topic of the notices. */
  readonly notices: string
  /** The URLs of the queues of what finally failed. */
  readonly deadLetters: readonly string[]
  readonly responders: readonly Responder[]
  /** The responses that sweep, and that can be switched off. */
  readonly responses: readonly string[]
  readonly ledger: Pick<Ledger, 'lastEvent' | 'sweep' | 'guard'>
  readonly aws: DoctorReads
  /** By AWS's clock, when it has just answered; milliseconds, NaN where it did not say. */
  readonly awsTime: (topic: string) => Promise<number>
  /** Has a function of this stack say what came of trying its powers. */
  readonly askPowers: (functionName: string) => Promise<unknown>
}

/** One look. What it throws becomes `unknown`: that nobody can look is a finding of its own. */
export type Probe = (outside: DoctorOutside) => Promise<Check | readonly Check[]>

/** The full name of a function of the stack. */
export const functionName = (stage: string, name: string): string => `portcullis-${stage}-${name}`

export const tableName = (stage: string): string => `portcullis-ledger-${stage}`

/** The ARN of a function of the stack, in the topic's partition: no partition is written down anywhere. */
export function functionArn({ notices, region, account, stage }: DoctorOutside, name: string): string {
  const [, partition = 'aws'] = notices.split(':')
  return `arn:${partition}:lambda:${region}:${account}:function:${functionName(stage, name)}`
}
