import { describe, expect, test } from 'vitest'
import { decide } from '#shared/decision.ts'
import type { Circumstances } from '#shared/finding.ts'
import { judge } from '#shared/responses/open-ingress/judge.ts'
import { type IngressRule, permissionText } from '#shared/responses/open-ingress/world.ts'
import { exemption, policyWith } from '../support/policies.ts'
import { circumstances, GROUP, NOW, rule, world } from '../support/worlds.ts'

const W = '0.0.0.0/0'
const VPC = 'vpcs: [vpc-0123456789abcdef0]'

/** `act 22` for what goes, `spare 25` for what is spared, by the first port of each rule. */
function outcome(
  rules: readonly IngressRule[],
  more: string,
  group: Parameters<typeof world>[1] = {},
  around: Partial<Circumstances> = {},
): string[] {
  const policy = policyWith(more)
  return judge(world(rules, group), policy, circumstances(around)).flatMap((finding) =>
    finding.rules.map((one) => `${decide(finding, policy).mode} ${one.from}`),
  )
}

describe('An exemption', () => {
  test.each([
    ['its VPC', VPC, ['spare 25']],
    ['another VPC', 'vpcs: [vpc-0123456789abcdef1]', ['act 25']],
    ['its group', `groups: [${GROUP}]`, ['spare 25']],
    ['another group', 'groups: [sg-0a1b2c3d4e5f60719]', ['act 25']],
    ['its account', "accounts: ['111122223333']", ['spare 25']],
    ['another account', "accounts: ['111122223334']", ['act 25']],
    ['its VPC but another account', `${VPC}\naccounts: ['111122223334']`, ['act 25']],
    ['its VPC but another group', `${VPC}\ngroups: [sg-0a1b2c3d4e5f60719]`, ['act 25']],
    ['its VPC and port', `${VPC}\nports: [tcp/25]`, ['spare 25']],
    ['its VPC but another port', `${VPC}\nports: [tcp/26]`, ['act 25']],
    ['its VPC but another protocol', `${VPC}\nports: [udp/25]`, ['act 25']],
  ])('bounded by %s has this outcome for a door within: %s', (_, bounds, expected) => {
    expect(outcome([rule('tcp', 25, W)], exemption(bounds))).toEqual(expected)
  })

  test('A group without a VPC is not within any VPC.', () => {
    const there = { ...world([rule('tcp', 25, W)]), group: { id: GROUP, tags: {} } }
    expect(judge(there, policyWith(exemption(VPC)), circumstances())[0]?.spared).toBeUndefined()
  })

  test('One that speaks of some ports spares a rule only if it speaks of every port by which the rule offends.', () => {
    expect(outcome([rule('tcp', [25, 26], W)], exemption(`${VPC}\nports: [tcp/25]`))).toEqual(['act 25'])
    expect(outcome([rule('tcp', [25, 26], W)], exemption(`${VPC}\nports: [tcp/20-30]`))).toEqual(['spare 25'])
    expect(outcome([rule('tcp', [442, 443], W)], exemption(`${VPC}\nports: [tcp/442]`))).toEqual(['spare 442'])
    expect(outcome([rule('-1', [-1, -1], W)], exemption(`${VPC}\nports: [tcp]`))).toEqual(['act -1'])
    expect(outcome([rule('-1', [-1, -1], W)], exemption(`${VPC}\nports: [all]`))).toEqual(['spare -1'])
  })

  test('Spares its rule also where the port next to it is open in the same way.', () => {
    const rules = [rule('tcp', 25, W), rule('tcp', 26, W)]
    expect(outcome(rules, exemption(`${VPC}\nports: [tcp/25]`))).toEqual(['act 26', 'spare 25'])
  })

  test('Spared rules are set aside: a door left open on purpose condemns no narrower neighbour.', () => {
    const rules = [
      rule('tcp', 25, W, { description: 'portcullis:exemption=legacy-mail' }),
      rule('tcp', 25, '52.1.0.0/16'),
    ]
    expect(outcome(rules, exemption(`${VPC}\nwhen: named`))).toEqual(['spare 25'])
  })

  test('Says who, why and until when, and by what it would end.', () => {
    const policy = policyWith(exemption(VPC))
    const [finding] = judge(world([rule('tcp', 25, W)]), policy, circumstances())
    expect(finding?.spared).toEqual({
      by: 'exemption',
      name: 'legacy-mail',
      owner: 'mail-team@example.com',
      reason: 'partners deliver over plain SMTP',
      until: '2027-01-31T23:59:59.000Z',
    })
    expect(finding?.open).toMatchObject([{ protocol: 'tcp', from: 25, to: 25, ipv4: 1 }])
  })

  test('Holds through its last day, and not a second longer.', () => {
    const at = (text: string) => outcome([rule('tcp', 25, W)], exemption(VPC), {}, { now: new Date(text) })
    expect(at('2027-01-31T23:59:58Z')).toEqual(['spare 25'])
    expect(at('2027-01-31T23:59:59Z')).toEqual(['act 25'])
  })

  test('One that has expired is named as lapsed, if it would have spared the door; another one is not.', () => {
    const lapsed = (bounds: string) =>
      judge(world([rule('tcp', 25, W)]), policyWith(exemption(bounds, 'old', '2026-06-14')), circumstances())[0]?.lapsed
    expect(lapsed(VPC)).toEqual(['old'])
    expect(lapsed('vpcs: [vpc-0123456789abcdef1]')).toEqual([])
    expect(lapsed(`${VPC}\nports: [tcp/26]`)).toEqual([])
    expect(lapsed(`${VPC}\nwhen: named`)).toEqual([])
  })

  test('Where another one still holds, the door is spared and nothing has lapsed.', () => {
    const both = `${exemption(VPC, 'old', '2026-06-14')}${exemption(VPC, 'new').replace('exemptions:\n', '')}`
    const [finding, ...more] = judge(world([rule('tcp', 25, W)]), policyWith(both), circumstances())
    expect(more).toEqual([])
    expect(finding).toMatchObject({ spared: { name: 'new' }, lapsed: [] })
  })
})

