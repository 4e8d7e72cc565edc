import { expect, test } from 'vitest'
import { type Applied, apply, type InputOf } from '../oracle/apply.ts'
import { eip, group, instance, network, nic, permit, together } from '../oracle/build.ts'
import { readsOf } from '../oracle/reads.ts'
import { ruleRows } from '../oracle/rules.ts'
import { id, type World } from '../oracle/world.ts'

/** What the calls do to a world, and which EC2 refuses; and that the reads tell of it. */

const ME = id('i', 1)
const ssh = permit('tcp', 22)
const groups = [group(1, 1, [ssh], [permit('-1')]), group(2, 1), group(3, 2)] as const
const first = nic(10, [1, 1], [groups[0]], { instance: ME, public: 'auto', v6: 1 })
const second = nic(11, [1, 2], [groups[0]], { instance: ME, index: 1, public: 5 })
const service = nic(12, [1, 2], [groups[1]], { instance: ME, index: 2, public: 6, more: { RequesterManaged: true } })
const loose = nic(13, [2, 1], [groups[2]])
const start: World = together(network(1, { v6: true }), network(2, { isDefault: true }), {
  SecurityGroups: groups,
  Instances: [instance(1), instance(2)],
  NetworkInterfaces: [first, second, service, loose, nic(20, [1, 1], [groups[1]], { instance: id('i', 2) })],
  Addresses: [eip(5, second), eip(6, service), eip(7)],
})

function refused<C extends Applied>(call: C, input: InputOf<C>, world = start): string {
  try {
    apply(world, call, input)
  } catch (error) {
    return (error as Error).name
  }
  return 'done'
}
const nicIn = (world: World, one: typeof first) =>
  world.NetworkInterfaces.find((each) => each.NetworkInterfaceId === one.NetworkInterfaceId)
const groupIn = (world: World, n: number) => world.SecurityGroups.find((each) => each.GroupId === id('sg', n))
const NetworkInterfaceId = first.NetworkInterfaceId

test('Groups replace groups; those of another VPC, none, and those of a service are refused.', () => {
  const call = 'ec2:ModifyNetworkInterfaceAttribute'
  const { world } = apply(start, call, { NetworkInterfaceId, Groups: [id('sg', 2)] })
  expect(nicIn(world, first)?.Groups).toEqual([{ GroupId: id('sg', 2), GroupName: 'group-2' }])
  expect(nicIn(start, first)?.Groups).toEqual([{ GroupId: id('sg', 1), GroupName: 'group-1' }])
  expect(refused(call, { NetworkInterfaceId, Groups: [id('sg', 3)] })).toBe('InvalidGroup.NotFound')
  expect(refused(call, { NetworkInterfaceId, Groups: [id('sg', 9)] })).toBe('InvalidGroup.NotFound')
  expect(refused(call, { NetworkInterfaceId, Groups: ['default'] })).toBe('InvalidGroupId.Malformed')
  expect(refused(call, { NetworkInterfaceId, Groups: [] })).toBe('InvalidParameterValue')
  expect(refused(call, { NetworkInterfaceId: id('eni', 99), Groups: [] })).toBe('InvalidNetworkInterfaceID.NotFound')
  const managed = { NetworkInterfaceId: service.NetworkInterfaceId, Groups: [id('sg', 1)] }
  expect(refused(call, managed)).toBe('AuthFailure')
  expect(refused('ec2:ModifyInstanceAttribute', { InstanceId: ME, Groups: [id('sg', 2)] })).toBe('InvalidInstanceID')
  const alone = apply(start, 'ec2:ModifyInstanceAttribute', { InstanceId: id('i', 2), Groups: [id('sg', 1)] }).world
  expect(nicIn(alone, nic(20, [1, 1], []))?.Groups?.map((one) => one.GroupId)).toEqual([id('sg', 1)])
  expect(refused(call, { NetworkInterfaceId, Groups: [id('sg', 2)], DryRun: true })).toBe('DryRunOperation')
})

test('A new group lets everything out, by IPv6 too where the VPC has it.', () => {
  const made = (VpcId: string) => {
    const input = { VpcId, GroupName: 'new', Description: 'New.' }
    const { world, output } = apply(start, 'ec2:CreateSecurityGroup', input)
    const row = world.SecurityGroups.find((one) => one.GroupId === output.GroupId)
    return (row ? ruleRows(world, row) : []).map((one) => [one.IsEgress, one.IpProtocol, one.CidrIpv4 ?? one.CidrIpv6])
  }
  expect(made(id('vpc', 1))).toEqual([
    [true, '-1', '0.0.0.0/0'],
    [true, '-1', '::/0'],
  ])
  expect(made(id('vpc', 2))).toEqual([[true, '-1', '0.0.0.0/0']])
  const same = { VpcId: id('vpc', 1), GroupName: 'group-1', Description: 'Again.' }
  expect(refused('ec2:CreateSecurityGroup', same)).toBe('InvalidGroup.Duplicate')
  expect(refused('ec2:CreateSecurityGroup', { ...same, VpcId: id('vpc', 9) })).toBe('InvalidVpcID.NotFound')
  expect(refused('ec2:DeleteSecurityGroup', { GroupId: id('sg', 1) })).toBe('DependencyViolation')
})

