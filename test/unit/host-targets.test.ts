import { describe, expect, test } from 'vitest'
import { guardOf } from '#shared/aws/ledger-items.ts'
import { pack } from '#shared/aws/pack.ts'
import { allowedBySecurityGroups } from '../oracle/reach.ts'
import { id } from '../oracle/world.ts'
import { hostStage } from '../support/host-stage.ts'
import { HOST, hostPolicy, NEIGHBOUR, twoVpcs } from '../support/host-worlds.ts'

/** The share of a target group: the sweep finds it out, and the first look, which has no time for it, knows. */

const GROUP = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/6d0ecf831eec9f09'
const targets = (...ids: readonly string[]) => ids.map((Id) => ({ Id, Port: 443 }))
const stage = (share = 34) => hostStage(hostPolicy('contain: network-only', `  share: ${share}\n`), twoVpcs())
const others = (count: number) => Array.from({ length: count }, (_, i) => id('i', 50 + i))

describe('a host that the sweep saw among so many healthy targets', () => {
  test.each([
    [2, 34, 'asked'],
    [3, 34, 'settled'],
    [3, 33, 'asked'],
    [4, 25, 'settled'],
    [4, 24, 'asked'],
    [2, 50, 'settled'],
    // As with Auto Scaling groups: where there is one, nothing is left to be kept.
    [1, 34, 'settled'],
  ])('%i, where %i %% may go: %s', async (size, share, outcome) => {
    const there = stage(share)
    there.estate.targets[GROUP] = targets(HOST, ...others(size - 1))
    await there.sweep()
    expect(await there.accuse(HOST)).toBe(outcome)
    if (outcome === 'settled') return
    expect(there.calls.filter(({ input }) => 'NetworkInterfaceId' in input)).toEqual([])
    expect(there.headOf(HOST)!.left).toBe('ask suspicious-hosts.share')
    expect(there.texts().at(-1)).toContain(`${Math.ceil(100 / size)} % of the healthy targets of target group web away`)
  })

  test('by its address, and only in its own VPC', async () => {
    const there = stage()
    there.estate.targets[GROUP] = targets('10.1.1.1', '10.1.9.9')
    await there.sweep()
    expect(await there.accuse(HOST)).toBe('asked')
    expect(await there.accuse(NEIGHBOUR, { id: 'finding-2' })).toBe('settled')
  })

  test('with two ports it is one target', async () => {
    const there = stage(50)
    there.estate.targets[GROUP] = [...targets(HOST, ...others(1)), { Id: HOST, Port: 80 }]
    await there.sweep()
    expect(await there.accuse(HOST)).toBe('settled')
  })
})

test('The first look stays one round of reads, and asks nothing of target groups', async () => {
  const there = stage()
  there.estate.targets[GROUP] = targets(HOST, ...others(9))
  await there.sweep()
  const asked: string[] = []
  const reads = Object.entries(there.ports.reads).map(([name, read]) => [
    name,
    (input: never) => {
      if (there.calls.every(({ call }) => call !== 'ec2:ModifyNetworkInterfaceAttribute')) asked.push(name)
      return (read as (input: never) => unknown)(input)
    },
  ])
  Object.assign(there.ports, { reads: Object.fromEntries(reads) })
  expect(await there.accuse(HOST)).toBe('settled')
  expect(asked).toContain('ec2:DescribeNetworkInterfaces')
  expect(asked.filter((name) => name.startsWith('elasticloadbalancing:'))).toEqual([])
})

test('What is known is what the last sweep saw: of a group that shrank since, the next one knows', async () => {
  const there = stage()
  there.estate.targets[GROUP] = targets(HOST, NEIGHBOUR, ...others(2))
  await there.sweep()
  there.estate.targets[GROUP] = targets(HOST, NEIGHBOUR)
  expect(await there.accuse(HOST)).toBe('settled')
  there.estate.targets[GROUP] = targets(NEIGHBOUR, ...others(1))
  await there.sweep()
  expect(await there.accuse(NEIGHBOUR, { id: 'finding-2' })).toBe('asked')
})

test('Target groups that can not be read keep no host from being looked after, and the sweep says so', async () => {
  const there = stage()
  await there.accuse(HOST)
  const denied = () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDenied' }))
  Object.assign(there.ports.reads, { 'elasticloadbalancing:DescribeTargetGroups': denied })
  there.state.world = { ...there.state.world, NetworkInterfaces: twoVpcs().NetworkInterfaces }
  await expect(there.sweep()).rejects.toThrow()
  expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
})

test('Who is in quarantine already is kept there, however few there are', async () => {
  const there = stage()
  await there.accuse(HOST)
  there.estate.targets[GROUP] = targets(HOST, NEIGHBOUR)
  await there.sweep()
  there.estate.targets[GROUP] = targets(HOST, NEIGHBOUR)
  await there.sweep()
  there.state.world = { ...there.state.world, NetworkInterfaces: twoVpcs().NetworkInterfaces }
  await there.sweep()
  expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
})

test('The ledger gives back what it was given, also where it is large', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [id('i', i), `it would take ${i} % away`]))
  for (const scarce of [{}, { [HOST]: 'half' }, many])
    expect(guardOf([{ pk: 'guard#suspicious-host', sk: 'scarce', ...pack(scarce) }])).toEqual({
      disarmed: null,
      tokens: [],
      scarce,
    })
})
