import { Fault, type FaultCode, told } from '#shared/fault.ts'
import { byPrincipal } from '#shared/jump/zone.ts'
import { field, text } from '#shared/kit/loose.ts'
import type { PolicyPerson } from '#shared/policy/schema.ts'
import type { Ports } from '#shared/ports.ts'
import type { Head } from '#shared/story.ts'
import { storyOf } from '#shared/story-of.ts'
import { accuse } from './accuse.ts'
import { answerAsk } from './answer-ask.ts'
import { askUndo } from './ask-undo.ts'
import { run } from './invoke.ts'
import { boxAnswer, close, extend, openBox } from './jumps.ts'
import type { Members } from './may-answer.ts'
import { carryOut, type Workspace } from './pressed.ts'
import { type OperatorsRequest, readRequest } from './request.ts'
import { setSwitch, switches } from './switch.ts'

/** What API Gateway sends back. */
interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Asked extends OperatorsRequest {
  /** Who the caller is to the policy. */
  readonly person: PolicyPerson | undefined
  readonly members: Members
}

type Work = (request: Asked, ports: Ports) => Promise<unknown>

/** What operators can ask. Who may ask which is a matter of IAM: the managed policies in `deploy/operators.ts`. */
export const ROUTES: Readonly<Record<string, Work>> = {
  'GET /incidents': async ({ query }, { ledger }) => {
    const { status = 'all', limit = '50' } = query
    const most = Number(limit)
    const statuses = status === 'all' ? (['open', 'held', 'closed'] as const) : [status as Head['status']]
    if (!['all', 'open', 'held', 'closed'].includes(status) || !(Number.isInteger(most) && most >= 1 && most <= 1_000))
      throw new Fault(
        'input-invalid',
        'Expected status to be open, held, closed or all, and limit a number of 1 to 1000.',
      )
    const heads = (await Promise.all(statuses.map((one) => ledger.incidents(one, most)))).flat()
    return heads.sort((a, b) => (a.id < b.id ? 1 : -1))
  },
  'GET /incidents/{id}': ({ incident }, ports) => storyOf(incident, ports),
  'GET /switches': (_request, ports) => switches(ports),
  'GET /doctor': (_request, ports) => run('doctor', { portcullis: 'doctor' }, ports),
  'POST /incidents/{id}/approve': ({ incident, body, ...who }, ports) =>
    answerAsk(incident, 'approved', body, who, ports),
  'POST /incidents/{id}/decline': ({ incident, body, ...who }, ports) =>
    answerAsk(incident, 'declined', body, who, ports),
  'POST /incidents/{id}/undo': ({ incident, body, by }, ports) => askUndo(incident, body, by, ports),
  'POST /incidents/{id}/release': ({ incident, body, by }, ports) =>
    askUndo(incident, body, by, ports, 'release-instance'),
  'POST /hosts/{id}/quarantine': ({ incident: host, body, by }, ports) =>
    accuse(host, 'suspicious-host', body, by, ports),
  'POST /hosts/{id}/preserve': ({ incident: host, body, by }, ports) =>
    accuse(host, 'unpreserved-host', body, by, ports),
  'POST /jumps': ({ body, by, person }, ports) => openBox(body, by, person, ports),
  'GET /jumps/{id}': ({ incident: box }, ports) => boxAnswer(box, ports),
  'POST /jumps/{id}/extend': ({ incident: box, body, by, person }, ports) =>
    extend(box, body, { by, person, mayAll: false }, ports),
  'POST /jumps/{id}/close': ({ incident: box, by, person }, ports) => close(box, { by, person, mayAll: false }, ports),
  // Another's box: who may is a matter of IAM.
  'POST /jumps/{id}/end': ({ incident: box, by, person }, ports) => close(box, { by, person, mayAll: true }, ports),
  'POST /disarm': ({ body, by }, ports) => setSwitch('disarm', body, by, ports),
  'POST /arm': ({ body, by }, ports) => setSwitch('arm', body, by, ports),
}

const STATUS: Partial<Record<FaultCode, number>> = {
  'input-invalid': 400,
  'caller-unknown': 403,
  'incident-unknown': 404,
  'undo-refused': 409,
  'answer-refused': 409,
  'box-refused': 409,
  'box-unknown': 404,
  'claimed-elsewhere': 409,
  'under-way': 504,
}

/**
 * Answers an operator's request. A fault becomes a status and `{error: {code, message}}`: it is the caller who is told.
 * What was pressed in Slack comes by a direct invocation, which IAM lets only the function that answers Slack make.
 */
export const operatorsApi =
  (workspace: Workspace) =>
  (event: unknown, ports: Ports): Promise<Answer | { readonly said: string }> =>
    text(field(event, 'portcullis')) === 'pressed'
      ? carryOut(event, workspace, ports)
      : answerOperator(event, workspace, ports)

/** Answers what came through the API. */
export async function answerOperator(event: unknown, { members }: Workspace, ports: Ports): Promise<Answer> {
  try {
    const request = readRequest(event)
    const work = ROUTES[request.route]
    if (!work) throw new Fault('input-invalid', `Expected one of ${Object.keys(ROUTES).join(', ')}.`)
    const person = byPrincipal(request.by.name, ports.policy)
    const answer = await work({ ...request, person, members }, ports)
    ports.log('info', 'Operator answered', { route: request.route, by: request.by.name, from: request.by.from })
    return reply(200, answer)
  } catch (error) {
    const { code, message } = told(error)
    ports.log('error', message, { code })
    return reply(code === 'bug' ? 500 : (STATUS[code] ?? 502), { error: { code, message } })
  }
}

const reply = (statusCode: number, body: unknown): Answer => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
})
