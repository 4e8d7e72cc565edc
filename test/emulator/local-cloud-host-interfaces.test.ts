import {
  AssignIpv6AddressesCommand,
  AttachNetworkInterfaceCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DetachNetworkInterfaceCommand,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf, IMAGE, type Network } from '../support/hosts.ts'
import { as, control, ec2, record, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
let [near, far] = [{} as Network, {} as Network]
beforeAll(async () => {
  hosts = hostsOf(as(KEYS.alice))
  ;[near, far] = [await hosts.newNetwork(), await hosts.newNetwork({ ipv6: true })]
})

const interfaces = async (Name: string, ...Values: string[]) =>
  (await ec2.send(new DescribeNetworkInterfacesCommand({ Filters: [{ Name, Values }] }))).NetworkInterfaces!
const give = (NetworkInterfaceId: string, ...Groups: string[]) =>
  ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }))

describe('a host with interfaces in several VPCs', () => {
  test('shows each with its own groups, and they change one by one', async () => {
    const [here, there, empty] = [
      await hosts.newGroup(near.vpc),
      await hosts.newGroup(far.vpc),
      await hosts.newGroup(near.vpc),
    ]
    const groups = { [near.subnet]: [here], [far.subnet]: [there] }
    const host = await hosts.newHost({ subnets: [near.subnet, near.subnet, far.subnet], groups })
    const seen = await interfaces('attachment.instance-id', host.id)
    expect(seen.map((one) => [one.NetworkInterfaceId, one.VpcId, one.Groups![0]!.GroupId])).toEqual([
      [host.interfaces[0], near.vpc, here],
      [host.interfaces[1], near.vpc, here],
      [host.interfaces[2], far.vpc, there],
    ])
    expect(seen.map((one) => [one.RequesterManaged, one.Attachment!.DeviceIndex, one.Association])).toEqual([
      [false, 0, undefined],
      [false, 1, undefined],
      [false, 2, undefined],
    ])
    await give(host.interfaces[0]!, empty)
    expect((await interfaces('group-id', empty)).map((one) => one.NetworkInterfaceId)).toEqual([host.interfaces[0]])
    expect(await interfaces('group-id', here)).toHaveLength(1)
    const { SecurityGroups, NetworkInterfaces } = await hosts.instance(host.id)
    expect(SecurityGroups).toMatchObject([{ GroupId: empty }])
    expect(NetworkInterfaces!.map((one) => one.Groups![0]!.GroupId)).toEqual([empty, here, there])
    expect(await interfaces('network-interface-id', host.interfaces[2]!)).toMatchObject([
      { Groups: [{ GroupId: there }] },
    ])
  })

  test('takes no group of another VPC, and no group by the instance', async () => {
    const [here, there] = [await hosts.newGroup(near.vpc), await hosts.newGroup(far.vpc)]
    const host = await hosts.newHost({ subnets: [near.subnet, far.subnet] })
    const message = 'You have specified two resources that belong to different networks.'
    const refused = { name: 'InvalidGroup.NotFound', message }
    await expect(give(host.interfaces[0]!, here, there)).rejects.toMatchObject(refused)
    await expect(give(host.interfaces[0]!, 'sg-00000000000000000')).rejects.toMatchObject({
      name: 'InvalidGroup.NotFound',
      message: expect.stringContaining('sg-00000000000000000'),
    })
    const byInstance = new ModifyInstanceAttributeCommand({ InstanceId: host.id, Groups: [here] })
    await expect(ec2.send(byInstance)).rejects.toMatchObject({
      name: 'InvalidInstanceID',
      message: expect.stringMatching(/^There are multiple interfaces attached to instance/),
    })
    const nics = [{ DeviceIndex: 0, SubnetId: near.subnet, Groups: [there] }]
    const launch = new RunInstancesCommand({ ImageId: IMAGE, MinCount: 1, MaxCount: 1, NetworkInterfaces: nics })
    await expect(ec2.send(launch)).rejects.toMatchObject({ name: 'InvalidParameter' })
  })

  test('is attached to once, in a free place', async () => {
    const host = await hosts.newHost({ subnets: [near.subnet, far.subnet] })
    const [, second] = host.interfaces
    const [shown] = await interfaces('network-interface-id', second!)
    const attach = (DeviceIndex: number) =>
      ec2.send(new AttachNetworkInterfaceCommand({ InstanceId: host.id, NetworkInterfaceId: second!, DeviceIndex }))
    await expect(attach(2)).rejects.toMatchObject({ name: 'InvalidNetworkInterface.InUse' })
    await ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId: shown!.Attachment!.AttachmentId! }))
    await expect(attach(0)).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await attach(1)
    expect(await interfaces('attachment.instance-id', host.id)).toHaveLength(2)
  })

  test('shows the IPv6 addresses that it has', async () => {
    const host = await hosts.newHost({ subnets: [far.subnet] })
    const asked = { NetworkInterfaceId: host.interfaces[0]!, Ipv6AddressCount: 1 }
    const { AssignedIpv6Addresses } = await ec2.send(new AssignIpv6AddressesCommand(asked))
    const [address] = AssignedIpv6Addresses!
    expect(await interfaces('attachment.instance-id', host.id)).toMatchObject([
      { Ipv6Addresses: [{ Ipv6Address: address }] },
    ])
    expect((await hosts.instance(host.id)).NetworkInterfaces![0]!.Ipv6Addresses).toMatchObject([
      { Ipv6Address: address },
    ])
  })
})

