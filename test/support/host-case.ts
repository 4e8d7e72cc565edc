import { apply, type InputOf } from '../oracle/apply.ts'
import { nic } from '../oracle/build.ts'
import type { World } from '../oracle/world.ts'
import { id } from '../oracle/world.ts'
import { hostStage } from './host-stage.ts'
import { HOST, NEIGHBOUR, twoVpcs } from './host-worlds.ts'
import { policyWith } from './policies.ts'

/** The worlds in which the events of `events/suspicious-host/` come. */

/** How the world is when the event comes: two hosts that are nothing special, and what is said here. */
export interface Given {
  readonly tags?: Readonly<Record<string, string>>
  /** What GuardDuty says when it is asked; otherwise what the event says. */
  readonly guardduty?: 'unknown' | 'archived' | 'mild'
  /** Both hosts were launched a minute ago; otherwise long ago. */
  readonly launched?: true
  /** They lack the tag that each host is to have. */
  readonly untagged?: true
  /** The first host is in quarantine. */
  readonly quarantined?: true
  /** The first host is accused, and waits for its snapshots. */
  readonly waiting?: true
}

/** What is changed before the event of it comes. */
export type Change = readonly [what: string, how: unknown]

const POLICY = `actors:
  - name: builders
    principals: ["arn:aws:iam::*:role/deployer", "arn:aws:iam::*:role/aws-service-role/autoscaling.amazonaws.com/*"]
suspicious-hosts:
  evidence-first: { tags: [evidence=first] }
  rules:
    - name: detectors
      mode: act
      when:
        guardduty: { severity: 7 }
        security-hub: { severity: 7, actions: [Quarantine] }
        config-rules: [ec2-imdsv2-check]
        person: true
      contain: network-only
    - name: launches
      mode: act
      when: { rogue: { launched-by: [builders], tags: [owner], within: 1d } }
      contain: network-only
`

export function hostsOf({ tags = {}, launched, untagged, waiting }: Given): World {
  const world = twoVpcs()
  const own = {
    Name: 'server',
    ...(untagged ? {} : { owner: 'lena' }),
    ...(waiting ? { evidence: 'first' } : {}),
    ...tags,
  }
  const BlockDeviceMappings = [1, 2].map((n) => ({
    DeviceName: `/dev/sd${n}`,
    Ebs: { VolumeId: id('vol', n), DeleteOnTermination: false },
  }))
  return {
    ...world,
    // One more interface, that nobody has.
    NetworkInterfaces: [...world.NetworkInterfaces, nic(5, [1, 1], [world.SecurityGroups[0]!])],
    Instances: world.Instances.map((one) => ({
      ...one,
      LaunchTime: new Date(launched ? '2026-06-01T11:59:12Z' : '2026-05-01T08:00:00Z'),
      Tags: Object.entries(own).map(([Key, Value]) => ({ Key, Value })),
      ...(one.InstanceId === HOST ? { BlockDeviceMappings } : {}),
    })),
  }
}

/** The stage as it is when the event comes. */
export async function staged(given: Given, change?: Change) {
  const there = hostStage(policyWith(POLICY), hostsOf(given))
  const Instances = [HOST, NEIGHBOUR, id('i', 3), id('i', 4)].map((InstanceId) => ({
    InstanceId,
    LifecycleState: 'InService',
  }))
  if (given.quarantined) {
    there.estate.scaling.push({ AutoScalingGroupName: 'web', DesiredCapacity: 4, MinSize: 1, MaxSize: 9, Instances })
    await there.accuse(HOST, { id: 'before' })
  }
  if (given.waiting) await there.accuse(HOST, { id: 'before' })
  if (change) applyChange(there, change)
  return there
}

function applyChange({ state, estate, time }: ReturnType<typeof hostStage>, [what, how]: Change): void {
  switch (what) {
    case 'scaling':
      estate.scaling[0]!.Instances[0]!.LifecycleState = String(how)
      return
    case 'targets':
      estate.targets[String(how)] = [{ Id: HOST, Port: 443 }]
      return
    case 'snapshots':
      for (const [i, SnapshotId] of (how as string[]).entries())
        estate.snapshots.push({
          SnapshotId,
          VolumeId: id('vol', i + 1),
          StartTime: new Date(time.now),
          Tags: [{ Key: 'portcullis:host', Value: HOST }],
        })
      return
    default:
      state.world = apply(state.world, what as 'ec2:DeleteTags', how as InputOf<'ec2:DeleteTags'>).world
  }
}
