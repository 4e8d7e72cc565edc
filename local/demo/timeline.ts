import type { Screen } from '#local/demo/screen.ts'
import { type Incident, recordOf, type Story } from '#local/demo/story.ts'
import type { Step } from '#shared/plan.ts'
import type { Entry, Timings } from '#shared/story.ts'

/** One stage of a response: milliseconds since the front door saw the call, the stage's name, what is known of it. */
export interface Stage {
  readonly ms: number | null
  readonly name: string
  readonly text: string
}

type Opened = Extract<Entry, { what: 'opened' | 'joined' }>

/** The stages from the API call to the second look, as far as they came. */
export function stagesOf({ emitted, counted, incident }: Story): readonly Stage[] {
  const { eventName, eventTime, userIdentity, errorCode } = recordOf(emitted)
  const who = userIdentity.arn.slice(userIdentity.arn.lastIndexOf(':') + 1)
  const what = `${eventName} by ${who}; CloudTrail says ${eventTime.slice(11)}`
  const event = { ms: 0, name: 'event', text: errorCode ? `${what}, ${errorCode}` : what }
  if (emitted.fate === 'lost') return [event, { ms: null, name: 'lost', text: 'CloudTrail never delivered it' }]
  if (incident) return [event, ...responseOf(incident, emitted.at)]
  const onBus = emitted.deliveredAt[0]
  const delivered = { ms: onBus === undefined ? null : onBus - emitted.at, name: 'delivered', text: 'to EventBridge' }
  const end = counted
    ? { ms: counted.at - emitted.at, name: counted.outcome, text: 'judged, and nothing done' }
    : { ms: null, name: 'ignored', text: 'no function was started by it' }
  return [event, delivered, end]
}

/** The stages of a response alone, counted from `zero` (epoch milliseconds). */
export function responseOf({ entries }: Incident, zero: number): readonly Stage[] {
  const since = (time: string | undefined) => (time === undefined ? null : Date.parse(time) - zero)
  const opened = entries.filter((entry): entry is Opened => entry.what === 'opened' || entry.what === 'joined')
  const verified = entries.findLast((entry) => entry.what === 'verified')
  const timings: Partial<Timings> = verified?.timings ?? {}
  const decisions = opened.flatMap(({ decided }) => decided.map(({ decision }) => decision))
  const plan = opened.flatMap((entry) => entry.plan)
  const done = entries.filter((entry) => entry.what === 'done' || entry.what === 'found-done')
  const failed = entries.filter((entry) => entry.what === 'failed')
  const calls = done.flatMap(({ step }) => plan.find(({ id }) => id === step)?.does.call ?? [])
  return [
    { ms: since(timings.delivered), name: 'delivered', text: 'close-open-ingress begins' },
    {
      ms: since(timings.decided ?? opened[0]?.at),
      name: 'decided',
      text: [...new Set(decisions.map(({ mode, because }) => `${mode}, by ${because.clause}`))].join('; '),
    },
    ...plan.map((step) => ({ ms: null, name: 'plan', text: planText(step) })),
    ...(calls.length > 0 ? [{ ms: since(timings.applied), name: 'applied', text: calls.join(', ') }] : []),
    ...failed.map(({ at, message }) => ({ ms: since(at), name: 'failed', text: message })),
    ...(verified
      ? [{ ms: since(timings.verified), name: 'verified', text: `${verified.verdict}: ${remainder(verified)}` }]
      : []),
  ]
}

/** Shows a timeline, a stage a line. */
export function showTimeline(screen: Screen, stages: readonly Stage[]): void {
  for (const { ms, name, text } of stages) screen.stage(ms, name, text)
}

/** Shows only when each stage was reached, in one line. */
export function showBriefly(screen: Screen, stages: readonly Stage[]): void {
  const timed = stages.filter(({ ms }) => ms !== null)
  screen.say(
    timed
      .map(({ ms, name }) => `${name}${ms ? ` +${Math.round(ms)}` : ''}`)
      .join(' → ')
      .concat(' ms'),
  )
}

const planText = ({ title, does, undo, tier }: Step): string => {
  const ids = 'SecurityGroupRuleIds' in does.input ? `: ${does.input.SecurityGroupRuleIds?.join(', ')}` : ''
  return `${title}${ids}; its undo is ${tier}, by ${[...new Set(undo.map(({ call }) => call))].join(', ')}`
}

const remainder = ({ left }: Extract<Entry, { what: 'verified' }>): string =>
  left.length === 0 ? 'looked again, nothing is left' : `${left.length} finding(s) left`
