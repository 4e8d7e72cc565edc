import { Fault, told } from '#shared/fault.ts'
import { boxOf } from '#shared/jump/ask-for-box.ts'
import { bySlackId, zoneOf } from '#shared/jump/zone.ts'
import type { PolicyPerson } from '#shared/policy/schema.ts'
import type { Ports } from '#shared/ports.ts'
import { type Press, Pressed } from '#shared/slack/press.ts'
import { escaped } from '#shared/slack/text.ts'
import type { Person } from '#shared/story.ts'
import { answerAsk } from './answer-ask.ts'
import { askUndo } from './ask-undo.ts'
import { close, extend } from './jumps.ts'
import type { Members } from './may-answer.ts'
import { setSwitch } from './switch.ts'

/** What carrying out a press needs beside the ports. */
export interface Workspace {
  readonly members: Members
  /** Answers whoever pressed, where Slack gave an address for that. */
  readonly respond: (to: string, text: string) => Promise<void>
}

/**
 * Carries out what somebody pressed in Slack, by the very functions that the command line's requests go through, and tells
 * them what came of it. What is refused is theirs to hear; what failed is thrown too, so that it is tried again and kept.
 */
export async function carryOut(event: unknown, workspace: Workspace, ports: Ports): Promise<{ readonly said: string }> {
  const { user, press, reason } = Pressed.parse(event)
  const say = async (said: string) => {
    if (press.to)
      await workspace.respond(press.to, said).catch((error: unknown) => ports.log('warn', told(error).message))
    return { said }
  }
  try {
    const person = bySlackId(user, ports.policy)
    if (!person)
      throw new Fault('slack-refused', `Expected somebody under people in the policy; Slack user ${user} is none.`)
    requireRight(press, person)
    const by: Person = { name: person.name, from: `Slack ${user}` }
    const said = await saidOf(press, reason, by, person, workspace, ports)
    ports.log('info', 'Press carried out', { what: press.what, user })
    return await say(said)
  } catch (error) {
    const { code, message } = told(error)
    const isTheirs = error instanceof Fault && !error.retryable
    if (isTheirs && code !== 'under-way') {
      ports.metric('RequestsRefused', 1)
      ports.log('warn', 'Slack request refused', { why: code, what: press.what, user })
    }
    await say(`${wayOf(code, isTheirs)}: ${escaped(message)}`)
    if (!isTheirs) throw error
    return { said: message }
  }
}

const wayOf = (code: string, isTheirs: boolean): string => {
  if (code === 'under-way') return 'Under way'
  return isTheirs ? 'Not done' : 'It failed, and is tried again'
}

/** What IAM's policies say of the operators' API, `may` says of Slack's buttons. A box of one's own needs neither. */
function requireRight({ what }: Press, { name, may }: PolicyPerson): void {
  const right = what === 'approve' || what === 'decline' ? 'approve' : 'operate'
  if (what === 'extend' || what === 'close' || may.includes(right)) return
  throw new Fault('slack-refused', `Expected somebody who may ${right}; the policy does not say that of ${name}.`)
}

async function saidOf(
  press: Press,
  reason: string,
  by: Person,
  person: PolicyPerson,
  { members }: Workspace,
  ports: Ports,
): Promise<string> {
  switch (press.what) {
    case 'approve':
    case 'decline': {
      const state = press.what === 'approve' ? 'approved' : 'declined'
      const answered = await answerAsk(
        press.incident,
        state,
        { plan: press.plan, reason },
        { by, person, members },
        ports,
      )
      if (answered.what === 'stale')
        return 'Nothing was done: something has changed since it was asked. If anything is still to be asked, it is asked anew.'
      return answered.what === 'declined'
        ? 'Declined: it is left as it is.'
        : `Approved: ${answered.verdict ?? 'under way'}.`
    }
    case 'undo':
    case 'release': {
      const body = { reason, ...(press.chain ? { chain: press.chain } : {}) }
      const undoer = press.what === 'undo' ? 'undo-open-ingress' : 'release-instance'
      const undone = (await askUndo(press.incident, body, by, ports, undoer)) as { what: string; why?: string }
      return undone.what === 'refused' ? `Refused: ${escaped(undone.why ?? '')}` : 'Done: it is put back.'
    }
    case 'disarm':
    case 'arm':
      await setSwitch(press.what, { reason, response: press.response }, by, ports)
      return press.what === 'disarm' ? 'Disarmed: it asks from now on.' : 'Armed: it does again what the policy says.'
    case 'extend':
    case 'close': {
      const changer = { by, person, mayAll: press.what === 'close' && person.may.includes('operate') }
      if (press.what === 'close') {
        const { verdict } = await close(press.box, changer, ports)
        return `Closed: ${verdict ?? 'under way'}.`
      }
      const { request } = await boxOf(press.box, ports)
      const seconds = zoneOf(request.zone, ports.policy)?.usual ?? 3_600
      const { standing } = await extend(press.box, { seconds }, changer, ports)
      return `Extended: it ends at ${standing.until}.`
    }
  }
}
