import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf } from '../support/hosts.ts'
import { as, ec2, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
beforeAll(() => {
  hosts = hostsOf(as(KEYS.alice))
})

const allocate = async () => (await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))).AllocationId!
const addresses = async (Name: string, Value: string) =>
  (await ec2.send(new DescribeAddressesCommand({ Filters: [{ Name, Values: [Value] }] }))).Addresses!
const associate = async (AllocationId: string, NetworkInterfaceId: string, more: object = {}) =>
  (await ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId, ...more }))).AssociationId!
const disassociate = (AssociationId: string) => ec2.send(new DisassociateAddressCommand({ AssociationId }))

describe('an Elastic IP address', () => {
  test('is found by instance and by interface, says so there, and goes and comes back', async () => {
    const near = await hosts.defaultSubnet()
    const host = await hosts.newHost({ subnets: [near, near] })
    const [AllocationId, NetworkInterfaceId] = [await allocate(), host.interfaces[1]!]
    const AssociationId = await associate(AllocationId, NetworkInterfaceId)
    const shown = { AllocationId, AssociationId, NetworkInterfaceId, InstanceId: host.id, Domain: 'vpc' }
    const [one] = await addresses('instance-id', host.id)
    expect(one).toMatchObject({ ...shown, PrivateIpAddress: expect.stringMatching(/^172\.31\./) })
    expect(await addresses('network-interface-id', NetworkInterfaceId)).toEqual([one])
    const nics = async () => (await hosts.instance(host.id)).NetworkInterfaces!
    const owner = { IpOwnerId: '123456789012', PublicIp: one!.PublicIp }
    expect((await nics())[1]).toMatchObject({ Association: owner })
    await disassociate(AssociationId)
    expect((await nics()).map((nic) => nic.Association)).toEqual([undefined, undefined])
    expect(await addresses('instance-id', host.id)).toEqual([])
    const [free] = await addresses('allocation-id', AllocationId)
    expect([free!.InstanceId, free!.NetworkInterfaceId, free!.AssociationId]).toEqual([undefined, undefined, undefined])
    const wrong = { name: 'InvalidAssociationID.NotFound', message: expect.stringContaining(AssociationId) }
    await expect(disassociate(AssociationId)).rejects.toMatchObject(wrong)
    const again = await associate(AllocationId, NetworkInterfaceId)
    expect(again).not.toBe(AssociationId)
    expect((await nics())[1]).toMatchObject({ Association: owner })
  })

  test('moves only where that is allowed, and is then gone from where it was', async () => {
    const [from, to] = [await hosts.newHost(), await hosts.newHost()]
    const AllocationId = await allocate()
    await associate(AllocationId, from.interfaces[0]!)
    const move = (AllowReassociation: boolean) => associate(AllocationId, to.interfaces[0]!, { AllowReassociation })
    await expect(move(false)).rejects.toMatchObject({ name: 'Resource.AlreadyAssociated' })
    await move(true)
    expect((await hosts.instance(from.id)).PublicIpAddress).toBeUndefined()
    expect(await addresses('instance-id', to.id)).toHaveLength(1)
  })

  test('stays over a stop, and lets go at the end', async () => {
    const host = await hosts.newHost({ publicAddress: true })
    const AllocationId = await allocate()
    await associate(AllocationId, host.interfaces[0]!)
    const [{ PublicIp }] = (await addresses('instance-id', host.id)) as [{ PublicIp: string }]
    await ec2.send(new StopInstancesCommand({ InstanceIds: [host.id] }))
    expect((await hosts.instance(host.id)).PublicIpAddress).toBe(PublicIp)
    await ec2.send(new StartInstancesCommand({ InstanceIds: [host.id] }))
    expect((await hosts.instance(host.id)).PublicIpAddress).toBe(PublicIp)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [host.id] }))
    expect((await addresses('allocation-id', AllocationId))[0]!.AssociationId).toBeUndefined()
  })

  test('needs its interface named where an instance has several', async () => {
    const near = await hosts.defaultSubnet()
    const host = await hosts.newHost({ subnets: [near, near] })
    const byInstance = new AssociateAddressCommand({ AllocationId: await allocate(), InstanceId: host.id })
    await expect(ec2.send(byInstance)).rejects.toMatchObject({ name: 'InvalidInstanceID' })
  })
})

test('an address that EC2 lends is lost by a stop, and another one comes', async () => {
  const host = await hosts.newHost({ publicAddress: true })
  const before = (await hosts.instance(host.id)).PublicIpAddress
  await ec2.send(new StopInstancesCommand({ InstanceIds: [host.id] }))
  expect((await hosts.instance(host.id)).PublicIpAddress).toBeUndefined()
  await ec2.send(new StartInstancesCommand({ InstanceIds: [host.id] }))
  const after = (await hosts.instance(host.id)).PublicIpAddress
  expect([before, after]).toEqual([expect.any(String), expect.any(String)])
})
