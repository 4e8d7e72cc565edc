import { describe, expect, test } from 'vitest'
import { allowedBySecurityGroups } from '../oracle/reach.ts'
import { id } from '../oracle/world.ts'
import { alertOf, hostStage } from '../support/host-stage.ts'
import { HOST, hostPolicy, NEIGHBOUR, twoVpcs } from '../support/host-worlds.ts'

/** What can't be read, and what is read too early: neither is ever taken for "nothing there". */

const stage = (rule?: string) => hostStage(hostPolicy(rule), twoVpcs())
const denied = () => Promise.reject(Object.assign(new Error('no'), { name: 'UnauthorizedOperation' }))
type Stage = ReturnType<typeof stage>
const replace = ({ ports }: Stage, name: string, read: (...all: never[]) => Promise<unknown> = denied) =>
  Object.assign(ports.reads, { [name]: read })

describe('a read that is denied', () => {
  test.each([
    ['ec2:DescribeInstanceAttribute', 'disableApiTermination', 'contain: network-only'],
    ['ec2:DescribeAddresses', 'Elastic IPs', 'contain: network-only'],
    ['ec2:DescribeIamInstanceProfileAssociations', 'instance profile', 'contain: network-only'],
    ['autoscaling:DescribeAutoScalingGroups', 'Auto Scaling groups', 'contain: network-only'],
    ['elasticloadbalancing:DescribeTargetGroups', 'target groups', 'contain: network-only'],
    ['ec2:DescribeSnapshots', 'snapshots', 'contain: network-only'],
    ['ec2:DescribeFlowLogs', 'flow logs', 'contain: network-only'],
  ])('%s stops nothing, and what it leaves unknown is told as partial: %s', async (name, what, rule) => {
    const there = stage(rule)
    replace(there, name)
    await expect(there.accuse(HOST)).rejects.toMatchObject({ code: 'not-contained' })
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'partial' })
    expect(there.texts().at(-1)).toContain(`not known, for it could not be read: ${what}`)
    expect(there.notices.at(-1)!.importance).toBe('critical')
  })

  test.each([
    'ec2:DescribeInstances',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSecurityGroups',
    'guardduty:GetFindings',
  ])('%s is needed: nothing is done without it, and the event comes again', async (name) => {
    const there = stage()
    replace(there, name)
    await expect(there.accuse(HOST)).rejects.toMatchObject({ code: 'read-denied' })
    expect(there.calls).toEqual([])
    expect(there.counts.size).toBe(0)
  })

  test('once it is allowed the sweep finishes, and says so', async () => {
    const there = stage()
    const { 'ec2:DescribeAddresses': read } = there.ports.reads
    replace(there, 'ec2:DescribeAddresses')
    await there.accuse(HOST).catch(() => undefined)
    replace(there, 'ec2:DescribeAddresses', read as never)
    await there.sweep()
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained', status: 'held' })
  })
})

describe('a read that lies behind', () => {
  const without = (there: Stage, ...hidden: readonly string[]) => {
    const { 'ec2:DescribeNetworkInterfaces': read } = there.ports.reads
    replace(there, 'ec2:DescribeNetworkInterfaces', async (input: never) => {
      const { NetworkInterfaces = [] } = await read(input)
      return { NetworkInterfaces: NetworkInterfaces.filter((one) => !hidden.includes(one.NetworkInterfaceId!)) }
    })
    return () => replace(there, 'ec2:DescribeNetworkInterfaces', read as never)
  }

  test.each([
    ['one interface', [id('eni', 2)], id('eni', 2)],
    ['all interfaces', [1, 2, 3].map((n) => id('eni', n)), id('eni', 1)],
  ])(
    '%s that the instance says it has and the read does not show: not cut off, and never said to be',
    async (_name, hidden, named) => {
      const there = stage()
      const show = without(there, ...hidden)
      await expect(there.accuse(HOST)).rejects.toMatchObject({ code: 'not-contained' })
      expect(there.headOf(HOST)).toMatchObject({ verdict: 'partial' })
      expect(there.texts().at(-1)).toContain(`could not be read: interfaces (${named}`)
      expect(there.texts().at(-1)).toContain('newPaths open')
      show()
      await there.accuse(HOST)
      expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
      expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained' })
    },
  )

  test('no interface anywhere of a running host', async () => {
    const there = stage()
    replace(there, 'ec2:DescribeNetworkInterfaces', async () => ({ NetworkInterfaces: [] }))
    const { 'ec2:DescribeInstances': read } = there.ports.reads
    replace(there, 'ec2:DescribeInstances', async (input: never) => {
      const found = await read(input)
      for (const one of found.Reservations ?? []) for (const each of one.Instances ?? []) each.NetworkInterfaces = []
      return found
    })
    await there.accuse(HOST).catch(() => undefined)
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'partial' })
    expect(there.texts().at(-1)).toContain('interfaces (EC2 shows none)')
    expect(there.texts().at(-1)).toContain('newPaths open')
  })

  test('a cut that does not show at once is waited for', async () => {
    const there = stage()
    const { 'ec2:DescribeNetworkInterfaces': read } = there.ports.reads
    const old = await read({ Filters: [{ Name: 'attachment.instance-id', Values: [HOST] }] })
    const until = there.time.now + 3_000
    replace(there, 'ec2:DescribeNetworkInterfaces', async (input: never) =>
      there.time.now < until ? old : read(input),
    )
    expect(await there.accuse(HOST)).toBe('settled')
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained' })
    expect(there.time.now).toBeGreaterThanOrEqual(until)
  })
})

describe('a host that is gone', () => {
  test('one that EC2 does not know is over at once, with no incident', async () => {
    const there = stage()
    expect(await there.accuse(id('i', 99))).toBe('settled')
    expect([there.calls, there.heads.size]).toEqual([[], 0])
  })

  test('one that was terminated in quarantine is over with the next sweep', async () => {
    const there = stage()
    await there.accuse(HOST)
    there.state.world = {
      ...there.state.world,
      NetworkInterfaces: there.state.world.NetworkInterfaces.filter((one) => one.Attachment?.InstanceId !== HOST),
      Instances: there.state.world.Instances.map((one) =>
        one.InstanceId === HOST ? { ...one, State: { Code: 48, Name: 'terminated' as const } } : one,
      ),
    }
    await there.sweep()
    expect(there.headOf(HOST)).toMatchObject({ status: 'closed' })
    expect(there.opens.get(HOST)).toBeUndefined()
  })
})

test('A finding that GuardDuty has archived by the next sweep ends the incident that only watched', async () => {
  const there = hostStage(hostPolicy('contain: network-only', '', 'watch'), twoVpcs())
  expect(await there.accuse(HOST)).toBe('watched')
  expect(await there.accuse(NEIGHBOUR, { id: 'finding-2' })).toBe('watched')
  there.estate.guardduty.set('finding-1', { ...alertOf(HOST).suspicion, archived: true })
  await there.sweep()
  expect(there.headOf(HOST)).toMatchObject({ status: 'closed', verdict: 'contained' })
  expect(there.suspicions.get(HOST)!.size).toBe(0)
  expect(there.headOf(NEIGHBOUR)).toMatchObject({ status: 'open', verdict: 'open' })
  expect(there.calls).toEqual([])
})
