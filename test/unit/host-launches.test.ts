import { describe, expect, test } from 'vitest'
import type { ApiCall } from '#shared/signal.ts'
import { allowedBySecurityGroups } from '../oracle/reach.ts'
import { ACCOUNT, hostStage } from '../support/host-stage.ts'
import { HOST, tagged, twoVpcs, withHost } from '../support/host-worlds.ts'
import { policyWith } from '../support/policies.ts'

/** Launches that the policy forbids, judged from the instance as it is read. */

const LAUNCHED = '2026-06-01T11:59:00Z'
const policy = (rogue: string) =>
  policyWith(
    `actors:\n  - name: builders\n    principals: ["arn:aws:iam::*:role/deployer"]\nsuspicious-hosts:\n  rules:\n    - name: launches\n      mode: act\n      when: { rogue: { ${rogue} } }\n      contain: network-only\n`,
  )
const stage = (rogue: string, tags: Record<string, string> = {}) =>
  hostStage(policy(rogue), withHost(tagged(twoVpcs(), tags), { LaunchTime: new Date(LAUNCHED), ImageId: 'ami-1' }))

const role = (name: string) => ({
  type: 'AssumedRole',
  name: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/deployer`,
  principal: `arn:aws:iam::${ACCOUNT}:role/${name}`,
})
const launch = (actor: ApiCall['actor'], name = 'RunInstances'): ApiCall => ({
  kind: 'api-call',
  id: `launch-${actor.name}`,
  account: ACCOUNT,
  region: 'eu-central-1',
  at: new Date(LAUNCHED),
  source: 'ec2.amazonaws.com',
  name,
  actor,
  request: { instancesSet: { items: [{ instanceId: HOST }] } },
  response: { instancesSet: { items: [{ instanceId: HOST }] } },
})

describe('what is wrong with a launch', () => {
  test.each([
    ['an image of another owner', 'image-owners: [self-account]', {}, 'its image belongs to 999999999999'],
    ['an image of an owner that may', "image-owners: ['999999999999']", {}, null],
    ['a tag that it lacks', 'tags: [owner, ticket]', { owner: 'lena' }, 'it lacks the tag ticket'],
    ['all tags that it needs', 'tags: [owner, ticket]', { owner: 'lena', ticket: '' }, null],
    ['a region in which nothing is to run', 'nowhere: true', {}, 'nothing is to run in this region'],
    [
      'several things at once',
      'tags: [owner], nowhere: true',
      {},
      'nothing is to run in this region; it lacks the tag owner',
    ],
  ])('%s', async (_name, rogue, tags, says) => {
    const there = stage(rogue, tags as Record<string, string>)
    await there.send(launch(role('intern')))
    expect(allowedBySecurityGroups(there.state.world, HOST).length === 0).toBe(says !== null)
    if (says) expect(there.texts()[0]).toContain(`launch: rogue launch: ${says}`)
    else expect(there.heads.size).toBe(0)
  })

  test.each([
    ['within a day of it', 'tags: [owner]', 86_399_000, true],
    ['to the second', 'tags: [owner], within: 1h', 3_600_000, true],
    ['a second later', 'tags: [owner], within: 1h', 3_601_000, false],
  ])('it is judged %s', async (_name, rogue, after, isCut) => {
    const there = stage(rogue)
    there.time.now = Date.parse(LAUNCHED) + after
    await there.send(launch(role('intern'), 'StartInstances'))
    expect(allowedBySecurityGroups(there.state.world, HOST).length === 0).toBe(isCut)
  })

  test('a launch that no event told of is found by the sweep', async () => {
    const there = stage('tags: [owner]')
    await there.sweep()
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(there.texts().join()).toContain('no event had told of it')
  })

  test('what was rogue when it was launched stays so: a tag that is put on it later lets nobody out', async () => {
    const there = stage('tags: [owner], within: 1h')
    await there.send(launch(role('intern')))
    there.state.world = withHost(there.state.world, {
      Tags: [...there.state.world.Instances[0]!.Tags!, { Key: 'owner', Value: 'mallory' }],
    })
    await there.sweep(7_200_000)
    expect(there.headOf(HOST)).toMatchObject({ status: 'held' })
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
  })
})

describe('who launched it', () => {
  const BY = 'launched-by: [builders]'
  test.each([
    ['one who may', role('deployer'), 'settled', 0],
    ['one who may not', role('intern'), 'settled', 1],
    ['a session that is named as one who may', { ...role('intern'), name: 'deployer' }, 'settled', 1],
    ['nobody who is known', { type: 'Unknown', name: 'unknown' }, 'asked', 0],
    ['a service as root', { type: 'Root', name: 'root', via: 'autoscaling.amazonaws.com' }, 'asked', 0],
    ['a service by itself', { type: 'AWSService', name: 'spot.amazonaws.com', via: 'spot.amazonaws.com' }, 'asked', 0],
    ['root in the console', { type: 'Root', name: 'root', via: 'signin.amazonaws.com' }, 'settled', 1],
    ['root', { type: 'Root', name: 'root' }, 'settled', 1],
    ['a service for one who may not', { ...role('intern'), via: 'autoscaling.amazonaws.com' }, 'settled', 1],
  ])('%s', async (_name, actor, outcome, cut) => {
    const there = stage(BY)
    expect(await there.send(launch(actor))).toBe(outcome)
    expect(there.calls.filter(({ call }) => call === 'ec2:ModifyNetworkInterfaceAttribute')).toHaveLength(3 * cut)
    if (outcome === 'asked') expect(there.headOf(HOST)!.left).toBe('ask unknown.actor')
  })

  test('the sweep knows who it was, and asks where no event told', async () => {
    const told = stage(BY)
    await told.send(launch(role('deployer')))
    await told.sweep()
    expect(told.headOf(HOST)).toBeUndefined()
    const untold = stage(BY)
    await untold.sweep()
    expect(untold.headOf(HOST)).toMatchObject({ verdict: 'open', left: 'ask unknown.actor' })
  })

  test('who launched it then is not who started it now', async () => {
    const there = stage(BY)
    await there.send(launch(role('deployer')))
    there.state.world = withHost(there.state.world, { LaunchTime: new Date('2026-06-01T12:10:00Z') })
    await there.sweep()
    expect(there.headOf(HOST)).toMatchObject({ left: 'ask unknown.actor' })
  })

  test('a host that does not show yet is waited for', async () => {
    const there = stage(BY)
    const { 'ec2:DescribeInstances': read } = there.ports.reads
    const until = there.time.now + 2_500
    Object.assign(there.ports.reads, {
      'ec2:DescribeInstances': async (input: never) => {
        if (there.time.now >= until) return read(input)
        throw Object.assign(new Error('not yet'), { name: 'InvalidInstanceID.NotFound' })
      },
    })
    await there.send(launch(role('intern')))
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
  })
})
