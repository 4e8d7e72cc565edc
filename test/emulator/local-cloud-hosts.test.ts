import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  GetConsoleOutputCommand,
  GetConsoleScreenshotCommand,
  type InstanceAttributeName,
  ModifyInstanceAttributeCommand,
  type ModifyInstanceAttributeRequest,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf } from '../support/hosts.ts'
import { newRole } from '../support/roles.ts'
import { as, ec2, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
beforeAll(() => {
  hosts = hostsOf(as(KEYS.alice))
})

const attribute = async (InstanceId: string, Attribute: InstanceAttributeName) =>
  ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }))
const modify = (InstanceId: string, change: Omit<ModifyInstanceAttributeRequest, 'InstanceId'>) =>
  ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, ...change }))
const state = async (id: string) => (await hosts.instance(id)).State!.Name
const terminate = (...InstanceIds: string[]) => ec2.send(new TerminateInstancesCommand({ InstanceIds }))

describe('a host', () => {
  test('shows its volumes, interfaces, profile, way of being bought, and its tags', async () => {
    const role = await newRole(as(KEYS.alice))
    const tags = [{ Key: 'team', Value: 'a' }]
    const host = await hosts.newHost({ volumes: 1, profile: role.profile, spot: true, tags, publicAddress: true })
    const shown = await hosts.instance(host.id)
    expect(shown).toMatchObject({
      State: { Name: 'running' },
      InstanceLifecycle: 'spot',
      IamInstanceProfile: { Arn: role.profileArn },
      LaunchTime: expect.any(Date),
      MetadataOptions: { HttpTokens: 'optional', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
      RootDeviceName: '/dev/sda1',
      BlockDeviceMappings: [
        { DeviceName: '/dev/sda1', Ebs: { VolumeId: host.volumes[0], DeleteOnTermination: true, Status: 'attached' } },
        { DeviceName: '/dev/sdf', Ebs: { VolumeId: host.volumes[1], DeleteOnTermination: true } },
      ],
      NetworkInterfaces: [
        {
          NetworkInterfaceId: host.interfaces[0],
          Attachment: { DeviceIndex: 0, DeleteOnTermination: true },
          Association: { IpOwnerId: 'amazon', PublicIp: expect.stringMatching(/^54\.214\./) },
        },
      ],
      Tags: tags,
    })
    expect(shown.StateReason).toBeUndefined()
    const Filters = [{ Name: 'attachment.instance-id', Values: [host.id] }]
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters }))
    expect(Volumes!.map((one) => one.Attachments![0]!.DeleteOnTermination)).toEqual([true, true])
    await ec2.send(new CreateTagsCommand({ Resources: [host.id], Tags: [{ Key: 'incident', Value: 'x' }] }))
    await ec2.send(new DeleteTagsCommand({ Resources: [host.id], Tags: [{ Key: 'team' }] }))
    expect((await hosts.instance(host.id)).Tags).toEqual([{ Key: 'incident', Value: 'x' }])
    const byTag = new DescribeInstancesCommand({ Filters: [{ Name: 'tag:incident', Values: ['x'] }] })
    expect((await ec2.send(byTag)).Reservations).toHaveLength(1)
  })

  test('without an address, a profile or tags shows none', async () => {
    const host = await hosts.newHost()
    const { IamInstanceProfile, InstanceLifecycle, PublicIpAddress, NetworkInterfaces } = await hosts.instance(host.id)
    expect({ IamInstanceProfile, InstanceLifecycle, PublicIpAddress }).toEqual({})
    expect(NetworkInterfaces![0]!.Association).toBeUndefined()
  })

  test('answers with its console, in words and as a picture', async () => {
    const { id } = await hosts.newHost()
    const { Output } = await ec2.send(new GetConsoleOutputCommand({ InstanceId: id }))
    expect(Buffer.from(Output!, 'base64').toString()).toMatch(/^Linux version/)
    const { ImageData } = await ec2.send(new GetConsoleScreenshotCommand({ InstanceId: id }))
    expect(Buffer.from(ImageData!, 'base64').subarray(0, 3).toString('hex')).toBe('ffd8ff')
    const unknown = new GetConsoleScreenshotCommand({ InstanceId: 'i-00000000000000000' })
    await expect(ec2.send(unknown)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' })
  })
})

