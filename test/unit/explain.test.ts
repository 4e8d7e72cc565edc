import { describe, expect, test } from 'vitest'
import { armed, explain as explainAt } from '#shared/explain.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { exemption, policyWith, shipped } from '../support/policies.ts'
import { GROUP } from '../support/worlds.ts'

const ID = '11111111-2222-4333-a444-555555555555'
/** Now is long after every event of these tests, and after every exemption. */
const NOW = new Date('2030-01-01T00:00:00Z')
const explain = (value: unknown, policy: Policy, now = NOW) => explainAt(value, policy, now)
const record = (requestParameters: unknown, more: object = {}) => ({
  eventID: ID,
  eventName: 'AuthorizeSecurityGroupIngress',
  eventSource: 'ec2.amazonaws.com',
  eventTime: '2026-06-15T12:00:00Z',
  recipientAccountId: '111122223333',
  requestParameters,
  responseElements: null,
  ...more,
})
const flat = (port: number, cidrIp: string) => ({
  groupId: GROUP,
  ipPermissions: {},
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
  cidrIp,
})
const ranges = (...cidrs: string[]) => ({
  items: [{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipRanges: { items: cidrs.map((cidrIp) => ({ cidrIp })) } }],
})
const open = record(flat(22, '0.0.0.0/0'))

describe('An explanation', () => {
  test('Says what would be done, by which clause, on what it assumes, and how.', () => {
    expect(explain(open, armed(shipped))).toEqual({
      event: ID,
      mode: 'act',
      because:
        'open-ingress.rules.no-world-ingress: act; the world may reach only tcp/80, tcp/443, icmp, icmpv6; open to the world: tcp/22',
      assumes: expect.arrayContaining([
        "the group holds only this record's rules",
        'no unseen fact (a tag of the group, a grace in the ledger) exempts it',
      ]),
      findings: [
        {
          finding: 'open-ingress',
          subject: { groupId: GROUP },
          exposes: [{ protocol: 'tcp', from: 22, to: 22, cidr: '0.0.0.0/0' }],
        },
      ],
      plan: [
        {
          call: 'ec2:RevokeSecurityGroupIngress',
          input: {
            GroupId: GROUP,
            IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
          },
        },
      ],
    })
  })

  test('As deployed, the shipped policy watches; armed, it acts; a policy that acts, acts in both.', () => {
    expect(explain(open, shipped).mode).toBe('watch')
    expect(explain(open, shipped).plan).toHaveLength(1)
    expect(explain(open, armed(shipped)).mode).toBe('act')
    expect(explain(open, policyWith()).mode).toBe('act')
    expect(shipped['open-ingress'].rules[0]?.mode).toBe('watch')
  })

  test('Where one rule acts and another watches is of what acts.', () => {
    const policy = policyWith('    - { name: second, mode: watch, only: [tcp/22] }\n')
    const said = explain(open, policy)
    expect(said.mode).toBe('act')
    expect(said.findings).toHaveLength(1)
  })

  test('Of something else is ignore, with the id of the event where it has one.', () => {
    expect(explain(null, shipped)).toEqual({
      ...{ event: null, mode: 'ignore', because: 'this is no CloudTrail record that can be read' },
      ...{ assumes: [], findings: [], plan: [] },
    })
    expect(explain({ eventID: 'x' }, shipped).event).toBe('x')
    expect(explain({ detail: { eventID: 'x' } }, shipped).event).toBe('x')
    expect(explain({ ...open, eventName: 'TerminateInstances' }, shipped)).toMatchObject({
      event: ID,
      mode: 'ignore',
      because: 'TerminateInstances opens no security group',
      assumes: [],
    })
    expect(explain({ ...open, errorCode: 'Client.X' }, shipped).because).toContain('failed with Client.X')
  })

  test.each([[undefined], [''], [7], [null]])('With %j as its event id it is judged all the same.', (eventID) => {
    expect(explain({ ...open, eventID }, armed(shipped))).toEqual({ ...explain(open, armed(shipped)), event: null })
    const modes = [record(flat(443, '0.0.0.0/0')), record({ omitted: true }), { ...open, errorCode: 'Client.X' }]
    for (const value of modes)
      expect(explain({ detail: { ...value, eventID } }, armed(shipped))).toEqual({
        ...explain(value, armed(shipped)),
        event: null,
      })
    expect(explain({ eventID }, shipped).event).toBeNull()
  })

  test('Of allowed ports is ignore, on the assumption that nothing else is in the group.', () => {
    const said = explain(record(flat(443, '0.0.0.0/0')), armed(shipped))
    expect(said).toMatchObject({ mode: 'ignore', findings: [], plan: [] })
    expect(said.assumes).toHaveLength(3)
  })

  test('Exposes are normal CIDRs in a fixed order, one element per rule, whatever the order of the record.', () => {
    const cidrs = ['128.0.0.9/1', '0.0.0.9/1', '52.1.2.3/16']
    const [one, two] = [cidrs, cidrs.toReversed()].map((order) =>
      explain(record({ groupId: GROUP, ipPermissions: ranges(...order) }), armed(shipped)),
    )
    expect(one?.findings[0]?.exposes.map(({ cidr }) => cidr)).toEqual(['0.0.0.0/1', '52.1.0.0/16', '128.0.0.0/1'])
    expect(two).toEqual(one)
  })

  test('A group that is only named is revoked from by name.', () => {
    const said = explain(record({ groupName: 'web', ipPermissions: ranges('0.0.0.0/0') }), armed(shipped))
    expect(said.findings[0]?.subject).toEqual({ groupName: 'web' })
    expect(said.plan[0]?.input).toMatchObject({ GroupName: 'web' })
    expect(said.plan[0]?.input).not.toHaveProperty('GroupId')
  })
})

