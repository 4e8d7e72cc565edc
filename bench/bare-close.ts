import { DescribeSecurityGroupsCommand, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2'
import { ec2, isOpen, recall, rulesOf, write } from './bare-calls.ts'

/** The calls of a close up to the revoke, and nothing else. */
export async function handler({ group, id, sizes }: { group: string; id: string; sizes: number[] }): Promise<void> {
  const [rules] = await Promise.all([
    rulesOf([group]),
    ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [group] })),
    recall(group),
  ])
  await write(id, sizes)
  const ids = rules.filter(isOpen).flatMap((rule) => rule.SecurityGroupRuleId ?? [])
  await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds: ids }))
}
