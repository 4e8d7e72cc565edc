import {
  CopySnapshotCommand,
  CreateSnapshotCommand,
  CreateSnapshotsCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DescribeLockedSnapshotsCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  EnableEbsEncryptionByDefaultCommand,
  LockSnapshotCommand,
  ModifySnapshotAttributeCommand,
  type ModifySnapshotAttributeRequest,
  UnlockSnapshotCommand,
} from '@aws-sdk/client-ec2'
import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf } from '../support/hosts.ts'
import { as, control, ec2, eventually, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
let kms: KMSClient
let there: EC2Client
beforeAll(() => {
  hosts = hostsOf(as(KEYS.alice))
  kms = new KMSClient(as(KEYS.alice))
  there = new EC2Client({ ...as(KEYS.alice), region: 'eu-west-1' })
})

const evidence = { Key: 'incident', Value: 'x' }
const TagSpecifications = [{ ResourceType: 'snapshot' as const, Tags: [evidence] }]
const described = async (...SnapshotIds: string[]) =>
  (await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds }))).Snapshots!
const manager = async (KeyId: string) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!
const newKey = async () => (await kms.send(new CreateKeyCommand({ Description: 'evidence' }))).KeyMetadata!.Arn!

async function taken(options: Parameters<typeof hosts.newHost>[0] = {}, more: object = {}) {
  const host = await hosts.newHost(options)
  const InstanceSpecification = { InstanceId: host.id, ...more }
  const asked = { InstanceSpecification, Description: `evidence of ${host.id}`, TagSpecifications }
  const { Snapshots } = await ec2.send(new CreateSnapshotsCommand(asked))
  return { host, snapshots: Snapshots!, ids: Snapshots!.map((one) => one.SnapshotId!) }
}

describe('snapshots of a host', () => {
  test('are of all its volumes, with tags, description and key, and soon complete', async () => {
    const { host, snapshots, ids } = await taken({ volumes: 1, encrypted: true })
    expect(snapshots).toMatchObject(
      host.volumes.map((VolumeId) => ({
        VolumeId,
        State: 'pending',
        Encrypted: true,
        Tags: [evidence],
        Description: `evidence of ${host.id}`,
        VolumeSize: 8,
      })),
    )
    expect(snapshots[0]!.StartTime).toEqual(snapshots[1]!.StartTime)
    const key = (await manager('alias/aws/ebs')).Arn
    const complete = { State: 'completed', Progress: '100%', Encrypted: true, KmsKeyId: key, Tags: [evidence] }
    expect(await described(...ids)).toMatchObject(host.volumes.map((VolumeId) => ({ VolumeId, ...complete })))
    const Filters = [{ Name: 'tag:incident', Values: ['x'] }]
    const byTag = await ec2.send(new DescribeSnapshotsCommand({ Filters, OwnerIds: ['self'] }))
    expect(byTag.Snapshots!.map((one) => one.SnapshotId)).toEqual(ids)
    const missing = {
      name: 'InvalidSnapshot.NotFound',
      message: "The snapshot 'snap-00000000000000000' does not exist.",
    }
    await expect(described('snap-00000000000000000')).rejects.toMatchObject(missing)
  })

  test('leave out what they are told to, and take the tags of their volumes', async () => {
    const host = await hosts.newHost({ volumes: 2 })
    await ec2.send(new CreateTagsCommand({ Resources: [host.volumes[1]!], Tags: [{ Key: 'data', Value: 'b' }] }))
    const InstanceSpecification = {
      InstanceId: host.id,
      ExcludeBootVolume: true,
      ExcludeDataVolumeIds: [host.volumes[2]!],
    }
    const asked = { InstanceSpecification, CopyTagsFromSource: 'volume' as const, TagSpecifications }
    const { Snapshots } = await ec2.send(new CreateSnapshotsCommand(asked))
    expect(Snapshots).toMatchObject([{ VolumeId: host.volumes[1] }])
    expect(Snapshots![0]!.Tags).toEqual([{ Key: 'data', Value: 'b' }, evidence])
  })

  test('take their time, or fail, where a switch says so', async () => {
    await control.change({ snapshotMs: 400 })
    const { ids } = await taken()
    expect(await described(...ids)).toMatchObject([{ State: 'pending', Progress: '0%' }])
    const early = { SourceSnapshotId: ids[0]!, SourceRegion: 'eu-central-1' }
    await expect(ec2.send(new CopySnapshotCommand(early))).rejects.toMatchObject({
      name: 'IncorrectState',
      message: 'Snapshot is in invalid state - pending',
    })
    await eventually(async () => (await described(...ids))[0]!.State === 'completed')
    await control.change({ snapshotMs: 0, snapshotsFail: true })
    const failed = await taken()
    expect(await described(...failed.ids)).toMatchObject([{ State: 'error', StateMessage: expect.any(String) }])
    const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId: failed.host.volumes[0]! }))
    expect(await described(SnapshotId!)).toMatchObject([{ State: 'error', VolumeId: failed.host.volumes[0] }])
  })
})

