import {
  CreateSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  type Filter,
  type Instance,
  type InstanceAttributeName,
  type InstanceNetworkInterfaceSpecification,
  RunInstancesCommand,
  type RunInstancesRequest,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf, type Network } from '../support/hosts.ts'
import { as, control, ec2, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

const LATEST = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default'
const ALIAS = `resolve:ssm:${LATEST}-arm64`
let network: Network
let group: string
let boxes = 0

beforeAll(async () => {
  const hosts = hostsOf(as(KEYS.alice))
  network = await hosts.newNetwork({ ipv6: true })
  group = await hosts.newGroup(network.vpc)
})

const boxOf = (
  change: Partial<RunInstancesRequest> = {},
  nic: Partial<InstanceNetworkInterfaceSpecification> = {},
): RunInstancesRequest => ({
  ImageId: ALIAS,
  MinCount: 1,
  MaxCount: 1,
  InstanceType: 't4g.nano',
  ClientToken: `box-${++boxes}`,
  NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: network.subnet, Groups: [group], ...nic }],
  ...change,
})
const run = async (asked: RunInstancesRequest) => (await ec2.send(new RunInstancesCommand(asked))).Instances![0]!
const terminate = (id: string) => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
async function found(...Filters: Filter[]): Promise<Instance[]> {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters }))
  return Reservations!.flatMap((one) => one.Instances!)
}
const shown = async (id: string) => (await found({ Name: 'instance-id', Values: [id] }))[0]!
const withToken = (...Values: string[]): Filter => ({ Name: 'client-token', Values })

describe('a client token', () => {
  test('answers with the first launch, also when that has ended', async () => {
    const asked = boxOf({ ClientToken: 'jump-one' })
    const { InstanceId } = await run(asked)
    expect(await run(asked)).toMatchObject({ InstanceId, ClientToken: 'jump-one', State: { Name: 'pending' } })
    await terminate(InstanceId!)
    expect(await run(asked)).toMatchObject({ InstanceId, State: { Name: 'terminated' } })
    expect(await found(withToken('jump-one'))).toHaveLength(1)
  })

  test('is refused with other parameters, and launches nothing', async () => {
    const asked = boxOf({ ClientToken: 'jump-two' })
    const { InstanceId } = await run(asked)
    await expect(run({ ...asked, InstanceType: 't4g.micro' })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    })
    await expect(run({ ...asked, UserData: 'IyE=' })).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' })
    expect((await found(withToken('jump-two'))).map((one) => one.InstanceId)).toEqual([InstanceId])
  })

  test('of a launch that failed is still free', async () => {
    const asked = boxOf({ ClientToken: 'jump-three' })
    await expect(run({ ...asked, ImageId: 'resolve:ssm:/aws/nothing' })).rejects.toThrow()
    expect((await run(asked)).ClientToken).toBe('jump-three')
  })

  test('is a filter with wildcards, beside those of tags and states', async () => {
    const tags = (Value: string) => [{ ResourceType: 'instance' as const, Tags: [{ Key: 'portcullis:box', Value }] }]
    const one = await run(boxOf({ ClientToken: 'many-1', TagSpecifications: tags('a') }))
    const two = await run(boxOf({ ClientToken: 'many-2', TagSpecifications: tags('b') }))
    const three = await run(boxOf({ ClientToken: 'other-3' }))
    await terminate(two.InstanceId!)
    const ids = async (...filters: Filter[]) => (await found(...filters)).map((it) => it.InstanceId)
    const [first, second] = [one.InstanceId, two.InstanceId]
    const running = { Name: 'instance-state-name', Values: ['running', 'pending'] }
    expect(await ids(withToken('many-*'))).toEqual([first, second])
    expect(await ids(withToken('many-?', 'other-3'))).toEqual([first, second, three.InstanceId])
    expect(await ids(withToken('many'))).toEqual([])
    expect(await ids(withToken('many-*'), running)).toEqual([first])
    expect(await ids({ Name: 'tag-key', Values: ['portcullis:box'] }, running)).toEqual([first])
    expect(await ids(withToken('many-*'), { Name: 'tag:portcullis:box', Values: ['b'] })).toEqual([second])
  })
})

