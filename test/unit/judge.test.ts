import { describe, expect, test } from 'vitest'
import type { OpenIngress } from '#shared/finding.ts'
import { judge } from '#shared/responses/open-ingress/judge.ts'
import { plan } from '#shared/responses/open-ingress/plan.ts'
import type { IngressRule } from '#shared/responses/open-ingress/world.ts'
import { exactly } from '../support/near-unsafe.ts'
import { policyWith, shipped } from '../support/policies.ts'
import { circumstances, GROUP, rule, world } from '../support/worlds.ts'

const W = '0.0.0.0/0'
const judged = (rules: readonly IngressRule[], policy = shipped) => judge(world(rules), policy, circumstances())
const gone = (findings: readonly OpenIngress[]) =>
  findings.flatMap((one) => one.rules.map(({ cidr, from }) => `${from} ${cidr}`))
const ranges = (list: readonly { protocol: string; from: number; to: number }[] = []) =>
  list.map(({ protocol, from, to }) => `${protocol} ${from}-${to}`)

describe('What is open to the world', () => {
  test('A finding says which rules, which ports, and how much of the public space reaches them.', () => {
    const open = rule('tcp', 22, W)
    const [finding, ...more] = judged([open, rule('tcp', 443, W), rule('tcp', 22, '93.184.215.14/32')])
    expect(more).toEqual([])
    expect(finding).toEqual({
      finding: 'open-ingress',
      subject: GROUP,
      rule: 'no-world-ingress',
      open: [{ protocol: 'tcp', from: 22, to: 22, ipv4: 1, ipv6: 0 }],
      rules: [open],
      closesToo: [],
      lapsed: [],
      worst: true,
    })
  })

  test('Neighbouring ports that another share of the world reaches are told apart; alike ones are told as one range.', () => {
    const open = [rule('tcp', 22, W), rule('tcp', 23, '128.0.0.0/2'), rule('tcp', [24, 25], W), rule('tcp', 26, W)]
    expect(ranges(judged(open)[0]?.open)).toEqual(['tcp 22-22', 'tcp 23-23', 'tcp 24-26'])
  })

  test('Only half of the public IPv6 space: its share is said as one, and that of IPv4 as nothing.', () => {
    const [finding] = judged([rule('tcp', 22, '2000::/4')])
    expect(finding?.open[0]).toMatchObject({ ipv4: 0 })
    expect(finding?.open[0]?.ipv6).toBeCloseTo(0.5, 3)
  })

  test('A group that does not exist, or has no rules, has no finding.', () => {
    expect(judge({ subject: GROUP, group: null, rules: [rule('tcp', 22, W)] }, shipped, circumstances())).toEqual([])
    expect(judged([])).toEqual([])
  })

  test('Ports that only one half of the world reaches each are judged port by port, not group by group.', () => {
    expect(judged([rule('tcp', [20, 22], '32.0.0.0/7'), rule('tcp', [23, 25], '34.0.0.0/7')])).toEqual([])
    const both = judged([rule('tcp', [20, 23], '32.0.0.0/7'), rule('tcp', [23, 25], '34.0.0.0/7')])
    expect(ranges(both[0]?.open)).toEqual(['tcp 23-23'])
    expect(gone(both)).toEqual(['20 32.0.0.0/7', '23 34.0.0.0/7'])
  })

  test('The families are two spaces: half of what each needs does not make a world.', () => {
    expect(judged([rule('tcp', 22, '32.0.0.0/7'), rule('tcp', 22, '2600::/17')])).toEqual([])
  })

  test('A rule of all protocols adds to the union of every port that another rule names.', () => {
    const [finding] = judged([rule('-1', [-1, -1], '32.0.0.0/7'), rule('udp', 161, '34.0.0.0/7')])
    expect(ranges(finding?.open)).toEqual(['udp 161-161'])
    expect(finding?.rules).toHaveLength(2)
  })

  test('Prefix lists and groups as sources are not judged here.', () => {
    expect(judged([rule('tcp', 22, 'pl-0123456789abcdef0'), rule('-1', [-1, -1], 'sg-0123456789abcdef0')])).toEqual([])
  })
})

