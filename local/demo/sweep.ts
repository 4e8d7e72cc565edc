import { randomUUID } from 'node:crypto'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { type Cast, STAGE } from '#local/demo/cast.ts'

/** Starts a sweep by hand with the event that the schedule sends; gives the tick's id and what the function answered. */
export async function sweepNow({ cloud, lambda }: Cast): Promise<{ id: string; answer: unknown }> {
  const id = randomUUID()
  const tick = {
    version: '0',
    id,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: cloud.account,
    time: new Date().toISOString(),
    region: cloud.region,
    resources: [],
    detail: {},
  }
  const FunctionName = `portcullis-${STAGE}-close-open-ingress`
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(tick) }))
  return { id, answer: JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') }
}
