import { Fault, told } from '#shared/fault.ts'
import { field, list, text } from '#shared/kit/loose.ts'
import type { Ports } from '#shared/ports.ts'
import { alarmMessage, type Message, noticeMessage } from './notice-message.ts'
import type { WebApi } from './web-api.ts'

/** How long another run may take to post the first message of an incident, in milliseconds. */
const POSTING = 30_000

/**
 * Carries the notices of the topic into Slack: one message an incident, kept as it stands now, with what happened meanwhile
 * in its thread; and whoever asked for a jump box hears of it themselves. Throws where Slack does not take it: Lambda tries
 * again, and keeps what fails.
 */
export const tellSlack =
  (web: WebApi) =>
  async (event: unknown, ports: Ports): Promise<void> => {
    const { slack } = ports.policy
    if (!slack) return
    for (const record of list(field(event, 'Records'))) {
      const sns = field(record, 'Sns')
      const facts = factsIn(text(field(sns, 'Message')) ?? '')
      const importance = text(field(field(field(sns, 'MessageAttributes'), 'importance'), 'Value'))
      if (field(facts, 'AlarmName') !== undefined) {
        await post(slack.channel, alarmMessage(facts), {}, web)
        continue
      }
      const person = text(field(field(facts, 'jump'), 'slack'))
      // Whoever asked is told first: they wait for it. Where they can't be, the channel hears of it all the same.
      const faults: unknown[] = []
      for (const channel of [...(person ? [person] : []), slack.channel]) {
        const one = noticeMessage(facts, channel === person)
        await tellOne(channel, one, facts, importance === 'critical', web, ports).catch((error: unknown) => {
          faults.push(error)
        })
      }
      if (faults.length > 0) throw faults[0]
    }
  }

/** A notice of ours is JSON; what else comes by the topic is told as it is. */
function factsIn(message: string): unknown {
  try {
    const facts: unknown = JSON.parse(message)
    if (facts !== null && typeof facts === 'object') return facts
  } catch {
    // No JSON: a message of somebody else's.
  }
  return { text: message }
}

async function tellOne(
  channel: string,
  message: Message,
  facts: unknown,
  loud: boolean,
  web: WebApi,
  ports: Ports,
): Promise<void> {
  const { ledger, clock } = ports
  const incident = text(field(facts, 'incident'))
  if (!incident) return void (await post(channel, message, {}, web))
  const at = Date.parse(text(field(field(facts, 'timings'), 'verified')) ?? '') || clock.now()
  const known = await ledger.messageOf(incident, channel)
  if (known && known.at >= at) return
  if (known?.ts && known.channel) {
    try {
      await web.call('chat.update', { channel: known.channel, ts: known.ts, ...message })
    } catch (error) {
      if (!/message_not_found/.test(told(error).message)) throw error
      return void (await postFirst())
    }
    // Slack tells nobody of a change: what is new stands in the thread too.
    const { ts } = known
    await post(known.channel, { text: message.text, blocks: [] }, { thread_ts: ts, reply_broadcast: loud }, web)
    await ledger.keepMessage(incident, channel, { ...known, at })
    return
  }
  // Another run is just posting it: this news comes after, as a change.
  if (known && known.reservedAt > clock.now() - POSTING) throw elsewhere()
  await postFirst()

  async function postFirst(): Promise<void> {
    const reservedAt = clock.now()
    // SNS may deliver one notice twice at once.
    if (!(await ledger.reserveMessage(incident!, channel, known, reservedAt))) throw elsewhere()
    try {
      const posted = await post(channel, message, {}, web)
      await ledger.keepMessage(incident!, channel, { ...posted, at, reservedAt })
    } catch (error) {
      // Nobody is at it any more: the next try, or the next news, need not wait.
      await ledger.keepMessage(incident!, channel, { ts: '', channel: '', at: 0, reservedAt: 0 })
      throw error
    }
  }
}

const elsewhere = () =>
  new Fault('slack-failed', 'Expected the first message of the incident to be posted; another run is at it.')

async function post(channel: string, message: Message, more: object, web: WebApi) {
  const { text: said, blocks } = message
  const body = { channel, text: said, ...(blocks.length > 0 ? { blocks } : {}), unfurl_links: false, ...more }
  const answer = await web.call('chat.postMessage', body)
  return { ts: text(field(answer, 'ts')) ?? '', channel: text(field(answer, 'channel')) ?? channel }
}
