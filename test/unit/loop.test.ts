import { expect, test } from 'vitest'
import { armed } from '#shared/explain.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import type { Ports } from '#shared/ports.ts'
import { respond, respondTo } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { authorized, door, fakeWorld, tick } from '../support/fake-world.ts'
import { policyWith, shipped } from '../support/policies.ts'

const act = armed(shipped)
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`sg-${i}`, i % 2 === 0 ? [door(`sgr-${i}`)] : []]))

test('an event of another account is ignored: its groups are not ours to look at', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  const outcome = await respond(
    openIngress,
    { ...authorized('sg-1', 'sgr-1'), account: '999999999999' },
    world.ports,
    world.run,
  )
  expect(outcome).toBe('ignored')
  expect(world.worlds.get('sg-1')!.rules).toHaveLength(1)
})

test('the timings of a verdict are in order, and the event keeps its own', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  await respond(openIngress, authorized('sg-1', 'sgr-1'), world.ports, world.run)
  const verified = world.entries.get('INCIDENT1')!.at(-1)!
  const timings = verified.what === 'verified' ? verified.timings : undefined
  expect(timings!.event).toBe('2026-06-01T11:59:58.000Z')
  const stages = [timings!.delivered, timings!.decided!, timings!.applied!, timings!.verified]
  expect([...stages].sort()).toEqual(stages)
})

test('what can not be looked at again is unverifiable, told as critical, and thrown back', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  const rules = world.ports.reads['ec2:DescribeSecurityGroupRules']
  let reads = 0
  const blind = {
    ...world.ports.reads,
    'ec2:DescribeSecurityGroupRules': async (input: Parameters<typeof rules>[0]) => {
      if (++reads > 1) throw Object.assign(new Error('later'), { name: 'RequestLimitExceeded' })
      return rules(input)
    },
  }
  await expect(
    respond(openIngress, authorized('sg-1', 'sgr-1'), { ...world.ports, reads: blind }, world.run),
  ).rejects.toMatchObject({ code: 'read-failed' })
  expect(world.heads.get('INCIDENT1')).toMatchObject({ verdict: 'unverifiable', status: 'open' })
  expect(world.notices.map((one) => one.message.verdict)).toEqual(['unverifiable'])
  // The retry sees it through.
  await respond(openIngress, authorized('sg-1', 'sgr-1'), world.ports, world.run)
  expect(world.heads.get('INCIDENT1')).toMatchObject({ verdict: 'contained', status: 'closed' })
})

test('doors that are opened as fast as they are closed end in a fault, not in an endless loop', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-0')] })
  const revoke = world.ports.mutations['ec2:RevokeSecurityGroupIngress']!
  let opened = 0
  const mutations = {
    ...world.ports.mutations,
    'ec2:RevokeSecurityGroupIngress': {
      ...revoke,
      send: async (input: Parameters<typeof revoke.send>[0]) => {
        const answer = await revoke.send(input)
        const now = world.worlds.get('sg-1')!
        world.worlds.set('sg-1', { ...now, rules: [door(`sgr-${++opened}`, 22 + opened)] })
        return answer
      },
    },
  }
  await expect(
    respond(openIngress, authorized('sg-1', 'sgr-0'), { ...world.ports, mutations }, world.run),
  ).rejects.toMatchObject({ code: 'not-converging' })
  expect(opened).toBeLessThanOrEqual(12)
})

test('doors that are opened as long as there is time end in a fault that says so', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-0')] })
  const revoke = world.ports.mutations['ec2:RevokeSecurityGroupIngress']!
  const send: typeof revoke.send = async (input) => {
    const answer = await revoke.send(input)
    world.worlds.set('sg-1', { ...world.worlds.get('sg-1')!, rules: [door('sgr-1', 23)] })
    world.time.left = 29_000
    return answer
  }
  Object.assign(world.ports.mutations, { 'ec2:RevokeSecurityGroupIngress': { ...revoke, send } })
  await expect(respond(openIngress, authorized('sg-1', 'sgr-0'), world.ports, world.run)).rejects.toMatchObject({
    code: 'not-converging',
    sentence: 'Expected the exposure to end; new rules opened it again until there was no time left for another round.',
  })
})

test('a change that another run holds is waited for, and thrown back when it does not end', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  const stuck = { ...world.ports, ledger: { ...world.ports.ledger, claim: async () => 'lost' as const } }
  await expect(respond(openIngress, authorized('sg-1', 'sgr-1'), stuck, world.run)).rejects.toMatchObject({
    code: 'claimed-elsewhere',
  })
  expect(world.worlds.get('sg-1')!.rules).toHaveLength(1)
})

