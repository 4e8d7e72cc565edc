import type { NetworkInterface, SecurityGroup, SecurityGroupRule } from '@aws-sdk/client-ec2'
import { type Applied, apply, type InputOf, type OutputOf } from './apply.ts'
import { permit } from './build.ts'
import { DECOY_NAME, QUARANTINE_TAG } from './generate.ts'
import { permissionsOf, ruleRows } from './rules.ts'
import { groupIds, interfacesOf, type World } from './world.ts'

/** Calls one after the other. `refused` says whether EC2 refused one, which some who isolate don't look at. */
function session(start: World) {
  const self = {
    world: start,
    call<C extends Applied>(call: C, input: InputOf<C>): OutputOf<C> {
      const { world, output } = apply(self.world, call, input)
      self.world = world
      return output
    },
    refused<C extends Applied>(call: C, input: InputOf<C>): boolean {
      try {
        self.call(call, input)
        return false
      } catch {
        return true
      }
    },
  }
  return self
}
type Session = ReturnType<typeof session>

const bare = (world: World, ids: readonly string[]): boolean =>
  world.SecurityGroups.filter((group) => ids.includes(group.GroupId ?? '')).every(
    (group) => !group.IpPermissions?.length && !group.IpPermissionsEgress?.length,
  )
const open = (world: World, nics: readonly NetworkInterface[]): boolean =>
  nics.some((nic) => !bare(world, groupIds(nic)))

/** A new group as it should be: without the egress that it is born with. */
function emptyGroup(run: Session, VpcId: string, egress: 'none' | 'v6' | 'all' = 'none'): string {
  const { GroupId } = run.call('ec2:CreateSecurityGroup', {
    VpcId,
    GroupName: `isolation-${run.world.Serial}`,
    Description: 'Lets nothing in or out.',
    TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: QUARANTINE_TAG, Value: 'true' }] }],
  })
  const born = run.world.SecurityGroups.find((group) => group.GroupId === GroupId)
  const rows = born ? ruleRows(run.world, born) : []
  const gone = rows.filter((row) => egress !== 'all' && !(egress === 'v6' && row.CidrIpv6))
  if (gone.length > 0)
    run.call('ec2:RevokeSecurityGroupEgress', {
      GroupId,
      SecurityGroupRuleIds: gone.map((row) => row.SecurityGroupRuleId ?? ''),
    })
  return GroupId
}

const put = (run: Session, nic: NetworkInterface, ...Groups: readonly string[]): boolean =>
  !run.refused('ec2:ModifyNetworkInterfaceAttribute', {
    NetworkInterfaceId: nic.NetworkInterfaceId,
    Groups: [...Groups],
  })

/** The group for each VPC, by some way to come by one; then all interfaces into theirs. */
function swapAll(run: Session, nics: readonly NetworkInterface[], groupFor: (vpc: string) => string): void {
  const groups = new Map<string, string>()
  for (const nic of nics) {
    const vpc = nic.VpcId ?? ''
    const group = groups.get(vpc) ?? groupFor(vpc)
    groups.set(vpc, group)
    put(run, nic, group)
  }
}

const tagged = (world: World, vpc: string): readonly SecurityGroup[] =>
  world.SecurityGroups.filter((group) => group.VpcId === vpc && group.Tags?.some((tag) => tag.Key === QUARANTINE_TAG))

/**
 * Isolation as it should be: per VPC a tagged group that is seen to be empty, or a new one that is made so, instead of
 * all groups of all interfaces. It is closed if no interface is left that it couldn't change and that has rules.
 */
export function isolateRightly(world: World, instance: string): { readonly world: World; readonly closed: boolean } {
  const run = session(world)
  swapAll(run, interfacesOf(world, instance), (vpc) => {
    const empty = tagged(run.world, vpc).find((group) => bare(run.world, [group.GroupId ?? '']))
    return empty?.GroupId ?? emptyGroup(run, vpc)
  })
  return { world: run.world, closed: !open(run.world, interfacesOf(run.world, instance)) }
}

/**
 * One way to get isolation wrong. Says the world that it leaves and calls closed; or null where it does no harm: where
 * even this way nothing is left open.
 */
export type Fault = (world: World, instance: string, spare: string) => World | null

/** Takes out of all groups of the instance those rules that it thinks of. */
const revoking =
  (thinksOf: (rule: SecurityGroupRule) => boolean): Fault =>
  (world, instance) => {
    const ids = new Set(interfacesOf(world, instance).flatMap(groupIds))
    const groups = world.SecurityGroups.filter((group) => ids.has(group.GroupId ?? ''))
    if (groups.every((group) => ruleRows(world, group).every(thinksOf))) return null
    const run = session(world)
    for (const group of groups)
      for (const egress of [false, true]) {
        const rows = ruleRows(world, group).filter((row) => row.IsEgress === egress && thinksOf(row))
        const call = egress ? 'ec2:RevokeSecurityGroupEgress' : 'ec2:RevokeSecurityGroupIngress'
        if (rows.length > 0) run.call(call, { GroupId: group.GroupId, IpPermissions: permissionsOf(rows) })
      }
    return run.world
  }

