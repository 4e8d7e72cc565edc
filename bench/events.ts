import { randomUUID } from 'node:crypto'
import { ACCOUNT, groupId, REGION, ruleId } from './account.ts'

/** The event of somebody opening port 22 of group 0 to the world, as EventBridge delivers it. */
export function opened(): object {
  const rule = {
    groupOwnerId: ACCOUNT,
    groupId: groupId(0),
    securityGroupRuleId: ruleId(0, 0),
    isEgress: false,
    ipProtocol: 'tcp',
    fromPort: 22,
    toPort: 22,
    cidrIpv4: '0.0.0.0/0',
    description: 'shell, for the release',
  }
  return {
    ...envelope(),
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      eventVersion: '1.11',
      eventID: randomUUID(),
      eventName: 'AuthorizeSecurityGroupIngress',
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
      requestParameters: {
        groupId: groupId(0),
        ipPermissions: {
          items: [
            {
              ipProtocol: 'tcp',
              fromPort: 22,
              toPort: 22,
              groups: {},
              ipRanges: { items: [{ cidrIp: '0.0.0.0/0', description: rule.description }] },
              ipv6Ranges: {},
              prefixListIds: {},
            },
          ],
        },
      },
      responseElements: { requestId: randomUUID(), _return: true, securityGroupRuleSet: { items: [rule] } },
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
