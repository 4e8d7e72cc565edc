import { describe, expect, test } from 'vitest'
import type { OpenIngress } from '#shared/finding.ts'
import { judge } from '#shared/responses/open-ingress/judge.ts'
import { plan } from '#shared/responses/open-ingress/plan.ts'
import { undo } from '#shared/responses/open-ingress/undo.ts'
import type { IngressRule, PrefixLists } from '#shared/responses/open-ingress/world.ts'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { stage } from '../support/stage.ts'
import { circumstances, rule, world } from '../support/worlds.ts'

const W = '0.0.0.0/0'
const OFFICE = '203.0.113.0/24'
const OFFICE6 = '2001:db8:1::/48'
const policy = policyWith('', `narrow: [${OFFICE}, "${OFFICE6}"]`)
const ssh = policyWith('', `only: [tcp/22, icmp]\n      narrow: [${OFFICE}]`)

const narrowed = (rules: readonly IngressRule[], by = policy, lists: PrefixLists = {}) =>
  judge({ ...world(rules), lists }, by, circumstances()).flatMap((finding: OpenIngress) =>
    (finding.narrow ?? []).map((one) => `${one.protocol} ${one.from}-${one.to} ${one.cidr}`),
  )

describe('What is allowed in place of a rule that goes', () => {
  test.each<[string, IngressRule[], string[]]>([
    ['all of IPv4: the IPv4 range on its port', [rule('tcp', 22, W)], [`tcp 22-22 ${OFFICE}`]],
    ['all of IPv6: the IPv6 range', [rule('tcp', 22, '::/0')], [`tcp 22-22 ${OFFICE6}`]],
    ['both: both', [rule('tcp', 22, W), rule('tcp', 22, '::/0')], [`tcp 22-22 ${OFFICE}`, `tcp 22-22 ${OFFICE6}`]],
    ['a range of ports: the same range', [rule('tcp', [20, 25], W)], [`tcp 20-25 ${OFFICE}`]],
    ['the half of the world that holds it', [rule('tcp', 22, '128.0.0.0/1')], [`tcp 22-22 ${OFFICE}`]],
    ['the half of the world that does not: nothing', [rule('tcp', 22, '0.0.0.0/1')], []],
    ['all protocols: all protocols', [rule('-1', [-1, -1], W)], [`-1 -1--1 ${OFFICE}`]],
    ['what the group allows already: nothing', [rule('tcp', 22, W), rule('tcp', 22, OFFICE)], []],
    [
      'what the group allows already on another port: the range',
      [rule('tcp', 22, W), rule('tcp', 23, OFFICE)],
      [`tcp 22-22 ${OFFICE}`],
    ],
    [
      'two rules with the same port: the range once',
      [rule('tcp', 22, W), rule('tcp', 22, '128.0.0.0/1')],
      [`tcp 22-22 ${OFFICE}`],
    ],
  ])('%s.', (_, rules, expected) => {
    expect(narrowed(rules)).toEqual(expected)
  })

  test.each<[string, IngressRule, string[]]>([
    ['all protocols: its ports alone', rule('-1', [-1, -1], W), [`tcp 22-22 ${OFFICE}`, `icmp -1--1 ${OFFICE}`]],
    ['a range of ports: those of it', rule('tcp', [20, 25], W), [`tcp 22-22 ${OFFICE}`]],
    ['another port: nothing', rule('tcp', 23, W), []],
    ['one type of ICMP: that type, not all of ICMP', rule('icmp', [8, -1], W), [`icmp 8--1 ${OFFICE}`]],
  ])('Where the policy speaks of some ports only, %s.', (_, going, expected) => {
    expect(narrowed([going], ssh)).toEqual(expected)
  })

  test.each<[string, readonly string[] | null, string[]]>([
    ['holds the range', ['0.0.0.0/1', '128.0.0.0/1'], [`tcp 22-22 ${OFFICE}`]],
    ['does not hold the range', ['0.0.0.0/1'], []],
    ['can not be read, so that nobody knows whom it let in', null, []],
  ])('A rule whose prefix list %s.', (_, entries, expected) => {
    expect(narrowed([rule('tcp', 22, 'pl-1')], policy, { 'pl-1': entries })).toEqual(expected)
  })

  test('keeps the reason of the rule, and says who allowed it where there was none.', () => {
    const there = world([rule('tcp', 22, W, { description: 'OPS-7 bastion' }), rule('tcp', 23, W)])
    const [finding] = judge(there, policy, circumstances())
    expect(finding?.narrow?.map((one) => one.description)).toEqual([
      'OPS-7 bastion',
      'narrowed by portcullis: no-world-ingress',
    ])
  })

  test('is a call of its own, before the revoke; the revoke waits for it, and takes nothing else away.', () => {
    const there = world([rule('tcp', 22, W), rule('tcp', 22, '::/0')])
    const steps = plan(judge(there, policy, circumstances()), there)
    expect(steps.map((step) => step.does.call.replace('SecurityGroupIngress', ''))).toEqual([
      'ec2:Authorize',
      'ec2:Authorize',
      'ec2:Revoke',
    ])
    expect(steps[2]?.after).toEqual([steps[0]?.id, steps[1]?.id])
    expect(steps[2]?.does.input).toMatchObject({ SecurityGroupRuleIds: there.rules.map((one) => one.id) })
  })

  test('is at most twenty permissions, and the rule goes all the same.', () => {
    const there = world(Array.from({ length: 30 }, (_, i) => rule('tcp', 3_000 + 2 * i, W)))
    const [finding, ...more] = judge(there, policy, circumstances())
    expect([finding?.rules.length, finding?.narrow?.length, more]).toEqual([30, 20, []])
  })
})

