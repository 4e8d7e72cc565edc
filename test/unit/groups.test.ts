import type { PrefixListState } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import type { Actor, ApiCall } from '#shared/signal.ts'
import { door } from '../support/fake-world.ts'
import { exemption, policyWith } from '../support/policies.ts'
import { DAY, HOUR, mallory, pipeline, stage } from '../support/stage.ts'

/** What becomes of a group over time: who made its rules, what its lists hold, and how long an exemption holds. */

const actors = 'actors:\n  - name: pipeline\n    principals: ["arn:aws:iam::*:role/pipeline"]\n'
const bounded = policyWith(actors + exemption('groups: [sg-1]\nports: [tcp/25]\nactors: [pipeline]'))
const W = '0.0.0.0/0'

/** The event of a modification, which keeps the id of the rule. */
const modified = (call: ApiCall, id: string, cidr: string, actor: Actor): ApiCall => ({
  ...call,
  id: `modified-${id}`,
  name: 'ModifySecurityGroupRules',
  actor,
  request: {
    ModifySecurityGroupRulesRequest: {
      GroupId: 'sg-1',
      SecurityGroupRule: {
        SecurityGroupRuleId: id,
        SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 25, ToPort: 25, CidrIpv4: cidr },
      },
    },
  },
  response: null,
})

describe('An exemption for what some actors make', () => {
  test('spares their rule when the event comes, and at every sweep afterwards: who made it is kept.', async () => {
    const world = stage(bounded, { 'sg-1': [] })
    expect(await world.open('sg-1', door('sgr-1', 25), pipeline)).toBe('spared')
    for (let i = 0; i < 3; i++) expect(await world.sweep()).toBe('spared')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.notices).toEqual([])
    expect(world.heads.size).toBe(0)
  })

  test('spares it at the sweep also where the same event had something else closed.', async () => {
    const world = stage(bounded, { 'sg-1': [door('sgr-2', 3389)] })
    await world.open('sg-1', door('sgr-1', 25), pipeline)
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(await world.sweep()).toBe('spared')
    expect(world.asks.size).toBe(0)
  })

  test('does not spare it once somebody else has changed it.', async () => {
    const world = stage(bounded, { 'sg-1': [] })
    await world.open('sg-1', { ...door('sgr-1', 25), cidr: '198.51.100.0/24' }, pipeline)
    world.change('sg-1', { rules: [door('sgr-1', 25)] })
    await world.send(modified(world.opening('sg-1', door('sgr-1', 25)), 'sgr-1', W, mallory))
    expect(world.left('sg-1')).toEqual([])
  })

  test('does not spare what was changed before the event of its making came: that event proves nothing of it.', async () => {
    const world = stage(bounded, { 'sg-1': [] })
    world.change('sg-1', { rules: [door('sgr-1', 25)] })
    await world.send(world.opening('sg-1', { ...door('sgr-1', 25), cidr: '198.51.100.0/24' }, pipeline))
    expect(world.headsOf('sg-1')[0]?.left).toBe('ask unknown.actor')
    await world.send(modified(world.opening('sg-1', door('sgr-1', 25)), 'sgr-1', W, mallory))
    expect(world.left('sg-1')).toEqual([])
  })

  test('asks about it, where it has changed and no event tells by whom.', async () => {
    const world = stage(bounded, { 'sg-1': [] })
    await world.open('sg-1', door('sgr-1', 25), pipeline)
    world.change('sg-1', { rules: [{ ...door('sgr-1', 25), cidr: '0.0.0.0/1' }] })
    expect(await world.sweep()).toBe('asked')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.headsOf('sg-1')[0]?.left).toBe('ask unknown.actor')
    expect(world.texts()[0]).toContain('who did is not known')
  })

  test('decides at once about what was asked, when its event comes late.', async () => {
    const world = stage(bounded, { 'sg-1': [door('sgr-1', 25)] })
    expect(await world.sweep()).toBe('asked')
    await world.send(world.opening('sg-1', door('sgr-1', 25), mallory))
    expect(world.left('sg-1')).toEqual([])
    expect(world.headsOf('sg-1')).toMatchObject([{ status: 'closed', verdict: 'contained' }])
  })

  test('asks about one rule, and closes another that it does not speak of.', async () => {
    const world = stage(bounded, { 'sg-1': [door('sgr-1', 25), door('sgr-2', 22)] })
    await world.sweep()
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.headsOf('sg-1')[0]?.left).toBe('ask unknown.actor')
  })

  test('does not spare a prefix list that its actor used and somebody else opened since: it is asked about.', async () => {
    const world = stage(bounded, { 'sg-1': [] })
    world.lists.set('pl-1', ['198.51.100.0/24'])
    const rule = { id: 'sgr-1', protocol: 'tcp', from: 25, to: 25, prefixList: 'pl-1' }
    await world.open('sg-1', rule, pipeline)
    world.lists.set('pl-1', [W])
    expect(await world.sweep()).toBe('asked')
    expect(world.headsOf('sg-1')[0]?.left).toBe('ask unknown.actor')
  })
})