describe('a copy', () => {
  const copied = async (client: EC2Client, SourceSnapshotId: string, more: object = {}) => {
    const asked = { SourceSnapshotId, SourceRegion: 'eu-central-1', Description: 'a copy', TagSpecifications, ...more }
    return (await client.send(new CopySnapshotCommand(asked))).SnapshotId!
  }

  test('is under the key that is asked for, and under that of EBS where none is', async () => {
    const { ids } = await taken({ encrypted: true })
    const key = await newKey()
    const id = await copied(ec2, ids[0]!, { Encrypted: true, KmsKeyId: key })
    const all = {
      Encrypted: true,
      VolumeId: 'vol-ffffffff',
      Tags: [evidence],
      Description: 'a copy',
      State: 'completed',
    }
    expect(await described(id)).toMatchObject([{ ...all, KmsKeyId: key }])
    const [plain] = await described(await copied(ec2, id))
    expect(await manager(plain!.KmsKeyId!)).toMatchObject({ KeyManager: 'AWS' })
    const lone = copied(ec2, id, { KmsKeyId: key })
    await expect(lone).rejects.toMatchObject({ name: 'InvalidParameterDependency' })
  })

  test('can lie in another region, and fails later where its key is none', async () => {
    const { ids } = await taken()
    const id = await copied(there, ids[0]!)
    const shown = await there.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }))
    expect(shown.Snapshots).toMatchObject([{ Encrypted: false, State: 'completed', Tags: [evidence] }])
    await expect(described(id)).rejects.toMatchObject({ name: 'InvalidSnapshot.NotFound' })
    const broken = await copied(ec2, ids[0]!, { Encrypted: true, KmsKeyId: 'alias/none' })
    const why = { State: 'error', StateMessage: 'Given key ID is not accessible' }
    expect(await described(broken)).toMatchObject([why])
  })
})

