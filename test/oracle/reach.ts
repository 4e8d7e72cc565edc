import type { SecurityGroupRule } from '@aws-sdk/client-ec2'
import { type Path, pathsWith } from './paths.ts'
import { localsOf, peersOf } from './peers.ts'
import { rulesOn } from './rules.ts'
import { type Unfiltered, unfilteredOf } from './unfiltered.ts'
import { interfacesOf, must, type World } from './world.ts'

export type { Path } from './paths.ts'

export interface Reach {
  readonly paths: readonly Path[]
  /** What security groups never filter. No isolation by groups ends it, so it is no path. */
  readonly unfiltered: readonly Unfiltered[]
}

export interface Allowed {
  readonly direction: 'in' | 'out'
  readonly interface: string
  readonly group: string
  readonly rule: SecurityGroupRule
}

/** All rules on all interfaces, whether or not anybody could use them now. Closed is what has none. */
export function allowedBySecurityGroups(world: World, instance: string): readonly Allowed[] {
  instanceOf(world, instance)
  return interfacesOf(world, instance).flatMap((nic) =>
    rulesOn(world, nic).map((rule) => ({
      direction: rule.IsEgress ? 'out' : 'in',
      interface: nic.NetworkInterfaceId ?? '',
      group: rule.GroupId ?? '',
      rule,
    })),
  )
}

// Of an instance that isn't there nothing can be said, least of all that it is closed.
const instanceOf = (world: World, instance: string) =>
  must(
    world.Instances.find((one) => one.InstanceId === instance),
    instance,
  )

export function reach(world: World, instance: string): Reach {
  const found = instanceOf(world, instance)
  if (['stopped', 'terminated'].includes(found.State?.Name ?? 'running')) return { paths: [], unfiltered: [] }
  const paths = interfacesOf(world, instance).flatMap((nic) => {
    const rules = rulesOn(world, nic)
    if (rules.length === 0) return []
    return localsOf(nic).flatMap((local) =>
      peersOf(world, nic, local).flatMap((peer) =>
        [false, true].flatMap((inbound) =>
          (inbound ? peer.into : peer.out) ? pathsWith(world, nic, local, peer, inbound, rules) : [],
        ),
      ),
    )
  })
  return { paths, unfiltered: unfilteredOf(world, found) }
}
