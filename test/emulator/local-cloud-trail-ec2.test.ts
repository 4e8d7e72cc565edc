import {
  AssociateSecurityGroupVpcCommand,
  CreateNetworkInterfaceCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteTagsCommand,
  DescribeSubnetsCommand,
  DisassociateSecurityGroupVpcCommand,
  ModifyInstanceAttributeCommand,
  ModifyManagedPrefixListCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RestoreManagedPrefixListVersionCommand,
  RunInstancesCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { ec2, newGroup, newList, open, record, useLocalCloud, WORLD } from './local-cloud-support.ts'

useLocalCloud()

const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/)
const xmlns = 'http://ec2.amazonaws.com/doc/2016-11-15/'

test('prefix lists: PascalCase, one object for one entry, an array for more', async () => {
  const PrefixListId = await newList(['10.0.0.0/8', '11.0.0.0/8'])
  const created = await record('CreateManagedPrefixList')
  expect(created.requestParameters).toEqual({
    CreateManagedPrefixListRequest: {
      PrefixListName: expect.stringMatching(/^list-/),
      AddressFamily: 'IPv4',
      MaxEntries: 10,
      ClientToken: expect.any(String),
      Entry: [
        { Cidr: '10.0.0.0/8', tag: 1 },
        { Cidr: '11.0.0.0/8', tag: 2 },
      ],
    },
  })
  expect(created.responseElements).toEqual({
    CreateManagedPrefixListResponse: {
      xmlns,
      requestId,
      prefixList: {
        prefixListId: PrefixListId,
        prefixListName: expect.stringMatching(/^list-/),
        prefixListArn: `arn:aws:ec2:eu-central-1:123456789012:prefix-list/${PrefixListId}`,
        addressFamily: 'IPv4',
        maxEntries: 10,
        ownerId: '123456789012',
        state: 'create-in-progress',
        version: 1,
      },
    },
  })
  const AddEntries = [{ Cidr: '0.0.0.0/0', Description: 'true' }]
  const RemoveEntries = [{ Cidr: '10.0.0.0/8' }, { Cidr: '11.0.0.0/8' }]
  const change = { PrefixListId, CurrentVersion: 1, AddEntries, RemoveEntries }
  await ec2.send(new ModifyManagedPrefixListCommand(change))
  const modified = await record('ModifyManagedPrefixList')
  expect(modified.requestParameters).toEqual({
    ModifyManagedPrefixListRequest: {
      PrefixListId,
      CurrentVersion: 1,
      AddEntry: { Cidr: '0.0.0.0/0', Description: 'true', tag: 1 },
      RemoveEntry: [
        { Cidr: '10.0.0.0/8', tag: 1 },
        { Cidr: '11.0.0.0/8', tag: 2 },
      ],
    },
  })
  expect(modified.responseElements).toMatchObject({
    ModifyManagedPrefixListResponse: { prefixList: { prefixListId: PrefixListId, state: 'modify-in-progress' } },
  })
  const back = { PrefixListId, PreviousVersion: 1, CurrentVersion: 2 }
  await ec2.send(new RestoreManagedPrefixListVersionCommand(back))
  expect(await record('RestoreManagedPrefixListVersion')).toMatchObject({
    requestParameters: { RestoreManagedPrefixListVersionRequest: back },
    responseElements: { RestoreManagedPrefixListVersionResponse: { prefixList: { state: 'restore-in-progress' } } },
  })
  await ec2.send(new RestoreManagedPrefixListVersionCommand(back)).catch(() => {})
  expect(await record('RestoreManagedPrefixListVersion')).toMatchObject({
    errorCode: 'Client.PrefixListVersionMismatch',
    requestParameters: { RestoreManagedPrefixListVersionRequest: back },
    responseElements: null,
  })
})

test('associations of a group with a VPC: PascalCase', async () => {
  const GroupId = await newGroup()
  const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.8.0.0/16' }))).Vpc!.VpcId!
  await ec2.send(new AssociateSecurityGroupVpcCommand({ GroupId, VpcId }))
  expect(await record('AssociateSecurityGroupVpc')).toMatchObject({
    requestParameters: { AssociateSecurityGroupVpcRequest: { GroupId, VpcId } },
    responseElements: { AssociateSecurityGroupVpcResponse: { xmlns, requestId, state: 'associating' } },
  })
  await ec2.send(new DisassociateSecurityGroupVpcCommand({ GroupId, VpcId }))
  expect(await record('DisassociateSecurityGroupVpc')).toMatchObject({
    requestParameters: { DisassociateSecurityGroupVpcRequest: { GroupId, VpcId } },
    responseElements: { DisassociateSecurityGroupVpcResponse: { xmlns, requestId, state: 'disassociating' } },
  })
})