describe('Allowed ports', () => {
  test('A rule that carries forbidden and allowed ports goes whole, and the allowed ones that close are named.', () => {
    const [finding] = judged([rule('tcp', [79, 443], W)])
    expect(ranges(finding?.open)).toEqual(['tcp 79-79', 'tcp 81-442'])
    expect(finding?.rules).toHaveLength(1)
    expect(ranges(finding?.closesToo)).toEqual(['tcp 80-80', 'tcp 443-443'])
  })

  test('An allowed port that another rule keeps open does not close, and is not named.', () => {
    const [finding] = judged([rule('tcp', [79, 443], W), rule('tcp', 443, W), rule('tcp', 80, '10.0.0.0/8')])
    expect(finding?.rules).toHaveLength(1)
    expect(ranges(finding?.closesToo)).toEqual(['tcp 80-80'])
  })

  test('All protocols from everywhere: all that is not allowed is open, and everything that is allowed closes.', () => {
    const [finding] = judged([rule('-1', [-1, -1], W)])
    expect(ranges(finding?.open)).toEqual([...['tcp 0-79', 'tcp 81-442', 'tcp 444-65535', 'udp 0-65535', '-1 -1--1']])
    expect(ranges(finding?.closesToo)).toEqual(['tcp 80-80', 'tcp 443-443', 'icmp -1--1', 'icmpv6 -1--1'])
  })

  test('A rule of the policy that speaks of some ports only forbids those.', () => {
    const policy = policyWith('', 'only: [tcp/22, tcp/3000-3999]')
    expect(judged([rule('tcp', 25, W), rule('udp', 22, W), rule('tcp', 4000, W)], policy)).toEqual([])
    const [finding] = judged([rule('tcp', [3999, 4001], W), rule('-1', [-1, -1], '10.0.0.0/8')], policy)
    expect(ranges(finding?.open)).toEqual(['tcp 3999-3999'])
    expect(ranges(finding?.closesToo)).toEqual(['tcp 4000-4001'])
  })

  test('Each rule of the policy finds for itself, and one revoke cures all.', () => {
    const policy = policyWith('    - { name: second, mode: watch, only: [tcp/22] }\n')
    const open = rule('tcp', 22, W)
    const findings = judged([open], policy)
    expect(findings.map((one) => one.rule)).toEqual(['no-world-ingress', 'second'])
    expect(plan(findings, world([open]))[0]?.does.input).toEqual({ GroupId: GROUP, SecurityGroupRuleIds: [open.id] })
  })
})

