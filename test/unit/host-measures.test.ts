import { describe, expect, test } from 'vitest'
import type { Policy } from '#shared/policy/schema.ts'
import { release } from '#shared/responses/suspicious-host/release.ts'
import { allowedBySecurityGroups } from '../oracle/reach.ts'
import { id, type World } from '../oracle/world.ts'
import { ACCOUNT, hostStage } from '../support/host-stage.ts'
import { HOST, hostPolicy, twoVpcs, withHost, withNic, withVolumes } from '../support/host-worlds.ts'

/** What is done beside cutting off the network, each measure by itself, and what of it is told. */

const INCIDENT = '01JQ0000000000000000000000'
function stage(policy: Policy | string = hostPolicy(), world: World = twoVpcs()) {
  const there = hostStage(typeof policy === 'string' ? hostPolicy(policy) : policy, world)
  Object.assign(there.ports, { newId: () => INCIDENT })
  return there
}
type Stage = ReturnType<typeof stage>
const called = ({ calls }: Stage, name: string) => calls.filter(({ call }) => call === name)
const letGo = ({ ports, time }: Stage) =>
  release({ incident: INCIDENT, reason: 'a false alarm', by: { name: 'lena' } }, ports, {
    id: 'r',
    startedAt: time.now,
  })
const web = (there: Stage, least: number, size = 4) =>
  there.estate.scaling.push({
    AutoScalingGroupName: 'web',
    DesiredCapacity: size,
    MinSize: least,
    MaxSize: 9,
    Instances: Array.from({ length: size }, (_, i) => ({ InstanceId: id('i', i + 1), LifecycleState: 'InService' })),
  })
const snapshot = ({ estate, time }: Stage) =>
  estate.snapshots.push({
    SnapshotId: id('snap', 1),
    VolumeId: id('vol', 1),
    StartTime: new Date(time.now),
    Tags: [{ Key: 'portcullis:host', Value: HOST }],
  })
const stateOf = ({ state }: Stage) => state.world.Instances.find((one) => one.InstanceId === HOST)!.State!.Name

describe('contain: stop', () => {
  test('waits for snapshots, cut off all the while; the sweep stops it once they are begun', async () => {
    const there = stage('contain: stop', withVolumes(twoVpcs(), 1))
    await there.accuse(HOST)
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect([stateOf(there), called(there, 'ec2:StopInstances')]).toEqual(['running', []])
    snapshot(there)
    await there.sweep()
    expect(stateOf(there)).toBe('stopped')
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained', status: 'held' })
  })

  test('does not take a set of an earlier incident for evidence of this one', async () => {
    const there = stage('contain: stop', withVolumes(twoVpcs(), 1))
    snapshot(there)
    there.time.now += 3 * 86_400_000
    await there.accuse(HOST, { at: new Date(there.time.now - 60_000).toISOString() })
    expect(stateOf(there)).toBe('running')
  })

  test.each([['no time at all'], ['2027-06-01T00:00:00Z']])(
    'a detector that says "%s" keeps nothing waiting',
    async (at) => {
      const there = stage('contain: stop', withVolumes(twoVpcs(), 1))
      snapshot(there)
      await there.accuse(HOST, { at })
      expect(stateOf(there)).toBe('stopped')
    },
  )

  test('does not prevent what it is about to do, and network-only does', async () => {
    const stopped = stage('contain: stop\npreserve: none')
    await stopped.accuse(HOST)
    const kept = stage()
    await kept.accuse(HOST)
    const prevents = (there: Stage) =>
      called(there, 'ec2:ModifyInstanceAttribute').some(({ input }) => 'DisableApiStop' in input)
    expect([prevents(stopped), prevents(kept)]).toEqual([false, true])
  })
})

test('A Spot instance has no protections that could be set: none is tried', async () => {
  const there = stage('contain: network-only', withHost(twoVpcs(), { InstanceLifecycle: 'spot' }))
  await there.accuse(HOST)
  expect(called(there, 'ec2:ModifyInstanceAttribute')).toEqual([])
  expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained' })
})

test('A volume that ends with the host is kept', async () => {
  const world = withHost(twoVpcs(), {
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeId: id('vol', 7), DeleteOnTermination: true } }],
  })
  const there = stage('contain: network-only', world)
  await there.accuse(HOST).catch(() => undefined)
  expect(called(there, 'ec2:ModifyInstanceAttribute').map(({ input }) => input)).toContainEqual({
    InstanceId: HOST,
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeId: id('vol', 7), DeleteOnTermination: false } }],
  })
})