test('a plan that holds a call which the response has not declared is not carried out', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  await expect(
    respond({ ...openIngress, powers: () => [] }, authorized('sg-1', 'sgr-1'), world.ports, world.run),
  ).rejects.toMatchObject({ code: 'power-missing' })
  expect(world.worlds.get('sg-1')!.rules).toHaveLength(1)
})

test('a first sweep tells everything in one digest; the next one has nothing to tell', async () => {
  const world = fakeWorld(shipped, many(30))
  await respond(openIngress, tick(), world.ports, world.run)
  expect(world.notices).toHaveLength(1)
  expect(world.notices[0]!.message.digest).toBe(15)
  world.time.now += 900_000
  await respond(openIngress, tick(), world.ports, { id: 'run-2', startedAt: world.time.now })
  expect(world.notices).toHaveLength(1)
  expect(world.metrics.filter(([name]) => name === 'SweepsCompleted')).toHaveLength(2)
  expect(world.metrics.filter(([name]) => name === 'MissedEvents')).toHaveLength(0)
})

test('a door that a later sweep finds, and no event told of, is a missed event', async () => {
  const world = fakeWorld(act, { 'sg-1': [] })
  await respond(openIngress, tick(), world.ports, world.run)
  world.worlds.set('sg-1', { ...world.worlds.get('sg-1')!, rules: [door('sgr-1')] })
  world.time.now += 900_000
  await respond(openIngress, tick(), world.ports, { id: 'run-2', startedAt: world.time.now })
  expect(world.worlds.get('sg-1')!.rules).toEqual([])
  expect(world.metrics.filter(([name]) => name === 'MissedEvents')).toEqual([['MissedEvents', 1]])
})

test('a sweep that runs out of time leaves a cursor, and the next one goes on from there', async () => {
  const world = fakeWorld(act, many(30))
  world.time.page = 10
  const groups = world.ports.reads['ec2:DescribeSecurityGroups']
  let pages = 0
  const reads = {
    ...world.ports.reads,
    'ec2:DescribeSecurityGroups': async (input: Parameters<typeof groups>[0]) => {
      if (input?.MaxResults && ++pages === 2) world.time.left = 30_000
      return groups(input)
    },
  }
  await respond(openIngress, tick(), { ...world.ports, reads }, world.run)
  expect(world.sweeps.get('open-ingress')).toMatchObject({ cursor: '10', completedAt: 0 })
  expect(world.metrics.map(([name]) => name)).not.toContain('SweepsCompleted')
  world.time.left = 300_000
  await respond(openIngress, tick(), { ...world.ports, reads }, { id: 'run-2', startedAt: world.time.now })
  expect([...world.worlds.values()].every((one) => one.rules.length === 0)).toBe(true)
  expect(world.sweeps.get('open-ingress')).not.toHaveProperty('cursor')
  expect(pages).toBe(4)
})

test('a sweep whose cursor EC2 no longer knows begins again, and tells what it did before', async () => {
  const world = fakeWorld(act, many(4))
  world.sweeps.set('open-ingress', { startedAt: 0, completedAt: 1, cursor: 'old' })
  const groups = world.ports.reads['ec2:DescribeSecurityGroups']
  const reads = {
    ...world.ports.reads,
    'ec2:DescribeSecurityGroups': async (input: Parameters<typeof groups>[0]) => {
      if (input?.NextToken === 'old')
        throw Object.assign(new Error('unknown token'), { name: 'InvalidPaginationToken' })
      return groups(input)
    },
  }
  await expect(respond(openIngress, tick(), { ...world.ports, reads }, world.run)).rejects.toMatchObject({
    code: 'read-failed',
  })
  await respond(openIngress, tick(), { ...world.ports, reads }, world.run)
  expect([...world.worlds.values()].every((one) => one.rules.length === 0)).toBe(true)
  expect(world.notices).toHaveLength(2)
})

test('one group that can not be changed does not keep the sweep from the others', async () => {
  const world = fakeWorld(act, many(6))
  const revoke = world.ports.mutations['ec2:RevokeSecurityGroupIngress']!
  const mutations = {
    ...world.ports.mutations,
    'ec2:RevokeSecurityGroupIngress': {
      ...revoke,
      send: async (input: Parameters<typeof revoke.send>[0]) => {
        if (input.GroupId === 'sg-2') throw Object.assign(new Error('no'), { name: 'UnauthorizedOperation' })
        return revoke.send(input)
      },
    },
  }
  await respond(openIngress, tick(), { ...world.ports, mutations }, world.run)
  const open = [...world.worlds].filter(([, one]) => one.rules.length > 0).map(([id]) => id)
  expect(open).toEqual(['sg-2'])
  expect(world.metrics).toContainEqual(['StepsFailed', 1])
  // It is told and counted; that everything was looked at is another fact, and has an alarm of its own.
  expect(world.metrics).toContainEqual(['SweepsCompleted', 1])
  expect(world.notices).toHaveLength(1)
})

