import { expect, test } from 'vitest'
import type { Ledger } from '#shared/ledger.ts'
import { cases } from '../oracle/generate.ts'
import { allowedBySecurityGroups, reach } from '../oracle/reach.ts'
import { block, ofText, pieces } from '../oracle/space.ts'
import { groupIds, interfacesOf, type World } from '../oracle/world.ts'
import { hostStage } from '../support/host-stage.ts'
import { hostPolicy } from '../support/host-worlds.ts'
import { alwaysAsync } from '../support/property.ts'

/** A VPC's blocks as `DescribeVpcs` tells them; and one that it has had and has no more. */
const withBlocks = (world: World): World => ({
  ...world,
  Vpcs: world.Vpcs.map((vpc) => ({
    ...vpc,
    CidrBlockAssociationSet: [
      { CidrBlock: vpc.CidrBlock, CidrBlockState: { State: 'associated' as const } },
      { CidrBlock: '203.0.113.0/24', CidrBlockState: { State: 'disassociated' as const } },
    ],
  })),
})

const blocksOf = (world: World, id: string | undefined) => {
  const vpc = world.Vpcs.find((one) => one.VpcId === id)!
  const six = (vpc.Ipv6CidrBlockAssociationSet ?? []).flatMap((one) => one.Ipv6CidrBlock ?? [])
  return [vpc.CidrBlock!, ...six].map(block)
}

const foreign = (world: World, id: string) =>
  world.NetworkInterfaces.find((one) => one.NetworkInterfaceId === id)?.RequesterManaged === true

test('With reach: vpc only paths inside the VPC are left, in both families.', async () => {
  let paths = 0
  await alwaysAsync(150, [cases], async ({ world, instance }) => {
    const there = hostStage(hostPolicy('contain: network-only\nreach: vpc'), withBlocks(world))
    await there.accuse(instance)
    for (const path of reach(there.state.world, instance).paths) {
      if (foreign(there.state.world, path.interface)) continue
      const nic = interfacesOf(there.state.world, instance).find((one) => one.NetworkInterfaceId === path.interface)!
      paths++
      const own = blocksOf(there.state.world, nic.VpcId)
      for (const text of path.addresses) {
        const outside = pieces(ofText(text), own).filter(
          (one) => !own.some((each) => each.family === one.family && each.first <= one.first && one.last <= each.last),
        )
        expect(outside).toEqual([])
      }
    }
    const before = there.calls.length
    await there.accuse(instance, { id: 'finding-2' })
    expect(there.calls.length).toBe(before)
  })
  expect(paths).toBeGreaterThan(20)
})

const UNTRACK = hostPolicy('contain: network-only\nuntrack: true')
const allOpen = (world: World, instance: string) =>
  interfacesOf(world, instance).filter((nic) =>
    world.SecurityGroups.some(
      (one) => groupIds(nic).includes(one.GroupId!) && one.GroupName!.startsWith('portcullis-quarantine-all'),
    ),
  )
const ownAllowed = (world: World, instance: string) =>
  allowedBySecurityGroups(world, instance).filter((one) => !foreign(world, one.interface))

test('Two steps: each interface goes through the group that lets everything pass, and ends in the one that lets nothing.', async () => {
  let through = 0
  await alwaysAsync(100, [cases], async ({ world, instance }) => {
    const there = hostStage(UNTRACK, world)
    await there.accuse(instance)
    expect(ownAllowed(there.state.world, instance)).toEqual([])
    const moves = there.calls.filter(({ call }) => call === 'ec2:ModifyNetworkInterfaceAttribute')
    const own = Map.groupBy(moves, ({ input }) => input.NetworkInterfaceId)
    for (const [, [first, second, ...more]] of own) {
      expect(more).toEqual([])
      if (second) through++
      // What was cut off already (it is in a group of ours) has nothing to lose.
      expect(JSON.stringify(first!.input.Groups)).not.toBe(JSON.stringify(second?.input.Groups))
    }
  })
  expect(through).toBeGreaterThan(50)
})

test('A run that dies between the two steps leaves its finish to the next look, and the oracle finds it closed.', async () => {
  let died = 0
  await alwaysAsync(60, [cases], async ({ world, instance }) => {
    const there = hostStage(UNTRACK, world)
    let dead = false
    const killed = () => Promise.reject(new Error('killed'))
    const ledger = new Proxy(there.ports.ledger, {
      get: (books, name) => (dead ? killed : books[name as keyof Ledger]),
    })
    const { 'ec2:ModifyNetworkInterfaceAttribute': row } = there.ports.mutations
    const moved = new Set<unknown>()
    Object.assign(there.ports, { ledger })
    Object.assign(there.ports.mutations, {
      'ec2:ModifyNetworkInterfaceAttribute': {
        ...row,
        send: async (input: { NetworkInterfaceId: string }) => {
          // The first step of each interface is made; before any second one the run dies.
          dead ||= moved.has(input.NetworkInterfaceId)
          moved.add(input.NetworkInterfaceId)
          return dead ? killed() : row!.send(input as never)
        },
      },
    })
    const outcome = await there.accuse(instance).catch(() => 'died')
    if (outcome !== 'died') return
    died++
    expect(allOpen(there.state.world, instance).length).toBeGreaterThan(0)
    // The finish was intended before the first step was taken.
    const intended = (there.intents.get(instance) ?? []).filter((one) => one.state === 'intended')
    for (const nic of allOpen(there.state.world, instance))
      expect(intended.map(({ step }) => `${step.title}`)).toContain(`Cut off ${nic.NetworkInterfaceId}`)
    dead = false
    moved.clear()
    await there.sweep()
    expect(ownAllowed(there.state.world, instance)).toEqual([])
    expect(allOpen(there.state.world, instance)).toEqual([])
    // Nothing was opened once more, to be closed again.
    expect(moved.size).toBeGreaterThan(0)
  })
  expect(died).toBeGreaterThan(30)
})
