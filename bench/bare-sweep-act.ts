import {
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { patient } from '#shared/aws/client-options.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import { ec2, isOpen, page, recall, rulesOf, write } from './bare-calls.ts'

const sns = new SNSClient(patient())
const describe = (input: object) => ec2.send(new DescribeSecurityGroupsCommand(input))
const hasDoor = ({ IpPermissions: all = [] }: SecurityGroup) =>
  all.some((one) => one.FromPort === 22 && one.IpRanges?.some((ip) => ip.CidrIp === '0.0.0.0/0'))

/** The calls of a sweep that closes what it finds, and nothing else. `sizes` are those of the items, per transaction. */
export async function handler({ sizes, text }: { sizes: Record<string, number[]>; text: number }): Promise<void> {
  const closed: string[] = []
  const close = async (GroupId: string, SecurityGroupRuleId: string) => {
    closed.push(GroupId)
    await recall(GroupId)
    await write(`claim ${GroupId}`, sizes.claim!)
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [SecurityGroupRuleId] }))
    const look = [describe({ GroupIds: [GroupId] }), rulesOf([GroupId]), recall(GroupId)]
    await Promise.all([write(`record ${GroupId}`, sizes.record!), ...look])
    await write(`verified ${GroupId}`, sizes.verified!)
  }
  await page('sweep#open-ingress')
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const those = await describe({ MaxResults: 1_000, ...(token ? { NextToken: token } : {}) })
    token = those.NextToken
    const rules = await rulesOf((those.SecurityGroups ?? []).filter(hasDoor).flatMap((group) => group.GroupId ?? []))
    await mapLimit(rules.filter(isOpen), 8, (rule) => close(rule.GroupId!, rule.SecurityGroupRuleId!))
  }
  await page('open')
  await sns.send(new PublishCommand({ TopicArn: process.env.NOTICES, Subject: 'bench', Message: 'x'.repeat(text) }))
  await mapLimit(closed, 8, (group) => write(`release ${group}`, sizes.release!))
  await write('sweep', sizes.sweep!)
}
