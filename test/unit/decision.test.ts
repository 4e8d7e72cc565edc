import { describe, expect, test } from 'vitest'
import { decide } from '#shared/decision.ts'
import type { OpenIngress } from '#shared/finding.ts'
import { policyWith, shipped } from '../support/policies.ts'
import { GROUP, rule } from '../support/worlds.ts'

const finding = (more: Partial<OpenIngress> = {}): OpenIngress => ({
  finding: 'open-ingress',
  subject: GROUP,
  rule: 'no-world-ingress',
  open: [{ protocol: 'tcp', from: 22, to: 22, ipv4: 1, ipv6: 0 }],
  rules: [rule('tcp', 22, '0.0.0.0/0')],
  closesToo: [],
  lapsed: [],
  worst: true,
  ...more,
})

describe('A decision', () => {
  test('Carries its mode, its clause, its facts with where each came from, and what would flip it.', () => {
    expect(decide(finding(), policyWith())).toEqual({
      mode: 'act',
      because: {
        clause: 'open-ingress.rules.no-world-ingress',
        says: 'act; the world may reach only tcp/80, tcp/443, icmp, icmpv6',
      },
      facts: [{ fact: `${GROUP} has 1 inbound rule(s) by which the world reaches forbidden ports`, from: 'live' }],
      flips: [
        'mode: watch on open-ingress.rules.no-world-ingress would leave it open',
        `an exemption that bounds ${GROUP} and these ports would spare it`,
      ],
    })
  })

  test('From a record alone says that its facts come from the event.', () => {
    expect(decide(finding(), policyWith(), 'event').facts[0]?.from).toBe('event')
  })

  test('That only watches would be flipped by the mode act.', () => {
    const decision = decide(finding(), shipped)
    expect(decision.mode).toBe('watch')
    expect(decision.flips[0]).toBe('mode: act on open-ingress.rules.no-world-ingress would revoke the rules')
  })

  test('Is made by the rule of the policy that found it, not by the first.', () => {
    const policy = policyWith('    - { name: second, mode: watch, allow: [tcp/3000-3100, udp] }\n')
    const { mode, because } = decide(finding({ rule: 'second' }), policy)
    expect(mode).toBe('watch')
    expect(because).toEqual({
      clause: 'open-ingress.rules.second',
      says: 'watch; the world may reach only tcp/3000-3100, udp/0-65535',
    })
  })

  test.each([
    ['allow: []', 'act; the world may reach nothing'],
    ['allow: [all]', 'act; the world may reach everything'],
  ])('By a rule with %s says so.', (rule, says) => {
    expect(decide(finding(), policyWith('', rule)).because.says).toBe(says)
  })

  test('Names each exemption that has expired, as a fact of the policy and as a flip.', () => {
    const { facts, flips, mode } = decide(finding({ lapsed: ['old'] }), policyWith())
    expect(mode).toBe('act')
    expect(facts).toContainEqual({ fact: 'exemption old has expired', from: 'policy' })
    expect(flips).toContain('a later expiry of exemption old would spare it')
  })

  test('To spare is by the exemption, says who answers for it, and ends with it, even where the rule is armed.', () => {
    const spared = {
      by: 'exemption',
      name: 'mail',
      owner: 'mail@example.com',
      reason: 'smtp',
      until: '2027-01-31T23:59:59.000Z',
    } as const
    const decision = decide(finding({ spared }), policyWith())
    expect(decision).toMatchObject({
      mode: 'spare',
      because: { clause: 'exemptions.mail', says: 'mail@example.com: smtp' },
      flips: ['after 2027-01-31T23:59:59.000Z exemption mail no longer spares it'],
    })
    expect(decision.facts.at(-1)).toEqual({
      fact: 'exemption mail holds until 2027-01-31T23:59:59.000Z',
      from: 'policy',
    })
  })

  test.each(['act', 'ask', 'watch'])('Names what writes the rules of the group, by a rule that says %s.', (mode) => {
    const policy = policyWith(`    - { name: second, mode: ${mode}, allow: [tcp/443] }\n  controllers: act\n`)
    const controller = { name: 'EKS cluster shop', forgeable: false }
    const decision = decide(finding({ rule: 'second', controller }), policy)
    expect(decision).toMatchObject({ mode, because: { clause: 'open-ingress.rules.second' } })
    expect(decision.facts).toContainEqual({ fact: 'its rules are written by EKS cluster shop', from: 'live' })
    expect(decide(finding({ rule: 'second' }), policy).facts).toHaveLength(1)
  })
})
