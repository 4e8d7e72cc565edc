import type { NetworkInterface, SecurityGroup } from '@aws-sdk/client-ec2'
import fc from 'fast-check'
import { eip, group, instance, nic, together } from './build.ts'
import { networkOf, networkSpec } from './generate-network.ts'
import { everyKind, prefixLists, type Rule, ruleAmong } from './generate-rules.ts'
import { bareRows, ruleKey, withRows } from './rules.ts'
import { id, nowhere, type World } from './world.ts'

/** A world, the instance under test, and an interface of its primary VPC that nobody has attached yet. */
export interface Case {
  readonly world: World
  readonly instance: string
  readonly spare: string
}

export const QUARANTINE_TAG = 'portcullis:quarantine'
/** What somebody who looks by name would take for a quarantine group. It has rules, and no tag. */
export const DECOY_NAME = 'portcullis-quarantine'

/** VPC 1 is the primary interface's, 2 another one that the instance may have a foot in, 3 a peer of the first. */
const VPCS = [1, 2, 3] as const
const groupsOf = (vpc: number): readonly string[] => [0, 1, 2, 3].map((n) => id('sg', vpc * 16 + n))
const QUARANTINE = 8
const DECOY = 9

const vpcSpec = (vpc: number) =>
  fc.record({
    network: networkSpec,
    // Of the default group and three others.
    rules: fc.array(fc.array(ruleAmong([...groupsOf(vpc), ...groupsOf(vpc === 1 ? 3 : 1)]), { maxLength: 4 }), {
      minLength: 4,
      maxLength: 4,
    }),
    quarantine: fc.constantFrom('none', 'empty', 'poisoned'),
    poison: fc.constantFrom(...everyKind(id('sg', vpc * 16 + QUARANTINE), id('sg', vpc * 16 + 1))),
    decoy: fc.option(fc.array(ruleAmong(groupsOf(vpc)), { minLength: 1, maxLength: 2 })),
  })
type VpcSpec = ReturnType<typeof vpcSpec> extends fc.Arbitrary<infer T> ? T : never

const nicSpec = (vpcs: readonly number[]) =>
  fc.record({
    vpc: fc.constantFrom(...vpcs),
    subnet: fc.constantFrom(1, 2, 3),
    groups: fc.uniqueArray(fc.constantFrom(0, 1, 2, 3, QUARANTINE), { minLength: 1, maxLength: 3 }),
    v6: fc.integer({ min: 0, max: 2 }),
    secondary: fc.constantFrom(0, 0, 1),
    public: fc.constantFrom('none', 'auto', 'elastic', 'elastic'),
    managed: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
  })
type NicSpec = ReturnType<typeof nicSpec> extends fc.Arbitrary<infer T> ? T : never

