import { field, list, text } from '#shared/kit/loose.ts'
import type { Approval, Signal, Tick } from '#shared/signal.ts'
import { fromEventBridge, type Reading } from './cloudtrail.ts'
import { fromCompliance, fromConfig, fromTopic } from './config.ts'
import { fromGuardDuty } from './guardduty.ts'
import { fromSecurityHub } from './security-hub.ts'
import { fromSnapshots } from './snapshots.ts'

/** What one invocation says, which may be several things: an SNS event holds a list. */
export type Readings = readonly (Exclude<Reading, { signal: unknown }> | { readonly signal: Signal })[]

/** Reads whatever a responder is invoked with. Throws `event-malformed` where it is nothing that is known here. */
export function signalsOf(event: unknown): Readings {
  if (text(field(event, 'portcullis')) === 'approved') return [{ signal: approval(event) }]
  const kind = text(field(event, 'detail-type'))
  if (kind === 'Scheduled Event') return [{ signal: tick(event) }]
  if (list(field(event, 'Records')).length > 0)
    return fromTopic(event).map(({ id, message }) => readingOf(id, fromConfig(message, { id })))
  const detail = field(event, 'detail')
  if (kind === 'GuardDuty Finding')
    return [readingOf(happening(event).id, fromGuardDuty(detail, happening(event)), NO_HOST)]
  if (kind?.startsWith('Security Hub Findings')) {
    const alerts = fromSecurityHub(kind, detail, happening(event))
    return alerts.length > 0 ? alerts.map((signal) => ({ signal })) : [readingOf(happening(event).id, null, NO_HOST)]
  }
  if (kind === 'Config Rules Compliance Change')
    return [readingOf(happening(event).id, fromCompliance(detail, happening(event)), NO_HOST)]
  if (kind === 'EBS Snapshot Notification' || kind === 'EBS Multi-Volume Snapshots Completion Status')
    return [readingOf(happening(event).id, fromSnapshots(detail, happening(event)), 'no snapshot is named')]
  if (kind === 'EC2 Instance State-change Notification') return [instanceState(event)]
  // Calls to Config's own API have the same source.
  if (text(field(event, 'source')) === 'aws.config' && kind !== 'AWS API Call via CloudTrail') {
    const { id, account, region } = happening(event)
    return [readingOf(id, fromConfig(field(event, 'detail'), { id, account, region }))]
  }
  return [fromEventBridge(event)]
}

const NO_HOST = 'it is not about an instance, or says that all is well'
const NO_CHANGE = 'AWS Config says nothing here of a resource that changed'
const readingOf = (id: string, signal: Signal | null, ignored = NO_CHANGE): Readings[number] =>
  signal ? { signal } : { id, ignored }

const tick = (event: unknown): Tick => ({ kind: 'tick', ...happening(event) })

const approval = (event: unknown): Approval => ({
  kind: 'approval',
  ...happening(event),
  subject: text(field(event, 'subject')) ?? '',
})

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html */
function instanceState(event: unknown): Readings[number] {
  const detail = field(event, 'detail')
  const instance = text(field(detail, 'instance-id')) ?? ''
  const hasEnded = text(field(detail, 'state')) === 'terminated' && /^i-[0-9a-f]+$/.test(instance)
  return readingOf(
    happening(event).id,
    hasEnded ? { kind: 'instance-ended', ...happening(event), instance } : null,
    'it is no instance that has ended',
  )
}

function happening(event: unknown): { id: string; account: string; region: string; at: Date } {
  const at = new Date(text(field(event, 'time')) ?? 0)
  return {
    id: text(field(event, 'id')) ?? 'unnamed',
    account: text(field(event, 'account')) ?? '',
    region: text(field(event, 'region')) ?? '',
    at: Number.isNaN(at.getTime()) ? new Date(0) : at,
  }
}
