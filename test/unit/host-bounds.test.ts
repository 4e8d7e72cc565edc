import { describe, expect, test } from 'vitest'
import type { Policy } from '#shared/policy/schema.ts'
import { release } from '#shared/responses/suspicious-host/release.ts'
import { allowedBySecurityGroups } from '../oracle/reach.ts'
import { id } from '../oracle/world.ts'
import { alertOf, hostStage } from '../support/host-stage.ts'
import { HOST, hostPolicy, NEIGHBOUR, tagged, twoVpcs, withVolumes } from '../support/host-worlds.ts'

/** What bounds the quarantine: each bound with the host that it stops at, and the one that it lets pass. */

const beside = (text: string) => hostPolicy('contain: network-only', text)
const stage = (policy: Policy = hostPolicy(), tags: Record<string, string> = {}) =>
  hostStage(policy, tagged(twoVpcs(), tags))
const person = (host: string) => alertOf(host, { id: 'asked-1', from: 'person', type: 'quarantine', severity: 0 })
const group = (size: number, away = 0) => ({
  AutoScalingGroupName: 'web',
  DesiredCapacity: size,
  MinSize: 0,
  MaxSize: 99,
  Instances: Array.from({ length: size }, (_, i) => ({
    InstanceId: id('i', i + 1),
    LifecycleState: i >= size - away ? 'Standby' : 'InService',
  })),
})

describe('nodes', () => {
  test.each([
    ['aws:eks:cluster-name', 'EKS (aws:eks:cluster-name)'],
    ['eks:cluster-name', 'EKS (eks:cluster-name)'],
    ['eks:nodegroup-name', 'EKS (eks:nodegroup-name)'],
    ['kubernetes.io/cluster/shop', 'EKS (kubernetes.io/cluster/shop)'],
    ['aws:ecs:clusterName', 'ECS'],
    ['AmazonECSManaged', 'ECS'],
  ])('%s: a person is asked, and told that it is a node of %s', async (key, name) => {
    const there = stage(hostPolicy(), { [key]: 'x' })
    expect(await there.accuse(HOST)).toBe('asked')
    expect(there.calls).toEqual([])
    expect(there.headOf(HOST)!.left).toBe('ask suspicious-hosts.nodes')
    expect(there.texts()[0]).toContain(`it is a node of ${name}`)
  })

  test.each([
    [' a tag that only looks like one', hostPolicy(), 'kubernetes.io/clusters', 'settled'],
    ['nodes: act', beside('  nodes: act\n'), 'eks:cluster-name', 'settled'],
    ['nodes: watch', beside('  nodes: watch\n'), 'eks:cluster-name', 'watched'],
  ])('%s', async (_name, policy, key, outcome) => {
    const there = stage(policy, { [key]: 'x' })
    expect(await there.accuse(HOST)).toBe(outcome)
    expect(there.calls.length > 0).toBe(outcome === 'settled')
  })

  test('a person who asks knows what it is', async () => {
    const there = stage(hostPolicy(), { 'eks:cluster-name': 'shop' })
    expect(await there.send(person(HOST))).toBe('settled')
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
  })
})

describe('protected hosts', () => {
  test.each([
    ['by id', `{ instances: [${HOST}] }`, {}, 'asked'],
    ['by the id of another', `{ instances: [${NEIGHBOUR}] }`, {}, 'settled'],
    ['by a tag', '{ tags: [role=bastion] }', { role: 'bastion' }, 'asked'],
    ['by a tag of another value', '{ tags: [role=bastion] }', { role: 'web' }, 'settled'],
    ['by a key alone', '{ tags: [role] }', { role: 'web' }, 'asked'],
    ['by a value with an equals sign', '{ tags: [a=b=c] }', { a: 'b=c' }, 'asked'],
    ['by its group', '{ scaling-groups: [web] }', {}, 'asked'],
    ['by the group of another', '{ scaling-groups: [data] }', {}, 'settled'],
    [
      'by the tag of a group that it has left',
      '{ scaling-groups: [old] }',
      { 'aws:autoscaling:groupName': 'old' },
      'settled',
    ],
  ])('%s', async (_name, hosts, tags, outcome) => {
    const there = stage(beside(`  protected: ${hosts}\n`), tags)
    there.estate.scaling.push(group(9))
    expect(await there.accuse(HOST)).toBe(outcome)
    if (outcome === 'asked') expect(there.headOf(HOST)!.left).toBe('ask suspicious-hosts.protected')
  })

  test('a person is asked, too, whoever accuses it', async () => {
    const there = stage(beside(`  protected: { instances: [${HOST}] }\n`))
    expect(await there.send(person(HOST))).toBe('asked')
  })
})

