import type { TrailRecord } from '#local/cloudtrail.ts'
import type { BusEvent } from '#local/event-bus.ts'

/** A CloudTrail record as EventBridge carries it. `ec2.amazonaws.com` becomes the source `aws.ec2`. */
export function trailEvent(record: Pick<TrailRecord, 'eventSource' | 'eventTime'>): BusEvent {
  return {
    source: `aws.${record.eventSource.split('.')[0]}`,
    'detail-type': 'AWS API Call via CloudTrail',
    detail: record,
    resources: [],
    time: record.eventTime,
  }
}

/** The event in a file: an EventBridge event as it is, a bare CloudTrail record wrapped. Throws for anything else. */
export function eventOf(content: unknown): BusEvent {
  const fields = (content ?? {}) as Readonly<Record<string, unknown>>
  if (typeof fields.source === 'string' && typeof fields['detail-type'] === 'string' && 'detail' in fields) {
    return fields as unknown as BusEvent
  }
  if (typeof fields.eventSource === 'string' && typeof fields.eventName === 'string') {
    return trailEvent(fields as unknown as TrailRecord)
  }
  const names = Object.keys(fields).slice(0, 6).join(', ')
  const known = 'an EventBridge event (source, detail-type, detail) or a CloudTrail record (eventSource, eventName)'
  throw new Error(`Expected ${known}, got ${names || JSON.stringify(content)}.`)
}
