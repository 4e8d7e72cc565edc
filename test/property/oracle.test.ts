import type { IpPermission } from '@aws-sdk/client-ec2'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { apply } from '../oracle/apply.ts'
import { permit } from '../oracle/build.ts'
import { cases } from '../oracle/generate.ts'
import { ruleAmong } from '../oracle/generate-rules.ts'
import { faults, isolateRightly } from '../oracle/isolate.ts'
import { allowedBySecurityGroups, type Path, reach } from '../oracle/reach.ts'
import { withRows } from '../oracle/rules.ts'
import { block, ofText, overlap, textOf } from '../oracle/space.ts'
import { groupIds, id, interfacesOf, type World } from '../oracle/world.ts'
import { always } from '../support/property.ts'

/** What holds of the oracle in any world: the rules by hand are in `oracle-rules`, the calls in `oracle-calls`. */

const has = (path: Path, text: string): boolean =>
  path.addresses.some((its) => {
    const shared = overlap(ofText(its), ofText(text))
    return shared !== null && textOf(shared) === text
  })
const same = ['direction', 'interface', 'address', 'kind', 'peer', 'protocol', 'rule', 'answered'] as const
const holds = (path: Path, part: Path): boolean =>
  same.every((key) => path[key] === part[key]) &&
  path.from <= part.from &&
  part.to <= path.to &&
  part.addresses.every((text) => has(path, text))

test('Every path goes by a rule that the groups of its interface have.', () => {
  always(300, [cases], ({ world, instance }) => {
    const allowed = allowedBySecurityGroups(world, instance)
    for (const path of reach(world, instance).paths)
      expect(allowed).toContainEqual(
        expect.objectContaining({
          direction: path.direction,
          interface: path.interface,
          rule: expect.objectContaining({ SecurityGroupRuleId: path.rule, GroupId: path.group }),
        }),
      )
  })
})

test('A rule that is added to any group never removes a path.', () => {
  const added = cases.chain((one) => {
    const ids = one.world.SecurityGroups.map((group) => group.GroupId ?? '')
    const own = interfacesOf(one.world, one.instance).flatMap(groupIds)
    const GroupId = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...own) }, fc.constantFrom(...ids))
    return fc.record({ one: fc.constant(one), GroupId, rule: ruleAmong(ids) })
  })
  let more = 0
  always(300, [added], ({ one: { world, instance }, GroupId, rule: { egress, permission } }) => {
    const call = egress ? 'ec2:AuthorizeSecurityGroupEgress' : 'ec2:AuthorizeSecurityGroupIngress'
    const after = orSame(world, () => apply(world, call, { GroupId, IpPermissions: [permission] }).world)
    const [before, now] = [reach(world, instance).paths, reach(after, instance).paths]
    if (now.length > before.length) more++
    for (const path of before) expect(now.some((each) => holds(each, path)) ? 'there' : path).toBe('there')
  })
  expect(more).toBeGreaterThan(20)
})

const orSame = (world: World, change: () => World): World => {
  try {
    return change()
  } catch {
    return world
  }
}

test('Without rules in the groups of its interfaces nothing comes in or out.', () => {
  let open = 0
  always(300, [cases], ({ world, instance }) => {
    if (reach(world, instance).paths.length > 0) open++
    const ids = new Set(interfacesOf(world, instance).flatMap(groupIds))
    const SecurityGroups = world.SecurityGroups.map((group) =>
      ids.has(group.GroupId ?? '') ? withRows(group, []) : group,
    )
    const emptied = { ...world, SecurityGroups }
    expect(reach(emptied, instance).paths).toEqual([])
    expect(allowedBySecurityGroups(emptied, instance)).toEqual([])
  })
  expect(open).toBeGreaterThan(80)
})

// The oracle cuts addresses and ports in pieces. Here one packet alone is asked for, which needs no cutting.
test('A path is there for one packet of it alone, and only for what is in it.', () => {
  const proto = fc.constantFrom('tcp', 'udp')
  const tries = fc.record({ one: cases, which: fc.nat(), port: fc.nat(), at: fc.nat(), proto })
  const seen = { there: 0, not: 0 }
  always(600, [tries], ({ one: { world, instance }, which, port, at, proto }) => {
    const rules = allowedBySecurityGroups(world, instance).filter(
      ({ rule }) => rule.CidrIpv4 && ['-1', proto].includes(rule.IpProtocol ?? ''),
    )
    const { rule, direction, interface: on } = rules[which % Math.max(1, rules.length)] ?? {}
    if (!rule || !direction || !on) return
    const [from = 0, to = 0] = rule.IpProtocol === '-1' ? [0, 65_535] : [rule.FromPort, rule.ToPort]
    const number = from + (port % (to - from + 1))
    const range = block(rule.CidrIpv4 ?? '')
    const far = range.first + ((BigInt(at) * 7_919n) % (range.last - range.first + 1n))
    const host = textOf({ family: 4, first: far, last: far })
    const narrow = withOnly(world, instance, on, direction, permit(proto, number, `${host}/32`))
    const outside = (path: Path) => path.peer === undefined && path.interface === on && path.protocol === proto
    const whole = reach(world, instance).paths.filter(
      (path) =>
        outside(path) &&
        path.rule === rule.SecurityGroupRuleId &&
        path.from <= number &&
        number <= path.to &&
        has(path, host),
    )
    const alone = reach(narrow, instance).paths.filter(outside)
    const key = (path: Path) => `${path.direction} ${path.address} ${path.kind} ${path.answered}`
    expect(alone.map(key).sort()).toEqual(whole.map(key).sort())
    seen[alone.length > 0 ? 'there' : 'not']++
  })
  expect(Math.min(seen.there, seen.not)).toBeGreaterThan(25)
})