describe('An exemption', () => {
  test('that ends has what it spared closed by the next sweep, which says so, and calls it no missed event.', async () => {
    const world = stage(policyWith(exemption('groups: [sg-1]', 'legacy-mail', '2026-06-02')), { 'sg-1': [] })
    expect(await world.open('sg-1', door('sgr-1', 25))).toBe('spared')
    expect(await world.sweep(DAY)).toBe('spared')
    await world.sweep(DAY / 2)
    expect(world.left('sg-1')).toEqual([])
    expect(world.texts()).toEqual([
      expect.stringContaining('Exemption legacy-mail would have spared it, but has expired'),
    ])
    expect(world.metrics.filter(([name]) => name === 'MissedEvents')).toEqual([])
  })

  test('that is bounded by VPCs ends where the group is used in another VPC, as the sweep sees too.', async () => {
    const world = stage(policyWith(exemption('vpcs: [vpc-0a]')), { 'sg-1': [door('sgr-1', 25)] })
    world.mark('sg-1', { vpc: 'vpc-0a' })
    expect(await world.sweep()).toBe('spared')
    world.mark('sg-1', { vpcs: ['vpc-0b'] })
    await world.sweep()
    expect(world.left('sg-1')).toEqual([])
  })
})

describe('A prefix list', () => {
  const list = (id: string) => [{ id, protocol: 'tcp', from: 22, to: 22, prefixList: 'pl-1' }]
  const changed = (name: string, more: object = {}): ApiCall => ({
    ...stage(policyWith(), {}).opening('sg-1', door('sgr-0')),
    name,
    request: { [`${name}Request`]: { PrefixListId: 'pl-1', CurrentVersion: 1, ...more } },
    response: null,
  })

  test('that opens closes every group that uses it, and no other.', async () => {
    const groups = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`sg-${i}`, list(`sgr-${i}`)]))
    const world = stage(policyWith(), { ...groups, 'sg-other': [{ ...door('sgr-other'), cidr: '10.0.0.0/8' }] })
    world.lists.set('pl-1', [W])
    await world.send(changed('ModifyManagedPrefixList', { AddEntry: { Cidr: W, tag: 1 } }))
    for (let i = 0; i < 12; i++) expect(world.left(`sg-${i}`)).toEqual([])
    expect(world.left('sg-other')).toEqual(['sgr-other'])
    expect(world.heads.size).toBe(12)
  })

  test('that still reads as it was before the event is read again, until it shows what was added.', async () => {
    const world = stage(policyWith(), { 'sg-1': list('sgr-1') })
    world.lists.set('pl-1', ['198.51.100.0/24'])
    const { sleep } = world.ports.clock
    const ports = {
      ...world.ports,
      clock: {
        ...world.ports.clock,
        sleep: async (milliseconds: number) => {
          await sleep(milliseconds)
          world.lists.set('pl-1', ['198.51.100.0/24', W])
        },
      },
    }
    Object.assign(world.ports, ports)
    await world.send(changed('ModifyManagedPrefixList', { AddEntry: [{ Cidr: W, tag: 1 }] }))
    expect(world.left('sg-1')).toEqual([])
  })

  const NARROW = '198.51.100.0/24'
  test.each<[string, { State: PrefixListState; Version: number }]>([
    ['is under way', { State: 'restore-in-progress', Version: 1 }],
    ['does not show yet', { State: 'modify-complete', Version: 1 }],
  ])('whose old version is restored, which %s, is waited for: what it brings is closed.', async (_, state) => {
    const world = stage(policyWith(), { 'sg-1': list('sgr-1'), 'sg-2': list('sgr-2') })
    world.lists.set('pl-1', [NARROW])
    world.listStates.set('pl-1', state)
    // Somebody has just looked at it: that is no longer what it holds.
    await world.send(changed('ModifyManagedPrefixList'))
    const begun = world.time.now
    const { clock } = world.ports
    const sleep = async (milliseconds: number) => {
      await clock.sleep(milliseconds)
      if (world.time.now - begun < 3_000) return
      world.lists.set('pl-1', [W])
      world.listStates.clear()
    }
    Object.assign(world.ports, { clock: { ...clock, sleep } })
    await world.send({ ...changed('RestoreManagedPrefixListVersion'), id: 'restored' })
    expect([world.left('sg-1'), world.left('sg-2')]).toEqual([[], []])
  })

  test.each<[string, { State: PrefixListState; Version: number }, number]>([
    ['ends', { State: 'restore-complete', Version: 2 }, 0],
    ['fails', { State: 'restore-failed', Version: 1 }, 0],
    ['never ends', { State: 'restore-in-progress', Version: 1 }, 7_500],
  ])('whose restoring %s is waited for no longer than that, and judged by what it holds.', async (_, state, waited) => {
    const world = stage(policyWith(), { 'sg-1': list('sgr-1') })
    world.lists.set('pl-1', [W])
    world.listStates.set('pl-1', state)
    const begun = world.time.now
    await world.send(changed('RestoreManagedPrefixListVersion'))
    expect(world.left('sg-1')).toEqual([])
    expect(world.time.now - begun).toBe(waited)
  })

  test('that can not be read is asked about once, and closed when it can be read and is open.', async () => {
    const world = stage(policyWith(), { 'sg-1': list('sgr-1') })
    await world.send(changed('RestoreManagedPrefixListVersion'))
    expect(world.headsOf('sg-1')[0]?.left).toBe('ask unknown.prefix-list')
    await world.sweep()
    expect(world.notices).toHaveLength(1)
    world.lists.set('pl-1', [W])
    await world.sweep(HOUR)
    expect(world.left('sg-1')).toEqual([])
    expect(world.headsOf('sg-1')).toMatchObject([{ status: 'closed', verdict: 'contained' }])
  })

  test('that can not be read, and is found to be narrow, is told as over.', async () => {
    const world = stage(policyWith(), { 'sg-1': list('sgr-1') })
    await world.send(changed('RestoreManagedPrefixListVersion'))
    world.lists.set('pl-1', ['198.51.100.0/24'])
    await world.sweep()
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.headsOf('sg-1')).toMatchObject([{ status: 'closed', verdict: 'contained' }])
    expect(world.texts().at(-1)).toContain('is over; somebody else ended it')
  })
})

describe('A group of another account', () => {
  test('is named with its owner and left to it, at every sweep, and told once.', async () => {
    const world = stage(policyWith(), { 'sg-1': [door('sgr-1')] })
    world.mark('sg-1', { owner: '999988887777' })
    for (let i = 0; i < 3; i++) expect(await world.sweep()).toBe('watched')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.notices).toHaveLength(1)
    expect(world.texts()[0]).toContain('the group belongs to account 999988887777: only its owner can revoke its rules')
  })

  test('is left to it also where the policy narrows or controllers may be acted on.', async () => {
    const policy = policyWith('  controllers: act\n', 'narrow: [203.0.113.0/24]')
    const world = stage(policy, { 'sg-1': [door('sgr-1')] })
    world.mark('sg-1', { owner: '999988887777', tags: { 'aws:eks:cluster-name': 'shop' } })
    await world.sweep()
    expect(world.left('sg-1')).toEqual(['sgr-1'])
  })
})