describe('spared hosts', () => {
  const spare = (more: string, expires = '2026-06-01T13:00:00Z') =>
    beside(`  spare:\n    - { name: scanner, owner: net-team, reason: it scans, expires: "${expires}", ${more} }\n`)
  test.each([
    ['by id', spare(`instances: [${HOST}]`), 'spared'],
    ['another by id', spare(`instances: [${NEIGHBOUR}]`), 'settled'],
    ['by VPC', spare(`vpcs: [${id('vpc', 1)}]`), 'spared'],
    ['another VPC', spare(`vpcs: [${id('vpc', 2)}]`), 'settled'],
    ['by id, in another VPC', spare(`instances: [${HOST}], vpcs: [${id('vpc', 2)}]`), 'settled'],
    ['until a moment ago', spare(`instances: [${HOST}]`, '2026-06-01T12:00:00Z'), 'settled'],
  ])('%s', async (_name, policy, outcome) => {
    const there = stage(policy)
    expect(await there.accuse(HOST)).toBe(outcome)
    expect(there.calls.length > 0).toBe(outcome === 'settled')
  })

  test('once it has expired, the next word about the host counts', async () => {
    const there = stage(spare(`instances: [${HOST}]`))
    await there.accuse(HOST)
    there.time.now += 3_600_000
    await there.accuse(HOST)
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained', status: 'held' })
  })
})

describe('the share of an Auto Scaling group', () => {
  test.each([
    [100, 33, 'settled'],
    [100, 34, 'asked'],
    [3, 0, 'settled'],
    [3, 1, 'asked'],
    // 34.375 %: more than 34.
    [32, 10, 'asked'],
    [1, 0, 'settled'],
  ])('of %i hosts %i are away: %s', async (size, away, outcome) => {
    const there = stage()
    there.estate.scaling.push(group(size, away))
    expect(await there.accuse(HOST)).toBe(outcome)
    if (outcome === 'asked') expect(there.texts()[0]).toContain(`of Auto Scaling group web away; at most 34 % may go`)
  })

  test('a host that is away already takes nothing', async () => {
    const there = stage()
    there.estate.scaling.push(group(2))
    there.estate.scaling[0]!.Instances[0]!.LifecycleState = 'Standby'
    expect(await there.accuse(HOST)).toBe('settled')
  })
})