describe('an image that a public parameter names', () => {
  test.each([
    ['arm64', `${LATEST}-arm64`],
    ['x86_64', `${LATEST}-x86_64`],
    ['arm64', '/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id'],
  ])('is found, of %s', async (Architecture, path) => {
    const { ImageId, ...box } = await run(boxOf({ ImageId: `resolve:ssm:${path}` }))
    const [image] = (await ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId!] }))).Images!
    expect(image).toMatchObject({ Architecture, RootDeviceName: '/dev/xvda' })
    expect(box).toMatchObject({ Architecture, RootDeviceName: '/dev/xvda' })
    expect((await control.calls()).find(({ action }) => action === 'RunInstances')?.actions).toEqual([
      'ec2:RunInstances',
      'ssm:GetParameters',
    ])
  })

  test.each([`${LATEST}-riscv`, '/somewhere/else'])('is refused where there is none: %s', async (path) => {
    await expect(run(boxOf({ ImageId: `resolve:ssm:${path}` }))).rejects.toMatchObject({ name: 'SsmInvalidParameter' })
  })
})

describe('a box', () => {
  test('keeps how its metadata service, its end, its disk and its first script were asked for', async () => {
    const script = '#!/bin/sh\nshutdown -h +60\n'
    const MetadataOptions = {
      HttpTokens: 'required' as const,
      HttpEndpoint: 'enabled' as const,
      HttpPutResponseHopLimit: 1,
      InstanceMetadataTags: 'enabled' as const,
    }
    const disk = { Encrypted: true, VolumeType: 'gp3' as const, VolumeSize: 10, DeleteOnTermination: true }
    const { InstanceId } = await run(
      boxOf({
        MetadataOptions,
        InstanceInitiatedShutdownBehavior: 'terminate',
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: disk }],
        UserData: Buffer.from(script).toString('base64'),
      }),
    )
    expect((await shown(InstanceId!)).MetadataOptions).toMatchObject(MetadataOptions)
    const read = (Attribute: InstanceAttributeName) =>
      ec2.send(new DescribeInstanceAttributeCommand({ InstanceId: InstanceId!, Attribute }))
    const behaviour = (await read('instanceInitiatedShutdownBehavior')).InstanceInitiatedShutdownBehavior
    expect(behaviour).toEqual({ Value: 'terminate' })
    expect(Buffer.from((await read('userData')).UserData!.Value!, 'base64').toString()).toBe(script)
    const Filters = [{ Name: 'attachment.instance-id', Values: [InstanceId!] }]
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters }))
    expect(Volumes).toMatchObject([{ Encrypted: true, VolumeType: 'gp3', Size: 10, KmsKeyId: expect.any(String) }])
  })

  test.each([
    { AssociatePublicIpAddress: true, Ipv6AddressCount: 1 },
    { AssociatePublicIpAddress: false, Ipv6AddressCount: 1 },
    { AssociatePublicIpAddress: true },
    { AssociatePublicIpAddress: false },
  ])('has the groups and the addresses that its interface was asked for: %o', async (nic) => {
    const Tags = [{ Key: 'portcullis:box', Value: 'x' }]
    const TagSpecifications = [{ ResourceType: 'network-interface' as const, Tags }]
    const box = await shown((await run(boxOf({ TagSpecifications }, nic))).InstanceId!)
    const [six, four] = [/^[0-9a-f:]+$/, /^54\.214\./]
    const [own] = box.NetworkInterfaces!
    expect(own!.Groups!.map((one) => one.GroupId)).toEqual([group])
    expect(own!.Ipv6Addresses!.map((one) => one.Ipv6Address)).toEqual(
      nic.Ipv6AddressCount ? [expect.stringMatching(six)] : [],
    )
    expect(box.Ipv6Address).toEqual(own!.Ipv6Addresses![0]?.Ipv6Address)
    expect(box.PublicIpAddress).toEqual(nic.AssociatePublicIpAddress ? expect.stringMatching(four) : undefined)
    const { NetworkInterfaces } = await ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [own!.NetworkInterfaceId!] }),
    )
    expect(NetworkInterfaces![0]).toMatchObject({ TagSet: Tags, Ipv6Addresses: nic.Ipv6AddressCount ? [{}] : [] })
  })

  test('gets no IPv6 address where its subnet has none, and is not launched', async () => {
    const { subnet, vpc } = await hostsOf(as(KEYS.alice)).newNetwork()
    const named = { GroupName: 'four', Description: 'a test', VpcId: vpc }
    const four = (await ec2.send(new CreateSecurityGroupCommand(named))).GroupId!
    const asked = boxOf({ ClientToken: 'no-six' }, { SubnetId: subnet, Groups: [four], Ipv6AddressCount: 1 })
    await expect(run(asked)).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    expect(await found(withToken('no-six'))).toEqual([])
  })

  test('has its groups on its interface or on itself, not on both', async () => {
    await expect(run(boxOf({ SecurityGroupIds: [group] }))).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
    })
  })
})