export const faults: Readonly<Record<string, Fault>> = {
  'first interface only': (world, instance) => {
    const [first, ...more] = interfacesOf(world, instance)
    if (!first || !open(world, more)) return null
    const run = session(world)
    put(run, first, emptyGroup(run, first.VpcId ?? ''))
    return run.world
  },
  'IPv4 egress only': (world, instance) => {
    const nics = interfacesOf(world, instance).filter((nic) => !nic.RequesterManaged)
    const six = world.Vpcs.filter((vpc) => vpc.Ipv6CidrBlockAssociationSet?.length).map((vpc) => vpc.VpcId)
    if (!nics.some((nic) => six.includes(nic.VpcId))) return null
    const run = session(world)
    swapAll(run, nics, (vpc) => emptyGroup(run, vpc, 'v6'))
    return run.world
  },
  'a group of the same name': (world, instance) => {
    const nics = interfacesOf(world, instance).filter((nic) => !nic.RequesterManaged)
    const named = (vpc: string | undefined) =>
      world.SecurityGroups.find((group) => group.VpcId === vpc && group.GroupName === DECOY_NAME)?.GroupId
    if (!nics.some((nic) => named(nic.VpcId))) return null
    const run = session(world)
    swapAll(run, nics, (vpc) => named(vpc) ?? emptyGroup(run, vpc))
    return run.world
  },
  'ingress cleared, egress left': (world, instance) => {
    const run = session(world)
    swapAll(run, interfacesOf(world, instance), (vpc) => emptyGroup(run, vpc, 'all'))
    return run.world
  },
  'the old groups beside the new': (world, instance) => {
    const nics = interfacesOf(world, instance)
    if (!open(world, nics)) return null
    const run = session(world)
    for (const nic of nics) put(run, nic, ...groupIds(nic), emptyGroup(run, nic.VpcId ?? ''))
    return run.world
  },
  'an instance-level call that adds': (world, instance) => {
    const [nic, ...more] = interfacesOf(world, instance)
    if (!nic || more.length > 0 || !open(world, [nic])) return null
    const run = session(world)
    const Groups = [...groupIds(nic), emptyGroup(run, nic.VpcId ?? '')]
    run.call('ec2:ModifyInstanceAttribute', { InstanceId: instance, Groups })
    return run.world
  },
  "one VPC's group for the other VPC": (world, instance) => {
    const nics = interfacesOf(world, instance)
    const [first] = nics
    const elsewhere = nics.filter((nic) => nic.VpcId !== first?.VpcId)
    if (!first || !open(world, elsewhere)) return null
    const run = session(world)
    const group = emptyGroup(run, first.VpcId ?? '')
    for (const nic of nics) put(run, nic, group)
    return run.world
  },
  'IPv6 rules forgotten': revoking((rule) => rule.CidrIpv6 === undefined),
  'group references left': revoking((rule) => rule.ReferencedGroupInfo === undefined),
  'prefix lists left': revoking((rule) => rule.PrefixListId === undefined),
  'egress rules left': revoking((rule) => rule.IsEgress === false),
  'only rules for all protocols': revoking((rule) => rule.IpProtocol === '-1'),
  'an interface attached later': (world, instance, spare) => {
    const loose = world.NetworkInterfaces.filter((nic) => nic.NetworkInterfaceId === spare)
    if (!open(world, loose)) return null
    const run = session(isolateRightly(world, instance).world)
    run.call('ec2:AttachNetworkInterface', { InstanceId: instance, NetworkInterfaceId: spare, DeviceIndex: 9 })
    return run.world
  },
  'a tagged group taken unseen': (world, instance) => {
    const nics = interfacesOf(world, instance).filter((nic) => !nic.RequesterManaged)
    const taken = (vpc: string) => tagged(world, vpc)[0]?.GroupId
    if (nics.every((nic) => bare(world, [taken(nic.VpcId ?? '') ?? '']))) return null
    const run = session(world)
    swapAll(run, nics, (vpc) => taken(vpc) ?? emptyGroup(run, vpc))
    return run.world
  },
  "a service's interface passed over": (world, instance) => {
    const { world: after, closed } = isolateRightly(world, instance)
    return closed ? null : after
  },
  'addresses taken, groups left': (world, instance) => {
    if (!open(world, interfacesOf(world, instance))) return null
    const run = session(world)
    for (const { InstanceId, AssociationId } of world.Addresses)
      if (InstanceId === instance) run.refused('ec2:DisassociateAddress', { AssociationId })
    return run.world
  },
  // A default VPC doesn't refuse to revoke what isn't there, so who doesn't read the answer believes it gone.
  'revoked by guess in a default VPC': (world, instance) => {
    const nics = interfacesOf(world, instance)
    const isDefault = (nic: NetworkInterface) => world.Vpcs.some((vpc) => vpc.VpcId === nic.VpcId && vpc.IsDefault)
    if (!nics.every(isDefault) || !open(world, nics)) return null
    const run = session(world)
    for (const GroupId of new Set(nics.flatMap(groupIds)))
      for (const call of ['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress'] as const)
        run.call(call, { GroupId, IpPermissions: [permit('tcp', [1, 2], '192.0.2.0/24')] })
    return run.world
  },
}
