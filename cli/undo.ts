import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import parseDuration from 'parse-duration'
import { Fault, isFaultCode } from '#shared/fault.ts'
import { LONGEST_GRACE } from '#shared/kit/longest-grace.ts'
import type { UndoAnswer } from '#shared/responses/open-ingress/undo.ts'
import { asked } from './aws.ts'
import { EXIT } from './exit.ts'
import { type Asked, clientOptions } from './ledger.ts'

interface Options extends Asked {
  readonly reason: string
  readonly for?: string
  readonly force?: boolean
}

const WHO = {
  expected: 'to reach AWS STS, to record who asks for the undo',
  denied: 'read-denied',
  failed: 'read-failed',
} as const

/** Asks the undo function to put an incident's rules back. Exit code 3 where it refuses. */
export async function undo(incident: string, options: Options): Promise<number> {
  // Before anything is asked of AWS.
  const grace = options.for === undefined ? {} : { seconds: seconds(options.for) }
  const by = await asked(WHO, () => new STSClient(clientOptions(options)).send(new GetCallerIdentityCommand({})))
  const answer = await invoked(options, {
    incident,
    reason: options.reason,
    by: by.Arn ?? 'unknown',
    ...(options.force ? { force: true } : {}),
    ...grace,
  })
  if (options.json) console.log(JSON.stringify(answer))
  if (answer.what === 'refused') {
    console.error(`Refused: ${answer.why}.`)
    for (const line of answer.changed) console.error(`  ${line}`)
    if (answer.changed.length > 0)
      console.error('Look at what changed; --force puts the rules back all the same, and is recorded.')
    return EXIT.refused
  }
  if (!options.json) {
    console.log(`Undone (${answer.fidelity}); left alone until ${answer.until}.`)
    for (const { was, is } of answer.ids) console.log(`  ${was} is now ${is || 'not to be found'}`)
    for (const line of answer.differs) console.log(`  not as before: ${line}`)
    console.log('Terraform and CloudFormation may still hold the old rule ids: refresh before the next apply.')
  }
  return EXIT.done
}

async function invoked(options: Options, request: object): Promise<UndoAnswer> {
  const name = `portcullis-${options.stage}-undo-open-ingress`
  const question = { expected: `AWS Lambda to run ${name}`, denied: 'step-denied', failed: 'step-failed' } as const
  const reply = await asked(question, () =>
    new LambdaClient(clientOptions(options)).send(
      new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(request) }),
    ),
  )
  const payload = JSON.parse(Buffer.from(reply.Payload ?? []).toString() || 'null') as UndoAnswer & {
    errorType?: string
    errorMessage?: string
  }
  if (!reply.FunctionError) return payload
  // Lambda hands over the fault's message: its code and its sentence.
  const [, code, sentence] = /^([a-z-]+): ([\s\S]*)$/.exec(payload.errorMessage ?? '') ?? []
  if (isFaultCode(code)) throw new Fault(code, sentence ?? '')
  const said = payload.errorMessage ?? 'no word of why'
  throw new Fault('step-failed', `Expected ${name} to answer; what came was ${said}`)
}

function seconds(text: string): number {
  const milliseconds = parseDuration(text)
  const whole = Math.round((milliseconds ?? 0) / 1_000)
  if (whole < 60 || whole > LONGEST_GRACE)
    throw new Fault('input-invalid', `Expected --for to be a duration of 1m to 7d, such as 4h; got ${text}.`)
  return whole
}