test('A rule is added once, in its normal form, and taken away by id or by all of its properties.', () => {
  const add = 'ec2:AuthorizeSecurityGroupIngress'
  const take = 'ec2:RevokeSecurityGroupIngress'
  const GroupId = id('sg', 2)
  const { world, output } = apply(start, add, { GroupId, IpPermissions: [permit('6', 80, '100.68.0.18/18')] })
  const [row] = output.SecurityGroupRules
  expect(row).toMatchObject({ IpProtocol: 'tcp', FromPort: 80, CidrIpv4: '100.68.0.0/18', GroupId, IsEgress: false })
  expect(groupIn(world, 2)?.IpPermissions?.[0]).toMatchObject({
    IpProtocol: 'tcp',
    IpRanges: [{ CidrIp: '100.68.0.0/18' }],
  })
  expect(refused(add, { GroupId, IpPermissions: [permit('tcp', 80, '100.68.0.0/18')] }, world)).toBe(
    'InvalidPermission.Duplicate',
  )
  expect(refused(add, { GroupId, IpPermissions: [permit('tcp', 80, id('sg', 3))] })).toBe('InvalidGroup.NotFound')
  expect(refused(add, { GroupId, IpPermissions: [permit('tcp')] })).toBe('InvalidParameterValue')
  const ids = { GroupId, SecurityGroupRuleIds: [row?.SecurityGroupRuleId ?? ''] }
  expect(groupIn(apply(world, take, ids).world, 2)?.IpPermissions).toEqual([])
  expect(refused('ec2:RevokeSecurityGroupEgress', ids, world)).toBe('InvalidSecurityGroupRuleId.NotFound')
  expect(refused(take, { GroupId, IpPermissions: [permit('tcp', [80, 81], '100.68.0.0/18')] }, world)).toBe(
    'InvalidPermission.NotFound',
  )
  const guess = { GroupId: id('sg', 3), IpPermissions: [ssh] }
  expect(apply(start, take, guess)).toMatchObject({
    world: start,
    output: { UnknownIpPermissions: [{ IpProtocol: 'tcp' }] },
  })
  // The same rule again has another id.
  const again = apply(apply(world, take, ids).world, add, {
    GroupId,
    IpPermissions: [permit('tcp', 80, '100.68.0.0/18')],
  })
  expect(again.output.SecurityGroupRules[0]?.SecurityGroupRuleId).not.toBe(row?.SecurityGroupRuleId)
})

test('An Elastic IP moves; what stood there before goes, and a service keeps its own.', () => {
  const { world, output } = apply(start, 'ec2:AssociateAddress', {
    AllocationId: id('eipalloc', 5),
    NetworkInterfaceId,
  })
  expect(nicIn(world, first)).toMatchObject({
    Association: { PublicIp: '3.120.0.5', AssociationId: output.AssociationId },
  })
  expect(nicIn(world, second)).not.toHaveProperty('Association')
  expect(world.Addresses.find((one) => one.PublicIp === '3.120.0.5')).toMatchObject({
    NetworkInterfaceId,
    InstanceId: ME,
  })
  const stay = { AllocationId: id('eipalloc', 5), NetworkInterfaceId, AllowReassociation: false }
  expect(refused('ec2:AssociateAddress', stay)).toBe('Resource.AlreadyAssociated')
  expect(refused('ec2:AssociateAddress', { AllocationId: id('eipalloc', 7), InstanceId: ME })).toBe('InvalidInstanceID')
  expect(refused('ec2:DisassociateAddress', { AssociationId: id('eipassoc', 6) })).toBe('AuthFailure')
  const bare = apply(start, 'ec2:DisassociateAddress', { AssociationId: id('eipassoc', 5) }).world
  expect(nicIn(bare, second)?.PrivateIpAddresses?.[0]).not.toHaveProperty('Association')
  expect(refused('ec2:DisassociateAddress', { AssociationId: id('eipassoc', 5) }, bare)).toBe(
    'InvalidAssociationID.NotFound',
  )
})