test('the network around a host can be read, and what is not there gets no tags', async () => {
  const byVpc = [{ Name: 'vpc-id', Values: [near.vpc] }]
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters: byVpc }))
  expect(RouteTables).toMatchObject([
    { VpcId: near.vpc, Associations: [{ Main: true }], Routes: [{ GatewayId: 'local' }] },
  ])
  const bySubnet = [{ Name: 'association.subnet-id', Values: [near.subnet] }]
  const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand({ Filters: bySubnet }))
  expect(NetworkAcls).toMatchObject([{ IsDefault: true, Associations: [{ SubnetId: near.subnet }] }])
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [near.subnet] }))
  expect(Subnets).toMatchObject([{ VpcId: near.vpc, AvailabilityZone: 'eu-central-1a', MapPublicIpOnLaunch: false }])
  const tag = (id: string) => ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'a', Value: 'b' }] }))
  await expect(tag('i-00000000000000000')).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' })
  await expect(tag('eni-00000000000000000')).rejects.toMatchObject({ name: 'InvalidNetworkInterfaceID.NotFound' })
})

test('an interface that a service manages says so, and cannot be changed', async () => {
  const [here, host] = [await hosts.newGroup(near.vpc), await hosts.newHost({ subnets: [near.subnet, far.subnet] })]
  const [own, managed] = host.interfaces as [string, string]
  await control.change({ managedInterfaces: [managed] })
  const seen = await interfaces('attachment.instance-id', host.id)
  expect(seen.map((one) => [one.RequesterManaged, one.RequesterId])).toEqual([
    [false, expect.any(String)],
    [true, 'amazon-aws'],
  ])
  const refused = { name: 'AuthFailure', message: 'You do not have permission to access the specified resource.' }
  await expect(give(managed, await hosts.newGroup(far.vpc))).rejects.toMatchObject(refused)
  expect(await record('ModifyNetworkInterfaceAttribute')).toMatchObject({ errorCode: 'Client.AuthFailure' })
  const AttachmentId = seen[1]!.Attachment!.AttachmentId!
  await expect(ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId }))).rejects.toMatchObject(refused)
  await give(own, here)
  await expect(control.change({ managedInterfaces: ['i-1'] })).rejects.toThrow(
    /^Expected the ids of network interfaces/,
  )
})

describe('a group for quarantine', () => {
  test('comes with its tags and with open egress, which ends by content and by id', async () => {
    const tags = [{ Key: 'quarantine', Value: near.vpc }]
    for (const network of [near, far]) {
      const id = await hosts.newGroup(network.vpc, tags)
      const Filters = [
        { Name: 'tag:quarantine', Values: [near.vpc] },
        { Name: 'vpc-id', Values: [network.vpc] },
      ]
      const shown = async () => (await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups
      const Ipv6Ranges = network === far ? [{ CidrIpv6: '::/0' }] : []
      const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges }
      expect(await shown()).toMatchObject([{ GroupId: id, IpPermissions: [], IpPermissionsEgress: [all], Tags: tags }])
      const revoke = (how: object) => ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: id, ...how }))
      const byRule = new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [id] }] })
      const rules = (await ec2.send(byRule)).SecurityGroupRules!
      expect(rules).toHaveLength(network === far ? 2 : 1)
      const gone =
        network === far ? { IpPermissions: [all] } : { SecurityGroupRuleIds: [rules[0]!.SecurityGroupRuleId!] }
      expect((await revoke(gone)).RevokedSecurityGroupRules).toHaveLength(rules.length)
      expect(await shown()).toMatchObject([{ IpPermissions: [], IpPermissionsEgress: [] }])
      const code = network === far ? 'InvalidPermission.NotFound' : 'InvalidSecurityGroupRuleId.NotFound'
      await expect(revoke(gone)).rejects.toMatchObject({ name: code })
    }
  })

  test('stays while an interface carries it or a rule names it, and then goes', async () => {
    const [group, other] = [await hosts.newGroup(near.vpc), await hosts.newGroup(near.vpc)]
    const host = await hosts.newHost({ subnets: [near.subnet], groups: { [near.subnet]: [group] } })
    const remove = (GroupId: string) => ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
    const refused = { name: 'DependencyViolation' }
    await expect(remove(group)).rejects.toMatchObject(refused)
    await give(host.interfaces[0]!, other)
    const from = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group }] }
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: other, IpPermissions: [from] }))
    await expect(remove(group)).rejects.toMatchObject(refused)
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: other, IpPermissions: [from] }))
    await remove(group)
    await expect(remove(group)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' })
  })

  test('has a name of its own in its VPC', async () => {
    const named = (VpcId: string) => ({ GroupName: 'quarantine', Description: 'a test', VpcId })
    await ec2.send(new CreateSecurityGroupCommand(named(near.vpc)))
    await ec2.send(new CreateSecurityGroupCommand(named(far.vpc)))
    const again = ec2.send(new CreateSecurityGroupCommand(named(near.vpc)))
    await expect(again).rejects.toMatchObject({ name: 'InvalidGroup.Duplicate' })
  })
})
