import { randomUUID } from 'node:crypto'
import type { BusEvent } from '#local/event-bus.ts'

export const DETECTOR = '12abc34d567e8fa901bc2d34e56789f0'

export interface HostFindingOptions {
  readonly account: string
  readonly region: string
  readonly instance: string
  readonly id?: string
  readonly type?: string
  readonly severity?: number
  readonly detector?: string
  /** GuardDuty writes the launch as a number in some events, and as text in others. */
  readonly launchTime?: number | string
  readonly profileArn?: string
  /** A finding that was only made to try things out. */
  readonly sample?: boolean
  readonly at?: Date
}

/** GuardDuty's news of an instance, as EventBridge carries it. */
export function hostFinding(options: HostFindingOptions): BusEvent {
  const { account, region, instance, at = new Date(), detector = DETECTOR } = options
  const id = options.id ?? randomUUID().replaceAll('-', '')
  const arn = `arn:aws:guardduty:${region}:${account}:detector/${detector}/finding/${id}`
  const time = `${at.toISOString().slice(0, 19)}Z`
  const profile = options.profileArn ? { iamInstanceProfile: { arn: options.profileArn, id: 'AIPALOCAL' } } : {}
  const detail = {
    schemaVersion: '2.0',
    accountId: account,
    region,
    partition: 'aws',
    id,
    arn,
    type: options.type ?? 'Backdoor:EC2/C&CActivity.B!DNS',
    resource: {
      resourceType: 'Instance',
      instanceDetails: {
        instanceId: instance,
        instanceType: 't3.micro',
        launchTime: options.launchTime ?? time,
        ...profile,
        networkInterfaces: [],
        instanceState: 'running',
        availabilityZone: `${region}a`,
      },
    },
    service: {
      serviceName: 'guardduty',
      detectorId: detector,
      action: {
        actionType: 'DNS_REQUEST',
        dnsRequestAction: { domain: 'bad.example', protocol: 'UDP', blocked: false },
      },
      resourceRole: 'TARGET',
      additionalInfo: { value: JSON.stringify(options.sample ? { sample: true } : {}), type: 'default' },
      eventFirstSeen: time,
      eventLastSeen: time,
      archived: false,
      count: 1,
    },
    severity: options.severity ?? 8,
    createdAt: at.toISOString(),
    updatedAt: at.toISOString(),
    title: `Command and control server queried by ${instance}.`,
    description: `The EC2 instance ${instance} is querying a domain name of a known command and control server.`,
  }
  return { source: 'aws.guardduty', 'detail-type': 'GuardDuty Finding', detail, resources: [], time }
}
