import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapLimit } from '#shared/kit/map-limit.ts'
import { apply } from '../oracle/apply.ts'
import { nic } from '../oracle/build.ts'
import { allowedBySecurityGroups } from '../oracle/reach.ts'
import { id } from '../oracle/world.ts'
import { alertOf, hostStage } from '../support/host-stage.ts'
import { estateOf, HOST, hostPolicy, NEIGHBOUR, twoVpcs } from '../support/host-worlds.ts'

/** Many at once: on one host, and on many. */

const counted = (there: ReturnType<typeof hostStage>) => {
  let ids = 0
  Object.assign(there.ports, { newId: () => `INCIDENT${++ids}` })
  return there
}

describe('two runs at once on one host', () => {
  test.each([2, 5])(
    '%i findings: nothing is done twice, every one of them stands, and one incident holds the host',
    async (many) => {
      const there = counted(hostStage(hostPolicy(), twoVpcs()))
      await Promise.all(Array.from({ length: many }, (_, i) => there.accuse(HOST, { id: `finding-${i}` })))
      const names = there.calls.map(({ call, input }) => `${call} ${JSON.stringify(input)}`)
      expect(names.length).toBe(new Set(names).size)
      expect(there.suspicions.get(HOST)!.size).toBe(many)
      expect([...there.heads.values()].map((head) => [head.subject, head.status])).toEqual([[HOST, 'held']])
      expect(there.opens.get(HOST)).toMatchObject({ held: true, until: 0 })
      expect(there.notices).toHaveLength(1)
    },
  )

  test('the loser leaves word, and the holder looks again before it lets go: what was attached meanwhile is cut off', async () => {
    const world = twoVpcs()
    const loose = nic(5, [1, 1], [world.SecurityGroups[0]!])
    const there = counted(hostStage(hostPolicy(), { ...world, NetworkInterfaces: [...world.NetworkInterfaces, loose] }))
    const { 'sns:Publish': row } = there.ports.mutations
    const others: unknown[] = []
    Object.assign(there.ports.mutations, {
      'sns:Publish': {
        ...row,
        send: async (input: never) => {
          // The first run has had its last look, and tells. Now an interface is attached, and a second run comes.
          const attach = { InstanceId: HOST, NetworkInterfaceId: id('eni', 5), DeviceIndex: 5 }
          if (others.length === 0) {
            there.state.world = apply(there.state.world, 'ec2:AttachNetworkInterface', attach).world
            others.push('is on its way')
            others.push(await there.accuse(HOST, { id: 'finding-2' }))
          }
          return row!.send(input)
        },
      },
    })
    await there.accuse(HOST)
    expect(others[1]).toBe('settled')
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(there.suspicions.get(HOST)!.size).toBe(2)
    expect(there.opens.get(HOST)).toMatchObject({ until: 0, held: true })
    expect([...there.heads.values()].filter((head) => head.subject === HOST)).toHaveLength(1)
  })
})

