import { describe, expect, test } from 'vitest'
import { HOST_TAG } from '#shared/responses/suspicious-host/world.ts'
import type { FlatRule } from '../support/box-groups.ts'
import { boxPolicy, JOINED, TARGETS, ZONES } from '../support/box-policy.ts'
import { type BoxStage, boxStage, HOUR } from '../support/box-stage.ts'

const rule = (
  egress: boolean,
  protocol: string,
  from: number | undefined,
  to: number | undefined,
  peer: string,
): FlatRule => ({
  ...{ egress, protocol, from, to, peer, description: '' },
})

describe('A rule that somebody adds to the group of a box', () => {
  test.each([
    rule(false, 'tcp', 22, 22, '0.0.0.0/0'),
    rule(false, 'tcp', 22, 22, '203.0.113.8/32'),
    rule(false, 'tcp', 22, 22, '::/0'),
    rule(false, 'tcp', 22, 22, TARGETS),
    rule(false, 'tcp', 22, 22, 'pl-0123abcd'),
    rule(false, 'tcp', 0, 65_535, '203.0.113.7/32'),
    rule(false, '-1', undefined, undefined, '203.0.113.7/32'),
    rule(false, 'icmp', 8, -1, '0.0.0.0/0'),
    rule(false, 'icmp', 3, 4, '0.0.0.0/0'),
    rule(false, 'icmpv6', -1, -1, '::/0'),
    rule(false, '50', undefined, undefined, '0.0.0.0/0'),
    rule(true, '-1', undefined, undefined, '0.0.0.0/0'),
    rule(true, 'tcp', 443, 443, 'pl-0123abcd'),
    rule(true, 'udp', 53, 53, '10.0.0.2/32'),
  ])('is taken out by the next sweep: egress $egress, $protocol $from to $to, $peer.', async (extra) => {
    const there = boxStage(boxPolicy(), { ipv6: true })
    const id = await there.open('alice')
    const own = there.rulesOf(id)
    there.groupOf(id)!.rules.push(extra)
    await there.sweep()
    expect(there.rulesOf(id)).toEqual(own)
    expect(there.verdict(id)).toBe('ready')
    expect(there.isAlive(id)).toBe(true)
  })

  test('and one of its own that somebody takes out, or says otherwise, comes back.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    const before = structuredClone(there.groupOf(id)!.rules)
    there.groupOf(id)!.rules = [{ ...before.find(({ egress }) => !egress)!, description: 'mine' }]
    await there.sweep()
    expect(there.groupOf(id)!.rules).toEqual(expect.arrayContaining(before))
    expect(there.groupOf(id)!.rules).toHaveLength(before.length)
  })
})

const regroup = (there: BoxStage, id: string, groups: Record<string, string[]>) =>
  Object.assign(there.instanceOf(id)!, { groups })

describe('A box that more could reach than its request says is ended', () => {
  const cases: [string, (there: BoxStage, id: string) => void][] = [
    ['another group on its interface', (there, id) => Object.values(there.instanceOf(id)!.groups)[0]!.push(TARGETS)],
    ['another group in place of its own', (there, id) => regroup(there, id, { 'eni-1': [TARGETS] })],
    ['another interface', (there, id) => regroup(there, id, { ...there.instanceOf(id)!.groups, 'eni-2': [TARGETS] })],
    [
      'another group, and its own one deleted',
      (there, id) => {
        regroup(there, id, { 'eni-1': [TARGETS] })
        there.perform('ec2:DeleteSecurityGroup', { GroupId: there.groupOf(id)!.GroupId })
      },
    ],
  ]
  test.each(cases)('%s.', async (_what, tamper) => {
    const there = boxStage()
    const id = await there.open('alice')
    tamper(there, id)
    await there.sweep()
    expect(there.isAlive(id)).toBe(false)
    expect(there.texts().join('\n')).toContain('into other groups than its own')
    await there.sweep()
    expect(there.groupOf(id)).toBeUndefined()
    expect(there.head(id)).toMatchObject({ status: 'closed', verdict: 'gone' })
    expect(there.launchesOf(id)).toBe(1)
  })

  test('but the groups that its zone has it join are its own.', async () => {
    const there = boxStage()
    const id = await there.open('alice', { zone: 'full' })
    expect(Object.values(there.instanceOf(id)!.groups)).toEqual([[there.groupOf(id)!.GroupId, JOINED]])
    await there.sweep()
    expect(there.isAlive(id)).toBe(true)
  })
})

test('The tag that its guest reads is put right where somebody has changed it.', async () => {
  const there = boxStage()
  const id = await there.open('alice')
  there.perform('ec2:CreateTags', {
    Resources: [there.instanceOf(id)!.id],
    Tags: [{ Key: 'portcullis:until', Value: '2099-01-01T00:00:00.000Z' }],
  })
  await there.sweep()
  expect(there.instanceOf(id)!.tags).toContainEqual({ Key: 'portcullis:until', Value: '2026-06-01T13:00:00.000Z' })
})

test('A name in DNS that somebody has led elsewhere leads to the box again, and goes with it.', async () => {
  const there = boxStage()
  const id = await there.open('alice', { zone: 'full' })
  there.recordOf(id)!.values = ['198.51.100.66']
  await there.sweep()
  expect(there.recordOf(id)!.values).toEqual([there.instanceOf(id)!.publicAddress])
  there.recordOf(id)!.values = ['198.51.100.66']
  await there.close(id)
  expect(there.recordOf(id)).toBeUndefined()
})

