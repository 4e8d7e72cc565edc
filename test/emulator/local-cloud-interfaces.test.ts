import {
  CreateNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { ec2, newGroup, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

const inGroup = async (...Values: string[]) => {
  const Filters = [{ Name: 'group-id', Values }]
  return (await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }))).NetworkInterfaces!
}
const subnet = async () => (await ec2.send(new DescribeSubnetsCommand({}))).Subnets![0]!.SubnetId!

describe('network interfaces', () => {
  test('are found by group, with what they are attached to and their public address', async () => {
    const group = await newGroup()
    const launch = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-0123456789abcdef0',
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [
          { DeviceIndex: 0, SubnetId: await subnet(), Groups: [group], AssociatePublicIpAddress: true },
        ],
      }),
    )
    const InstanceId = launch.Instances![0]!.InstanceId!
    const more = { SubnetId: await subnet(), Groups: [group], Description: 'the second one' }
    await ec2.send(new CreateNetworkInterfaceCommand(more))
    const seen = await inGroup(group)
    expect(seen).toHaveLength(2)
    expect(seen.find((one) => one.Attachment)).toMatchObject({
      InterfaceType: 'interface',
      Attachment: { InstanceId, Status: 'attached', DeviceIndex: 0 },
      Association: { PublicIp: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) },
      Groups: [{ GroupId: group }],
      OwnerId: '123456789012',
    })
    const free = seen.find((one) => !one.Attachment)!
    expect(free).toMatchObject({ InterfaceType: 'interface', Description: 'the second one', Status: 'available' })
    expect(free.Association).toBeUndefined()
    expect(await inGroup('sg-00000000000000000')).toEqual([])
  })

  test('changing the groups of an interface replaces them', async () => {
    const [first, second, third] = [await newGroup(), await newGroup(), await newGroup()]
    const launch = { ImageId: 'ami-0123456789abcdef0', MinCount: 1, MaxCount: 1, SecurityGroupIds: [first] }
    const { Instances } = await ec2.send(new RunInstancesCommand(launch))
    const [one] = await inGroup(first)
    const NetworkInterfaceId = one!.NetworkInterfaceId!
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [second] }))
    expect(await inGroup(first)).toEqual([])
    expect(await inGroup(second)).toMatchObject([{ NetworkInterfaceId, Groups: [{ GroupId: second }] }])
    const { InstanceId } = Instances![0]!
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups: [third] }))
    expect(await inGroup(third)).toMatchObject([{ NetworkInterfaceId, Groups: [{ GroupId: third }] }])
    const Groups = ['sg-00000000000000000']
    const wrong = new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups })
    await expect(ec2.send(wrong)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' })
    const none = new CreateNetworkInterfaceCommand({ SubnetId: await subnet(), Groups })
    await expect(ec2.send(none)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' })
    expect(await inGroup(third)).toHaveLength(1)
  })

  test('page', async () => {
    const group = await newGroup()
    const made = { SubnetId: await subnet(), Groups: [group] }
    for (let count = 0; count < 6; count++) await ec2.send(new CreateNetworkInterfaceCommand(made))
    const Filters = [{ Name: 'group-id', Values: [group] }]
    const first = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters, MaxResults: 5 }))
    const asked = { Filters, MaxResults: 5, NextToken: first.NextToken }
    const rest = await ec2.send(new DescribeNetworkInterfacesCommand(asked))
    expect([first.NetworkInterfaces!.length, rest.NetworkInterfaces!.length, rest.NextToken]).toEqual([5, 1, undefined])
  })
})