describe('An exemption in an explanation', () => {
  const policy = (more: string, expires?: string) => policyWith(exemption(more, 'mail', expires))

  test('Spares, and says by whom it is answered for.', () => {
    const said = explain(open, policy(`groups: [${GROUP}]`))
    expect(said).toMatchObject({
      mode: 'spare',
      because: expect.stringContaining('exemptions.mail: mail-team@example.com'),
    })
    expect(said.findings[0]?.exposes).toHaveLength(1)
  })

  test('Of another account, or that had expired at the time of the event, spares nothing.', () => {
    expect(explain(open, policy("accounts: ['111122223333']")).mode).toBe('spare')
    expect(explain(open, policy("accounts: ['111122223334']")).mode).toBe('act')
    expect(explain(open, policy(`groups: [${GROUP}]`, '2026-06-14')).mode).toBe('act')
    expect(explain(open, policy(`groups: [${GROUP}]`, '2026-06-15')).mode).toBe('spare')
  })

  test.each([[undefined], [null], ['yesterday'], [7]])(
    'Is judged by the time it is asked where the time of the event reads %j, and says so.',
    (eventTime) => {
      const at = (now: string) =>
        explain({ ...open, eventTime }, policy(`groups: [${GROUP}]`, '2026-06-15'), new Date(now))
      expect(at('2026-06-15T23:59:58Z').mode).toBe('spare')
      expect(at('2026-06-16T00:00:00Z').mode).toBe('act')
      expect(at('2026-06-16T00:00:00Z').assumes).toContain(
        'exemptions are as they stand now: the time of the event cannot be read',
      )
    },
  )

  test('That only a tag could name is an unseen fact: it is assumed not to hold.', () => {
    expect(explain(open, policy(`groups: [${GROUP}]\nwhen: named`)).mode).toBe('act')
  })
})

describe('Look is for what an unseen fact alone could flip', () => {
  const look = (request: unknown, more: object = {}) => explain(record(request, more), armed(shipped))
  const list = (port: number) => ({
    groupId: GROUP,
    ipPermissions: {
      items: [
        { ipProtocol: 'tcp', fromPort: port, toPort: port, prefixListIds: { items: [{ prefixListId: 'pl-1' }] } },
      ],
    },
  })
  const modification = (content: object) => ({
    ModifySecurityGroupRulesRequest: {
      SecurityGroupRule: { SecurityGroupRuleId: 'sgr-1', SecurityGroupRule: content },
    },
  })
  const modify = { eventName: 'ModifySecurityGroupRules' }

  test('A prefix list on a forbidden port is looked at; on an allowed one it could hold the world and is ignored.', () => {
    expect(look(list(22))).toMatchObject({
      mode: 'look',
      because: 'what prefix list pl-1 lets in is unseen',
      findings: [],
    })
    expect(look(list(443)).mode).toBe('ignore')
  })

  test('A request that was left out, or shows nothing that can be read, is looked at.', () => {
    expect(look({ omitted: 'true' }).because).toContain('left the request out')
    expect(look({ groupId: GROUP }).because).toContain('no rule that can be read')
    expect(look(flat(22, 'everywhere')).because).toContain('"everywhere"')
  })

  test('A modification is looked at where it would matter, for its direction; where it would not, it is ignored.', () => {
    const to = (CidrIpv4: string, port: number) =>
      look(modification({ CidrIpv4, IpProtocol: 'tcp', FromPort: port, ToPort: port }), modify)
    expect(to('0.0.0.0/0', 22)).toMatchObject({ mode: 'look', because: expect.stringContaining('inbound') })
    expect(to('0.0.0.0/0', 443).mode).toBe('ignore')
    expect(to('10.0.0.0/8', 22).mode).toBe('ignore')
  })

  test('A spared door beside an unseen source is looked at, an open one beside it is not: that is open anyway.', () => {
    const mixed = (cidrIp: string) => ({
      groupId: GROUP,
      ipPermissions: { items: [...ranges(cidrIp).items, ...list(23).ipPermissions.items] },
    })
    const policy = policyWith(exemption(`groups: [${GROUP}]\nports: [tcp/22]`))
    expect(explain(record(mixed('0.0.0.0/0')), policy).mode).toBe('look')
    expect(explain(record(mixed('0.0.0.0/0')), policyWith()).mode).toBe('act')
    expect(explain(record(mixed('10.0.0.0/8')), policyWith()).mode).toBe('look')
  })
})
