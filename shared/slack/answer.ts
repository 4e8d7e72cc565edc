import { createHash } from 'node:crypto'
import { told } from '#shared/fault.ts'
import { askForBox, boxPage } from '#shared/jump/ask-for-box.ts'
import { linkToken, placeOf } from '#shared/jump/link.ts'
import { standingIn } from '#shared/jump/standing.ts'
import { readTerms } from '#shared/jump/terms.ts'
import { bySlackId, zonesFor } from '#shared/jump/zone.ts'
import { field, list, text } from '#shared/kit/loose.ts'
import { begin } from '#shared/operators/invoke.ts'
import type { PolicyPerson } from '#shared/policy/schema.ts'
import type { Ports, Run } from '#shared/ports.ts'
import { type Press, type Pressed, readPress } from './press.ts'
import { type Received, type Refused, receive } from './receive.ts'
import { askedView, errorsOf, REQUEST, requestModal, termsIn, typed } from './request-modal.ts'
import type { Secret } from './secrets.ts'
import { unescaped } from './text.ts'
import type { WebApi } from './web-api.ts'
import { reasonIn, WORD, WORDS, type Word, wordModal } from './word-modal.ts'

/** What API Gateway sends back. */
interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the function needs beside its ports. */
export interface SlackOutside {
  readonly secret: Secret
  /** Tries once: Slack waits for 3 s. */
  readonly web: WebApi
  /** Where the pages of this deployment are, without a slash at the end. */
  readonly publicUrl: string
}

/** Somebody of the workspace, and the workspace's word for it. */
interface Asking {
  readonly person: PolicyPerson
  readonly slack: SlackOutside
  readonly ports: Ports
}

/**
 * Answers Slack within its 3 s: opens forms, keeps requests, and hands on what was pressed. What is not Slack's, or of
 * another workspace, or has been here before, comes to nothing and is counted with its reason.
 */
export const answerSlack =
  (slack: SlackOutside) =>
  async (event: unknown, ports: Ports, run: Run): Promise<Answer> => {
    try {
      const received = await receive(event, slack.secret, ports)
      if ('refused' in received) return refuse(received, ports)
      if (received.isCheck) return reply()
      // Slack sends again what it believes we missed: the same body, which did its work the first time.
      const digest = createHash('sha256').update(received.body).digest('hex').slice(0, 32)
      const token = { name: `seen#${digest}`, subject: run.id, until: ports.clock.now() + 900_000 }
      if (!(await ports.ledger.take('slack', token, ports.clock.now())))
        return refuse({ refused: 'seen-before', status: 200 }, ports)
      try {
        const person = bySlackId(received.user, ports.policy)
        if (!person) return await stranger(received, ports)
        return await dispatch(received, { person, slack, ports })
      } catch (error) {
        // It did not do its work: when Slack sends it again, it has another try.
        const now = ports.clock.now()
        await ports.ledger.take('slack', { ...token, until: now - 1 }, now)
        throw error
      }
    } catch (error) {
      const { code, message } = told(error)
      ports.log('error', message, { code })
      // Slack shows whoever asked that it failed, and tries again where that can help.
      return reply({ error: code }, code === 'input-invalid' ? 400 : 500)
    }
  }

async function dispatch(received: Received, asking: Asking): Promise<Answer> {
  const { form, payload } = received
  if (payload === null) return form.get('command') === '/jump' ? jump(received, asking) : reply(only(HELP))
  switch (text(field(payload, 'type'))) {
    case 'block_actions':
      return pressed(payload, received.user, asking)
    case 'view_submission':
      return submitted(payload, received.user, asking)
    case 'view_closed':
      return reply()
    default:
      return refuse({ refused: 'unknown-kind', status: 200 }, asking.ports)
  }
}

const HELP = 'Portcullis knows one command: `/jump [zone] [reason]` opens the form for a jump box.'

async function jump({ form, user }: Received, { person, slack, ports }: Asking): Promise<Answer> {
  const zones = zonesFor(person.name, ports.policy)
  if (zones.length === 0) return reply(only(`There is no zone in which ${person.name} may have a jump box.`))
  const key = await ports.ledger.keyOf(person.name)
  const view = requestModal(zones, { ...typed(form.get('text') ?? '', zones), key })
  await slack.web.call('views.open', { trigger_id: form.get('trigger_id') ?? '', view })
  ports.log('info', 'Form opened', { user, zones: zones.length })
  return reply()
}

