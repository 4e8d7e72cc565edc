import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import parseDuration from 'parse-duration'
import { Fault, isFaultCode } from '#shared/fault.ts'
import type { UndoAnswer } from '#shared/responses/open-ingress/undo.ts'
import { clientOptions, type Deployment } from './ledger.ts'

interface Options extends Deployment {
  readonly reason: string
  readonly for?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** Asks the undo function to put an incident's rules back. Exit code 3 where it refuses. */
export async function undo(incident: string, options: Options): Promise<number> {
  const by = await new STSClient(clientOptions(options)).send(new GetCallerIdentityCommand({}))
  const answer = await invoked(options, {
    incident,
    reason: options.reason,
    by: by.Arn ?? 'unknown',
    ...(options.force ? { force: true } : {}),
    ...(options.for ? { seconds: seconds(options.for) } : {}),
  })
  if (options.json) console.log(JSON.stringify(answer))
  else if (answer.what === 'refused') {
    console.error(`Refused: ${answer.why}.`)
    for (const line of answer.changed) console.error(`  ${line}`)
    if (answer.changed.length > 0)
      console.error('Look at what changed; --force puts the rules back all the same, and is recorded.')
  } else {
    console.log(`Undone (${answer.fidelity}); left alone until ${answer.until}.`)
    for (const { was, is } of answer.ids) console.log(`  ${was} is now ${is || 'not to be found'}`)
    for (const line of answer.differs) console.log(`  not as before: ${line}`)
    console.log('Terraform and CloudFormation may still hold the old rule ids: refresh before the next apply.')
  }
  return answer.what === 'refused' ? 3 : 0
}

async function invoked(options: Options, request: object): Promise<UndoAnswer> {
  const name = `portcullis-${options.stage}-undo-open-ingress`
  const reply = await new LambdaClient(clientOptions(options)).send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(request) }),
  )
  const payload = JSON.parse(Buffer.from(reply.Payload ?? []).toString() || 'null') as UndoAnswer & {
    errorType?: string
    errorMessage?: string
  }
  if (!reply.FunctionError) return payload
  // Lambda hands over the fault's message: its code and its sentence.
  const [, code, sentence] = /^([a-z-]+): ([\s\S]*)$/.exec(payload.errorMessage ?? '') ?? []
  throw isFaultCode(code)
    ? new Fault(code, sentence ?? '')
    : new Error(payload.errorMessage ?? `${name} failed and did not say why.`)
}

function seconds(text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds === null || milliseconds < 60_000)
    throw new Fault('input-invalid', `Expected --for to be a duration of 1m to 7d; got ${text}.`)
  return Math.round(milliseconds / 1_000)
}