test('A zone that names the same target twice is one rule for each port.', async () => {
  const twice = ZONES.lab!.replace(/egress: .*/, (text) =>
    text.replace('[{', `[{ group: ${TARGETS}, ports: [tcp/22] }, {`),
  )
  const there = boxStage(boxPolicy({ zones: { lab: twice } }))
  const id = await there.open('alice')
  expect(there.rulesOf(id).filter((one) => one.startsWith('out '))).toHaveLength(2)
  const steps = there.intents.get(id)!.map(({ step }) => step.id)
  expect(new Set(steps).size).toBe(steps.length)
  expect(there.verdict(id)).toBe('ready')
})

describe('What nobody asked for', () => {
  const orphan = '0ORPHAN0000000000000000000'
  const name = `portcullis-jump-prod-${orphan}`
  const launch = (there: BoxStage, ClientToken: string, tags: Record<string, string> = {}) =>
    there.perform('ec2:RunInstances', {
      ClientToken,
      NetworkInterfaces: [{ Groups: [TARGETS] }],
      TagSpecifications: [
        { ResourceType: 'instance', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    })
  const isAlive = (there: BoxStage) => [...there.instances.values()].some((one) => there.stateOf(one) === 'running')

  test.each(['instance', 'group', 'schedule', 'all three'])(
    'but is called like a box of ours goes by the sweep: %s.',
    async (what) => {
      const there = boxStage()
      const has = (one: string) => what === one || what === 'all three'
      if (has('instance')) launch(there, name)
      if (has('group')) there.perform('ec2:CreateSecurityGroup', { GroupName: name, VpcId: 'vpc-0a1' })
      if (has('schedule'))
        there.perform('scheduler:CreateSchedule', { Name: name, ScheduleExpression: 'at(2026-06-01T15:00:00)' })
      await there.sweep()
      await there.sweep()
      expect(isAlive(there)).toBe(false)
      expect([...there.groups.keys()].sort()).toEqual([TARGETS, JOINED].sort())
      expect(there.schedules.size).toBe(0)
      expect(there.head(orphan)).toMatchObject({ verdict: 'gone', status: 'closed' })
      expect(there.texts().join('\n')).toContain('nobody asked for it')
    },
  )

  test.each([
    [
      'that merely carries our tags',
      'web-1',
      { 'portcullis:jump-box': orphan, 'portcullis:until': '2020-01-01T00:00:00Z' },
    ],
    ['of another stage', `portcullis-jump-staging-${orphan}`, {}],
    ['whose name is longer than ours', `${name}0`, {}],
    ['whose name has our stage in front', `portcullis-jump-prod-2-${orphan}`, {}],
    ['whose name is no id', 'portcullis-jump-prod-web', {}],
  ])('is left alone where it is an instance %s.', async (_what, token, tags) => {
    const there = boxStage()
    launch(there, token, tags)
    await there.sweep()
    await there.ended([...there.instances.keys()][0]!)
    await there.look(orphan)
    expect(isAlive(there)).toBe(true)
    expect(there.calls).toEqual([])
  })

  test('is found on every page of what AWS tells.', async () => {
    const there = boxStage(boxPolicy(), { page: 2 })
    for (let i = 0; i < 7; i++) {
      const one = `portcullis-jump-prod-${String(i).padStart(26, 'Z')}`
      launch(there, one)
      there.perform('ec2:CreateSecurityGroup', { GroupName: one, VpcId: 'vpc-0a1' })
      there.perform('scheduler:CreateSchedule', { Name: one, ScheduleExpression: 'at(2026-06-01T15:00:00)' })
    }
    await there.sweep()
    await there.sweep()
    expect([isAlive(there), there.groups.size, there.schedules.size]).toEqual([false, 2, 0])
  })
})

describe('A box in quarantine', () => {
  const isolate = (there: BoxStage, id: string) => {
    const one = there.instanceOf(id)!
    one.tags.push({ Key: HOST_TAG, Value: 'incident' })
    one.groups = { 'eni-1': [TARGETS] }
    there.calls.length = 0
  }
  const release = (there: BoxStage, id: string) => {
    const one = there.instanceOf(id)!
    one.tags = one.tags.filter(({ Key }) => Key !== HOST_TAG)
    one.groups = { 'eni-1': [there.groupOf(id)!.GroupId] }
  }

  test('is left alone while it is wanted, and goes on when it is released.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    isolate(there, id)
    await there.sweep()
    expect(there.calls).toEqual([])
    release(there, id)
    await there.sweep()
    expect([there.isAlive(id), there.verdict(id)]).toEqual([true, 'ready'])
  })

  test.each(['its time is up', 'it is closed'])('is kept though %s, and ended once it is released.', async (why) => {
    const there = boxStage()
    const id = await there.open('alice', { zone: 'full' })
    isolate(there, id)
    if (why === 'it is closed') await there.close(id)
    else await there.fire(2 * HOUR)
    expect(there.isAlive(id)).toBe(true)
    expect(there.made('ec2:TerminateInstances')).toEqual([])
    expect(there.texts().at(-1)).toContain('kept for its evidence')
    // Its name and its schedule keep no evidence.
    expect([there.recordOf(id), there.scheduleOf(id)]).toEqual([undefined, undefined])
    release(there, id)
    await there.sweep()
    await there.sweep()
    expect([there.isAlive(id), there.groupOf(id)]).toEqual([false, undefined])
    expect(there.head(id)).toMatchObject({ verdict: 'gone', status: 'closed' })
  })
})
