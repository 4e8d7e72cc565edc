import { describe, expect, test } from 'vitest'
import { readRecord } from '#shared/responses/open-ingress/record.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { isAboutRules, subjects } from '#shared/responses/open-ingress/subjects.ts'
import { call } from '../support/stories.ts'
import { GROUP, NOW, rule, world } from '../support/worlds.ts'

const authorize = (request: unknown, response: unknown = null) => ({ ...call(), request, response })
const modify = (request: unknown) => ({ ...call(), name: 'ModifySecurityGroupRules', request })
const open = { protocol: 'tcp', from: 22, to: 22, cidr: '0.0.0.0/0' }
const flat = { groupId: GROUP, ipPermissions: {}, cidrIp: '0.0.0.0/0', ipProtocol: 'tcp', fromPort: 22, toPort: 22 }
const answered = (more: object = {}) => ({
  securityGroupRuleSet: {
    items: [
      {
        groupId: GROUP,
        securityGroupRuleId: 'sgr-1',
        isEgress: false,
        ipProtocol: 'tcp',
        fromPort: 22,
        toPort: 22,
        cidrIpv4: '0.0.0.0/0',
        ...more,
      },
    ],
  },
})

describe('An authorisation', () => {
  test('In the flat form is one rule.', () => {
    expect(readRecord(authorize(flat))).toMatchObject({
      groupId: GROUP,
      rules: [open],
      ruleIds: [],
      omitted: false,
    })
  })

  test('In both forms at once holds the rules of both.', () => {
    const item = { ipProtocol: 'udp', fromPort: 53, toPort: 53, ipRanges: { items: [{ cidrIp: '10.0.0.0/8' }] } }
    const { rules } = readRecord(authorize({ ...flat, ipPermissions: { items: [item] } }))
    expect(rules).toEqual([{ protocol: 'udp', from: 53, to: 53, cidr: '10.0.0.0/8' }, open])
  })

  test('Makes a rule of each source of a permission, with its own description.', () => {
    const item = {
      ipProtocol: 'tcp',
      fromPort: 22,
      toPort: 22,
      ipRanges: { items: [{ cidrIp: '0.0.0.0/0', description: 'all' }, { cidrIp: '10.0.0.0/8' }] },
      ipv6Ranges: { items: [{ cidrIpv6: '::/0' }] },
      prefixListIds: { items: [{ prefixListId: 'pl-1' }] },
      groups: { items: [{ groupId: 'sg-2' }, { groupName: 'elb' }] },
    }
    const range = { protocol: 'tcp', from: 22, to: 22 }
    expect(readRecord(authorize({ groupId: GROUP, ipPermissions: { items: [item] } })).rules).toEqual([
      { ...open, description: 'all' },
      { ...range, cidr: '10.0.0.0/8' },
      { ...range, cidr: '::/0' },
      { ...range, prefixList: 'pl-1' },
      { ...range, group: 'sg-2' },
      { ...range, group: 'elb' },
    ])
  })

  test("Takes the rules from the answer where it shows as many, and the answer's ids always.", () => {
    const record = readRecord(authorize(flat, answered({ description: 'x' })))
    expect(record.rules).toEqual([{ id: 'sgr-1', ...open, description: 'x' }])
    const item = { ipProtocol: '-1', ipRanges: { items: [{ cidrIp: '::/0' }, { cidrIp: '1.0.0.0/8' }] } }
    const more = readRecord(authorize({ groupId: GROUP, ipPermissions: { items: [item] } }, answered()))
    expect(more.rules.map((one) => one.cidr)).toEqual(['::/0', '1.0.0.0/8'])
    expect(more.ruleIds).toEqual(['sgr-1'])
  })

  test('Reads every kind of source from the answer, and takes outbound rules for none.', () => {
    const source = (more: object) => readRecord(authorize(flat, answered({ cidrIpv4: undefined, ...more }))).rules[0]
    expect(source({ cidrIpv6: '::/0' })).toMatchObject({ cidr: '::/0' })
    expect(source({ prefixListId: 'pl-1' })).toMatchObject({ prefixList: 'pl-1' })
    expect(source({ referencedGroupInfo: { groupId: 'sg-2' } })).toMatchObject({ group: 'sg-2' })
    expect(readRecord(authorize(flat, answered({ isEgress: true })))).toMatchObject({ rules: [open], ruleIds: [] })
  })

  test('Whose request was left out is said to be, and shows what the answer shows.', () => {
    const left = { reason: 'requestParameters too large', omitted: 'true', originalSize: '1' }
    expect(readRecord(authorize(left))).toMatchObject({ omitted: true, rules: [], groupId: undefined })
    expect(readRecord(authorize(left, answered()))).toMatchObject({
      omitted: true,
      groupId: GROUP,
      rules: [{ id: 'sgr-1' }],
    })
    expect(readRecord(authorize(flat)).omitted).toBe(false)
  })

  test('From a group, by its old name, opens nothing to anybody else: it is a rule with a group as its source.', () => {
    const request = {
      groupName: 'web',
      ipPermissions: {},
      sourceSecurityGroupName: 'lb',
      sourceSecurityGroupOwnerId: '111122223333',
    }
    expect(readRecord(authorize(request)).rules).toEqual([{ protocol: '-1', from: -1, to: -1, group: 'lb' }])
  })

  test.each([
    ['-1', 0, 65_535, { protocol: '-1', from: -1, to: -1 }],
    ['-1', undefined, undefined, { protocol: '-1', from: -1, to: -1 }],
    [undefined, 22, 22, { protocol: '-1', from: -1, to: -1 }],
    ['6', '22', '23', { protocol: 'tcp', from: 22, to: 23 }],
    ['icmp', -1, -1, { protocol: 'icmp', from: -1, to: -1 }],
    ['tcp', 'x', null, { protocol: 'tcp', from: -1, to: -1 }],
    ['tcp', 22.5, ' 23 ', { protocol: 'tcp', from: -1, to: 23 }],
    [17, 53, 53, { protocol: 'udp', from: 53, to: 53 }],
  ])('Protocol %j from %j to %j is %j.', (ipProtocol, fromPort, toPort, range) => {
    const { rules } = readRecord(authorize({ ipProtocol, fromPort, toPort, cidrIp: '1.2.3.4/32' }))
    expect(rules).toEqual([{ ...range, cidr: '1.2.3.4/32' }])
  })
})

