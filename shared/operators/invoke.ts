import { awsCode, errorText, Fault, isDenied, isFaultCode } from '#shared/fault.ts'
import { field, text } from '#shared/kit/loose.ts'
import type { Ports } from '#shared/ports.ts'

/** The function that carries out what a response decides. */
export const RESPONDERS: Readonly<Record<string, string>> = {
  'open-ingress': 'close-open-ingress',
  'suspicious-host': 'quarantine-instance',
  'impaired-defences': 'watch-defences',
  'unpreserved-host': 'preserve-host',
  'jump-box': 'keep-jump-boxes',
}

/** The event by which a responder looks at a subject anew, since a person has spoken. */
export const approval = (
  id: string,
  subject: string,
  time: string,
  { account, region }: { readonly account: string; readonly region: string },
): object => ({ portcullis: 'approved', id, account, region, time, subject })

/** Runs a function of this deployment and waits for its answer. Its fault is thrown as if it were ours. */
export async function run(name: string, request: object, { mutations, stage }: Ports): Promise<unknown> {
  const FunctionName = `portcullis-${stage}-${name}`
  const reply = await mutations['lambda:InvokeFunction']!.send({
    FunctionName,
    Payload: JSON.stringify(request),
  }).catch((error: unknown) => {
    throw unanswered(FunctionName, error)
  })
  const answer = JSON.parse(Buffer.from(reply.Payload ?? []).toString() || 'null') as unknown
  if (!reply.FunctionError) return answer
  // Lambda hands over the fault's message: its code and its sentence.
  const message = text(field(answer, 'errorMessage')) ?? 'no word of why'
  const [, code, sentence] = /^([a-z-]+): ([\s\S]*)$/.exec(message) ?? []
  if (isFaultCode(code)) throw new Fault(code, sentence ?? '')
  throw new Fault('step-failed', `Expected ${FunctionName} to answer; what came was ${message}`)
}

function unanswered(name: string, error: unknown): Fault {
  if (awsCode(error) === 'TimeoutError')
    return new Fault(
      'under-way',
      `${name} has not ended yet and goes on by itself; people are told by notice how it ended. Look at it before you ask again: npx portcullis show.`,
      error,
    )
  const code = isDenied(error) ? 'step-denied' : 'step-failed'
  return new Fault(code, `Expected to run ${name}; AWS answered ${errorText(error)}`, error)
}

/** Has a function of this deployment run, and does not wait for it. */
export async function begin(name: string, request: object, { mutations, stage }: Ports): Promise<void> {
  const FunctionName = `portcullis-${stage}-${name}`
  const Payload = JSON.stringify(request)
  await mutations['lambda:InvokeFunction']!.send({ FunctionName, InvocationType: 'Event', Payload })
}