export const cases: fc.Arbitrary<Case> = fc
  .record({
    vpcs: fc.tuple(vpcSpec(1), vpcSpec(2), vpcSpec(3)),
    peering: fc.constantFrom<'active' | 'deleted'>('active', 'active', 'deleted'),
    primary: nicSpec([1]),
    others: fc.array(nicSpec([1, 1, 2]), { maxLength: 3 }),
    neighbours: fc.array(fc.tuple(nicSpec([1, 1, 2, 3]), fc.boolean()), { maxLength: 4 }),
    spare: nicSpec([1]),
    state: fc.oneof({ weight: 9, arbitrary: fc.constant<'running' | 'stopped'>('running') }, fc.constant('stopped')),
    stopProtected: fc.boolean(),
  })
  .map(({ vpcs, peering, primary, others, neighbours, spare, state, stopProtected }) => {
    const groups = vpcs.map((spec, i) => groupsIn(VPCS[i] ?? 0, spec))
    const made = (n: number, spec: NicSpec, on?: string, index = 0): NetworkInterface =>
      nic(n, [spec.vpc, spec.subnet], chosen(groups[spec.vpc - 1] ?? [], spec), {
        ...(on ? { instance: on, index } : {}),
        v6: vpcs[spec.vpc - 1]?.network.v6 ? spec.v6 : 0,
        secondary: spec.secondary,
        ...(spec.public === 'elastic'
          ? { public: n }
          : spec.public === 'auto' && index === 0 && on
            ? { public: 'auto' }
            : {}),
        more: {
          RequesterManaged: spec.managed && index > 0,
          ...(spec.managed && index > 0 ? { RequesterId: 'amazon-ecs' } : {}),
        },
      })
    const own = [primary, ...others].map((spec, i) => made(10 + i, spec, id('i', 1), i))
    // A neighbour is an instance, or, without one, what a service runs: up as well.
    const near = neighbours.map(([spec, service], i) => {
      const one = made(20 + i, spec, service ? undefined : id('i', 2 + i))
      return service ? { ...one, Status: 'in-use' as const, RequesterManaged: true } : one
    })
    const loose = made(30, { ...spare, managed: false })
    const nics = [...own, ...near, loose]
    const world = together(...vpcs.map((spec, i) => networkOf(VPCS[i] ?? 0, spec.network)), {
      SecurityGroups: groups.flat(),
      NetworkInterfaces: nics,
      PrefixLists: prefixLists,
      Addresses: [
        eip(60),
        ...nics.flatMap((each) => (each.Association?.AllocationId ? [eip(numberOf(each), each)] : [])),
      ],
      Instances: [instance(1, state), ...near.map((_, i) => instance(2 + i, i === 3 ? 'stopped' : 'running'))],
      InstanceAttributes: {
        [id('i', 1)]: {
          DisableApiStop: stopProtected,
          DisableApiTermination: false,
          InstanceInitiatedShutdownBehavior: 'stop',
        },
      },
      Volumes: [
        {
          VolumeId: id('vol', 1),
          State: 'in-use',
          Size: 8,
          Attachments: [{ InstanceId: id('i', 1), Device: '/dev/xvda', State: 'attached', DeleteOnTermination: true }],
        },
      ],
      VpcPeeringConnections: [
        {
          VpcPeeringConnectionId: id('pcx', 1),
          Status: { Code: peering },
          RequesterVpcInfo: { VpcId: id('vpc', 1), OwnerId: nowhere.Account },
          AccepterVpcInfo: { VpcId: id('vpc', 3), OwnerId: nowhere.Account },
        },
      ],
    })
    return { world, instance: id('i', 1), spare: loose.NetworkInterfaceId ?? '' }
  })

const numberOf = (each: NetworkInterface): number => Number.parseInt(each.NetworkInterfaceId?.slice(4) ?? '', 16)

const chosen = (groups: readonly SecurityGroup[], spec: NicSpec): readonly SecurityGroup[] => {
  const picked = groups.filter((each) => spec.groups.some((n) => each.GroupId === id('sg', spec.vpc * 16 + n)))
  return picked.length > 0 ? picked : groups.slice(0, 1)
}

function groupsIn(vpc: number, { rules, quarantine, poison, decoy }: VpcSpec): readonly SecurityGroup[] {
  const plain = rules.map((its, n) =>
    ruled(group(vpc * 16 + n, vpc, [], [], n === 0 ? { GroupName: 'default' } : {}), its),
  )
  const tagged = group(vpc * 16 + QUARANTINE, vpc, [], [], {
    GroupName: 'portcullis-isolated',
    Tags: [{ Key: QUARANTINE_TAG, Value: 'true' }],
  })
  const named = group(vpc * 16 + DECOY, vpc, [], [], { GroupName: DECOY_NAME })
  return [
    ...plain,
    ...(quarantine === 'none' ? [] : [ruled(tagged, quarantine === 'poisoned' ? [poison] : [])]),
    ...(decoy ? [ruled(named, decoy)] : []),
  ]
}

/** The group with these rules, each once: EC2 has no rule twice. */
function ruled(bare: SecurityGroup, rules: readonly Rule[]): SecurityGroup {
  const rows = rules.flatMap(({ egress, permission }) => bareRows(bare, [permission], egress))
  return withRows(bare, [...new Map(rows.map((row) => [ruleKey(row), row])).values()])
}