describe('A modification', () => {
  const content = { CidrIpv4: '0.0.0.0/0', FromPort: 22, ToPort: 22, IpProtocol: 'tcp' }
  const update = (id: string) => ({ SecurityGroupRuleId: id, tag: 1, SecurityGroupRule: content })

  test('Of one rule is an object, of several an array; its direction is unknown.', () => {
    const one = readRecord(
      modify({ ModifySecurityGroupRulesRequest: { GroupId: GROUP, SecurityGroupRule: update('sgr-1') } }),
    )
    expect(one).toMatchObject({
      groupId: GROUP,
      ruleIds: ['sgr-1'],
      rules: [{ id: 'sgr-1', ...open }],
      directionUnknown: true,
    })
    const two = readRecord(
      modify({ ModifySecurityGroupRulesRequest: { SecurityGroupRule: [update('sgr-1'), update('sgr-2')] } }),
    )
    expect(two).toMatchObject({ groupId: undefined, ruleIds: ['sgr-1', 'sgr-2'] })
    expect(readRecord(authorize(flat)).directionUnknown).toBe(false)
  })

  test('Reads IPv6, prefix lists and groups as sources.', () => {
    const source = (more: object) =>
      readRecord(
        modify({
          ModifySecurityGroupRulesRequest: {
            SecurityGroupRule: { SecurityGroupRuleId: 'sgr-1', SecurityGroupRule: more },
          },
        }),
      ).rules[0]
    expect(source({ CidrIpv6: '::/0', IpProtocol: '-1' })).toEqual({
      id: 'sgr-1',
      protocol: '-1',
      from: -1,
      to: -1,
      cidr: '::/0',
    })
    expect(source({ PrefixListId: 'pl-1' })).toMatchObject({ prefixList: 'pl-1' })
    expect(source({ ReferencedGroupId: 'sg-2' })).toMatchObject({ group: 'sg-2' })
  })
})

describe('Where to look', () => {
  test.each([
    ['the group of the request', authorize(flat), [{ groupId: GROUP }]],
    ['the group of the answer', authorize({ omitted: 'true' }, answered()), [{ groupId: GROUP }]],
    ['the name, where there is no id', authorize({ groupName: 'web', cidrIp: '::/0' }), [{ groupName: 'web' }]],
    ['the id before the name', authorize({ groupName: 'web', groupId: GROUP }), [{ groupId: GROUP }]],
    ['everywhere, where the request was left out', authorize({ omitted: 'true' }), 'all'],
    [
      'the rules, where a modification hides its group',
      modify({
        ModifySecurityGroupRulesRequest: {
          SecurityGroupRule: [{ SecurityGroupRuleId: 'sgr-1' }, { SecurityGroupRuleId: 'sgr-2' }],
        },
      }),
      [{ ruleId: 'sgr-1' }, { ruleId: 'sgr-2' }],
    ],
    ['everywhere, where a modification was left out', modify({ omitted: 'true' }), 'all'],
    ['nowhere, at another call', { ...authorize(flat), name: 'RevokeSecurityGroupIngress' }, []],
    ['nowhere, at another service', { ...authorize(flat), source: 'rds.amazonaws.com' }, []],
    ['everywhere, at a tick', { kind: 'tick' as const, id: 't', account: '', region: '', at: NOW }, 'all'],
  ])('%s', (_, signal, expected) => expect(subjects(signal)).toEqual(expected))

  test('Only the calls that can open an inbound door are ours.', () => {
    const named = (name: string) => isAboutRules({ ...call(), name })
    expect(['AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules'].every(named)).toBe(true)
    expect(
      ['AuthorizeSecurityGroupEgress', 'CreateSecurityGroup', 'authorizesecuritygroupingress', ''].some(named),
    ).toBe(false)
  })
})

describe('A read that may be stale', () => {
  const there = world([rule('tcp', 22, '0.0.0.0/0', { id: 'sgr-1' })])

  test('A rule that the record names and the read does not show is unseen; one that it shows is not.', () => {
    expect(openIngress.unseen(authorize(flat, answered()), there, [])).toBe(false)
    expect(openIngress.unseen(authorize(flat, answered({ securityGroupRuleId: 'sgr-2' })), there, [])).toBe(true)
    expect(
      openIngress.unseen(authorize(flat, answered({ securityGroupRuleId: 'sgr-2' })), { ...there, group: null }, []),
    ).toBe(true)
  })

  test('A modified rule is unseen while the read shows its old content.', () => {
    const to = (CidrIpv4: string) =>
      modify({
        ModifySecurityGroupRulesRequest: {
          SecurityGroupRule: {
            SecurityGroupRuleId: 'sgr-1',
            SecurityGroupRule: { CidrIpv4, FromPort: 22, ToPort: 22, IpProtocol: 'tcp' },
          },
        },
      })
    expect(openIngress.unseen(to('0.0.0.0/0'), there, [])).toBe(false)
    expect(openIngress.unseen(to('9.9.9.9/0'), there, [])).toBe(false)
    expect(openIngress.unseen(to('10.0.0.0/8'), there, [])).toBe(true)
  })
})
