import {
  CreateNetworkInterfaceCommand,
  DescribeSubnetsCommand,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RunInstancesCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from '@aws-sdk/client-ec2'
import { afterEach, describe, expect, test } from 'vitest'
import { calm, closed, control, ec2, newGroup, open, tcp, until, verdictOf } from '../support/cloud.ts'
import { mailbox } from '../support/mail.ts'

afterEach(calm)

const subnet = async () => (await ec2.send(new DescribeSubnetsCommand({}))).Subnets![0]!.SubnetId!
const launch = async (groups: readonly string[]) => {
  const answer = await ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: [
        { DeviceIndex: 0, SubnetId: await subnet(), Groups: [...groups], AssociatePublicIpAddress: true },
      ],
    }),
  )
  const { InstanceId, NetworkInterfaces } = answer.Instances![0]!
  return { instance: InstanceId!, eni: NetworkInterfaces![0]!.NetworkInterfaceId! }
}

/** A group that lets the world in, of which no event came. */
async function openGroup(): Promise<string> {
  const group = await newGroup()
  await control.change({ lossRate: 1 })
  await open(group)
  await control.change({ lossRate: 0 })
  return group
}

describe('a group that nobody heard was opened is closed when', () => {
  test.each<[string, (group: string) => Promise<unknown>]>([
    ['something is launched with it', (group) => launch([group])],
    [
      'an interface is made with it',
      async (group) => ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: await subnet(), Groups: [group] })),
    ],
    [
      'an interface gets it',
      async (group) => {
        const { eni } = await launch([await newGroup()])
        return ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups: [group] }))
      },
    ],
    [
      'an instance gets it',
      async (group) => {
        const { instance } = await launch([await newGroup()])
        return ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: instance, Groups: [group] }))
      },
    ],
    [
      'one of its rules gets another description',
      (group) =>
        ec2.send(
          new UpdateSecurityGroupRuleDescriptionsIngressCommand({
            GroupId: group,
            IpPermissions: [tcp(22, '0.0.0.0/0', 'until Friday')],
          }),
        ),
    ],
  ])('%s', async (_, use) => {
    const group = await openGroup()
    await use(group)
    await closed(group)
    await verdictOf(group, 'contained')
  })
})

test('the notice says what the group is on, and by which address the internet reaches that', async () => {
  const mail = await mailbox()
  const group = await newGroup()
  const { instance, eni } = await launch([group])
  await open(group)
  const { id } = await verdictOf(group, 'contained')
  const told = await until(
    'the notice',
    () => mail.read().then((all) => all.find((one) => one.facts.incident === id)),
    Boolean,
  )
  expect(told!.facts.text).toMatch(
    new RegExp(
      `The group is on 1 network interface, 1 of them with a public address:\n  ${eni} of ${instance}, public [\\d.]+\n`,
    ),
  )
  expect(told!.facts).toMatchObject({ attachedCount: 1, publicCount: 1 })
})