test('what a dead run closed without telling is told by the next sweep', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  const publish = world.ports.mutations['sns:Publish']!
  const mute = {
    ...world.ports.mutations,
    'sns:Publish': { ...publish, send: async () => Promise.reject(new Error('down')) },
  }
  await expect(
    respond(openIngress, authorized('sg-1', 'sgr-1'), { ...world.ports, mutations: mute }, world.run),
  ).rejects.toMatchObject({ code: 'notice-failed' })
  world.time.now += 900_000
  await respond(openIngress, tick(), world.ports, { id: 'run-2', startedAt: world.time.now })
  expect(world.notices).toHaveLength(1)
  expect(world.heads.get('INCIDENT1')).toMatchObject({ status: 'closed', verdict: 'contained' })
})

test('what is cured is told even where the rest of the incident has been told before', async () => {
  const policy = policyWith('    - name: rest\n      mode: watch\n      allow: [tcp/22]\n', 'only: [tcp/22]')
  const world = fakeWorld(policy, { 'sg-1': [door('sgr-1', 9001)] })
  await respond(openIngress, authorized('sg-1', 'sgr-1'), world.ports, world.run)
  const open = world.worlds.get('sg-1')!
  world.worlds.set('sg-1', { ...open, rules: [...open.rules, door('sgr-2')] })
  await respond(openIngress, authorized('sg-1', 'sgr-2', 'event-2'), world.ports, {
    id: 'run-2',
    startedAt: world.time.now,
  })
  expect(world.worlds.get('sg-1')!.rules).toEqual([door('sgr-1', 9001)])
  expect(world.notices.map((one) => [one.message.verdict, one.message.undo === null])).toEqual([
    ['open', true],
    ['open', false],
  ])
  world.time.now += 900_000
  await respond(openIngress, tick(), world.ports, { id: 'run-3', startedAt: world.time.now })
  expect(world.notices).toHaveLength(2)
})

test('the intent of a run that died is taken over by another run, once it is too old to be still running', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  const revoke = world.ports.mutations['ec2:RevokeSecurityGroupIngress']!
  // The first run dies with its call on the way: nothing answers any more.
  const dying = {
    ...world.ports.mutations,
    'ec2:RevokeSecurityGroupIngress': { ...revoke, send: () => new Promise<never>(() => {}) },
  }
  void respond(openIngress, authorized('sg-1', 'sgr-1'), { ...world.ports, mutations: dying }, world.run)
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(world.intents.get('sg-1')).toMatchObject([{ state: 'intended', run: 'run-1' }])
  await respond(openIngress, authorized('sg-1', 'sgr-1'), world.ports, { id: 'run-2', startedAt: world.time.now })
  expect(world.worlds.get('sg-1')!.rules).toEqual([])
  expect(world.heads.get('INCIDENT1')).toMatchObject({ verdict: 'contained', status: 'closed' })
  // It waited for the intent to be 30 s old, and not for ever.
  expect(world.time.now - world.run.startedAt).toBeGreaterThanOrEqual(30_000)
})

test('an incident that a dead run closed, and did not write down, is found done by the next look', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  const ledger = world.ports.ledger
  const failing = { ...ledger, record: async () => Promise.reject(new Error('the process ended')) }
  await expect(
    respond(openIngress, authorized('sg-1', 'sgr-1'), { ...world.ports, ledger: failing }, world.run),
  ).rejects.toThrow()
  expect(world.worlds.get('sg-1')!.rules).toEqual([])
  world.time.now += 120_000
  await respond(openIngress, tick(), world.ports, { id: 'run-2', startedAt: world.time.now })
  expect(world.entries.get('INCIDENT1')!.map((entry) => entry.what)).toEqual([
    'opened',
    'intended',
    'found-done',
    'verified',
  ])
  expect(world.notices).toHaveLength(1)
})

test('a tick whose time can not be read, and an event without a time, are as good as any', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  const work = respondTo(openIngress, signalsOf)
  const event = { 'detail-type': 'Scheduled Event', account: '123456789012', region: 'eu-central-1', time: 'soon' }
  await work(event, world.ports, world.run)
  expect(world.worlds.get('sg-1')!.rules).toEqual([])
  expect(world.metrics.map(([name]) => name)).not.toContain('TimeToContain')
})

