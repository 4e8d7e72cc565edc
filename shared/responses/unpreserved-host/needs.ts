import type { Policy } from '#shared/policy/schema.ts'
import { isFinished } from './since.ts'
import {
  type Copy,
  type EvidenceSet,
  type EvidenceWorld,
  type Gap,
  isGone,
  isLive,
  type Need,
  type Snapshot,
} from './world.ts'

/** So often EC2 is asked for what it gave up. */
const TRIES = 3
/** EC2 allows 50 tags; ours must find room. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
const ROOM = 45

type Evidence = Policy['suspicious-hosts']['evidence']
const isDone = ({ state }: Snapshot) => state === 'completed'
const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).join(', ')

/** Copies of one snapshot that are there or on their way, and those that EC2 gave up. */
const copiesOf = ({ copies }: EvidenceSet, { id }: Snapshot): readonly Copy[] =>
  copies.filter((one) => one.copyOf === id)

/** Everything that is still to be done for a set, in its order: what is not yet due is not in it. */
export function needsOf(world: EvidenceWorld, set: EvidenceSet, { copy, lock }: Evidence): readonly Need[] {
  if (isFinished(set)) return []
  const { subject, host, place, hasObjects } = world
  const { since } = set
  const live = set.snapshots.filter(isLive)
  const done = live.filter(isDone)
  const copied = set.copies.filter(isLive)
  const needs: Need[] = []
  if (hasObjects && host && set.objects.every((one) => one.name !== 'facts.json'))
    needs.push({ need: 'facts', of: subject, since })
  // What was given up for good is stated in the manifest.
  const volumes = isGone(host) || failures(set.snapshots) >= TRIES ? [] : host!.volumes
  const missing = volumes.filter(({ id }) => !live.some((one) => one.volume === id))
  if (missing.length > 0) {
    const had = volumes.filter((one) => !missing.includes(one))
    needs.push({
      need: 'snapshots',
      of: subject,
      since,
      volumes: missing.map(({ id }) => id),
      except: had.filter((one) => !one.isRoot).map(({ id }) => id),
      exceptRoot: had.some((one) => one.isRoot),
      withTags: missing.every((one) => one.tags <= ROOM),
      failed: set.snapshots.filter((one) => !isLive(one)).map(({ id }) => id),
    })
  }
  // What belongs to one moment is copied and locked together.
  if (live.some((one) => !isDone(one)) || missing.length > 0) return needs
  const region = copy?.region ?? place.region
  if (copy && !isElsewhere(copy.key, region))
    for (const one of done) {
      const copies = copiesOf(set, one)
      if (copies.some(isLive) || failures(copies) >= TRIES) continue
      needs.push({
        need: 'copy',
        of: one.id,
        since,
        volume: one.volume,
        region,
        ...(copy.key ? { key: copy.key } : {}),
        isManaged: one.key !== undefined && world.keys[one.key] === true,
        failed: copies.map(({ id }) => id),
      })
    }
  if (copy?.account && !isManaged(copy.key, world))
    for (const one of copied.filter(isDone))
      if (one.sharedWith && !one.sharedWith.includes(copy.account))
        needs.push({ need: 'share', of: one.id, region: one.region, account: copy.account })
  if (lock)
    for (const one of [...done, ...copied.filter(isDone)])
      if (one.lock !== undefined && !isLocked(one, lock.mode))
        needs.push({ need: 'lock', of: one.id, region: one.region, ...lock })
  const waits = needs.length > 0 || copied.some((one) => !isDone(one)) || world.unread.length > 0
  return waits ? needs : [{ need: 'manifest', of: subject, since }]
}

/** How often all of it was given up: a set fails as one, whatever its number. */
const failures = (all: readonly Snapshot[]): number =>
  Math.max(
    0,
    ...Map.groupBy(
      all.filter((one) => !isLive(one)),
      (one) => one.volume,
    )
      .values()
      .map((one) => one.length),
  )

/** A key is of one region; what EC2 does about one of another comes to light only when the copy has failed. */
const isElsewhere = (key: string | undefined, region: string): boolean =>
  key !== undefined && key.split(':')[3] !== region

const isManaged = (key: string | undefined, { keys }: EvidenceWorld): boolean =>
  key !== undefined && (keys[key] === true || key.endsWith(':alias/aws/ebs'))

/** A lock of compliance mode does what one of governance mode does, and more. */
export const isLocked = ({ lock }: Snapshot, mode: 'governance' | 'compliance'): boolean =>
  lock !== null && lock !== undefined && (lock.state.startsWith('compliance') || lock.state === mode)

/** What is not there yet or can't be had, and why. */
export function gapsOf(world: EvidenceWorld, set: EvidenceSet, { copy }: Evidence): readonly Gap[] {
  const { host, unread } = world
  const live = set.snapshots.filter(isLive)
  const copied = set.copies.filter(isLive)
  const pending = [...live, ...copied].filter((one) => !isDone(one))
  const gaps: Gap[] = unread.map((what) => ({ kind: 'unread', what }))
  if (pending.length > 0) gaps.push({ kind: 'pending', what: ids(pending) })
  for (const what of set.objects.flatMap((one) => one.gaps)) gaps.push({ kind: 'facts', what })
  for (const what of host?.disks ?? []) gaps.push({ kind: 'instance-store', what })
  if (!isGone(host) && host!.volumes.length === 0) gaps.push({ kind: 'no-volumes', what: 'it has no EBS volume' })
  if (isGone(host) && live.length === 0)
    gaps.push({ kind: 'gone', what: 'it was ended before snapshots of it were begun' })
  if (live.length === 0 && failures(set.snapshots) >= TRIES)
    gaps.push({ kind: 'failed', what: `EC2 gave up its snapshots ${failures(set.snapshots)} times` })
  if (!copy) return gaps
  const region = copy.region ?? world.place.region
  if (isElsewhere(copy.key, region))
    gaps.push({
      kind: 'uncopyable',
      what: `copies are wanted in ${region}, and their key is of ${copy.key!.split(':')[3]}`,
    })
  if (copy.account && isManaged(copy.key, world))
    gaps.push({
      kind: 'unshareable',
      what: `copies are under ${copy.key}, which AWS manages: what is under it can not be shared`,
    })
  for (const one of live)
    if (copiesOf(set, one).every((each) => !isLive(each)) && failures(copiesOf(set, one)) >= TRIES)
      gaps.push({ kind: 'failed', what: `EC2 gave up the copies of ${one.id} ${TRIES} times` })
  return gaps
}
