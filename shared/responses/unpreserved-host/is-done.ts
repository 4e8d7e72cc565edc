import type { Step } from '#shared/plan.ts'
import { isLocked } from './needs.ts'
import { EVIDENCE, type EvidenceWorld, isGone, isLive, keyOf } from './world.ts'

/** Whether the world is as the step would leave it. What has not been read is not known to be so. */
export function isDone({ does }: Step, { subject, host, sets, place }: EvidenceWorld): boolean {
  switch (does.call) {
    case 's3:PutObject':
      return sets.some(({ since, objects }) =>
        objects.some((one) => keyOf(place, subject, since, one.name) === does.input.Key),
      )
    case 'ec2:CreateSnapshots': {
      const name = does.input.TagSpecifications?.[0]?.Tags?.find(({ Key }) => Key === EVIDENCE)?.Value
      const live = sets.find(({ since }) => `${subject}/${since}` === name)?.snapshots.filter(isLive) ?? []
      return live.length > 0 && (isGone(host) || host!.volumes.every(({ id }) => live.some((one) => one.volume === id)))
    }
    case 'ec2:CopySnapshot':
      return copies(sets).some((one) => isLive(one) && one.copyOf === does.input.SourceSnapshotId)
    case 'ec2:ModifySnapshotAttribute': {
      const account = does.input.CreateVolumePermission?.Add?.[0]?.UserId ?? ''
      return copies(sets).some((one) => one.id === does.input.SnapshotId && one.sharedWith?.includes(account))
    }
    case 'ec2:LockSnapshot':
      return sets
        .flatMap(({ snapshots, copies }) => [...snapshots, ...copies])
        .some((one) => one.id === does.input.SnapshotId && isLocked(one, does.input.LockMode!))
    default:
      return false
  }
}

const copies = (sets: EvidenceWorld['sets']) => sets.flatMap((one) => one.copies)