describe('attributes', () => {
  test('are set one at a time, and touch nothing else', async () => {
    const { id } = await hosts.newHost()
    const before = (await hosts.instance(id)).SecurityGroups
    await modify(id, { InstanceInitiatedShutdownBehavior: { Value: 'terminate' } })
    expect(await attribute(id, 'instanceInitiatedShutdownBehavior')).toMatchObject({
      InstanceInitiatedShutdownBehavior: { Value: 'terminate' },
    })
    await modify(id, { DisableApiTermination: { Value: true } })
    await modify(id, { DisableApiStop: { Value: true } })
    await modify(id, { Attribute: 'instanceInitiatedShutdownBehavior', Value: 'stop' })
    expect(await attribute(id, 'disableApiTermination')).toMatchObject({ DisableApiTermination: { Value: true } })
    expect(await attribute(id, 'disableApiStop')).toMatchObject({ DisableApiStop: { Value: true } })
    expect((await hosts.instance(id)).SecurityGroups).toEqual(before)
    const both = { DisableApiTermination: { Value: false }, DisableApiStop: { Value: false } }
    await expect(modify(id, both)).rejects.toMatchObject({ name: 'InvalidParameterCombination' })
    await expect(modify(id, {})).rejects.toMatchObject({ name: 'InvalidParameterCombination' })
    const wrong = { InstanceInitiatedShutdownBehavior: { Value: 'sleep' } }
    await expect(modify(id, wrong)).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })

  test('a volume stays where it is told to, one by one', async () => {
    const { id, volumes } = await hosts.newHost({ volumes: 1 })
    const keep = (DeviceName: string, DeleteOnTermination = false) => ({ DeviceName, Ebs: { DeleteOnTermination } })
    await modify(id, { BlockDeviceMappings: [keep('/dev/sdf')] })
    const devices = async () => (await attribute(id, 'blockDeviceMapping')).BlockDeviceMappings
    expect(await devices()).toMatchObject([
      { DeviceName: '/dev/sda1', Ebs: { DeleteOnTermination: true } },
      { DeviceName: '/dev/sdf', Ebs: { DeleteOnTermination: false, VolumeId: volumes[1] } },
    ])
    const unknown = modify(id, { BlockDeviceMappings: [keep('/dev/sda1'), keep('/dev/sdz')] })
    await expect(unknown).rejects.toMatchObject({ name: 'InvalidInstanceAttributeValue' })
    expect((await devices())![0]).toMatchObject({ Ebs: { DeleteOnTermination: true } })
    await terminate(id)
    const left = new DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: [...volumes] }] })
    expect((await ec2.send(left)).Volumes).toMatchObject([{ VolumeId: volumes[1], State: 'available' }])
  })

  test('a Spot Instance has no termination protection, and stops only where it was asked for again', async () => {
    const { id } = await hosts.newHost({ spot: true })
    const refused = { name: 'UnsupportedOperation' }
    await expect(modify(id, { DisableApiTermination: { Value: true } })).rejects.toMatchObject(refused)
    await expect(ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject(refused)
  })
})

describe('protection', () => {
  const refused = { name: 'OperationNotPermitted', $metadata: { httpStatusCode: 400 } }

  test('from termination saves all that are named in the call', async () => {
    const [open, kept] = [await hosts.newHost(), await hosts.newHost({ protected: true })]
    expect(await attribute(kept.id, 'disableApiTermination')).toMatchObject({ DisableApiTermination: { Value: true } })
    const message = /may not be terminated. Modify its 'disableApiTermination' instance attribute and try again\.$/
    await expect(terminate(open.id, kept.id)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(message),
    })
    expect([await state(open.id), await state(kept.id)]).toEqual(['running', 'running'])
    await modify(kept.id, { DisableApiTermination: { Value: false } })
    const { TerminatingInstances } = await terminate(open.id, kept.id)
    expect(TerminatingInstances).toMatchObject([{ PreviousState: { Name: 'running' } }, { InstanceId: kept.id }])
    expect(await state(kept.id)).toBe('terminated')
    expect((await hosts.instance(kept.id)).NetworkInterfaces).toEqual([])
    await terminate(kept.id)
    const late = modify(kept.id, { DisableApiTermination: { Value: true } })
    await expect(late).rejects.toMatchObject({ name: 'IncorrectInstanceState' })
  })

  test('from stopping is from termination too', async () => {
    const { id } = await hosts.newHost()
    await modify(id, { DisableApiStop: { Value: true } })
    const stop = () => ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
    await expect(stop()).rejects.toMatchObject({ ...refused, message: expect.stringMatching(/may not be stopped/) })
    await expect(terminate(id)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/'disableApiStop'/),
    })
    await modify(id, { DisableApiStop: { Value: false } })
    expect((await stop()).StoppingInstances).toMatchObject([{ CurrentState: { Name: 'stopping' } }])
    expect(await state(id)).toBe('stopped')
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }))
    expect(await state(id)).toBe('running')
  })
})