test('An interface comes and goes, but not the primary one, and not that of a service.', () => {
  const join = { InstanceId: ME, NetworkInterfaceId: loose.NetworkInterfaceId, DeviceIndex: 3 }
  const { world, output } = apply(start, 'ec2:AttachNetworkInterface', join)
  expect(nicIn(world, loose)).toMatchObject({ Status: 'in-use', Attachment: { InstanceId: ME, DeviceIndex: 3 } })
  expect(refused('ec2:AttachNetworkInterface', join, world)).toBe('InvalidNetworkInterface.InUse')
  expect(refused('ec2:AttachNetworkInterface', { ...join, DeviceIndex: 1 })).toBe('InvalidParameterValue')
  const gone = apply(world, 'ec2:DetachNetworkInterface', { AttachmentId: output.AttachmentId }).world
  expect(gone.NetworkInterfaces).toEqual(start.NetworkInterfaces)
  expect(refused('ec2:DetachNetworkInterface', { AttachmentId: id('eni-attach', 10) })).toBe('OperationNotPermitted')
  expect(refused('ec2:DetachNetworkInterface', { AttachmentId: id('eni-attach', 12) })).toBe('OperationNotPermitted')
  expect(refused('ec2:DetachNetworkInterface', { AttachmentId: 'eni-attach-0' })).toBe('InvalidAttachmentID.NotFound')
})

test('A stop takes the public address that EC2 lent, and leaves the others; protection refuses it.', () => {
  const { world, output } = apply(start, 'ec2:StopInstances', { InstanceIds: [ME] })
  expect(output.StoppingInstances[0]).toMatchObject({
    CurrentState: { Name: 'stopping' },
    PreviousState: { Name: 'running' },
  })
  expect(nicIn(world, first)).not.toHaveProperty('Association')
  expect(nicIn(world, second)?.Association?.PublicIp).toBe('3.120.0.5')
  const held = apply(start, 'ec2:ModifyInstanceAttribute', { InstanceId: ME, DisableApiStop: { Value: true } }).world
  expect(refused('ec2:StopInstances', { InstanceIds: [ME] }, held)).toBe('OperationNotPermitted')
  expect(refused('ec2:StopInstances', { InstanceIds: [id('i', 9)] })).toBe('InvalidInstanceID.NotFound')
})

test('The reads tell of the world as it is now, by ids and by filters, and give copies.', async () => {
  let world = start
  const reads = readsOf(() => world)
  const found = await reads['ec2:DescribeInstances']({ InstanceIds: [ME] })
  const shown = found.Reservations[0]?.Instances[0]
  expect(shown).toMatchObject({
    VpcId: id('vpc', 1),
    PublicIpAddress: '18.184.0.10',
    SecurityGroups: [{ GroupId: id('sg', 1) }],
  })
  expect(shown?.NetworkInterfaces?.map((one) => one.Attachment?.DeviceIndex)).toEqual([0, 1, 2])
  if (shown) shown.NetworkInterfaces = []
  const by = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] })
  const nics = async (Name: string, value: string) =>
    (await reads['ec2:DescribeNetworkInterfaces'](by(Name, value))).NetworkInterfaces.map(
      (one) => one.NetworkInterfaceId,
    )
  expect(await nics('attachment.instance-id', ME)).toEqual([10, 11, 12].map((n) => id('eni', n)))
  expect(await nics('group-id', id('sg', 3))).toEqual([id('eni', 13)])
  expect(await nics('subnet-id', id('subnet', 258))).toEqual([id('eni', 11), id('eni', 12)])
  const tags = { Resources: [id('sg', 2)], Tags: [{ Key: 'portcullis:quarantine', Value: 'yes' }] }
  world = apply(world, 'ec2:CreateTags', tags).world
  const tagged = async (input: ReturnType<typeof by>) =>
    (await reads['ec2:DescribeSecurityGroups'](input)).SecurityGroups.map((one) => one.GroupId)
  expect(await tagged(by('tag-key', 'portcullis:*'))).toEqual([id('sg', 2)])
  expect(await tagged(by('tag:portcullis:quarantine', 'yes', 'no'))).toEqual([id('sg', 2)])
  expect(
    await tagged({ Filters: [...by('tag-key', 'portcullis:*').Filters, ...by('vpc-id', id('vpc', 2)).Filters] }),
  ).toEqual([])
  expect((await reads['ec2:DescribeSecurityGroupRules'](by('group-id', id('sg', 1)))).SecurityGroupRules).toHaveLength(
    2,
  )
  expect((await reads['ec2:DescribeAddresses'](by('instance-id', ME))).Addresses).toHaveLength(2)
  expect(
    (await reads['ec2:DescribeNetworkAcls'](by('association.subnet-id', id('subnet', 257)))).NetworkAcls,
  ).toHaveLength(1)
  expect((await reads['ec2:DescribeRouteTables'](by('association.subnet-id', id('subnet', 257)))).RouteTables).toEqual(
    [],
  )
  expect(await reads['ec2:DescribeInstanceAttribute']({ InstanceId: ME, Attribute: 'disableApiStop' })).toEqual({
    InstanceId: ME,
    DisableApiStop: { Value: false },
  })
  await expect(reads['ec2:DescribeInstances']({ InstanceIds: [id('i', 9)] })).rejects.toHaveProperty(
    'name',
    'InvalidInstanceID.NotFound',
  )
  await expect(reads['ec2:DescribeVolumes'](by('colour', 'red'))).rejects.toHaveProperty(
    'name',
    'InvalidParameterValue',
  )
})