/** The world where one interface has a group of its own with one rule, and nothing else of the instance has any. */
function withOnly(world: World, instance: string, on: string, direction: 'in' | 'out', rule: IpPermission): World {
  const bare = { GroupId: id('sg', 0xfff), GroupName: 'one', VpcId: id('vpc', 1) }
  const made = {
    ...bare,
    IpPermissions: direction === 'in' ? [rule] : [],
    IpPermissionsEgress: direction === 'out' ? [rule] : [],
  }
  const NetworkInterfaces = world.NetworkInterfaces.map((nic) => {
    if (nic.Attachment?.InstanceId !== instance) return nic
    return { ...nic, Groups: nic.NetworkInterfaceId === on ? [bare] : [] }
  })
  return { ...world, SecurityGroups: [...world.SecurityGroups, made], NetworkInterfaces }
}

test('A call and the call that takes it back leave the world as it was.', () => {
  const some = fc.record({ one: cases, rule: ruleAmong([id('sg', 17)]), which: fc.nat() })
  always(300, [some], ({ one: { world, instance, spare }, rule: { egress, permission }, which }) => {
    const back = (after: World) => expect({ ...after, Serial: world.Serial }).toEqual(world)
    const [nic] = interfacesOf(world, instance)
    const NetworkInterfaceId = nic?.NetworkInterfaceId
    const modify = 'ec2:ModifyNetworkInterfaceAttribute'
    const near = world.SecurityGroups.filter((group) => group.VpcId === nic?.VpcId)
    const GroupId = near[which % near.length]?.GroupId ?? ''
    const moved = apply(world, modify, { NetworkInterfaceId, Groups: [GroupId] }).world
    back(apply(moved, modify, { NetworkInterfaceId, Groups: [...groupIds(nic!)] }).world)

    const [add, take] = egress
      ? (['ec2:AuthorizeSecurityGroupEgress', 'ec2:RevokeSecurityGroupEgress'] as const)
      : (['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress'] as const)
    const input = { GroupId, IpPermissions: [permission] }
    const ruled = orSame(world, () => apply(world, add, input).world)
    if (ruled !== world) back(apply(ruled, take, input).world)

    const { world: made, output } = apply(world, 'ec2:CreateSecurityGroup', {
      VpcId: nic?.VpcId,
      GroupName: 'x',
      Description: 'x',
    })
    back(apply(made, 'ec2:DeleteSecurityGroup', output).world)

    const joined = apply(world, 'ec2:AttachNetworkInterface', {
      InstanceId: instance,
      NetworkInterfaceId: spare,
      DeviceIndex: 9,
    })
    back(apply(joined.world, 'ec2:DetachNetworkInterface', joined.output).world)

    const address = { AllocationId: id('eipalloc', 60), NetworkInterfaceId }
    const known = nic?.Association ? null : orSame(world, () => apply(world, 'ec2:AssociateAddress', address).world)
    const { AssociationId } = known?.Addresses.find((each) => each.AllocationId === address.AllocationId) ?? {}
    if (known && AssociationId) back(apply(known, 'ec2:DisassociateAddress', { AssociationId }).world)

    const tags = { Resources: [instance], Tags: [{ Key: 'seen', Value: 'yes' }] }
    back(apply(apply(world, 'ec2:CreateTags', tags).world, 'ec2:DeleteTags', tags).world)
  })
})

test('Right isolation that calls itself closed leaves no rule and no path.', () => {
  const count = { closed: 0, open: 0 }
  always(600, [cases], ({ world, instance }) => {
    const { world: after, closed } = isolateRightly(world, instance)
    count[closed ? 'closed' : 'open']++
    expect(allowedBySecurityGroups(after, instance).length === 0).toBe(closed)
    if (closed) expect(reach(after, instance).paths).toEqual([])
  })
  expect(count.closed).toBeGreaterThanOrEqual(300)
  expect(count.open).toBeGreaterThan(20)
})

// One sample for all: to make the worlds takes longer than to look at them.
const sampled = fc.sample(cases, 300)

test.each(Object.entries(faults))('A fault is found: %s.', (_, fault) => {
  let [harmed, used] = [0, 0]
  for (const { world, instance, spare } of sampled) {
    const after = fault(world, instance, spare)
    if (!after) continue
    harmed++
    if (allowedBySecurityGroups(after, instance).length === 0) expect(after).toBe('a world that is seen to be open')
    if (used < 3 && reach(after, instance).paths.length > 0) used++
  }
  // Enough worlds where it does harm, and some where somebody could use it right now.
  expect(harmed).toBeGreaterThan(30)
  expect(used).toBeGreaterThan(0)
})
