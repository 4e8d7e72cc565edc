import type { Snapshot as Ec2Snapshot, Instance } from '@aws-sdk/client-ec2'
import { awsCode, errorText } from '#shared/fault.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Outside } from '#shared/response.ts'
import { imageOwners } from '#shared/responses/suspicious-host/further.ts'
import { isTime, lockOf, setsOf, tagsOf, volumesOf } from './from-aws.ts'
import { objectsOf } from './objects.ts'
import {
  type Copy,
  type EvidenceHost,
  type EvidenceSet,
  type EvidenceWorld,
  HOST,
  type Place,
  type Snapshot,
  type StoredObject,
} from './world.ts'

const PAGE = 1_000

/** Reads beside others, and says what could not be read. */
type Read = <T>(what: string, reading: Promise<T>) => Promise<T | undefined>

/** A host's evidence, as far as it is there: two rounds of reads. Without the instance or its snapshots nothing is known. */
export async function observe(subject: string, place: Place, outside: Outside): Promise<EvidenceWorld> {
  const { policy } = outside
  const unread: string[] = []
  const read: Read = (what, reading) =>
    reading.catch((error: unknown) => {
      unread.push(`${what} (${errorText(error)})`)
      return undefined
    })
  const { copy } = policy['suspicious-hosts'].evidence
  const away = copy?.region && copy.region !== place.region ? copy.region : undefined
  const [instance, here, there, objects] = await Promise.all([
    instanceOf(subject, outside),
    snapshotsIn(undefined, subject, outside),
    away ? read(`snapshots in ${away}`, snapshotsIn(away, subject, outside)) : [],
    read('evidence bucket', objectsOf(subject, place, outside)),
  ])
  const found = [
    ...here.map((one) => ({ one, region: place.region })),
    ...(there ?? []).map((one) => ({ one, region: away ?? '' })),
  ]
  const sets = setsOf(subject, found)
  const all = [...sets.values()].flatMap(({ snapshots, copies }) => [...snapshots, ...copies])
  const [host, locks, shares] = await Promise.all([
    instance ? hostOf(instance, read, outside) : null,
    locksOf(all, place, read, outside),
    sharesOf(
      [...sets.values()].flatMap(({ copies }) => copies),
      place,
      read,
      outside,
    ),
  ])
  const keys = await keysOf([copy?.key, ...(host?.volumes ?? []).map(({ key }) => key)], outside)
  const locked = <T extends Snapshot>(one: T): T => {
    const lock = locks.get(one.id)
    return lock === undefined ? one : { ...one, lock }
  }
  const shared = (one: Copy): Copy => {
    const sharedWith = shares.get(one.id)
    return sharedWith ? { ...one, sharedWith } : one
  }
  const names = new Set([...sets.keys(), ...(objects ?? new Map<string, StoredObject[]>()).keys()].filter(isTime))
  const whole = [...names]
    .sort()
    .reverse()
    .map((since): EvidenceSet => {
      const { snapshots = [], copies = [] } = sets.get(since) ?? {}
      return {
        since,
        snapshots: snapshots.map(locked),
        copies: copies.map((one) => shared(locked(one))),
        objects: objects?.get(since) ?? [],
      }
    })
  return { subject, place, host, sets: whole, keys, unread, hasObjects: objects !== undefined }
}

const GONE = /^InvalidInstanceID\.(NotFound|Malformed)$/

async function instanceOf(id: string, { reads }: Outside): Promise<Instance | null> {
  try {
    const { Reservations = [] } = await reads['ec2:DescribeInstances']({ InstanceIds: [id] })
    return Reservations.flatMap(({ Instances = [] }) => Instances)[0] ?? null
  } catch (error) {
    if (GONE.test(awsCode(error))) return null
    throw error
  }
}

/** The snapshots of this deployment's sets of one host, in one region. */
async function snapshotsIn(inRegion: string | undefined, host: string, { reads }: Outside): Promise<Ec2Snapshot[]> {
  const found: Ec2Snapshot[] = []
  let cursor: string | undefined
  do {
    const page = await reads['ec2:DescribeSnapshots']({
      OwnerIds: ['self'],
      Filters: [{ Name: `tag:${HOST}`, Values: [host] }],
      MaxResults: PAGE,
      ...(inRegion ? { inRegion } : {}),
      ...(cursor ? { NextToken: cursor } : {}),
    })
    found.push(...(page.Snapshots ?? []))
    cursor = page.NextToken || undefined
  } while (cursor)
  return found
}