describe('sharing', () => {
  const users = async (SnapshotId: string) => {
    const asked = new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission' })
    return (await ec2.send(asked)).CreateVolumePermissions!.map((one) => one.UserId ?? one.Group).sort()
  }
  const change = (SnapshotId: string, how: Omit<ModifySnapshotAttributeRequest, 'SnapshotId'>) =>
    ec2.send(new ModifySnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission', ...how }))

  test('is given and taken in both forms', async () => {
    const { ids } = await taken()
    const [id] = ids as [string]
    await change(id, { CreateVolumePermission: { Add: [{ UserId: '111111111111' }, { UserId: '222222222222' }] } })
    await change(id, { OperationType: 'add', UserIds: ['333333333333'] })
    expect(await users(id)).toEqual(['111111111111', '222222222222', '333333333333'])
    await change(id, { CreateVolumePermission: { Remove: [{ UserId: '111111111111' }] } })
    await change(id, { OperationType: 'remove', UserIds: ['222222222222'] })
    expect(await users(id)).toEqual(['333333333333'])
  })

  test('is refused under the key that AWS manages, and not under one of the customer', async () => {
    const account = { CreateVolumePermission: { Add: [{ UserId: '111111111111' }] } }
    const { ids } = await taken({ encrypted: true })
    await expect(change(ids[0]!, account)).rejects.toMatchObject({
      name: 'OperationNotPermitted',
      message: 'Encrypted snapshots with EBS default key cannot be shared',
    })
    const own = await taken({ key: await newKey() })
    await change(own.ids[0]!, account)
    expect(await users(own.ids[0]!)).toEqual(['111111111111'])
  })
})

describe('a lock', () => {
  const lock = (SnapshotId: string, how: object) =>
    ec2.send(new LockSnapshotCommand({ SnapshotId, LockMode: 'governance', ...how }))
  const remove = (SnapshotId: string) => ec2.send(new DeleteSnapshotCommand({ SnapshotId }))

  test('keeps a snapshot until it is taken off, or for good', async () => {
    const { ids } = await taken({ volumes: 1 })
    const [soft, hard] = ids as [string, string]
    const made = await lock(soft, { LockDuration: 30 })
    expect(made).toMatchObject({ SnapshotId: soft, LockState: 'governance', LockDuration: 30 })
    expect(Math.round((made.LockExpiresOn!.getTime() - made.LockCreatedOn!.getTime()) / 86_400_000)).toBe(30)
    const cooling = await lock(hard, { LockMode: 'compliance', LockDuration: 1, CoolOffPeriod: 2 })
    expect(cooling).toMatchObject({ LockState: 'compliance-cooloff', CoolOffPeriod: 2 })
    await expect(remove(soft)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } })
    const { Snapshots } = await ec2.send(new DescribeLockedSnapshotsCommand({ SnapshotIds: ids }))
    const own = { OwnerId: '123456789012' }
    expect(Snapshots).toMatchObject([
      { SnapshotId: soft, LockState: 'governance', ...own },
      { SnapshotId: hard, LockState: 'compliance-cooloff', ...own },
    ])
    const Filters = [{ Name: 'lock-state', Values: ['governance'] }]
    expect((await ec2.send(new DescribeLockedSnapshotsCommand({ Filters }))).Snapshots).toHaveLength(1)
    await ec2.send(new UnlockSnapshotCommand({ SnapshotId: soft }))
    await remove(soft)
    await lock(hard, { LockMode: 'compliance', LockDuration: 2 })
    await expect(lock(hard, { LockMode: 'compliance', LockDuration: 1 })).rejects.toThrow()
    await expect(ec2.send(new UnlockSnapshotCommand({ SnapshotId: hard }))).rejects.toThrow()
    await expect(remove(hard)).rejects.toThrow()
  })

  test('needs a term, and only compliance cools off', async () => {
    const { ids } = await taken()
    await expect(lock(ids[0]!, {})).rejects.toMatchObject({ name: 'InvalidParameterCombination' })
    const cool = lock(ids[0]!, { LockDuration: 1, CoolOffPeriod: 1 })
    await expect(cool).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(lock('snap-00000000000000000', { LockDuration: 1 })).rejects.toMatchObject({
      name: 'InvalidSnapshot.NotFound',
    })
    const until = await lock(ids[0]!, { ExpirationDate: new Date(Date.now() + 90 * 86_400_000) })
    expect(until.LockDuration).toBeGreaterThanOrEqual(89)
  })
})

test('volumes of an account that encrypts by default are under the key of EBS', async () => {
  await there.send(new EnableEbsEncryptionByDefaultCommand({}))
  const far = hostsOf({ ...as(KEYS.alice), region: 'eu-west-1' })
  const host = await far.newHost()
  const asked = new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId: host.id } })
  const { Snapshots } = await there.send(asked)
  expect(Snapshots).toMatchObject([{ Encrypted: true }])
  const elsewhere = new KMSClient({ ...as(KEYS.alice), region: 'eu-west-1' })
  const { KeyMetadata } = await elsewhere.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' }))
  expect(KeyMetadata).toMatchObject({ KeyManager: 'AWS', Arn: expect.stringContaining(':eu-west-1:') })
  const own = (await kms.send(new DescribeKeyCommand({ KeyId: await newKey() }))).KeyMetadata
  expect(own).toMatchObject({ KeyManager: 'CUSTOMER', KeyState: 'Enabled' })
})