describe('Narrowing', () => {
  const shown = (there: ReturnType<typeof stage>) =>
    there.worlds.get('sg-1')!.rules.map((one) => `${one.from} ${one.cidr}`)
  const outcomes = (there: ReturnType<typeof stage>, what: string) =>
    there.entries.get('INCIDENT1')!.filter((entry) => entry.what === what)

  test('leaves the narrower rule alone in place of the wide one, and a later sweep finds nothing to do.', async () => {
    const there = stage(policy, { 'sg-1': [] })
    await there.open('sg-1', door('sgr-1'))
    expect(shown(there)).toEqual([`22 ${OFFICE}`])
    expect(there.headsOf('sg-1')).toMatchObject([{ verdict: 'contained', status: 'closed' }])
    expect(there.texts()[0]).toContain(`Allowed in their place, where the group has room:\n  tcp/22 from ${OFFICE}`)
    expect(await there.sweep()).toBe('ignored')
  })

  test('allows before it revokes: nobody who may come in is locked out in between.', async () => {
    const there = stage(policy, { 'sg-1': [] })
    const calls: string[] = []
    for (const [name, row] of Object.entries(there.ports.mutations)) {
      const send = row.send as (input: object) => Promise<never>
      Object.assign(row, {
        send: async (input: object) => {
          calls.push(`${name} begins`)
          const answer = await send(input)
          calls.push(`${name} ends`)
          return answer
        },
      })
    }
    await there.open('sg-1', door('sgr-1'))
    expect(calls.slice(0, 4).map((one) => one.replace('SecurityGroupIngress', ''))).toEqual([
      'ec2:Authorize begins',
      'ec2:Authorize ends',
      'ec2:Revoke begins',
      'ec2:Revoke ends',
    ])
  })

  test('does not mind that somebody allowed the same meanwhile: the wide rule goes, and theirs is not called ours.', async () => {
    const there = stage(policy, { 'sg-1': [] })
    const claim = there.ledger.claim
    there.ledger.claim = async (what) => {
      const now = there.worlds.get('sg-1')!
      if (what.armed) there.change('sg-1', { rules: [...now.rules, { ...door('sgr-theirs'), cidr: OFFICE }] })
      return claim(what)
    }
    await there.open('sg-1', door('sgr-1'))
    expect(there.left('sg-1')).toEqual(['sgr-theirs'])
    expect(outcomes(there, 'found-done')).toHaveLength(1)
    expect(outcomes(there, 'done')).toHaveLength(1)
  })

  test('revokes where the group has no room for another rule, and says that nothing was allowed instead.', async () => {
    const there = stage(policy, { 'sg-1': [] })
    there.time.quota = 1
    await there.open('sg-1', door('sgr-1'))
    expect(there.left('sg-1')).toEqual([])
    expect(there.headsOf('sg-1')).toMatchObject([{ verdict: 'contained', status: 'closed' }])
    expect(outcomes(there, 'not-done')).toHaveLength(1)
    expect(there.texts()[0]).toContain(
      `NOT DONE, for AWS has no room for it: Allow ${OFFICE} on tcp/22 of sg-1 instead`,
    )
    expect(there.notices[0]!.message.forgone).toEqual([`Allow ${OFFICE} on tcp/22 of sg-1 instead`])
  })

  test('is taken back by an undo: the wide rule stands again, the narrower one is gone, and it is left alone.', async () => {
    const there = stage(policy, { 'sg-1': [] })
    const incident = '01JZ0000000000000000000001'
    Object.assign(there.ports, { newId: () => incident })
    await there.open('sg-1', door('sgr-1'))
    const by = { name: 'lena', from: '198.51.100.7' }
    const answer = await undo({ incident, reason: 'a demonstration', by }, there.ports, { id: 'undo', startedAt: 0 })
    expect(answer).toMatchObject({ what: 'undone', fidelity: 'exact', differs: [] })
    expect(shown(there)).toEqual([`22 ${W}`])
    expect(await there.sweep()).toBe('spared')
  })
})
