import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CHECK_POWERS } from '#shared/check-powers.ts'
import { patient } from './client-options.ts'

/** Longer than the dry runs of a function that has to start first. */
const client = new LambdaClient({ ...patient(), requestHandler: { connectionTimeout: 2_000, requestTimeout: 30_000 } })

/** Has a function say what came of trying its powers. It can ask a function for nothing else. */
export async function askPowers(FunctionName: string): Promise<unknown> {
  const reply = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(CHECK_POWERS) }))
  const answer: unknown = JSON.parse(Buffer.from(reply.Payload ?? []).toString() || 'null')
  if (!reply.FunctionError) return answer
  const { errorMessage } = (answer ?? {}) as { readonly errorMessage?: unknown }
  throw new Error(typeof errorMessage === 'string' ? errorMessage : 'it failed without a word')
}
