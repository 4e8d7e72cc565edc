import {
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { ec2, ingress, newGroup, open, useLocalCloud, WORLD } from './local-cloud-support.ts'

useLocalCloud()

describe('security groups behave as on EC2', () => {
  test('several rules at once are all answered, normalised, or none is made', async () => {
    const group = await newGroup()
    const v6: IpPermission = { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0', Description: 'all' }] }
    expect(await open(group, WORLD, v6)).toHaveLength(2)
    expect(await ingress(group)).toMatchObject([
      { CidrIpv4: '0.0.0.0/0', FromPort: 22 },
      { CidrIpv6: '::/0', FromPort: -1, ToPort: -1, Description: 'all' },
    ])
    const late = open(group, { ...WORLD, IpRanges: [{ CidrIp: '208.236.235.254/8' }] }, v6)
    await expect(late).rejects.toMatchObject({ name: 'InvalidPermission.Duplicate' })
    expect(await ingress(group)).toHaveLength(2)
    await open(group, { ...WORLD, IpRanges: [{ CidrIp: '208.236.235.254/8' }] })
    expect((await ingress(group))[2]).toMatchObject({ CidrIpv4: '208.0.0.0/8' })
  })

  test('revoking by ids is all or nothing', async () => {
    const group = await newGroup()
    const ids = await open(group, WORLD, {
      IpProtocol: 'tcp',
      FromPort: 1,
      ToPort: 2,
      Ipv6Ranges: [{ CidrIpv6: '::/0' }],
    })
    const wrong = { GroupId: group, SecurityGroupRuleIds: [...ids, 'sgr-0123456789abcdef0'] }
    await expect(ec2.send(new RevokeSecurityGroupIngressCommand(wrong))).rejects.toMatchObject({
      name: 'InvalidSecurityGroupRuleId.NotFound',
    })
    expect(await ingress(group)).toHaveLength(2)
    const right = { GroupId: group, SecurityGroupRuleIds: ids }
    const { RevokedSecurityGroupRules } = await ec2.send(new RevokeSecurityGroupIngressCommand(right))
    expect(RevokedSecurityGroupRules!.map((rule) => rule.SecurityGroupRuleId)).toEqual(ids)
    expect(await ingress(group)).toEqual([])
  })

  test('modifying keeps the id and replaces what is behind it', async () => {
    const group = await newGroup()
    const [id] = (await open(group, {
      IpProtocol: 'tcp',
      FromPort: 1,
      ToPort: 2,
      Ipv6Ranges: [{ CidrIpv6: 'fd00::/8' }],
    })) as [string]
    const SecurityGroupRule = { IpProtocol: 'tcp', FromPort: 3, ToPort: 4, CidrIpv6: '::/0', Description: 'wide' }
    const SecurityGroupRules = [{ SecurityGroupRuleId: id, SecurityGroupRule }]
    await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId: group, SecurityGroupRules }))
    expect(await ingress(group)).toMatchObject([{ SecurityGroupRuleId: id, ...SecurityGroupRule }])
  })

  test('lists page', async () => {
    const group = await newGroup()
    await open(group, ...[1, 2, 3, 4, 5, 6].map((port) => ({ ...WORLD, FromPort: port, ToPort: port })))
    const Filters = [{ Name: 'group-id', Values: [group] }]
    const first = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 5 }))
    const rest = await ec2.send(
      new DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 5, NextToken: first.NextToken }),
    )
    expect([first.SecurityGroupRules!.length, rest.SecurityGroupRules!.length, rest.NextToken]).toEqual([
      5,
      2,
      undefined,
    ])
    for (let made = 0; made < 5; made++) await newGroup()
    const page = await ec2.send(new DescribeSecurityGroupsCommand({ MaxResults: 5 }))
    expect([page.SecurityGroups!.length, typeof page.NextToken]).toEqual([5, 'string'])
  })
})
