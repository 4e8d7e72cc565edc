import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { monotonicFactory } from 'ulid'
import policy from '#policy'
import { dynamodb, dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import type { Reads } from '#shared/aws/reads.ts'
import { callsOf, checkPowers, isCheckPowers } from '#shared/check-powers.ts'
import type { Check } from '#shared/doctor/check.ts'
import { Fault, told } from '#shared/fault.ts'
import { metricLine } from '#shared/kit/metrics.ts'
import type { MutationPorts, Ports, Run } from '#shared/ports.ts'

/** What a function does with an event, given its ports. */
export type Work<Event, Answer> = (event: Event, ports: Ports, run: Run) => Promise<Answer>

const newId = monotonicFactory()
const client = dynamodb()

/** What a function may ask and change: it gets these calls and no others. */
export interface Calls {
  readonly reads: Partial<Reads>
  readonly mutations: MutationPorts
  /** Whether it gives tags to what it makes: a right of its own. */
  readonly tags?: true
  /** Whether its role may change only its own things, whatever the table of mutations says: `bounds` in deploy/rights.ts. */
  readonly bounded?: true
}

/** A Lambda handler around a piece of work. What is thrown goes back to Lambda, which retries it and then keeps it. */
export const entry = <Event, Answer>(calls: Calls, work: Work<Event, Answer>) =>
  middy<Event, Answer | readonly Check[]>()
    .onError(({ error, context }) => report(error, context))
    .handler((event: Event, context: Context) => {
      if (isCheckPowers(event)) return tryPowers(calls)
      const run = { id: context.awsRequestId, startedAt: Date.now() }
      return work(event, portsOf(context, calls), run)
    })

/** What came of trying its calls, within the function's own role. */
function tryPowers({ reads, mutations, tags, bounded }: Calls): Promise<readonly Check[]> {
  const conditional = Object.entries(mutations).filter(([, row]) => bounded || 'condition' in row)
  return checkPowers(
    {
      reads: Object.keys(reads),
      powers: Object.keys(mutations),
      ...(tags ? { tags } : {}),
      bounded: conditional.map(([action]) => action),
    },
    callsOf(reads, mutations),
  )
}

/** The outside as it is in Lambda. The account and the partition come from the function's own ARN, which nobody can forge. */
function portsOf(context: Context, calls: Calls): Ports {
  const [, , , region = '', account = ''] = context.invokedFunctionArn.split(':')
  return {
    stage: setting('STAGE'),
    account,
    region,
    policy,
    // A function holds the reads that its response declares, and no others: `rights.ts` checks the same list.
    reads: calls.reads as Reads,
    mutations: calls.mutations,
    ledger: dynamodbLedger({ table: setting('LEDGER'), client, newId }),
    notices: setting('NOTICES'),
    newId,
    clock: {
      now: Date.now,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      left: () => context.getRemainingTimeInMillis(),
    },
    log: (level, message, about) =>
      console[level](JSON.stringify({ level, message, run: context.awsRequestId, ...about })),
    metric: (name, value) => console.log(metricLine(setting('STAGE'), name, value, Date.now())),
  }
}

/** Logs a fault with its code and sentence, once. Ids only: an event's text may be an attacker's. */
function report(error: Error | null | undefined, context: Context): void {
  const { code, message } = told(error)
  console.error(JSON.stringify({ level: 'error', message, code, run: context.awsRequestId }))
}

/** A setting of the function. Throws `input-invalid` where there is none. */
export function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new Fault('input-invalid', `Expected the environment variable ${name} to be set; it is not.`)
  return value
}
