import { randomUUID } from 'node:crypto'
import { ACCOUNT, DETECTOR, groupId, LIST, REGION, ruleId } from './account.ts'
import { typeOf } from './canned-around.ts'

/** One rule that somebody opens: of which group, on which TCP port, from where. */
export interface Opened {
  readonly group: string
  readonly id: string
  readonly port: number
  /** A range, or a prefix list. */
  readonly from: { readonly cidr: string } | { readonly list: string }
}

const WORLD: Opened = { group: groupId(0), id: ruleId(0, 0), port: 22, from: { cidr: '0.0.0.0/0' } }

/** The event of somebody opening a port to the world, as EventBridge delivers it: if nothing else is said, 22 of group 0. */
export function opened(rule: Partial<Opened> = {}): object {
  const { group, id, port, from } = { ...WORLD, ...rule }
  const description = 'shell, for the release'
  const added = {
    groupOwnerId: ACCOUNT,
    groupId: group,
    securityGroupRuleId: id,
    isEgress: false,
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
    ...('cidr' in from ? { cidrIpv4: from.cidr } : { prefixListId: from.list }),
    description,
  }
  return call('AuthorizeSecurityGroupIngress', {
    requestParameters: {
      groupId: group,
      ipPermissions: {
        items: [
          {
            ipProtocol: 'tcp',
            fromPort: port,
            toPort: port,
            groups: {},
            ipRanges: 'cidr' in from ? { items: [{ cidrIp: from.cidr, description }] } : {},
            ipv6Ranges: {},
            prefixListIds: 'list' in from ? { items: [{ prefixListId: from.list, description }] } : {},
          },
        ],
      },
    },
    responseElements: { requestId: randomUUID(), _return: true, securityGroupRuleSet: { items: [added] } },
  })
}

/** The event of somebody letting half of the world into a customer's prefix list. */
export const extended = (): object =>
  call('ModifyManagedPrefixList', {
    requestParameters: {
      ModifyManagedPrefixListRequest: {
        PrefixListId: LIST,
        CurrentVersion: 1,
        AddEntry: { tag: 1, Cidr: '128.0.0.0/1', Description: 'partners' },
      },
    },
    responseElements: {
      ModifyManagedPrefixListResponse: { prefixList: { prefixListId: LIST, state: 'modify-in-progress', version: 1 } },
    },
  })

const call = (eventName: string, did: object): object => ({
  ...envelope(),
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    eventVersion: '1.11',
    eventID: randomUUID(),
    eventName,
    eventSource: 'ec2.amazonaws.com',
    eventTime: new Date().toISOString(),
    eventType: 'AwsApiCall',
    eventCategory: 'Management',
    awsRegion: REGION,
    recipientAccountId: ACCOUNT,
    sourceIPAddress: '203.0.113.7',
    userAgent: 'aws-cli/2.27.0',
    readOnly: false,
    managementEvent: true,
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:dev',
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/developer/dev`,
      accountId: ACCOUNT,
    },
    ...did,
  },
})

/** GuardDuty's event of a finding about a host; `update`: how often the finding has been heard of before. */
export function accused(host: string, id: string = `miner-${randomUUID()}`, update = 0): object {
  const seen = '2026-06-01T11:58:00.000Z'
  return {
    ...envelope(),
    source: 'aws.guardduty',
    'detail-type': 'GuardDuty Finding',
    detail: {
      schemaVersion: '2.0',
      accountId: ACCOUNT,
      region: REGION,
      partition: 'aws',
      id,
      type: typeOf(id),
      severity: id.startsWith('mild') ? 2 : 8,
      createdAt: seen,
      updatedAt: new Date(Date.parse(seen) + 1_000 * update).toISOString(),
      title: `${host} does what it should not.`,
      resource: { resourceType: 'Instance', instanceDetails: { instanceId: host, instanceType: 'm7i.large' } },
      service: {
        serviceName: 'guardduty',
        detectorId: DETECTOR,
        eventFirstSeen: seen,
        archived: false,
        count: update + 1,
        additionalInfo: { type: 'default', value: JSON.stringify(id.startsWith('sample') ? { sample: true } : {}) },
      },
    },
  }
}

/** The event of the clock: time to sweep. */
export const tick = (): object => ({ ...envelope(), 'detail-type': 'Scheduled Event', detail: {} })

const envelope = () => ({
  version: '0',
  id: randomUUID(),
  source: 'aws.ec2',
  account: ACCOUNT,
  region: REGION,
  time: new Date().toISOString(),
  resources: [],
})
