import { InvokeCommand } from '@aws-sdk/client-lambda'
import { type Cast, STAGE } from '#local/demo/cast.ts'
import { tickOf } from '#local/tick.ts'

/** Starts a sweep by hand with the event that the schedule sends; gives the tick's id and what the function answered. */
export async function sweepNow({ cloud, lambda }: Cast): Promise<{ id: string; answer: unknown }> {
  const tick = tickOf(cloud)
  const FunctionName = `portcullis-${STAGE}-close-open-ingress`
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(tick) }))
  return { id: tick.id, answer: JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') }
}
