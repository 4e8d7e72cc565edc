import type { Snapshot as Ec2Snapshot, Volume as Ec2Volume, Instance, LockedSnapshotsInfo } from '@aws-sdk/client-ec2'
import {
  COPY_OF,
  type Copy,
  EVIDENCE,
  type EvidenceSet,
  type Lock,
  type Snapshot,
  VOLUME,
  type Volume,
} from './world.ts'

/** AWS's answers in our words. */

type Tagged = { readonly Key?: string | undefined; readonly Value?: string | undefined }
export const tagsOf = (tags: readonly Tagged[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))

/** The EBS volumes of an instance, with what is known of them. */
export const volumesOf = (instance: Instance, described: readonly Ec2Volume[]): readonly Volume[] =>
  (instance.BlockDeviceMappings ?? []).flatMap(({ DeviceName = '', Ebs }) => {
    if (!Ebs?.VolumeId) return []
    const known = described.find((one) => one.VolumeId === Ebs.VolumeId)
    return [
      {
        id: Ebs.VolumeId,
        device: DeviceName,
        isRoot: DeviceName === instance.RootDeviceName,
        ...(known?.Size === undefined ? {} : { size: known.Size }),
        ...(known ? { encrypted: known.Encrypted === true } : {}),
        ...(known?.KmsKeyId ? { key: known.KmsKeyId } : {}),
        tags: (known?.Tags ?? []).filter(({ Key }) => !Key?.startsWith('aws:')).length,
      },
    ]
  })

export const snapshotOf = (one: Ec2Snapshot, region: string): Snapshot => ({
  id: one.SnapshotId ?? '',
  region,
  volume: one.VolumeId ?? '',
  state: one.State ?? 'pending',
  begunAt: (one.StartTime ?? new Date(0)).toISOString(),
  size: one.VolumeSize ?? 0,
  encrypted: one.Encrypted === true,
  ...(one.KmsKeyId ? { key: one.KmsKeyId } : {}),
})

/** Clocks differ a little, and EC2 may tell its times in whole seconds. */
const SLACK = 60_000

/** The sets that these snapshots belong to by their tags: a snapshot without a time in its tag belongs to none. */
export function setsOf(
  host: string,
  found: readonly { readonly one: Ec2Snapshot; readonly region: string }[],
): ReadonlyMap<string, Pick<EvidenceSet, 'snapshots' | 'copies'>> {
  const sets = new Map<string, { snapshots: Snapshot[]; copies: Copy[] }>()
  for (const { one, region } of found) {
    const tags = tagsOf(one.Tags)
    const since = tags[EVIDENCE]?.startsWith(`${host}/`) ? tags[EVIDENCE].slice(host.length + 1) : ''
    // One that is older than what the host is accused of is no evidence of it, whoever tagged it.
    if (!isTime(since) || (one.StartTime?.getTime() ?? 0) < Date.parse(since) - SLACK) continue
    const set = sets.get(since) ?? { snapshots: [], copies: [] }
    sets.set(since, set)
    const snapshot = snapshotOf(one, region)
    const copyOf = tags[COPY_OF]
    if (copyOf) set.copies.push({ ...snapshot, volume: tags[VOLUME] ?? snapshot.volume, copyOf })
    else set.snapshots.push(snapshot)
  }
  for (const { snapshots, copies } of sets.values()) {
    snapshots.sort(byId)
    copies.sort(byId)
  }
  return sets
}

const byId = (a: Snapshot, b: Snapshot): number => (a.id < b.id ? -1 : 1)

/** A time as the name of a set has it. Other people can tag snapshots too. */
export const isTime = (text: string): boolean => {
  const time = new Date(text)
  return !Number.isNaN(time.getTime()) && time.toISOString() === text
}

export const lockOf = (one: LockedSnapshotsInfo | undefined): Lock | null =>
  one?.LockState ? { state: one.LockState, until: (one.LockExpiresOn ?? new Date(0)).toISOString() } : null
