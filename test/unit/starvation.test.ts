import { describe, expect, test } from 'vitest'
import { door } from '../support/fake-world.ts'
import { exemption, policyWith } from '../support/policies.ts'
import { DAY, HOUR, mallory, pipeline, stage } from '../support/stage.ts'

/** What holds the tool back is no recipe for keeping a door open. */

const act = policyWith()
const decoys = (count: number, port: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`sg-${i}`, [door(`sgr-${i}`, port)]]))
const UNKNOWN = { type: 'Unknown', name: 'unknown' }

describe('The breaker', () => {
  const limited = policyWith('breaker: { subjects: 20, reserve: 10 }\n')
  const flooded = async () => {
    const world = stage(limited, { ...decoys(21, 8080), 'sg-ssh': [] })
    for (let i = 0; i < 21; i++) await world.send(world.opening(`sg-${i}`, door(`sgr-${i}`, 8080)))
    return world
  }

  test('closes a port of administration out of the reserve, when decoys have used up all else.', async () => {
    const world = await flooded()
    expect(world.left('sg-19')).toEqual([])
    await world.open('sg-ssh', door('sgr-ssh'))
    expect(world.left('sg-ssh')).toEqual([])
    expect([...world.tokens.values()].find((token) => token.subject === 'sg-ssh')?.name).toMatch(/^reserve#/)
  })

  test('leaves the decoy beyond its limit to people, and it stays listed as open, by that clause.', async () => {
    const world = await flooded()
    expect(world.left('sg-20')).toEqual(['sgr-20'])
    expect(world.headsOf('sg-20')).toMatchObject([
      { status: 'open', verdict: 'open', left: 'ask breaker.open-ingress' },
    ])
    expect(world.texts().at(-1)).toContain('20 subjects an hour have been acted on')
    expect(world.asks.get('sg-20')).toMatchObject({ state: 'asked' })
  })

  test('closes by the sweep what it had to leave, once its hour is over.', async () => {
    const world = await flooded()
    await world.sweep()
    expect(world.left('sg-20')).toEqual(['sgr-20'])
    await world.sweep(HOUR)
    expect(world.left('sg-20')).toEqual([])
    expect(world.headsOf('sg-20')).toMatchObject([{ status: 'closed', verdict: 'contained' }])
  })

  test('says so where what else it leaves to people can not be read, and tells the rest.', async () => {
    const world = await flooded()
    world.ledger.incidents = () => Promise.reject(new Error('throttled'))
    await world.open('sg-ssh', door('sgr-ssh'))
    expect(world.texts().at(-1)).toMatch(/^CONTAINED/)
    expect(world.texts().at(-1)).toContain('What else it leaves to you could not be read: npx portcullis incidents.')
    expect(world.notices.at(-1)!.message.leftByBreaker).toBeNull()
  })

  test('tells with the next notice what else it leaves to people.', async () => {
    const world = await flooded()
    await world.open('sg-ssh', door('sgr-ssh'))
    expect(world.texts().at(-1)).toContain('The breaker is open. It also leaves to you:\n  tcp/8080 of sg-20')
  })
})

describe('A rule that is put back again and again', () => {
  test.each([
    ['somebody', mallory],
    ['nobody knows whom', UNKNOWN],
  ])('by %s is closed every time, and from the third time on the notice is critical.', async (_, actor) => {
    const world = stage(act, { 'sg-1': [] })
    for (let round = 0; round <= 10; round++) {
      await world.open('sg-1', door(`sgr-${round}`), actor)
      expect(world.left('sg-1')).toEqual([])
      world.time.now += HOUR
    }
    const [first, ...again] = world.notices.map((one) => one.importance)
    expect(first).toBe('important')
    expect(again).toEqual(['important', 'important', ...Array(8).fill('critical')])
    expect(world.texts().at(-1)).toContain('ESCALATED: it was closed 10 times before within a day')
  })

  test('is counted anew after a day of peace.', async () => {
    const world = stage(act, { 'sg-1': [] })
    for (let round = 0; round < 4; round++) await world.open('sg-1', door(`sgr-${round}`))
    world.time.now += DAY + 1
    for (let round = 4; round < 6; round++) await world.open('sg-1', door(`sgr-${round}`))
    const told = world.notices.map((one) => one.importance)
    expect(told).toEqual(['important', 'important', 'important', 'critical', 'important', 'important'])
  })

  const machines = (rounds: string) =>
    policyWith(
      `actors:\n  - name: terraform\n    principals: ["arn:aws:iam::*:role/pipeline"]\n    automation: ${rounds}\n`,
    )
  const tugOfWar = async (actor = pipeline) => {
    const world = stage(machines('{ rounds: 3 }'), { 'sg-1': [] })
    for (let round = 0; round < 3; round++) {
      await world.open('sg-1', door(`sgr-${round}`, 8080), actor)
      expect(world.left('sg-1')).toEqual([])
      world.time.now += HOUR
    }
    return world
  }

  test('by automation of the policy is closed as often as it says, then asked about, and the notice names the role.', async () => {
    const world = await tugOfWar()
    await world.open('sg-1', door('sgr-again', 8080), pipeline)
    expect(world.left('sg-1')).toEqual(['sgr-again'])
    expect(world.headsOf('sg-1').at(-1)).toMatchObject({ status: 'open', left: 'ask actors.terraform' })
    expect(world.texts().at(-1)).toContain('closed 3 times within a day, and each time put back by arn:aws:iam::')
    expect(world.texts().at(-1)).toContain(':role/pipeline: change it there')
  })

  test('by automation names the stack, where CloudFormation made the group.', async () => {
    const world = await tugOfWar()
    world.mark('sg-1', { tags: { 'aws:cloudformation:stack-name': 'shop-front' } })
    await world.open('sg-1', door('sgr-again', 8080), pipeline)
    expect(world.texts().at(-1)).toContain('put back by CloudFormation stack shop-front: change it there')
  })

  test('by automation keeps no rule open that somebody else adds to the group meanwhile.', async () => {
    const world = await tugOfWar()
    await world.open('sg-1', door('sgr-again', 8080), pipeline)
    await world.open('sg-1', door('sgr-mallory', 8443), mallory)
    expect(world.left('sg-1')).toEqual(['sgr-again'])
    await world.sweep()
    expect(world.left('sg-1')).toEqual(['sgr-again'])
  })

  test('by automation is left to people also where the same event had another rule closed.', async () => {
    const world = await tugOfWar()
    world.change('sg-1', { rules: [door('sgr-mallory', 8443)] })
    await world.open('sg-1', door('sgr-again', 8080), pipeline)
    expect(world.left('sg-1')).toEqual(['sgr-again'])
    await world.sweep()
    expect(world.left('sg-1')).toEqual(['sgr-again'])
  })

  test('by automation keeps no other rule of the same automation open, that was closed less often.', async () => {
    const world = await tugOfWar()
    await world.open('sg-1', door('sgr-other-1', 9090), pipeline)
    await world.open('sg-1', door('sgr-again', 8080), pipeline)
    await world.open('sg-1', door('sgr-other-2', 9090), pipeline)
    expect(world.left('sg-1')).toEqual(['sgr-again'])
  })

  test('under the name of automation, but by another principal, is closed every time.', async () => {
    const world = await tugOfWar({ ...mallory, name: pipeline.name })
    await world.open('sg-1', door('sgr-again', 8080), { ...mallory, name: pipeline.name })
    expect(world.left('sg-1')).toEqual([])
  })
})

describe('A mark that anybody can set', () => {
  test.each([
    ['a tag of a Kubernetes cluster', { tags: { 'kubernetes.io/cluster/x': 'owned' } }, []],
    ['a tag of the load balancer controller', { tags: { 'elbv2.k8s.aws/cluster': 'x' } }, []],
    ['the name of an RDS proxy', { name: 'rds-rdsproxy-1' }, []],
    ['the name of a directory', { name: 'd-0123456789_controllers' }, []],
    ['a tag that AWS alone can set', { tags: { 'aws:eks:cluster-name': 'shop' } }, ['sgr-1']],
  ])('%s: what is left of port 22.', async (_, mark, left) => {
    const world = stage(act, { 'sg-1': [] })
    world.mark('sg-1', mark)
    await world.open('sg-1', door('sgr-1'))
    expect(world.left('sg-1')).toEqual(left)
    if (left.length > 0) expect(world.headsOf('sg-1')[0]?.left).toBe('ask open-ingress.controllers')
  })

  const named = policyWith(exemption('groups: [sg-abc]\nwhen: named'))
  test.each([
    ['a tag within the bounds', 'sg-abc', { 'portcullis:exemption': 'legacy-mail' }, undefined, ['sgr-1']],
    ['a tag outside the bounds', 'sg-def', { 'portcullis:exemption': 'legacy-mail' }, undefined, []],
    ['a description within the bounds', 'sg-abc', {}, 'portcullis:exemption=legacy-mail', ['sgr-1']],
    ['a description outside the bounds', 'sg-def', {}, 'portcullis:exemption=legacy-mail', []],
    ['a tag of another exemption', 'sg-abc', { 'portcullis:exemption': 'other' }, undefined, []],
  ])('An exemption by name: %s decides what is left.', async (_, id, tags, description, left) => {
    const world = stage(named, { [id]: [] })
    world.mark(id, { tags: tags as Record<string, string> })
    await world.open(id, { ...door('sgr-1'), ...(description ? { description } : {}) })
    expect(world.left(id)).toEqual(left)
  })
})

describe('A flood of findings', () => {
  test('makes ten notices in ten minutes; the rest come in the digest of the sweep, and none is lost.', async () => {
    const watch = policyWith('    - { name: watched, mode: watch }\n', 'only: [tcp/1]')
    const world = stage(watch, decoys(30, 8080))
    for (let i = 0; i < 30; i++) {
      await world.send(world.opening(`sg-${i}`, door(`sgr-${i}`, 8080)))
      world.time.now += 15_000
    }
    expect(world.notices).toHaveLength(10)
    await world.sweep()
    expect(world.notices).toHaveLength(11)
    expect(world.notices[10]!.message.digest).toBe(20)
    const told = world.notices.slice(0, 10).map((one) => one.message.subject)
    const rest = (world.notices[10]!.message.incidents as [string, string][]).map(([, subject]) => subject)
    expect(new Set([...told, ...rest]).size).toBe(30)
    await world.sweep()
    expect(world.notices).toHaveLength(11)
  })
})

describe('A flood of asks', () => {
  const ask = policyWith('    - { name: asked, mode: ask }\n', 'only: [tcp/1]')
  const flood = async (count: number) => {
    const world = stage(ask, { ...decoys(count, 8080), 'sg-ssh': [] })
    for (let i = 0; i < count; i++) await world.send(world.opening(`sg-${i}`, door(`sgr-${i}`, 8080)))
    return world
  }

  test('keeps no worst door quiet: people are asked about it at once.', async () => {
    const world = await flood(120)
    expect(world.notices).toHaveLength(10)
    await world.open('sg-ssh', door('sgr-ssh'))
    expect(world.notices).toHaveLength(11)
    expect(world.texts()[10]).toContain('approve')
    expect(world.texts()[10]).toContain('tcp/22 of sg-ssh')
  })

  test('is told by the sweep, every one of them, with the command that approves it.', async () => {
    const world = await flood(250)
    await world.sweep()
    const text = world.notices.map((one) => String(one.message.text)).join('\n')
    const subjects = world.notices.slice(10).flatMap((one) => one.message.incidents as [string, string][])
    expect(subjects).toHaveLength(240)
    expect(world.notices.length).toBeGreaterThan(11)
    expect(text).toContain('approve')
    await world.sweep()
    expect(world.notices.slice(11).every((one) => one.message.digest)).toBe(true)
  })

  test('where one digest can not be sent: what it tells is told by the next sweep, and the others only once.', async () => {
    const world = await flood(250)
    const publish = world.ports.mutations['sns:Publish']!
    let calls = 0
    const send: typeof publish.send = (input) =>
      ++calls === 1 ? Promise.reject(new Error('down')) : publish.send(input)
    Object.assign(world.ports.mutations, { 'sns:Publish': { ...publish, send } })
    await expect(world.sweep()).rejects.toMatchObject({ code: 'notice-failed' })
    await world.sweep()
    const told = world.notices
      .slice(10)
      .flatMap((one) => (one.message.incidents as [string, string][]).map(([id]) => id))
    expect([told.length, new Set(told).size]).toEqual([240, 240])
  })
})

describe('A prefix list that can not be read', () => {
  test('is asked about, and known doors beside it are closed.', async () => {
    const world = stage(act, { 'sg-1': [{ id: 'sgr-list', protocol: 'tcp', from: 22, to: 22, prefixList: 'pl-1' }] })
    await world.open('sg-1', door('sgr-1', 3389))
    expect(world.left('sg-1')).toEqual(['sgr-list'])
    expect(world.headsOf('sg-1')).toMatchObject([{ status: 'open', left: 'ask unknown.prefix-list' }])
    expect(world.texts()[0]).toContain('what pl-1 holds can not be read: it may be the whole world')
  })
})
