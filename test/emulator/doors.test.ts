import { randomUUID } from 'node:crypto'
import {
  CreateManagedPrefixListCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  ModifyManagedPrefixListCommand,
  RestoreManagedPrefixListVersionCommand,
} from '@aws-sdk/client-ec2'
import { afterEach, describe, expect, test } from 'vitest'
import { configChange, configNotice } from '../support/aws-events.ts'
import {
  account,
  calm,
  closed,
  control,
  counted,
  doors,
  ec2,
  inbound,
  incidentsOf,
  invoke,
  newGroup,
  open,
  options,
  RESPONDER,
  region,
  sweep,
  tcp,
  until,
  verdictOf,
} from '../support/cloud.ts'
import { mailbox } from '../support/mail.ts'

afterEach(calm)

const newList = async (...cidrs: string[]): Promise<string> => {
  const { PrefixList } = await ec2.send(
    new CreateManagedPrefixListCommand({
      PrefixListName: `list-${randomUUID()}`,
      AddressFamily: 'IPv4',
      MaxEntries: 20,
      Entries: cidrs.map((Cidr) => ({ Cidr })),
    }),
  )
  return PrefixList!.PrefixListId!
}
const fromList = (list: string, port = 22) => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  PrefixListIds: [{ PrefixListId: list }],
})
const groupOf = async (id: string) =>
  (await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))).SecurityGroups![0]!

describe('prefix lists', () => {
  test('a rule that names a list of the whole world is a door like any other', async () => {
    const group = await newGroup()
    await open(group, [fromList(await newList('0.0.0.0/1', '128.0.0.0/1'))])
    await closed(group)
    await verdictOf(group, 'contained')
  })

  test('a list that is opened to the world closes every group that names it; the list stays as it is', async () => {
    const list = await newList('10.0.0.0/8')
    const groups = await Promise.all(Array.from({ length: 5 }, newGroup))
    for (const group of groups) await open(group, [fromList(list), tcp(22, '192.168.0.0/16')])
    await ec2.send(
      new ModifyManagedPrefixListCommand({
        PrefixListId: list,
        CurrentVersion: 1,
        AddEntries: [{ Cidr: '0.0.0.0/0' }],
      }),
    )
    for (const group of groups) await verdictOf(group, 'contained', 30)
    for (const group of groups) expect(await doors(group)).toEqual(['tcp/22 192.168.0.0/16'])
  })

  test('an old version that was open is restored: the groups that name the list are looked at again', async () => {
    const list = await newList('0.0.0.0/0')
    await ec2.send(
      new ModifyManagedPrefixListCommand({
        PrefixListId: list,
        CurrentVersion: 1,
        AddEntries: [{ Cidr: '10.0.0.0/8' }],
        RemoveEntries: [{ Cidr: '0.0.0.0/0' }],
      }),
    )
    const group = await newGroup()
    await open(group, [fromList(list)])
    expect(await inbound(group)).toHaveLength(1)
    await ec2.send(
      new RestoreManagedPrefixListVersionCommand({ PrefixListId: list, CurrentVersion: 2, PreviousVersion: 1 }),
    )
    await closed(group, 30)
  })

  test('the union counts: half of what is the world in a rule, half in a list', async () => {
    const group = await newGroup()
    await open(group, [tcp(22, '4.0.0.0/7'), fromList(await newList('6.0.0.0/7'))])
    await verdictOf(group, 'contained')
    expect(await inbound(group)).toEqual([])
  })

  test('a list of another account that opens is found by the sweep; one that can not be read is asked about', async () => {
    const [list, hidden] = [await newList('0.0.0.0/0'), await newList('10.0.0.0/8')]
    await control.change({ lossRate: 1 })
    const [seen, unseen] = [await newGroup(), await newGroup()]
    await open(seen, [fromList(list)])
    await open(unseen, [fromList(hidden)])
    await control.share({ id: list, owner: '210987654321' }, { id: hidden, owner: '210987654321', unreadable: true })
    await sweep()
    await closed(seen)
    expect(await verdictOf(unseen, 'open')).toMatchObject({ left: 'ask unknown.prefix-list' })
    expect(await inbound(unseen)).toHaveLength(1)
  })
})

describe('a second opinion of AWS Config, when the call was never told', () => {
  test.each(['object', 'text', 'summary'] as const)('as %s over EventBridge', async (form) => {
    const group = await newGroup()
    await control.change({ lossRate: 1 })
    await open(group)
    await control.change({ lossRate: 0 })
    await control.emit(configChange(await groupOf(group), { account, region, form }))
    await closed(group)
    await verdictOf(group, 'contained')
  })

  test('over SNS', async () => {
    const group = await newGroup()
    await control.change({ lossRate: 1 })
    await open(group)
    const change = configChange(await groupOf(group), { account, region })
    expect(await invoke(RESPONDER, configNotice(change, { account, region }))).toMatchObject({ error: undefined })
    await closed(group)
  })
})

