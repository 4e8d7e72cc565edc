import { expect, test } from 'vitest'
import { executeAll } from '#shared/execute.ts'
import type { Step } from '#shared/plan.ts'
import { HOST } from '../support/host-worlds.ts'
import { bareHost, insideHost, wholeHost } from '../support/whole-host.ts'

/** What the fault matrix found, each by itself. */

test('a step may need one that stands behind it in the plan', async () => {
  const there = bareHost()
  const tag = (Key: string, needs: readonly string[] = []): Step => ({
    id: Key,
    title: Key,
    does: { call: 'ec2:CreateTags', input: { Resources: [HOST], Tags: [{ Key, Value: '1' }] } },
    undo: [],
    tier: 'exact',
    needs,
  })
  const results = await executeAll([tag('late', ['early']), tag('early')], ['ec2:CreateTags'], there.ports)
  expect(results.map(({ what }) => what)).toEqual(['done', 'done'])
  expect(there.calls.map(({ input }) => JSON.stringify(input.Tags))).toEqual([
    expect.stringContaining('early'),
    expect.stringContaining('late'),
  ])
})

test('a change whose answer was lost is found done: contained, nothing thrown, and a release knows of it', async () => {
  const there = bareHost()
  const before = there.picture()
  const { answer } = await there.event({ call: 'ec2:ModifyNetworkInterfaceAttribute', kind: 'lost' })
  expect(answer).toBe('settled')
  const head = there.headOf(HOST)!
  expect(head).toMatchObject({ verdict: 'contained', status: 'held' })
  expect(there.texts().at(-1)).not.toContain('FAILED')
  expect((await there.release()).answer).toMatchObject({ what: 'undone', fidelity: 'exact' })
  expect(there.picture()).toEqual(before)
})

test('where nothing could be read after a lost answer either, a release goes by how the host is', async () => {
  let cutOff = 0
  // All of EC2 goes silent at some point of the run.
  for (let from = 0; from < 50; from++) {
    const there = bareHost()
    const before = there.picture()
    await there.event({ call: 'ec2:*', kind: 'lost', from })
    if (there.isIsolated() && there.headOf(HOST)?.verdict === 'unverifiable') cutOff++
    there.time.now += 60_000
    await there.event()
    expect((await there.release()).answer).toMatchObject({ what: 'undone', differs: [] })
    expect(there.picture()).toEqual(before)
  }
  expect(cutOff).toBeGreaterThan(0)
})

test('a step that AWS says it took and that does not show keeps no other from being taken', async () => {
  const there = wholeHost()
  const mutations = { ...there.ports.mutations }
  const row = mutations['ec2:ModifyInstanceAttribute']!
  Object.assign(there.ports, {
    mutations: { ...mutations, 'ec2:ModifyInstanceAttribute': { ...row, send: async () => ({ $metadata: {} }) } },
  })
  expect((await there.event()).answer).toMatchObject({ code: 'not-contained' })
  expect(there.estate.profiles).toEqual({})
  expect(Object.keys(there.estate.roles.web!.policies)).toContain(`portcullis-${HOST}`)
  expect(Object.values(there.estate.targets)).toEqual([[]])
})

test('a group that could not be made is made by a second try in the same run: cutting off does not wait for a retry', async () => {
  const there = bareHost()
  const { answer } = await there.event({ call: 'ec2:CreateSecurityGroup', kind: 'throttled', nth: 0 })
  expect(answer).toBe('settled')
  expect(there.isIsolated()).toBe(true)
  // Where that fails as well, it is left to the retry.
  const denied = bareHost()
  expect((await denied.event({ call: 'ec2:CreateSecurityGroup', kind: 'denied' })).answer).toMatchObject({
    code: 'step-denied',
  })
  expect(denied.quarantines()).toEqual([])
  expect(denied.state.world.InstanceAttributes[HOST]).toMatchObject({ DisableApiTermination: true })
})

test('what a run did that died before it could say so is held, and looked after', async () => {
  const there = bareHost()
  await there.event({ call: 'ec2:ModifyNetworkInterfaceAttribute', kind: 'killed', nth: 2 })
  expect(there.isIsolated()).toBe(true)
  there.time.now += 60_000
  await there.event()
  expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained', status: 'held' })
  expect(there.opens.get(HOST)).toMatchObject({ held: true, until: 0 })
})

test('address blocks that cannot be read keep from cutting off only where the VPC is to be reachable', async () => {
  const fault = { call: 'ec2:DescribeVpcs', kind: 'denied' } as const
  const there = wholeHost()
  await there.event(fault)
  expect(there.isIsolated()).toBe(true)
  expect(there.headOf(HOST)).toMatchObject({ verdict: 'partial' })
  const inside = insideHost()
  await inside.event(fault)
  expect(inside.headOf(HOST)).toMatchObject({ verdict: 'partial' })
  expect(inside.quarantines()).toEqual([])
  expect(inside.texts().at(-1)).toContain('address blocks')
})

test('what a dead run began, and what could not be read by the next, is put back all the same', async () => {
  const there = wholeHost()
  const before = there.picture()
  await there.event({ call: 'ec2:CreateSecurityGroup', kind: 'killed', nth: 1 })
  expect(there.estate.scaling[0]!.Instances[0]!.LifecycleState).toBe('Standby')
  there.time.now += 60_000
  await there.event({ call: 'dynamodb:TransactWriteItems', kind: '5xx', from: 3 })
  there.time.now += 120_000
  await there.event({ call: 'autoscaling:DescribeAutoScalingGroups', kind: 'denied' })
  there.time.now += 120_000
  await there.event()
  expect((await there.release()).answer).toMatchObject({ what: 'undone', differs: [] })
  expect(there.picture()).toEqual(before)
})

test('a host that a release starts again is no rogue launch, whoever may launch hosts', async () => {
  const there = wholeHost()
  const rogue = { within: 86_400, 'launched-by': ['nobody'] }
  const rules = there.ports.policy['suspicious-hosts'].rules.map((rule) => ({ ...rule, when: { ...rule.when, rogue } }))
  const policy = { ...there.ports.policy, 'suspicious-hosts': { ...there.ports.policy['suspicious-hosts'], rules } }
  // EC2 counts a start as a launch.
  const row = there.ports.mutations['ec2:StartInstances']!
  const LaunchTime = new Date(there.time.now + 1_000)
  const send: typeof row.send = async (input) => {
    const Instances = there.state.world.Instances.map((one) => ({ ...one, LaunchTime }))
    there.state.world = { ...there.state.world, Instances }
    return row.send(input)
  }
  const mutations = { ...there.ports.mutations, 'ec2:StartInstances': { ...row, send } }
  Object.assign(there.ports, { policy, mutations })
  await there.event()
  await there.release()
  const touched = there.calls.length
  for (const later of [1_000, 7_200_000]) {
    there.time.now += later
    await there.send({
      kind: 'api-call',
      id: `start-${later}`,
      account: there.ports.account,
      region: 'eu-central-1',
      at: LaunchTime,
      source: 'ec2.amazonaws.com',
      name: 'StartInstances',
      actor: { type: 'AssumedRole', name: 'release', principal: 'arn:aws:iam::111122223333:role/release' },
      request: { instancesSet: { items: [{ instanceId: HOST }] } },
      response: {},
    })
    expect(there.calls.slice(touched)).toEqual([])
  }
})