describe('Auto Scaling', () => {
  test('at its minimum size the group launches another, and the release says that it is not exact', async () => {
    const there = stage()
    web(there, 4)
    await there.accuse(HOST)
    expect(called(there, 'autoscaling:EnterStandby')[0]!.input).toMatchObject({ ShouldDecrementDesiredCapacity: false })
    const planned = there.entries.get(INCIDENT)!.flatMap((one) => (one.what === 'opened' ? one.plan : []))
    const step = planned.find(({ does }) => does.call === 'autoscaling:EnterStandby')!
    expect(step.title).toContain('the group is at its minimum size and launches another')
    expect(step.tier).toBe('best-effort')
    expect(await letGo(there)).toMatchObject({ what: 'undone', fidelity: 'best-effort' })
  })

  test('above it, nothing is launched, and the release is exact', async () => {
    const there = stage()
    web(there, 3)
    await there.accuse(HOST)
    expect(called(there, 'autoscaling:EnterStandby')[0]!.input).toMatchObject({ ShouldDecrementDesiredCapacity: true })
    expect(await letGo(there)).toMatchObject({ what: 'undone', fidelity: 'exact' })
  })

  test('detach', async () => {
    const there = stage('contain: network-only\nscaling: detach')
    web(there, 1)
    await there.accuse(HOST)
    expect(there.estate.scaling[0]!.Instances.map((one) => one.InstanceId)).not.toContain(HOST)
    expect([called(there, 'autoscaling:EnterStandby'), there.headOf(HOST)!.verdict]).toEqual([[], 'contained'])
  })

  test('leave: the group is left alone', async () => {
    const there = stage('contain: network-only\nscaling: leave')
    web(there, 1)
    await there.accuse(HOST)
    expect(there.calls.filter(({ call }) => call.startsWith('autoscaling:'))).toEqual([])
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained' })
  })
})

describe('interfaces that are not ours', () => {
  test.each([
    ['of a service', { RequesterManaged: true, RequesterId: 'amazon-elb' }, 'amazon-elb'],
    ['of another account', { OwnerId: '999999999999' }, 'account 999999999999'],
  ])('one %s is named and left alone; all others are cut off', async (_name, more, owner) => {
    const there = stage(hostPolicy(), withNic(twoVpcs(), 2, more))
    await there.accuse(HOST)
    const left = new Set(allowedBySecurityGroups(there.state.world, HOST).map((one) => one.interface))
    expect([...left]).toEqual([id('eni', 2)])
    expect(
      called(there, 'ec2:ModifyNetworkInterfaceAttribute').map(({ input }) => input.NetworkInterfaceId),
    ).not.toContain(id('eni', 2))
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'open', left: 'watch residue.interface' })
    expect(there.texts().at(-1)).toContain(`interface ${id('eni', 2)} belongs to ${owner} and keeps`)
    expect(there.texts().at(-1)).toContain('newPaths open')
  })
})

describe('flow logs', () => {
  const line = (at: number, action = 'ACCEPT', eni = id('eni', 1)) => ({
    message: `2 ${ACCOUNT} ${eni} 10.1.1.1 203.0.113.9 40000 443 6 10 840 ${Math.floor(at / 1_000)} ${Math.floor(at / 1_000) + 60} ${action} OK`,
  })
  test.each([
    ['accepted after the cut', 120_000, 'ACCEPT', id('eni', 1), 'leaky'],
    ['rejected after the cut', 120_000, 'REJECT', id('eni', 1), 'contained'],
    ['accepted before the cut', -120_000, 'ACCEPT', id('eni', 1), 'contained'],
    ['accepted as the cut took hold', 5_000, 'ACCEPT', id('eni', 1), 'contained'],
    ['accepted at the interface of another', 120_000, 'ACCEPT', id('eni', 4), 'contained'],
  ])('traffic that was %s: %s', async (_name, after, action, eni, verdict) => {
    const there = stage()
    there.estate.flows = []
    const at = there.time.now
    await there.accuse(HOST)
    there.estate.flows = [line(at + after, action, eni)]
    await there.sweep()
    expect(there.headOf(HOST)!.verdict).toBe(verdict)
    if (verdict === 'leaky') {
      expect(there.texts().at(-1)).toMatch(/^LEAKY: .*traffic was seen to pass/)
      expect(there.notices.at(-1)!.importance).toBe('critical')
    }
  })
})
