import { field, list, text } from '#shared/kit/loose.ts'
import type { HostAlert } from '#shared/signal.ts'

/** What an event says beside its detail. */
export interface Envelope {
  readonly id: string
  readonly account: string
  readonly region: string
  readonly at: Date
}

const INSTANCE = /^i-[0-9a-f]+$/i

/**
 * Reads a GuardDuty finding about an instance, be it the host of a container. Null for all others: users, buckets, attack
 * sequences. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
 */
export function fromGuardDuty(detail: unknown, envelope: Envelope): HostAlert | null {
  const host = text(field(field(field(detail, 'resource'), 'instanceDetails'), 'instanceId'))
  const id = text(field(detail, 'id'))
  if (!host || !INSTANCE.test(host) || !id) return null
  const service = field(detail, 'service')
  const updated = text(field(detail, 'updatedAt')) ?? ''
  const detector = text(field(service, 'detectorId'))
  return {
    kind: 'host-alert',
    ...envelope,
    // A finding comes again with each of its updates: each of them is an event of its own.
    id: `${id}@${updated}`,
    account: text(field(detail, 'accountId')) ?? envelope.account,
    region: text(field(detail, 'region')) ?? envelope.region,
    hosts: [host.toLowerCase()],
    suspicion: {
      id,
      from: 'guardduty',
      type: text(field(detail, 'type')) ?? 'unknown',
      severity: Number(text(field(detail, 'severity')) ?? 0) || 0,
      says: text(field(detail, 'title')) ?? text(field(detail, 'description')) ?? 'a finding without a title',
      at: text(field(service, 'eventFirstSeen')) ?? text(field(detail, 'createdAt')) ?? envelope.at.toISOString(),
      ...(detector ? { detector } : {}),
      ...(isSample(service) ? { sample: true as const } : {}),
    },
  }
}

/** That a finding is a sample stands in a JSON text inside it, or beside it in older ones. */
function isSample(service: unknown): boolean {
  const more = field(service, 'additionalInfo')
  if (field(more, 'sample') === true) return true
  try {
    return field(JSON.parse(text(field(more, 'value')) ?? '{}') as unknown, 'sample') === true
  } catch {
    return false
  }
}

/** The ids of instances among Security Hub's resources: ARNs, or bare ids. */
export const instancesIn = (resources: unknown): readonly string[] =>
  list(resources).flatMap((one) => {
    const id = /(?:^|[:/])(i-[0-9a-f]+)$/i.exec(text(field(one, 'Id')) ?? '')?.[1]
    return id && (text(field(one, 'Type')) ?? 'AwsEc2Instance') === 'AwsEc2Instance' ? [id.toLowerCase()] : []
  })
