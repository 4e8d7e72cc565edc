import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { handler as respond } from '../functions/close-open-ingress/handler.ts'
import { countMetrics, deliver, sweepLater } from './deliver.ts'
import { opened } from './events.ts'
import { type Happening, type Kind, storm } from './storm-plan.ts'

/** What became of one event. */
export interface Told {
  readonly id: string
  readonly kind: Kind
  readonly group: string
  /** The rule that was opened; absent where nothing was. */
  readonly rule?: string
  /** When it was first delivered; milliseconds since 1970. */
  readonly due: number
  /** What the handler answered to each delivery: an outcome, or `thrown`. */
  readonly answers: readonly string[]
}

export interface Stormed {
  readonly told: readonly Told[]
  /** From the first event's delivery until the last was answered; milliseconds. */
  readonly took: number
  /** How often each metric of an outcome was written. */
  readonly metrics: Readonly<Record<string, number>>
}

/**
 * A storm: opens doors at the canned EC2, and calls the function's handler with their events when they are due, however
 * many are under way; then the clock ticks.
 */
export async function handler({ events, seconds }: { events: number; seconds: number }): Promise<Stormed> {
  const metrics = countMetrics()
  const begun = Date.now()
  const told = await Promise.all(storm(events, seconds).map((one) => happen(one, begun)))
  const took = Date.now() - Math.min(...told.map(({ due }) => due))
  await sweepLater(respond)
  return { told, took, metrics }
}

async function happen({ kind, group, port, cidr, at, delays }: Happening, begun: number): Promise<Told> {
  await setTimeout(Math.max(0, begun + at - Date.now()))
  const isOpened = kind !== 'another-account' && kind !== 'failed' && kind !== 'malformed'
  const rule = isOpened ? await open(group, port, cidr) : undefined
  const event = eventOf(kind, opened({ group, port, from: { cidr }, ...(rule ? { id: rule } : {}) }))
  const done = Date.now()
  const answers = await Promise.all(delays.map((delay) => deliver(respond, event, done + delay, randomUUID())))
  const { eventID: id } = event.detail
  return { id, kind, group, ...(rule ? { rule } : {}), due: done + Math.min(...delays), answers }
}

/** Somebody opens a door at EC2; answers with the rule's id. */
async function open(group: string, port: number, cidr: string): Promise<string> {
  const body = new URLSearchParams({
    Action: 'AuthorizeSecurityGroupIngress',
    GroupId: group,
    'IpPermissions.1.FromPort': `${port}`,
    'IpPermissions.1.IpRanges.1.CidrIp': cidr,
  })
  const answer = await (await fetch(process.env.AWS_ENDPOINT_URL!, { method: 'POST', body })).text()
  const id = /<securityGroupRuleId>(.+?)</.exec(answer)?.[1]
  if (!id) throw new Error(`Expected the canned EC2 to open a door; it answered ${answer}`)
  return id
}

interface Delivered {
  readonly account: string
  readonly detail: { readonly eventID: string }
}

function eventOf(kind: Kind, event: object): Delivered {
  const delivered = event as Delivered
  const { detail } = delivered
  if (kind === 'another-account')
    return { ...delivered, detail: { ...detail, ...{ recipientAccountId: '999999999999' } } }
  if (kind === 'failed')
    return { ...delivered, detail: { ...detail, ...{ errorCode: 'Client.UnauthorizedOperation' } } }
  return kind === 'malformed' ? { ...delivered, detail: { ...detail, ...{ eventName: undefined } } } : delivered
}
