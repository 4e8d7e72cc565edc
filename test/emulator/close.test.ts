import { ModifySecurityGroupRulesCommand, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2'
import { afterEach, expect, test } from 'vitest'
import {
  APP,
  calm,
  closed,
  control,
  counted,
  doors,
  ec2,
  entriesOf,
  eventOf,
  incidentsOf,
  newGroup,
  open,
  sweep,
  tcp,
  until,
  verdictOf,
} from '../support/cloud.ts'
import { mailbox } from '../support/mail.ts'

afterEach(calm)

test('a door to the world is closed, proven, written down and told', async () => {
  const mail = await mailbox()
  const group = await newGroup()
  const [rule] = await open(group, [tcp(22, '0.0.0.0/0', 'just for a minute')])
  await closed(group)
  const head = await verdictOf(group, 'contained')
  expect(head.summary).toBe(`tcp/22 of ${group} open to the world`)
  await until(
    'the incident to be closed',
    () => incidentsOf(group),
    ([one]) => one?.status === 'closed',
  )
  const entries = await entriesOf(head.id)
  expect(entries.map((entry) => entry.what)).toEqual(['opened', 'intended', 'done', 'verified'])
  const opened = entries[0]!
  expect(opened.what === 'opened' && opened.plan).toMatchObject([
    {
      does: { call: 'ec2:RevokeSecurityGroupIngress', input: { GroupId: group, SecurityGroupRuleIds: [rule] } },
      tier: 'exact',
    },
  ])
  const [notice] = await until(
    'a notice',
    () => mail.read(),
    (all) => all.some((one) => one.facts.subject === group),
  )
  expect(notice).toMatchObject({ importance: 'important', facts: { verdict: 'contained', incident: head.id } })
  expect(notice!.subject.length).toBeLessThanOrEqual(100)
  expect(notice!.facts.text).toContain('"just for a minute"')
})

test('only the rules that offend go: neighbours of the same call stay', async () => {
  const group = await newGroup()
  await open(group, [
    tcp(22),
    tcp(443),
    tcp(22, '10.0.0.0/8'),
    tcp(3389, '::/0'),
    { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/1' }, { CidrIp: '128.0.0.0/1' }] },
  ])
  await verdictOf(group, 'contained')
  // The rule of all ports also reached those that the policy narrows.
  expect(await doors(group)).toEqual(['tcp/22 10.0.0.0/8', 'tcp/443 0.0.0.0/0', 'tcp/9200 203.0.113.0/24'])
})

test('a rule that is modified into a door is closed', async () => {
  const group = await newGroup()
  const [rule] = await open(group, [tcp(22, '10.0.0.0/8')])
  await ec2.send(
    new ModifySecurityGroupRulesCommand({
      GroupId: group,
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: rule,
          SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: '0.0.0.0/0' },
        },
      ],
    }),
  )
  await closed(group)
})

test('what the policy only watches stays open, and is told once however often it is looked at', async () => {
  const mail = await mailbox()
  const group = await newGroup()
  await open(group, [tcp(9000)])
  const head = await verdictOf(group, 'open')
  expect(await doors(group)).toEqual(['tcp/9000 0.0.0.0/0'])
  await sweep()
  await sweep()
  const told = () => mail.read().then((all) => all.filter((one) => one.facts.subject === group))
  expect((await told()).map((one) => one.facts.verdict)).toEqual(['open'])
  expect((await entriesOf(head.id)).map((entry) => entry.what)).toEqual(['opened', 'verified'])

  await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [tcp(9000)] }))
  await sweep()
  await verdictOf(group, 'contained')
  expect((await told()).map((one) => one.facts.verdict)).toEqual(['open', 'contained'])
})

test('what an exemption spares stays open without a word; an expired exemption is named', async () => {
  const mail = await mailbox()
  const [mailServer, gameServer] = [await newGroup(), await newGroup()]
  await open(mailServer, [tcp(25)])
  await open(gameServer, [{ IpProtocol: 'udp', FromPort: 27015, ToPort: 27015, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }])
  await closed(gameServer)
  await verdictOf(gameServer, 'contained')
  const event = await eventOf(mailServer)
  await until('the event to be counted', counted, (books) => books.get(event) === 'spared')
  expect(await doors(mailServer)).toEqual(['tcp/25 0.0.0.0/0'])
  expect(await incidentsOf(mailServer)).toEqual([])
  const notices = await until(
    'the notice',
    () => mail.read(),
    (all) => all.some((one) => one.facts.subject === gameServer),
  )
  expect(notices.find((one) => one.facts.subject === gameServer)!.facts.text).toContain(
    'Exemption old-game-server would have spared it, but has expired.',
  )
  expect(notices.some((one) => one.facts.subject === mailServer)).toBe(false)
})

test('a door whose event never came is found and closed by the sweep', async () => {
  await control.change({ lossRate: 1 })
  const group = await newGroup()
  await open(group)
  await sweep()
  expect(await doors(group)).toEqual([])
  await verdictOf(group, 'contained')
})

test('a safe call is looked at and settled without a write to EC2', async () => {
  const group = await newGroup()
  await open(group, [tcp(22, '10.0.0.0/8')])
  const event = await eventOf(group)
  await until('the event to be counted', counted, (books) => books.get(event) === 'settled')
  const calls = await control.calls()
  expect(
    calls.filter((call) => call.app === APP && call.action.startsWith('Revoke') && call.resources.includes(group)),
  ).toEqual([])
})