test('a group of another account is named and left: only its owner can close it', async () => {
  const mail = await mailbox()
  const group = await newGroup()
  await control.share({ id: group, owner: '210987654321' })
  await control.change({ lossRate: 1 })
  await open(group).catch(() => {})
  await control.change({ foreign: [] })
  await open(group).catch(() => {})
  await control.share({ id: group, owner: '210987654321' })
  await sweep()
  expect(await verdictOf(group, 'open')).toMatchObject({ left: 'watch groups.foreign-owned' })
  const told = (await mail.read()).filter((one) => one.facts.subject === group)
  expect(told.map((one) => one.facts.text).join()).toContain('belongs to account 210987654321')
})

describe('narrowing', () => {
  test("the company's own ranges are allowed before the wide rule goes", async () => {
    const mail = await mailbox()
    const group = await newGroup()
    await open(group, [
      {
        IpProtocol: 'tcp',
        FromPort: 9201,
        ToPort: 9201,
        IpRanges: [{ CidrIp: '0.0.0.0/0' }],
        Ipv6Ranges: [{ CidrIpv6: '::/0' }],
      },
    ])
    const { id } = await verdictOf(group, 'contained')
    expect(await doors(group)).toEqual(['tcp/9201 2001:db8:1::/48', 'tcp/9201 203.0.113.0/24'])
    const calls = (await control.calls()).filter(
      (call) => call.app === 'close-open-ingress' && call.resources.includes(group),
    )
    const changes = calls.map((call) => call.action).filter((action) => /^(Authorize|Revoke)/.test(action))
    // A run that our own call has started may ask for the same once more, and find it done.
    expect(changes.slice(0, 3)).toEqual([
      'AuthorizeSecurityGroupIngress',
      'AuthorizeSecurityGroupIngress',
      'RevokeSecurityGroupIngress',
    ])
    const told = await until(
      'the notice',
      () => mail.read().then((all) => all.find((one) => one.facts.incident === id)),
      Boolean,
    )
    expect(told!.facts.text).toContain('Allowed in their place')
  })

  test('what there is no room for is left out, and said', async () => {
    const mail = await mailbox()
    const group = await newGroup()
    await control.break({
      service: 'ec2',
      action: 'AuthorizeSecurityGroupIngress',
      app: 'close-open-ingress',
      kind: 'error',
      status: 400,
      code: 'RulesPerSecurityGroupLimitExceeded',
      resource: group,
    })
    await open(group, [tcp(9202)])
    const { id } = await verdictOf(group, 'contained')
    expect(await doors(group)).toEqual([])
    const told = await until(
      'the notice',
      () => mail.read().then((all) => all.find((one) => one.facts.incident === id)),
      Boolean,
    )
    expect(told!.facts.text).toContain('no room for it')
  })
})

describe('an exemption that depends on who made the rule', () => {
  const pipeline = new EC2Client({
    ...options,
    credentials: { accessKeyId: 'AKIALOCALPIPELINE000', secretAccessKey: 'local' },
  })

  test('spares what its actor made, also in a sweep that sees no caller', async () => {
    const group = await newGroup()
    const { AuthorizeSecurityGroupIngressCommand } = await import('@aws-sdk/client-ec2')
    await pipeline.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [tcp(9443)] }))
    await until('the spare to be counted', counted, (books) => [...books.values()].includes('spared'))
    await sweep()
    expect(await doors(group)).toEqual(['tcp/9443 0.0.0.0/0'])
    expect(await incidentsOf(group)).toEqual([])
  })

  test('spares nobody else, and asks where nobody told who it was', async () => {
    const [known, unknown] = [await newGroup(), await newGroup()]
    await open(known, [tcp(9443)])
    await closed(known)
    await control.change({ lossRate: 1 })
    await open(unknown, [tcp(9443)])
    await sweep()
    expect(await verdictOf(unknown, 'open')).toMatchObject({ left: 'ask unknown.actor' })
  })
})

test('a drill says what would be done, and does nothing', async () => {
  const group = await newGroup()
  await control.change({ lossRate: 1 })
  await open(group)
  const event = configChange(await groupOf(group), { account, region })
  const { answer } = await invoke(RESPONDER, { portcullis: 'drill', event })
  expect(answer).toMatchObject([
    { subject: group, decided: [{ mode: 'act' }], plan: [{ call: 'ec2:RevokeSecurityGroupIngress' }] },
  ])
  expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
  expect(await incidentsOf(group)).toEqual([])
})
