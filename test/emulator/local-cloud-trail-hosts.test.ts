import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachNetworkInterfaceCommand,
  CopySnapshotCommand,
  CreateNetworkInterfaceCommand,
  CreateSnapshotsCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DisassociateAddressCommand,
  LockSnapshotCommand,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ModifySnapshotAttributeCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { type Host, hostsOf } from '../support/hosts.ts'
import { newRole, type Role } from '../support/roles.ts'
import { as, ec2, record, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
let host: Host
let role: Role
let group: string
beforeAll(async () => {
  hosts = hostsOf(as(KEYS.alice))
  role = await newRole(as(KEYS.alice))
  host = await hosts.newHost({ profile: role.profile, tags: [{ Key: 'team', Value: 'a' }] })
  group = await hosts.newGroup((await hosts.instance(host.id)).VpcId!)
})

const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/)
const done = { requestId, _return: true }
const xmlns = 'http://ec2.amazonaws.com/doc/2016-11-15/'

describe('what is done to a host is recorded as EC2 records it', () => {
  test('its launch', async () => {
    const one = await hosts.newHost({ profile: role.profile, spot: true })
    const { requestParameters, responseElements } = await record('RunInstances')
    expect(requestParameters).toMatchObject({
      instancesSet: { items: [{ imageId: 'ami-0123456789abcdef0', minCount: 1, maxCount: 1 }] },
      instanceType: 't3.micro',
      iamInstanceProfile: { name: role.profile },
      instanceMarketOptions: { marketType: 'spot' },
      networkInterfaceSet: { items: [{ deviceIndex: 0, subnetId: expect.stringMatching(/^subnet-/) }] },
      blockDeviceMapping: { items: [{ deviceName: '/dev/sda1', ebs: { volumeSize: 8, deleteOnTermination: true } }] },
    })
    expect(responseElements).toMatchObject({
      instancesSet: { items: [{ instanceId: one.id, launchTime: expect.any(Number) }] },
    })
  })

  test('its attributes', async () => {
    const modify = async (change: object) => {
      await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: host.id, ...change }))
      return record('ModifyInstanceAttribute')
    }
    const of = (parameters: object) => ({
      requestParameters: { instanceId: host.id, ...parameters },
      responseElements: done,
    })
    expect(await modify({ DisableApiTermination: { Value: true } })).toMatchObject(
      of({ disableApiTermination: { value: true } }),
    )
    expect(await modify({ InstanceInitiatedShutdownBehavior: { Value: 'stop' } })).toMatchObject(
      of({ instanceInitiatedShutdownBehavior: { value: 'stop' } }),
    )
    const keep = { DeviceName: '/dev/sda1', Ebs: { DeleteOnTermination: false } }
    expect(await modify({ BlockDeviceMappings: [keep] })).toMatchObject(
      of({ blockDeviceMapping: { items: [{ deviceName: '/dev/sda1', ebs: { deleteOnTermination: false } }] } }),
    )
    expect((await modify({ Groups: [group] })).requestParameters).toEqual({
      instanceId: host.id,
      groupSet: { items: [{ groupId: group }] },
    })
    await modify({ DisableApiTermination: { Value: false } })
  })

  test('its interfaces and addresses', async () => {
    const SubnetId = (await hosts.instance(host.id)).SubnetId!
    const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId }))
    const NetworkInterfaceId = made.NetworkInterface!.NetworkInterfaceId!
    await ec2.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId, InstanceId: host.id, DeviceIndex: 1 }))
    expect(await record('AttachNetworkInterface')).toMatchObject({
      requestParameters: { networkInterfaceId: NetworkInterfaceId, instanceId: host.id, deviceIndex: 1 },
      responseElements: { requestId, attachmentId: expect.stringMatching(/^eni-attach-/) },
    })
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [group] }))
    expect(await record('ModifyNetworkInterfaceAttribute')).toMatchObject({
      requestParameters: { networkInterfaceId: NetworkInterfaceId, groupSet: { items: [{ groupId: group }] } },
      responseElements: done,
    })
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))
    const asked = { AllocationId, NetworkInterfaceId, AllowReassociation: false }
    const { AssociationId } = await ec2.send(new AssociateAddressCommand(asked))
    expect(await record('AssociateAddress')).toMatchObject({
      requestParameters: {
        allocationId: AllocationId,
        networkInterfaceId: NetworkInterfaceId,
        allowReassociation: false,
      },
      responseElements: { requestId, associationId: AssociationId },
    })
    await ec2.send(new DisassociateAddressCommand({ AssociationId }))
    expect(await record('DisassociateAddress')).toMatchObject({
      requestParameters: { associationId: AssociationId },
      responseElements: done,
    })
  })

  test('its stop, start and end, and its tags', async () => {
    const InstanceIds = [host.id]
    const set = (now: string, code: number) => ({
      instancesSet: {
        items: [
          { instanceId: host.id, currentState: { code, name: now }, previousState: { code: expect.any(Number) } },
        ],
      },
    })
    const named = { instancesSet: { items: [{ instanceId: host.id }] } }
    await ec2.send(new StopInstancesCommand({ InstanceIds }))
    expect(await record('StopInstances')).toMatchObject({
      requestParameters: { ...named, force: false },
      responseElements: { requestId, ...set('stopping', 64) },
    })
    await ec2.send(new StartInstancesCommand({ InstanceIds }))
    expect(await record('StartInstances')).toMatchObject({
      requestParameters: named,
      responseElements: set('pending', 0),
    })
    await ec2.send(new DeleteTagsCommand({ Resources: InstanceIds, Tags: [{ Key: 'team' }] }))
    expect((await record('DeleteTags')).requestParameters).toEqual({
      resourcesSet: { items: [{ resourceId: host.id }] },
      tagSet: { items: [{ key: 'team' }] },
    })
    const other = await hosts.newHost()
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [other.id] }))
    expect(await record('TerminateInstances')).toMatchObject({
      requestParameters: { instancesSet: { items: [{ instanceId: other.id }] } },
      responseElements: { instancesSet: { items: [{ instanceId: other.id, currentState: { code: 32 } }] } },
    })
  })
})

