import { describe, expect, test } from 'vitest'
import type { Policy } from '#shared/policy/schema.ts'
import { apply } from '../oracle/apply.ts'
import { allowedBySecurityGroups, reach } from '../oracle/reach.ts'
import { id } from '../oracle/world.ts'
import { alertOf, hostStage } from '../support/host-stage.ts'
import { HOST, hostPolicy, twoVpcs } from '../support/host-worlds.ts'

const stage = (policy: Policy = hostPolicy()) => hostStage(policy, twoVpcs())
const groupsOf = (there: ReturnType<typeof stage>, n: number) =>
  there.state.world.NetworkInterfaces.find((one) => one.NetworkInterfaceId === id('eni', n))!.Groups!.map(
    (one) => one.GroupId!,
  )
const quarantine = (there: ReturnType<typeof stage>) =>
  there.state.world.SecurityGroups.filter((one) => one.GroupName!.startsWith('portcullis-quarantine'))

test('every interface of the host ends in an empty group of its own VPC, and nothing is left that lets anything in or out', async () => {
  const there = stage()
  expect(reach(there.state.world, HOST).paths.length).toBeGreaterThan(0)
  expect(await there.accuse(HOST)).toBe('settled')
  expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
  expect(reach(there.state.world, HOST).paths).toEqual([])
  expect(quarantine(there).map((one) => one.VpcId)).toEqual([id('vpc', 1), id('vpc', 2)])
  expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained', status: 'held' })
  expect(there.texts()[0]).toContain('newPaths closed')
  // The neighbour goes on.
  expect(groupsOf(there, 4)).toEqual([id('sg', 1)])
})

test('a second finding about a host in quarantine changes nothing and makes no second group', async () => {
  const there = stage()
  await there.accuse(HOST)
  const before = there.calls.length
  await there.accuse(HOST, { id: 'finding-2' })
  await there.sweep()
  expect(there.calls.length).toBe(before)
  expect(quarantine(there)).toHaveLength(2)
  expect(there.suspicions.get(HOST)!.size).toBe(2)
  expect([...there.heads.values()].filter((head) => head.subject === HOST)).toHaveLength(1)
})

describe('who is not believed', () => {
  test('a finding that GuardDuty does not know', async () => {
    const there = stage()
    expect(await there.send(alertOf(HOST))).toBe('settled')
    expect(there.calls).toEqual([])
  })

  test('a finding that GuardDuty knows as less severe than the event says', async () => {
    const there = stage()
    const signal = alertOf(HOST)
    there.estate.guardduty.set('finding-1', { ...signal.suspicion, severity: 2 })
    await there.send(signal)
    expect(there.calls).toEqual([])
  })

  test('a sample', async () => {
    const there = stage()
    expect(await there.accuse(HOST, { sample: true })).toBe('ignored')
    expect(there.calls).toEqual([])
  })

  test('an imported finding: a person is asked', async () => {
    const there = stage(hostPolicy('contain: network-only', '').valueOf() as Policy)
    const policy = there.ports.policy['suspicious-hosts'].rules[0]!
    Object.assign(policy.when, { 'security-hub': { severity: 5, types: ['*'] } })
    const signal = alertOf(HOST, { from: 'security-hub', forgeable: true })
    expect(await there.send(signal)).toBe('asked')
    expect(there.calls).toEqual([])
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'open', left: 'ask suspicious-hosts.imported' })
  })
})

describe('tampering', () => {
  test('an interface that is put into another group comes back, and the pre-image stays what it was', async () => {
    const there = stage()
    await there.accuse(HOST)
    const NetworkInterfaceId = id('eni', 2)
    there.state.world = apply(there.state.world, 'ec2:ModifyNetworkInterfaceAttribute', {
      NetworkInterfaceId,
      Groups: [id('sg', 2)],
    }).world
    await there.sweep()
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(there.texts().at(-1)).toContain('Out of quarantine again')
    expect([...there.heads.values()].filter((head) => head.subject === HOST)).toHaveLength(1)
  })

  test('a rule in the quarantine group poisons it: another is made, and the host moves', async () => {
    const there = stage()
    await there.accuse(HOST)
    const [poisoned] = quarantine(there)
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]
    there.state.world = apply(there.state.world, 'ec2:AuthorizeSecurityGroupIngress', {
      GroupId: poisoned!.GroupId!,
      IpPermissions,
    }).world
    await there.sweep()
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(quarantine(there)).toHaveLength(3)
    expect(groupsOf(there, 1)).not.toContain(poisoned!.GroupId)
  })

  test('an address that somebody gives it is told as tampering, once', async () => {
    const there = stage()
    await there.accuse(HOST)
    const touch = {
      kind: 'api-call' as const,
      id: 'touch-1',
      account: there.ports.account,
      region: 'eu-central-1',
      at: new Date(there.time.now),
      source: 'ec2.amazonaws.com',
      name: 'AssociateAddress',
      actor: { type: 'IAMUser', name: 'mallory' },
      request: { instanceId: HOST },
      response: {},
    }
    await there.send(touch)
    expect(there.notices.at(-1)).toMatchObject({ importance: 'critical' })
    expect(there.texts().at(-1)).toContain('"mallory" gave it an address')
    const told = there.notices.length
    await there.send(touch)
    expect(there.notices).toHaveLength(told)
  })
})

describe('bounds', () => {
  test('beyond five hosts an hour a person is asked', async () => {
    const there = stage()
    for (let i = 0; i < 5; i++)
      there.tokens.set(`act#00${i}`, { name: `act#00${i}`, subject: `i-${i}`, until: there.time.now + 1e6 })
    expect(await there.accuse(HOST)).toBe('asked')
    expect(there.calls).toEqual([])
    expect(there.headOf(HOST)!.left).toBe('ask breaker.suspicious-host')
  })

  test.each([
    [3, 34, 'act'],
    [2, 34, 'ask'],
  ])('one of %i hosts of an Auto Scaling group, with a share of %i %%: %s', async (size, _share, mode) => {
    const there = stage()
    const Instances = Array.from({ length: size }, (_, i) => ({
      InstanceId: id('i', i + 1),
      LifecycleState: 'InService',
    }))
    there.estate.scaling.push({ AutoScalingGroupName: 'web', DesiredCapacity: size, MinSize: 1, MaxSize: 9, Instances })
    expect(await there.accuse(HOST)).toBe(mode === 'act' ? 'settled' : 'asked')
    expect(there.estate.scaling[0]!.Instances[0]!.LifecycleState).toBe(mode === 'act' ? 'Standby' : 'InService')
  })
})

test('the owner by its tag is told, and is an attribute that a subscription can filter by', async () => {
  const there = stage(hostPolicy('contain: network-only\nalso: { owner-tag: Name }'))
  const sent: unknown[] = []
  const publish = there.ports.mutations['sns:Publish']!
  Object.assign(publish, {
    send: async (input: { MessageAttributes?: unknown }) => {
      sent.push(input.MessageAttributes)
      return { $metadata: {} }
    },
  })
  await there.accuse(HOST)
  expect(sent).toEqual([expect.objectContaining({ owner: { DataType: 'String', StringValue: 'server-1' } })])
})