describe('Text that anybody could have written', () => {
  const named = `${VPC}\nwhen: named`
  const tag = (value: string) => ({ tags: { 'portcullis:exemption': value } })
  const said = (description: string) => [rule('tcp', 25, W, { description })]

  test('A tag or a description spares nothing where the policy has no such exemption.', () => {
    expect(outcome([rule('tcp', 25, W)], '', tag('legacy-mail'))).toEqual(['act 25'])
    expect(outcome(said('portcullis:exemption=legacy-mail'), '')).toEqual(['act 25'])
  })

  test('A tag names an exemption that the policy bounds.', () => {
    expect(outcome([rule('tcp', 25, W)], exemption(named), tag('legacy-mail'))).toEqual(['spare 25'])
    expect(outcome([rule('tcp', 25, W)], exemption(named), tag('legacy-mail-2'))).toEqual(['act 25'])
    expect(outcome([rule('tcp', 25, W)], exemption(named), { tags: { other: 'legacy-mail' } })).toEqual(['act 25'])
    expect(outcome([rule('tcp', 25, W)], exemption(named))).toEqual(['act 25'])
  })

  test('Outside of the bounds neither a tag nor a description spares.', () => {
    const elsewhere = exemption('vpcs: [vpc-0123456789abcdef1]\nwhen: named')
    expect(outcome([rule('tcp', 25, W)], elsewhere, tag('legacy-mail'))).toEqual(['act 25'])
    expect(outcome(said('portcullis:exemption=legacy-mail'), elsewhere)).toEqual(['act 25'])
    const otherPort = exemption(`${named}\nports: [tcp/26]`)
    expect(outcome(said('portcullis:exemption=legacy-mail'), otherPort, tag('legacy-mail'))).toEqual(['act 25'])
  })

  test.each([
    ['portcullis:exemption=legacy-mail', 'spare'],
    ['smtp in; portcullis:exemption=legacy-mail, thanks', 'spare'],
    ['portcullis:exemption=legacy-mailer', 'act'],
    ['xportcullis:exemption=legacy-mail', 'act'],
    ['legacy-mail', 'act'],
    ['portcullis:exemption = legacy-mail', 'act'],
  ])('The description "%s" comes to %s.', (description, mode) => {
    expect(outcome(said(description), exemption(named))).toEqual([`${mode} 25`])
  })

  test('The description of one rule names it for that rule alone.', () => {
    const rules = [...said('portcullis:exemption=legacy-mail'), rule('tcp', 27, W)]
    expect(outcome(rules, exemption(named))).toEqual(['act 27', 'spare 25'])
  })
})

describe('A grace', () => {
  const open = rule('tcp', 25, W)
  const grace = (more: object = {}) => ({
    permission: permissionText(open),
    until: '2026-06-15T12:30:00Z',
    incident: '01JZ0000000000000000000000',
    ...more,
  })

  test('What a person put back is spared until the time that was recorded.', () => {
    expect(outcome([open], '', {}, { graces: [grace()] })).toEqual(['spare 25'])
    expect(outcome([open], '', {}, { graces: [grace({ until: NOW.toISOString() })] })).toEqual(['act 25'])
  })

  test('It holds for that permission alone: not for other ports, protocols or sources.', () => {
    const others = [rule('tcp', 26, W), rule('udp', 25, W), rule('tcp', 25, '::/0'), rule('tcp', [25, 26], W)]
    expect(outcome(others, '', {}, { graces: [grace()] })).toEqual(['act 25', 'act 25', 'act 26', 'act 25'])
  })

  test('It holds for the permission under whatever rule id, and is decided by its incident.', () => {
    const policy = policyWith()
    const [finding] = judge(world([{ ...open, id: 'sgr-new' }]), policy, circumstances({ graces: [grace()] }))
    const decision = decide(finding!, policy)
    expect(decision.because.clause).toBe('grace of 01JZ0000000000000000000000')
    expect(decision.facts.at(-1)).toEqual({ fact: 'incident 01JZ0000000000000000000000 was undone', from: 'ledger' })
    expect(decision.flips).toEqual(['after 2026-06-15T12:30:00Z it is judged again'])
  })
})
