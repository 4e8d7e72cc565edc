import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { monotonicFactory } from 'ulid'
import policy from '#policy'
import { dynamodb, dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import type { Reads } from '#shared/aws/ec2.ts'
import { errorText, Fault } from '#shared/fault.ts'
import { metricLine } from '#shared/kit/metrics.ts'
import type { MutationPorts, Ports, Run } from '#shared/ports.ts'

/** What a function does with an event, given its ports. */
export type Work<Event, Answer> = (event: Event, ports: Ports, run: Run) => Promise<Answer>

const newId = monotonicFactory()
const client = dynamodb()

/** What a function may ask and change: it gets these calls and no others. */
export interface Calls {
  readonly reads: Reads
  readonly mutations: MutationPorts
}

/** A Lambda handler around a piece of work. What is thrown goes back to Lambda, which retries it and then keeps it. */
export const entry = <Event, Answer>(calls: Calls, work: Work<Event, Answer>) =>
  middy<Event, Answer>()
    .onError(({ error, context }) => report(error, context))
    .handler((event: Event, context: Context) => {
      const run = { id: context.awsRequestId, startedAt: Date.now() }
      return work(event, portsOf(context, calls), run)
    })

/** The outside as it is in Lambda. The account and the partition come from the function's own ARN, which nobody can forge. */
function portsOf(context: Context, calls: Calls): Ports {
  const [, , , region = '', account = ''] = context.invokedFunctionArn.split(':')
  return {
    stage: setting('STAGE'),
    account,
    region,
    policy,
    ...calls,
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
  const [code, message] = error instanceof Fault ? [error.code, error.sentence] : ['bug', errorText(error)]
  console.error(JSON.stringify({ level: 'error', message, code, run: context.awsRequestId }))
}

function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new Fault('input-invalid', `Expected the environment variable ${name} to be set; it is not.`)
  return value
}