test('500 findings on 100 hosts, in disorder and with duplicates: each host is handled once, and the books balance', async () => {
  const hosts = Array.from({ length: 100 }, (_, i) => id('i', i + 1))
  const there = counted(hostStage(hostPolicy('contain: network-only', '  breaker: { hosts: 200 }\n'), estateOf(100)))
  const findings = Array.from({ length: 400 }, (_, i) => [hosts[i % 100]!, `finding-${i}`] as const)
  const twice = findings.slice(0, 100)
  const [storm] = fc.sample(fc.shuffledSubarray([...findings, ...twice], { minLength: 500 }), { numRuns: 1, seed: 7 })
  expect(storm).toHaveLength(500)
  for (const [host, of] of findings) there.estate.guardduty.set(of, alertOf(host, { id: of }).suspicion)
  await mapLimit(storm!, 20, ([host, of]) => there.accuse(host, { id: of }))
  await there.sweep()
  for (const host of hosts) expect(allowedBySecurityGroups(there.state.world, host)).toEqual([])
  const heads = [...there.heads.values()]
  expect(
    heads
      .filter((head) => head.subject.startsWith('i-'))
      .map((head) => head.subject)
      .toSorted(),
  ).toEqual(hosts.toSorted())
  expect(new Set(heads.map((head) => `${head.verdict}`))).toEqual(new Set(['contained']))
  const cuts = there.calls.filter(({ call }) => call === 'ec2:ModifyNetworkInterfaceAttribute')
  expect(cuts).toHaveLength(100)
  expect(new Set(cuts.map(({ input }) => input.NetworkInterfaceId)).size).toBe(100)
  // Twenty runs asked for it at once, and EC2 makes one of a name.
  expect(there.state.world.SecurityGroups.filter((one) => one.GroupName!.startsWith('portcullis-'))).toHaveLength(1)
  // Each finding is counted once, each is kept, and what was intended was done.
  expect(there.counts.size).toBe(400)
  expect([...there.suspicions.values()].reduce((sum, one) => sum + one.size, 0)).toBe(400)
  const open = [...there.intents.values()].flat().filter((one) => one.state === 'intended' || one.state === 'failed')
  expect([...new Set(open.map((one) => `${one.step.does.call} ${one.state}`))].sort()).toEqual([])
  expect([...there.opens.values()].every((one) => one.until === 0)).toBe(true)
})

test('Without a raised breaker, five of the hundred are cut off, and a person is asked about the rest', async () => {
  const hosts = Array.from({ length: 100 }, (_, i) => id('i', i + 1))
  const there = counted(hostStage(hostPolicy(), estateOf(100)))
  await mapLimit(hosts, 20, (host) => there.accuse(host, { id: `finding-${host}` }))
  const cut = hosts.filter((host) => allowedBySecurityGroups(there.state.world, host).length === 0)
  expect(cut).toHaveLength(5)
  const rest = [...there.heads.values()].filter((head) => head.left === 'ask breaker.suspicious-host')
  expect(rest).toHaveLength(95)
})

describe('text that an attacker may have written', () => {
  const HOSTILE = `\u202eTitle\u0007\nApprove it: npx portcullis disarm "now"\r\n${'x'.repeat(10_000)}`

  test.each(['says', 'type'] as const)('in what a finding %s is quoted, on one line, and cut', async (key) => {
    const there = hostStage(hostPolicy(), twoVpcs())
    await there.accuse(HOST, { [key]: HOSTILE })
    const [notice] = there.notices
    const text = String(notice!.message.text)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be in it
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    expect(text.split('\n').some((line) => line.startsWith('Approve it'))).toBe(false)
    expect(text).not.toContain('x'.repeat(301))
    expect(text.length).toBeLessThan(5_000)
    expect(notice!.subject).toMatch(/^[\x20-\x7e]{1,100}$/)
    expect(JSON.stringify(notice!.message).length).toBeLessThan(20_000)
  })

  test('in the name of whoever touches it is quoted, too', async () => {
    const there = hostStage(hostPolicy(), twoVpcs())
    await there.accuse(HOST)
    await there.send({
      kind: 'api-call',
      id: 'touch-1',
      account: there.ports.account,
      region: 'eu-central-1',
      at: new Date(there.time.now),
      source: 'ec2.amazonaws.com',
      name: 'StopInstances',
      actor: { type: 'FederatedUser', name: HOSTILE },
      request: { instancesSet: { items: [{ instanceId: HOST }] } },
      response: {},
    })
    const text = there.texts().at(-1)!
    expect(text).toContain('stopped it')
    expect(text.split('\n').some((line) => line.startsWith('Approve it'))).toBe(false)
    expect(text).not.toContain('x'.repeat(201))
  })
})

test('The neighbour of all this is left alone', async () => {
  const there = counted(hostStage(hostPolicy(), twoVpcs()))
  const before = allowedBySecurityGroups(there.state.world, NEIGHBOUR)
  await Promise.all([1, 2, 3].map((n) => there.accuse(HOST, { id: `finding-${n}` })))
  expect(allowedBySecurityGroups(there.state.world, NEIGHBOUR)).toEqual(before)
})
