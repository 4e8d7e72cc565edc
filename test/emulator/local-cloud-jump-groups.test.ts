import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  type IpPermission,
  TerminateInstancesCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from '@aws-sdk/client-ec2'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf } from '../support/hosts.ts'
import { as, ec2, ingress, newGroup, open, rulesOf, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
let vpc: string
let other: string
beforeAll(async () => {
  hosts = hostsOf(as(KEYS.alice))
  vpc = (await hosts.newNetwork()).vpc
  other = (await hosts.newNetwork()).vpc
})

const create = (GroupName: string, VpcId = vpc, Description = 'a test') =>
  ec2.send(new CreateSecurityGroupCommand({ GroupName, Description, VpcId }))
const remove = (GroupId: string) => ec2.send(new DeleteSecurityGroupCommand({ GroupId }))

describe('the name of a group', () => {
  test('is there once in a VPC, and free again when the group is gone', async () => {
    const { GroupId } = await create('box')
    await expect(create('box')).rejects.toMatchObject({ name: 'InvalidGroup.Duplicate' })
    await create('box', other)
    await remove(GroupId!)
    await create('box')
  })

  test('cannot look like an id', async () => {
    await expect(create('sg-box')).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })
})

describe('a group is deleted', () => {
  test('only when no interface uses it any more, and once', async () => {
    const network = await hosts.newNetwork()
    const group = await hosts.newGroup(network.vpc)
    const host = await hosts.newHost({ subnets: [network.subnet], groups: { [network.subnet]: [group] } })
    await expect(remove(group)).rejects.toMatchObject({ name: 'DependencyViolation' })
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [host.id] }))
    await remove(group)
    await expect(remove(group)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' })
  })

  test('only when no rule of another group names it', async () => {
    const [box, target] = [await newGroup(), await newGroup()]
    const pair = { UserIdGroupPairs: [{ GroupId: box }] }
    await open(target, { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, ...pair })
    await expect(remove(box)).rejects.toMatchObject({ name: 'DependencyViolation' })
  })
})

const text = 'alice@example.com for INC-7 until 2030-01-01T12:00:00Z (box 1)'
const permission = (Description?: string): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: 22,
  ToPort: 22,
  IpRanges: [{ CidrIp: '203.0.113.7/32', ...(Description === undefined ? {} : { Description }) }],
})

describe('the description of a rule', () => {
  test('is changed by the id of the rule, and by what the rule allows', async () => {
    const group = await newGroup()
    const [id] = await open(group, permission('first'))
    const update = (change: object) =>
      ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand({ GroupId: group, ...change }))
    const shown = async () => (await ingress(group)).map((rule) => [rule.SecurityGroupRuleId, rule.Description])
    await update({ SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: id, Description: text }] })
    expect(await shown()).toEqual([[id, text]])
    await update({ IpPermissions: [permission('third')] })
    expect(await shown()).toEqual([[id, 'third']])
    const stray = [{ SecurityGroupRuleId: 'sgr-0123456789abcdef0', Description: text }]
    await expect(update({ SecurityGroupRuleDescriptions: stray })).rejects.toMatchObject({
      name: 'InvalidSecurityGroupRuleId.NotFound',
    })
  })

  test.each(['until < noon', 'für wen', "alice's", 'a "box"', 'x'.repeat(256)])(
    'is refused with letters that EC2 does not take, and too long: %s',
    async (stray) => {
      const group = await newGroup()
      const asked = { GroupId: group, IpPermissions: [permission(stray)] }
      const refused = { name: 'InvalidParameterValue' }
      await expect(ec2.send(new AuthorizeSecurityGroupIngressCommand(asked))).rejects.toMatchObject(refused)
      const [id] = await open(group, permission(text))
      const SecurityGroupRuleDescriptions = [{ SecurityGroupRuleId: id!, Description: stray }]
      const update = { GroupId: group, SecurityGroupRuleDescriptions }
      await expect(ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand(update))).rejects.toMatchObject(
        refused,
      )
      await expect(create(`described-${stray.length}`, vpc, stray)).rejects.toMatchObject(refused)
    },
  )
})

test('a rule for what goes out can name a group', async () => {
  const [group, zone] = [await newGroup(), await newGroup()]
  const pair = { UserIdGroupPairs: [{ GroupId: zone, Description: text }] }
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, ...pair }]
  await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: group, IpPermissions }))
  const rules = (await rulesOf(group)).filter((rule) => rule.IsEgress && rule.IpProtocol === 'tcp')
  expect(rules).toMatchObject([
    { FromPort: 5432, Description: text, ReferencedGroupInfo: { GroupId: zone, UserId: '123456789012' } },
  ])
})