async function pressed(payload: unknown, user: string, { slack, ports }: Asking): Promise<Answer> {
  const [action] = list(field(payload, 'actions'))
  // A link is opened by Slack itself; it says so, and there is nothing to do.
  if (text(field(action, 'action_id')) === 'open-link') return reply()
  const about = pressIn(payload)
  if (!about) return refuse({ refused: 'unknown-button', status: 200 }, ports)
  if (!isWord(about)) {
    await handOn({ portcullis: 'pressed', user, press: about, reason: '' }, ports)
    return reply()
  }
  const message = text(field(field(payload, 'message'), 'text')) ?? ''
  const view = wordModal(about, unescaped(message))
  await slack.web.call('views.open', { trigger_id: text(field(payload, 'trigger_id')) ?? '', view })
  return reply()
}

/** What was pressed, and where whoever did can be answered; null where the button is none of ours. */
function pressIn(payload: unknown): Press | null {
  const [action] = list(field(payload, 'actions'))
  const press = readPress(text(field(action, 'value')))
  const to = text(field(payload, 'response_url'))
  return press && ({ ...press, ...(to ? { to } : {}) } as Press)
}

const isWord = (press: Press): press is Press & { what: Word } => press.what in WORDS

async function submitted(payload: unknown, user: string, { person, slack, ports }: Asking): Promise<Answer> {
  const view = field(payload, 'view')
  const form = text(field(view, 'callback_id'))
  if (form === WORD) {
    const press = readPress(text(field(view, 'private_metadata')))
    const reason = reasonIn(view)
    if (!press) return refuse({ refused: 'unknown-button', status: 200 }, ports)
    if (reason.length < 3 || reason.length > 500)
      return reply({ response_action: 'errors', errors: { reason: 'Expected 3 to 500 characters.' } })
    await handOn({ portcullis: 'pressed', user, press, reason }, ports)
    return reply({ response_action: 'clear' })
  }
  if (form !== REQUEST) return refuse({ refused: 'unknown-form', status: 200 }, ports)
  const terms = readTerms(termsIn(view), person.name, ports.policy)
  if ('problems' in terms) {
    // The form offers no zone but their own: what names another was not sent by Slack's own client.
    if (terms.problems.zone) refuse({ refused: 'zone-not-theirs', status: 200 }, ports)
    return reply(errorsOf(terms.problems))
  }
  const by = { name: person.name, from: `Slack ${user}` }
  const { request, joined } = await askForBox(terms, { person: person.name, by, slack: user }, ports)
  const known = joined ? await ports.ledger.recall(boxPage(request.id)) : { ask: null }
  const standing = standingIn(request, known, ports.policy, ports.clock.now())
  const link = standing.state === 'unproven' ? await linkFor(request.id, request.linkUntil, slack, ports) : null
  ports.log('info', 'Box asked for', { request: request.id, user, joined })
  return reply({ response_action: 'update', view: askedView(request, standing, link, joined) })
}

async function linkFor(
  request: string,
  until: string,
  { secret, publicUrl }: SlackOutside,
  ports: Ports,
): Promise<string> {
  const [first = ''] = await secret.all()
  const ends = Math.floor(Date.parse(until) / 1_000)
  return `${publicUrl}/jump/${linkToken({ request, ends }, first, placeOf(ports))}`
}

/** Nobody waits for what was pressed: Lambda retries it, and keeps what fails. */
const handOn = (pressed: Pressed, ports: Ports): Promise<void> => begin('operators-api', pressed, ports)

/** Somebody of the workspace whom the policy does not know. Who presses a button is answered as everybody who may not. */
async function stranger({ payload, user }: Received, ports: Ports): Promise<Answer> {
  ports.metric('RequestsRefused', 1)
  ports.log('warn', 'Slack request refused', { why: 'unknown-person', user })
  const sorry = `Portcullis does not know you: an entry under \`people\` in its policy, with \`slack: ${user}\`, would change that.`
  if (payload === null) return reply(only(sorry))
  const about = pressIn(payload)
  if (about) await handOn({ portcullis: 'pressed', user, press: about, reason: '' }, ports)
  return reply()
}

/** Counts what is refused, with the reason; who sent it learns nothing that helps. */
function refuse({ refused, status }: Refused, ports: Ports): Answer {
  ports.metric('RequestsRefused', 1)
  ports.log('warn', 'Slack request refused', { why: refused })
  return status === 200 ? reply() : reply({ error: 'refused' }, status)
}

const only = (text: string): object => ({ response_type: 'ephemeral', text })

/** Slack takes an empty answer for "done". */
const reply = (body?: object, statusCode = 200): Answer => ({
  statusCode,
  headers: body ? { 'content-type': 'application/json' } : {},
  body: body ? JSON.stringify(body) : '',
})