test('an event that comes twice is counted once, in the ledger and in the metrics', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  const event = authorized('sg-1', 'sgr-1')
  for (const id of ['run-1', 'run-2']) await respond(openIngress, event, world.ports, { id, startedAt: world.time.now })
  expect(world.counts.size).toBe(1)
  expect(world.metrics.filter(([name]) => name === 'Settled')).toEqual([['Settled', 1]])
})

test('a rule that the read did not show yet is waited for, also after another one was closed', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1'), door('sgr-2', 3389)] })
  const rules = world.ports.reads['ec2:DescribeSecurityGroupRules']
  const stale: Ports['reads'] = {
    ...world.ports.reads,
    'ec2:DescribeSecurityGroupRules': async (input) => {
      const answer = await rules(input)
      const behind = world.time.now < world.run.startedAt + 3_000
      return behind
        ? {
            ...answer,
            SecurityGroupRules: answer.SecurityGroupRules!.filter((rule) => rule.SecurityGroupRuleId !== 'sgr-2'),
          }
        : answer
    },
  }
  await respond(openIngress, authorized('sg-1', 'sgr-2'), { ...world.ports, reads: stale }, world.run)
  expect(world.worlds.get('sg-1')!.rules).toEqual([])
})

test('a read that still shows what is gone is outwaited: the other door is closed', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-2', 3389)] })
  const rules = world.ports.reads['ec2:DescribeSecurityGroupRules']
  const revoke = world.ports.mutations['ec2:RevokeSecurityGroupIngress']!
  const ghost = {
    GroupId: 'sg-1',
    SecurityGroupRuleId: 'sgr-1',
    IsEgress: false,
    IpProtocol: 'tcp',
    FromPort: 22,
    ToPort: 22,
    CidrIpv4: '0.0.0.0/0',
  }
  const ports: Ports = {
    ...world.ports,
    reads: {
      ...world.ports.reads,
      'ec2:DescribeSecurityGroupRules': async (input) => {
        const answer = await rules(input)
        return world.time.now < world.run.startedAt + 5_000
          ? { ...answer, SecurityGroupRules: [...answer.SecurityGroupRules!, ghost] }
          : answer
      },
    },
    mutations: {
      ...world.ports.mutations,
      'ec2:RevokeSecurityGroupIngress': {
        alreadySo: ['InvalidSecurityGroupRuleId.NotFound'],
        send: async (input) => {
          if (input.SecurityGroupRuleIds?.includes('sgr-1'))
            throw Object.assign(new Error('gone'), { name: 'InvalidSecurityGroupRuleId.NotFound' })
          return revoke.send(input)
        },
      },
    },
  }
  await respond(openIngress, authorized('sg-1', 'sgr-2'), ports, world.run)
  expect(world.worlds.get('sg-1')!.rules).toEqual([])
  expect(world.notices.map((one) => one.message.verdict)).toEqual(['contained'])
})

test('a sweep reads again what it read a while ago, before it acts on it', async () => {
  const world = fakeWorld(act, { 'sg-1': [door('sgr-1')] })
  const rules = world.ports.reads['ec2:DescribeSecurityGroupRules']
  let reads = 0
  const slow: Ports['reads'] = {
    ...world.ports.reads,
    'ec2:DescribeSecurityGroupRules': async (input) => {
      const answer = await rules(input)
      if (++reads === 1) {
        // Somebody puts it right while the sweep is busy elsewhere.
        world.worlds.set('sg-1', { ...world.worlds.get('sg-1')!, rules: [{ ...door('sgr-1'), cidr: '10.0.0.0/8' }] })
      }
      return answer
    },
  }
  const busy: Ports = {
    ...world.ports,
    reads: slow,
    clock: {
      ...world.ports.clock,
      now: () => {
        world.time.now += 2_000
        return world.time.now
      },
    },
  }
  await respond(openIngress, tick(), busy, world.run)
  expect(world.worlds.get('sg-1')!.rules).toHaveLength(1)
})

test('an event that hides its group is looked for everywhere, whatever a sweep has seen before', async () => {
  const world = fakeWorld(act, many(6))
  world.sweeps.set('open-ingress', { startedAt: 0, completedAt: 1, cursor: '5' })
  await respond(
    openIngress,
    { ...authorized('sg-0', 'sgr-0'), request: { omitted: 'true' }, response: null },
    world.ports,
    world.run,
  )
  expect([...world.worlds.values()].every((one) => one.rules.length === 0)).toBe(true)
  expect(world.sweeps.get('open-ingress')).toMatchObject({ cursor: '5' })
})