async function hostOf(instance: Instance, read: Read, outside: Outside): Promise<EvidenceHost> {
  const { reads } = outside
  const VolumeIds = (instance.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeId ?? [])
  const [volumes, disks, owners] = await Promise.all([
    VolumeIds.length > 0 ? read('volumes', reads['ec2:DescribeVolumes']({ VolumeIds })) : undefined,
    read('instance-store disks', disksOf(instance, outside)),
    read('owner of the image', imageOwners([instance.ImageId ?? ''], outside)),
  ])
  return {
    state: instance.State?.Name ?? 'unknown',
    launchedAt: (instance.LaunchTime ?? new Date(0)).toISOString(),
    vpc: instance.VpcId ?? '',
    tags: tagsOf(instance.Tags),
    ...(owners ? { imageOwners: owners.get(instance.ImageId ?? '') ?? [] } : {}),
    volumes: volumesOf(instance, volumes?.Volumes ?? []),
    disks: disks ?? [],
  }
}

/**
 * An instance does not list the disks of its instance store: its type does.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceStorageInfo.html
 */
async function disksOf({ InstanceType }: Instance, { reads }: Outside): Promise<readonly string[]> {
  if (!InstanceType) return []
  const { InstanceTypes = [] } = await reads['ec2:DescribeInstanceTypes']({ InstanceTypes: [InstanceType] })
  return (InstanceTypes[0]?.InstanceStorageInfo?.Disks ?? []).map(
    ({ Count = 1, SizeInGB = 0, Type = 'disk' }) => `${Count} × ${SizeInGB} GB ${Type} of its instance store`,
  )
}

/** Whether snapshots are locked; where no lock is wanted, nobody asks. */
async function locksOf(all: readonly Snapshot[], place: Place, read: Read, { reads, policy }: Outside) {
  const locks = new Map<string, ReturnType<typeof lockOf>>()
  if (!policy['suspicious-hosts'].evidence.lock) return locks
  const byRegion = Map.groupBy(all, (one) => one.region)
  await mapLimit([...byRegion], 4, async ([region, own]) => {
    const input = { SnapshotIds: own.map(({ id }) => id), ...(region === place.region ? {} : { inRegion: region }) }
    const found = await read(`locks of snapshots in ${region}`, reads['ec2:DescribeLockedSnapshots'](input))
    if (found)
      for (const { id } of own) locks.set(id, lockOf(found.Snapshots?.find(({ SnapshotId }) => SnapshotId === id)))
  })
  return locks
}

/** With whom copies are shared; where no account is to have them, nobody asks. */
async function sharesOf(copies: readonly Copy[], place: Place, read: Read, { reads, policy }: Outside) {
  const shares = new Map<string, readonly string[]>()
  if (!policy['suspicious-hosts'].evidence.copy?.account) return shares
  await mapLimit(copies, 8, async ({ id, region }) => {
    const inRegion = region === place.region ? {} : { inRegion: region }
    const input = { SnapshotId: id, Attribute: 'createVolumePermission' as const, ...inRegion }
    const found = await read(`who may use ${id}`, reads['ec2:DescribeSnapshotAttribute'](input))
    if (found)
      shares.set(
        id,
        (found.CreateVolumePermissions ?? []).flatMap(({ UserId }) => UserId ?? []),
      )
  })
  return shares
}

/** Whether AWS manages these keys. Another account's may not be ours to look at: then that is not known. */
async function keysOf(keys: readonly (string | undefined)[], { reads }: Outside): Promise<Record<string, boolean>> {
  const wanted = [...new Set(keys.flatMap((one) => one ?? []))]
  const found = await mapLimit(wanted, 8, async (KeyId): Promise<[string, boolean][]> => {
    try {
      const { KeyMetadata } = await reads['kms:DescribeKey']({ KeyId })
      return [[KeyId, KeyMetadata?.KeyManager === 'AWS']]
    } catch {
      return []
    }
  })
  return Object.fromEntries(found.flat())
}