test('tags and descriptions', async () => {
  const group = await newGroup()
  const [rule, other] = await open(group, WORLD, { ...WORLD, FromPort: 23, ToPort: 23 })
  const Tags = [
    { Key: 'until', Value: '2026' },
    { Key: 'empty', Value: '' },
  ]
  await ec2.send(new CreateTagsCommand({ Resources: [group, rule!], Tags }))
  const done = { requestId, _return: true }
  expect(await record('CreateTags')).toMatchObject({
    requestParameters: {
      resourcesSet: { items: [{ resourceId: group }, { resourceId: rule }] },
      tagSet: {
        items: [
          { key: 'until', value: '2026' },
          { key: 'empty', value: '' },
        ],
      },
    },
    responseElements: done,
  })
  await ec2.send(new DeleteTagsCommand({ Resources: [group], Tags: [{ Key: 'until' }] }))
  expect(await record('DeleteTags')).toMatchObject({
    requestParameters: { resourcesSet: { items: [{ resourceId: group }] }, tagSet: { items: [{ key: 'until' }] } },
    responseElements: done,
  })
  const IpRanges = [{ CidrIp: '0.0.0.0/0', Description: 'why' }]
  const byContent = { GroupId: group, IpPermissions: [{ ...WORLD, IpRanges }] }
  await ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand(byContent))
  expect(await record('UpdateSecurityGroupRuleDescriptionsIngress')).toMatchObject({
    requestParameters: {
      groupId: group,
      ipPermissions: { items: [{ ipRanges: { items: [{ cidrIp: '0.0.0.0/0', description: 'why' }] } }] },
    },
    responseElements: done,
  })
  const SecurityGroupRuleDescriptions = [{ SecurityGroupRuleId: other!, Description: 'why not' }]
  const byId = { GroupId: group, SecurityGroupRuleDescriptions }
  await ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand(byId))
  expect((await record('UpdateSecurityGroupRuleDescriptionsIngress')).requestParameters).toEqual({
    groupId: group,
    ipPermissions: {},
    securityGroupRuleDescriptionSet: { items: [{ securityGroupRuleId: other, description: 'why not' }] },
  })
})

test('interfaces: empty lists stand there too', async () => {
  const group = await newGroup()
  const SubnetId = (await ec2.send(new DescribeSubnetsCommand({}))).Subnets![0]!.SubnetId!
  await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId }))
  const bare = { subnetId: SubnetId, groupSet: {}, privateIpAddressesSet: {}, clientToken: expect.any(String) }
  expect((await record('CreateNetworkInterface')).requestParameters).toEqual(bare)
  const { NetworkInterface } = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, Groups: [group] }))
  const created = await record('CreateNetworkInterface')
  const NetworkInterfaceId = NetworkInterface!.NetworkInterfaceId!
  expect(created.requestParameters).toEqual({ ...bare, groupSet: { items: [{ groupId: group }] } })
  expect(created.responseElements).toMatchObject({
    requestId,
    networkInterface: { networkInterfaceId: NetworkInterfaceId, groupSet: { items: [{ groupId: group }] } },
  })
  expect(created.responseElements).not.toHaveProperty('networkInterface.association')
  await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [group] }))
  expect(await record('ModifyNetworkInterfaceAttribute')).toMatchObject({
    requestParameters: { networkInterfaceId: NetworkInterfaceId, groupSet: { items: [{ groupId: group }] } },
    responseElements: { requestId, _return: true },
  })
  const launch = { ImageId: 'ami-0123456789abcdef0', MinCount: 1, MaxCount: 1 }
  const { InstanceId } = (await ec2.send(new RunInstancesCommand(launch))).Instances![0]!
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups: [group] }))
  expect((await record('ModifyInstanceAttribute')).requestParameters).toEqual({
    instanceId: InstanceId,
    groupSet: { items: [{ groupId: group }] },
  })
})
