import type { ActionsBlock, Button, ContextBlock, SectionBlock } from '@slack/types'
import { field, text } from '#shared/kit/loose.ts'
import type { Press } from './press.ts'
import { code, cut, escaped, mrkdwn, plain } from './text.ts'

/** A message as Slack takes it: blocks, and a text for lists, screen readers and search. */
export interface Message {
  readonly text: string
  readonly blocks: readonly (SectionBlock | ContextBlock | ActionsBlock)[]
}

/** Slack's limit is 3,000 characters to a section, after escaping. */
const SECTION = 2_900
/** Lines that tell the command line's way of what a button does here. */
const COMMANDS = /^(Put it back: |Approve it, until |To have it left alone: |Connect: )/

/**
 * A notice of an incident as a message: what happened, why, what is left, and what can be pressed. Everything in a notice
 * may hold text of others, so all of it is escaped.
 *
 * @param own to whoever asked for it: nobody approves their own request
 */
export function noticeMessage(facts: unknown, own = false): Message {
  const [headline = '', ...rest] = (text(field(facts, 'text')) ?? '').split('\n')
  const buttons = buttonsOf(facts, own)
  const ssh = text(field(field(facts, 'jump'), 'ssh'))
  const lines = rest.filter((line) => line !== '' && !COMMANDS.test(line)).map((line) => escaped(line, 600))
  return {
    text: escaped(headline, 1_000),
    blocks: [
      section(bold(headline)),
      ...(lines.length > 0 ? [section(cut(lines.join('\n'), SECTION))] : []),
      ...(ssh ? [section(`\`\`\`${escaped(ssh, 500)}\`\`\``)] : []),
      ...(buttons.length > 0 ? [{ type: 'actions' as const, elements: buttons }] : []),
      ...contextOf(facts),
    ],
  }
}

/** It stays bold to its end, and within a section's limit. */
const bold = (said: string): string => `*${cut(escaped(said, 2_000).replaceAll('*', '∗'), SECTION)}*`

const section = (said: string): SectionBlock => ({ type: 'section', text: mrkdwn(said) })

function contextOf(facts: unknown): ContextBlock[] {
  const [incident, account, region] = ['incident', 'account', 'region'].map((name) => text(field(facts, name)))
  if (!incident) return []
  return [
    {
      type: 'context',
      elements: [mrkdwn(`Incident ${code(incident)} in ${code(account ?? '?')} ${code(region ?? '?')}`)],
    },
  ]
}

/** What can be pressed: what the notice itself says that can be asked of it. */
function buttonsOf(facts: unknown, own: boolean): Button[] {
  const incident = text(field(facts, 'incident'))
  const response = text(field(facts, 'response'))
  const ask = field(facts, 'ask')
  const plan = text(field(ask, 'hash'))
  const chain = text(field(facts, 'chain'))
  const back = text(field(facts, 'takeBack'))
  const jump = field(facts, 'jump')
  const box = text(field(jump, 'ssh')) ? text(field(jump, 'id')) : undefined
  const switched = text(field(facts, 'switched'))
  return [
    ...(incident && plan && field(ask, 'state') === 'asked' && !own
      ? [
          button('Approve', { what: 'approve', incident, plan }, 'primary'),
          button('Decline', { what: 'decline', incident, plan }),
        ]
      : []),
    ...(incident && (back === 'undo' || back === 'release')
      ? [button(back === 'undo' ? 'Undo' : 'Release', { what: back, incident, ...(chain ? { chain } : {}) })]
      : []),
    ...(box ? [button('Extend', { what: 'extend', box }), button('Close', { what: 'close', box }, 'danger')] : []),
    ...(incident && response && !jump ? [button('Disarm', { what: 'disarm', response }, 'danger')] : []),
    ...(switched === 'disarm'
      ? responsesOf(facts).map((one) => button(`Arm ${one}`, { what: 'arm', response: one }))
      : []),
  ]
}

const responsesOf = (facts: unknown): string[] => {
  const all = field(facts, 'responses')
  return Array.isArray(all) ? all.map(String).slice(0, 10) : []
}

const button = (label: string, press: Press, style?: 'primary' | 'danger'): Button => ({
  type: 'button',
  action_id: 'response' in press ? `${press.what}-${press.response}` : press.what,
  text: plain(label),
  value: JSON.stringify(press),
  ...(style ? { style } : {}),
})

/** A CloudWatch alarm that rang, or stopped ringing. */
export function alarmMessage(alarm: unknown): Message {
  const state = text(field(alarm, 'NewStateValue')) ?? ''
  const about = text(field(alarm, 'AlarmDescription')) ?? ''
  const headline = `${state === 'OK' ? 'Over' : 'ALARM'}: ${about}`
  return {
    text: escaped(headline, 1_000),
    blocks: [
      section(bold(headline)),
      section(escaped(text(field(alarm, 'NewStateReason')) ?? 'No reason was given.', 2_000)),
    ],
  }
}