describe('Which rules go', () => {
  test('Wide ones that reach the port go; narrower ones and those of other ports stay.', () => {
    const findings = judged([
      rule('tcp', 22, '32.0.0.0/6'),
      rule('tcp', 22, '52.1.0.0/16'),
      rule('tcp', 22, '52.2.0.0/17'),
      rule('tcp', 23, '52.3.0.0/16'),
    ])
    expect(gone(findings)).toEqual(['22 32.0.0.0/6', '22 52.1.0.0/16'])
  })

  test('Being wide counts public addresses: a /16 with a hole in it is narrower than a /16.', () => {
    const findings = judged([rule('tcp', 22, W), rule('tcp', 22, '198.51.0.0/16'), rule('tcp', 22, '198.52.0.0/16')])
    expect(gone(findings)).toEqual(['22 0.0.0.0/0', '22 198.52.0.0/16'])
  })

  test('The same holds of a /32 of IPv6.', () => {
    const findings = judged([rule('tcp', 22, '::/0'), rule('tcp', 22, '2600:1::/32'), rule('tcp', 22, '2600:2::/33')])
    expect(gone(findings)).toEqual(['22 ::/0', '22 2600:1::/32'])
  })

  test('A wide rule of one family goes with the world of the other: its port is open.', () => {
    expect(gone(judged([rule('tcp', 22, '::/0'), rule('tcp', 22, '52.1.0.0/16')]))).toEqual([
      '22 52.1.0.0/16',
      '22 ::/0',
    ])
  })

  const small = policyWith('  world: { ipv4: /20, ipv6: /40, wide: { ipv4: /16, ipv6: /32 } }\n')

  test('Where what stays is still the world, the rest goes widest first, and no more than is needed.', () => {
    // 4,096 addresses are the world here, and 2,048 + 1,024 + 512 + 256 + 256 just reach it.
    const crowd = ['52.0.0.0/21', '52.0.8.0/22', '52.0.12.0/23', '52.0.14.0/24', '52.0.15.0/24']
    const findings = judged(crowd.map((cidr) => rule('tcp', 22, cidr)).reverse(), small)
    expect(gone(findings)).toEqual(['22 52.0.0.0/21'])
    expect(
      judged(
        crowd.slice(0, 4).map((cidr) => rule('tcp', 22, cidr)),
        small,
      ),
    ).toEqual([])
  })

  test('Of equally wide ones the lower address goes first, so that the answer is always the same.', () => {
    const crowd = exactly(4_096n, 52n << 24n, 23).map((cidr) => rule('tcp', 22, cidr))
    expect(crowd).toHaveLength(8)
    expect(gone(judged(crowd.toReversed(), small))).toEqual(['22 52.0.0.0/23'])
  })

  test('Of equally wide ones of other ports the one that stands first in the fixed order goes.', () => {
    const crowd = [rule('tcp', [22, 30], '52.0.0.0/21'), rule('tcp', [20, 22], '52.0.8.0/21')]
    expect(gone(judged(crowd, small))).toEqual(['20 52.0.8.0/21'])
    expect(gone(judged(crowd.toReversed(), small))).toEqual(['20 52.0.8.0/21'])
  })

  test('A narrow rule of a family that is not the world stays: its going would close nothing.', () => {
    const crowd = ['2600:1::/33', '2600:2::/34'].map((cidr) => rule('tcp', 22, cidr))
    const office = rule('tcp', 22, '52.9.9.0/24')
    const sixes = policyWith('  world: { ipv4: /20, ipv6: /33, wide: { ipv4: /16, ipv6: /32 } }\n')
    expect(gone(judged([...crowd, office], sixes))).toEqual(['22 2600:1::/33'])
  })

  test('A plan is one revoke by rule id, with one call per rule that would put it back.', () => {
    const open = [rule('tcp', 22, W, { description: 'ssh', tags: { team: 'a' } }), rule('-1', [-1, -1], '::/0')]
    const [step, ...more] = plan(judged(open), world(open))
    expect(more).toEqual([])
    expect(step).toMatchObject({
      title: `Revoke 2 inbound rules of ${GROUP}`,
      does: {
        call: 'ec2:RevokeSecurityGroupIngress',
        input: { GroupId: GROUP, SecurityGroupRuleIds: [open[1]?.id, open[0]?.id] },
      },
      tier: 'exact',
    })
    expect(step?.undo).toEqual([
      {
        call: 'ec2:AuthorizeSecurityGroupIngress',
        input: { GroupId: GROUP, IpPermissions: [{ IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] }] },
      },
      {
        call: 'ec2:AuthorizeSecurityGroupIngress',
        input: {
          GroupId: GROUP,
          IpPermissions: [
            { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: W, Description: 'ssh' }] },
          ],
          TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'team', Value: 'a' }] }],
        },
      },
    ])
  })

  test('A step is named by what it changes and by the content it found: another rule behind the same id is another step.', () => {
    const steps = ([22, 23] as const).map((port) => {
      const open = [rule('tcp', port, W, { id: 'sgr-1' })]
      return plan(judged(open), world(open))[0]
    })
    expect(steps[0]?.does).toEqual(steps[1]?.does)
    expect(steps[0]?.id).not.toBe(steps[1]?.id)
    expect(steps[0]?.id).toMatch(/^[0-9a-f]{32}$/)
  })

  test('Where the rules have no ids, as in old records, the plan that is shown names the permissions.', () => {
    const { id: _, ...open } = rule('tcp', 22, '93.184.215.14/0')
    expect(plan(judged([open]), world([open]))[0]?.does.input).toEqual({
      GroupId: GROUP,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: W }] }],
    })
  })
})

describe('The number', () => {
  test('A number as large as the space is met by the whole space: /0 does not mean never.', () => {
    const policy = policyWith('  world: { ipv4: /0, ipv6: /0 }\n')
    expect(gone(judged([rule('tcp', 22, W)], policy))).toEqual(['22 0.0.0.0/0'])
    expect(gone(judged([rule('tcp', 22, '2000::/3')], policy))).toEqual(['22 2000::/3'])
    expect(judged([rule('tcp', 22, '0.0.0.0/1'), rule('tcp', 22, '2000::/4')], policy)).toEqual([])
  })

  test.each([
    ['32.0.0.0/7', '34.0.0.0/8', '35.0.0.0/9', '35.128.0.0/9', 1],
    ['32.0.0.0/7', '34.0.0.0/8', '35.0.0.0/9', '35.128.0.0/10', 0],
  ])('By default it is 2^26 public IPv4 addresses: %s %s %s %s make %i findings.', (...given) => {
    const found = given.pop() as number
    expect(judged(given.map((cidr) => rule('tcp', 22, String(cidr))))).toHaveLength(found)
  })

  test('Two texts of one block come out in the same order, whichever way they came in.', () => {
    const { id: _a, ...plain } = rule('tcp', 22, W)
    const { id: _b, ...mapped } = rule('tcp', 22, '::ffff:0:0/96')
    expect(gone(judged([plain, mapped]))).toEqual(gone(judged([mapped, plain])))
  })
})