describe('evidence first', () => {
  const policy = beside('  evidence-first: { tags: [evidence=first] }\n')
  const waiting = () => hostStage(policy, withVolumes(tagged(twoVpcs(), { evidence: 'first' }), 2))
  const snapshots = (there: ReturnType<typeof waiting>, volumes: readonly number[], at: number, set = 'a') => {
    for (const n of volumes)
      there.estate.snapshots.push({
        SnapshotId: id('snap', there.estate.snapshots.length + 1),
        VolumeId: id('vol', n),
        StartTime: new Date(at),
        Tags: [
          { Key: 'portcullis:host', Value: HOST },
          { Key: 'portcullis:evidence', Value: set },
        ],
      })
  }

  test('it is protected and waits; once its snapshots are begun it is cut off', async () => {
    const there = waiting()
    await there.accuse(HOST)
    const done = there.calls.map(({ call }) => call)
    expect(done).toContain('ec2:ModifyInstanceAttribute')
    expect(done).not.toContain('ec2:ModifyNetworkInterfaceAttribute')
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'open', left: 'watch residue.awaits-evidence' })
    snapshots(there, [1, 2], there.time.now)
    const about = { id: 'done-1', account: there.ports.account, region: 'eu-central-1', at: new Date(there.time.now) }
    await there.send({ kind: 'snapshots-done', ...about, snapshots: [id('snap', 1), id('snap', 2)] })
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained' })
  })

  test.each([
    ['of one volume of two', [1], 'a', 0],
    ['in two sets, each of one volume', [1], 'b', 0],
    ['of another time: two days before it was accused', [1, 2], 'a', 2 * 86_400_000],
  ])('snapshots %s are not enough', async (_name, volumes, set, before) => {
    const there = waiting()
    if (set === 'b') snapshots(there, [2], there.time.now)
    snapshots(there, volumes, there.time.now - before, set)
    await there.accuse(HOST)
    await there.sweep()
    expect(allowedBySecurityGroups(there.state.world, HOST)).not.toEqual([])
  })

  test.each([
    ['are told by EC2 in whole seconds', true, '2026-06-01T11:58:05.000Z'],
    ['are of the second before', false, '2026-06-01T11:58:04.000Z'],
  ])('where a person accuses it, snapshots that %s: enough is %s', async (_name, isEnough, begun) => {
    const there = waiting()
    snapshots(there, [1, 2], Date.parse(begun))
    await there.send(alertOf(HOST, { id: 'asked-1', from: 'person', type: 'asked', at: '2026-06-01T11:58:05.093Z' }))
    expect(allowedBySecurityGroups(there.state.world, HOST).length === 0).toBe(isEnough)
  })

  test('the sweep goes on where no event tells that they are begun', async () => {
    const there = waiting()
    await there.accuse(HOST)
    snapshots(there, [1, 2], there.time.now)
    await there.sweep()
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
  })

  test('all other hosts do not wait', async () => {
    const there = hostStage(policy, withVolumes(twoVpcs(), 2))
    await there.accuse(HOST)
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
  })
})

test('A host that was released is asked about again: what was done before counts no more', async () => {
  const there = stage(beside(`  protected: { instances: [${HOST}] }\n`))
  const ids = ['01JQ0000000000000000000000', '01JQ0000000000000000000001']
  Object.assign(there.ports, { newId: () => ids.shift()! })
  await there.accuse(HOST)
  const { hash } = await there.ports.ledger.askOf({ response: 'suspicious-host', subject: HOST }).then((one) => one!)
  const by = { name: 'lena' }
  const word = { incident: '01JQ0000000000000000000000', hash, state: 'approved' as const, now: there.time.now }
  const entry = {
    what: 'approved' as const,
    at: new Date(there.time.now).toISOString(),
    hash,
    by,
    from: '',
    reason: 'yes',
  }
  await there.ports.ledger.answer({ response: 'suspicious-host', subject: HOST }, word, entry as never)
  const about = { id: 'word-1', account: there.ports.account, region: 'eu-central-1', at: new Date(there.time.now) }
  await there.send({ kind: 'approval', ...about, subject: HOST })
  expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
  await release({ incident: word.incident, reason: 'a false alarm', by }, there.ports, {
    id: 'r',
    startedAt: there.time.now,
  })
  there.time.now += 86_400_000
  const before = there.calls.length
  expect(await there.accuse(HOST, { id: 'finding-2' })).toBe('asked')
  expect(there.calls.length).toBe(before)
})

test('A held host is contained again although the breaker is open and the share is used up', async () => {
  const there = stage()
  await there.accuse(HOST)
  for (let i = 0; i < 9; i++)
    there.tokens.set(`act#0${i}`, { name: `act#0${i}`, subject: `i-${i}`, until: there.time.now + 1e7 })
  there.estate.scaling.push(group(2))
  const nic = there.state.world.NetworkInterfaces.find((one) => one.NetworkInterfaceId === id('eni', 2))!
  there.state.world = {
    ...there.state.world,
    NetworkInterfaces: there.state.world.NetworkInterfaces.map((one) =>
      one === nic ? { ...one, Groups: [{ GroupId: id('sg', 2) }] } : one,
    ),
  }
  await there.sweep()
  expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
})
