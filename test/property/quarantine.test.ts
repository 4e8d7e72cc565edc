import fc from 'fast-check'
import { expect, test } from 'vitest'
import { release } from '#shared/responses/suspicious-host/release.ts'
import { GROUP_TAG } from '#shared/responses/suspicious-host/world.ts'
import { cases, QUARANTINE_TAG } from '../oracle/generate.ts'
import { allowedBySecurityGroups, reach } from '../oracle/reach.ts'
import { interfacesOf, type World } from '../oracle/world.ts'
import { hostStage } from '../support/host-stage.ts'
import { hostPolicy } from '../support/host-worlds.ts'
import { alwaysAsync } from '../support/property.ts'

/** The generated worlds hold quarantine groups, empty or poisoned: here they carry the tag by which ours are known. */
const tagged = (world: World): World => ({
  ...world,
  SecurityGroups: world.SecurityGroups.map((group) =>
    group.Tags?.some(({ Key }) => Key === QUARANTINE_TAG)
      ? { ...group, Tags: [...group.Tags, { Key: GROUP_TAG, Value: 'none' }] }
      : group,
  ),
})

const groupsOf = (world: World, host: string) =>
  interfacesOf(world, host).map((one) => [
    one.NetworkInterfaceId,
    (one.Groups ?? []).map(({ GroupId }) => GroupId).sort(),
  ])

const isRunning = (world: World, host: string) =>
  world.Instances.find((one) => one.InstanceId === host)?.State?.Name === 'running'

interface Verified {
  readonly what: string
  readonly verdict: string
  readonly proof: { readonly newPaths: string }
}

test('Closed means closed: where new paths are said to be closed, the oracle finds no rule and no path.', async () => {
  let closed = 0
  let open = 0
  await alwaysAsync(200, [cases], async ({ world, instance }) => {
    const there = hostStage(hostPolicy(), tagged(world))
    await there.accuse(instance)
    const head = there.headOf(instance)!
    const { proof, verdict } = there.entries.get(head.id)!.at(-1) as Verified
    const allowed = allowedBySecurityGroups(there.state.world, instance)
    if (proof.newPaths === 'closed') {
      closed++
      // A host that is off has no paths whatever its groups say.
      if (isRunning(world, instance)) expect(allowed).toEqual([])
      expect(reach(there.state.world, instance).paths).toEqual([])
    } else {
      open++
      // Only what a service of AWS manages may be left, and the verdict says that it is.
      expect(verdict).toBe('open')
    }
    for (const { interface: id } of allowed)
      expect(
        interfacesOf(there.state.world, instance).find((one) => one.NetworkInterfaceId === id)?.RequesterManaged,
      ).toBe(true)
    // The sweep makes other VPCs ready; after that a safe world plans nothing.
    await there.sweep()
    const before = there.calls.length
    await there.sweep()
    expect(there.calls.length).toBe(before)
  })
  expect(closed).toBeGreaterThan(50)
  expect(open).toBeGreaterThan(5)
})

test('Contained, then released, every interface is in the groups that it was in.', async () => {
  await alwaysAsync(100, [cases, fc.boolean()], async ({ world, instance }, twice) => {
    const there = hostStage(hostPolicy(), tagged(world))
    const INCIDENT = '01JQ0000000000000000000000'
    let ids = 0
    Object.assign(there.ports, { newId: () => (ids++ === 0 ? INCIDENT : `OTHER${ids}`) })
    const before = groupsOf(there.state.world, instance)
    await there.accuse(instance)
    if (twice) await there.sweep()
    const asked = { incident: INCIDENT, reason: 'a drill', by: { name: 'lena' } }
    const answer = await release(asked, there.ports, { id: 'release-1', startedAt: there.time.now })
    expect(answer).toEqual(expect.objectContaining({ what: 'undone', differs: [] }))
    expect(groupsOf(there.state.world, instance)).toEqual(before)
  })
})