test('what is done to its evidence, too', async () => {
  const Tags = [{ Key: 'incident', Value: 'x' }]
  const asked = new CreateSnapshotsCommand({
    InstanceSpecification: { InstanceId: host.id },
    Description: 'evidence',
    TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
  })
  const [{ SnapshotId }] = (await ec2.send(asked)).Snapshots as [{ SnapshotId: string }]
  expect(await record('CreateSnapshots')).toMatchObject({
    requestParameters: {
      CreateSnapshotsRequest: {
        InstanceSpecification: { InstanceId: host.id },
        Description: 'evidence',
        TagSpecification: { ResourceType: 'snapshot', tag: 1, Tag: { Key: 'incident', Value: 'x', tag: 1 } },
      },
    },
    responseElements: {
      CreateSnapshotsResponse: { xmlns, snapshotSet: { item: { snapshotId: SnapshotId, state: 'pending' } } },
    },
  })
  const share = { SnapshotId, CreateVolumePermission: { Add: [{ UserId: '111111111111' }] } }
  await ec2.send(new ModifySnapshotAttributeCommand(share))
  const shared = (kind: string) => ({
    snapshotId: SnapshotId,
    attributeType: 'CREATE_VOLUME_PERMISSION',
    createVolumePermission: { [kind]: { items: [{ userId: '111111111111' }] } },
  })
  expect((await record('ModifySnapshotAttribute')).requestParameters).toEqual(shared('add'))
  const older = { SnapshotId, OperationType: 'remove' as const, UserIds: ['111111111111'] }
  await ec2.send(new ModifySnapshotAttributeCommand({ ...older, Attribute: 'createVolumePermission' }))
  expect((await record('ModifySnapshotAttribute')).requestParameters).toEqual(shared('remove'))
  await ec2.send(
    new CopySnapshotCommand({ SourceSnapshotId: SnapshotId, SourceRegion: 'eu-central-1', Encrypted: true }),
  )
  expect(await record('CopySnapshot')).toMatchObject({
    requestParameters: { sourceSnapshotId: SnapshotId, sourceRegion: 'eu-central-1', encrypted: true },
    responseElements: { requestId, snapshotId: expect.stringMatching(/^snap-/) },
  })
  await ec2.send(new LockSnapshotCommand({ SnapshotId, LockMode: 'governance', LockDuration: 1 }))
  expect(await record('LockSnapshot')).toMatchObject({
    requestParameters: { LockSnapshotRequest: { SnapshotId, LockMode: 'governance', LockDuration: 1 } },
    responseElements: { LockSnapshotResponse: { snapshotId: SnapshotId, lockState: 'governance' } },
  })
  await ec2.send(new DeleteSnapshotCommand({ SnapshotId })).catch(() => {})
  expect(await record('DeleteSnapshot')).toMatchObject({
    errorCode: expect.stringMatching(/^Client\./),
    requestParameters: { snapshotId: SnapshotId },
    responseElements: null,
  })
})

test('keys and commands are recorded without their secrets', async () => {
  const { KeyMetadata } = await new KMSClient(as(KEYS.alice)).send(new CreateKeyCommand({ Description: 'evidence' }))
  expect(await record('CreateKey')).toMatchObject({
    eventSource: 'kms.amazonaws.com',
    requestParameters: { description: 'evidence' },
    responseElements: { keyMetadata: { keyId: KeyMetadata!.KeyId, keyManager: 'CUSTOMER' } },
  })
  const command = {
    DocumentName: 'AWS-RunShellScript',
    InstanceIds: [host.id],
    Parameters: { commands: ['cat /etc/shadow'] },
  }
  await new SSMClient(as(KEYS.alice)).send(new SendCommandCommand(command))
  const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'
  expect(await record('SendCommand')).toMatchObject({
    requestParameters: { documentName: 'AWS-RunShellScript', instanceIds: [host.id], parameters: hidden },
    responseElements: { command: { commandId: expect.any(String), parameters: hidden } },
  })
})
