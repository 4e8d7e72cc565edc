import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateTagsCommand, UpdateSecurityGroupRuleDescriptionsIngressCommand } from '@aws-sdk/client-ec2'
import { marshall } from '@aws-sdk/util-dynamodb'
import { afterEach, expect, test } from 'vitest'
import type { UndoAnswer } from '#shared/undoing.ts'
import {
  calm,
  control,
  doors,
  dynamodb,
  ec2,
  entriesOf,
  inbound,
  incidentsOf,
  invoke,
  ledger,
  newGroup,
  open,
  sweep,
  TABLE,
  tcp,
  UNDO,
  until,
  verdictOf,
} from '../support/cloud.ts'
import { mailbox } from '../support/mail.ts'

afterEach(calm)

const undo = async (incident: string, more: object = {}) =>
  (await invoke(UNDO, {
    incident,
    reason: 'a test',
    by: { name: 'arn:aws:iam::123456789012:user/alice', from: '203.0.113.7' },
    ...more,
  })) as {
    error: string | undefined
    answer: UndoAnswer & { errorType?: string; errorMessage?: string }
  }

/** What of a group an exact undo brings back: everything but the rules' ids. */
const content = async (group: string) =>
  (await inbound(group))
    .map(({ IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, Description, Tags }) =>
      JSON.stringify({ IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, Description, Tags }),
    )
    .sort()

test('an undo puts back permissions, descriptions and tags, and the sweep leaves it alone', async () => {
  const mail = await mailbox()
  const group = await newGroup()
  await control.change({ lossRate: 1 })
  await ec2.send(new CreateTagsCommand({ Resources: [group], Tags: [{ Key: 'team', Value: 'web' }] }))
  const was = [
    ...(await open(group, [tcp(22, '0.0.0.0/0', 'a {reason} = $5!')], [{ Key: 'ticket', Value: 'OPS-1' }])),
    ...(await open(group, [tcp(3389, '::/0')])),
    ...(await open(group, [
      {
        IpProtocol: '-1',
        IpRanges: [{ CidrIp: '0.0.0.0/1' }, { CidrIp: '128.0.0.0/1', Description: 'the other half' }],
      },
    ])),
    ...(await open(group, [{ IpProtocol: '50', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }])),
  ]
  const before = await content(group)
  await control.change({ lossRate: 0 })
  await sweep()
  const head = await verdictOf(group, 'contained')
  // What the policy narrows is allowed to its own ranges instead; the undo takes that away again.
  expect(await doors(group)).toEqual(['tcp/9200 203.0.113.0/24'])

  const { answer } = await undo(head.id, { seconds: 3_600 })
  expect(answer).toMatchObject({ what: 'undone', fidelity: 'exact', differs: [] })
  expect(await content(group)).toEqual(before)
  const ids = answer.what === 'undone' ? answer.ids : []
  expect(ids.map((id) => id.was).sort()).toEqual(was.sort())
  expect(ids.map((id) => id.is).sort()).toEqual((await inbound(group)).map((rule) => rule.SecurityGroupRuleId).sort())

  await sweep()
  expect(await content(group)).toEqual(before)
  expect(await incidentsOf(group)).toHaveLength(1)
  const told = await until(
    'the notice of the undo',
    () => mail.read(),
    (all) => all.some((one) => one.subject.includes('undone')),
  )
  const text = told.find((one) => one.subject.includes('undone'))!.facts.text
  for (const { was: old, is } of ids) expect(text).toContain(`${old} is now ${is}`)
  expect(text).toMatch(/Terraform and CloudFormation/)
})

test('a door is judged again when its grace is over', async () => {
  const group = await newGroup()
  await open(group)
  const head = await verdictOf(group, 'contained')
  await undo(head.id, { seconds: 60 })
  await sweep()
  expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
  // Time passes: the grace is moved into the past.
  const key = marshall({ pk: `subject#open-ingress#${group}`, sk: 'grace#tcp|22|22|0.0.0.0/0' })
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: TABLE,
      Key: key,
      UpdateExpression: 'SET #u = :u',
      ExpressionAttributeNames: { '#u': 'until' },
      ExpressionAttributeValues: marshall({ ':u': '2020-01-01T00:00:00.000Z' }),
    }),
  )
  await sweep()
  expect(await doors(group)).toEqual([])
  expect(await incidentsOf(group)).toHaveLength(2)
})

test('an undo is refused, with what changed three ways, where somebody changed the group since', async () => {
  const group = await newGroup()
  await open(group, [tcp(443, '0.0.0.0/0', 'shop')])
  await open(group)
  const head = await verdictOf(group, 'contained')
  await ec2.send(
    new UpdateSecurityGroupRuleDescriptionsIngressCommand({
      GroupId: group,
      IpPermissions: [tcp(443, '0.0.0.0/0', 'new shop')],
    }),
  )
  await open(group, [tcp(8443, '10.0.0.0/8')])
  const now = await content(group)
  const { answer } = await undo(head.id)
  expect(answer).toMatchObject({ what: 'refused', why: 'somebody changed the group since' })
  expect(answer.what === 'refused' && answer.changed).toEqual([
    'tcp/443 from 0.0.0.0/0: before present "shop"; we left present "shop"; now present "new shop"',
    'tcp/8443 from 10.0.0.0/8: before absent; we left absent; now present',
  ])
  expect(await content(group)).toEqual(now)

  const forced = await undo(head.id, { force: true })
  expect(forced.answer).toMatchObject({ what: 'undone', fidelity: 'best-effort' })
  expect(await doors(group)).toContain('tcp/22 0.0.0.0/0')
  const entries = await entriesOf(head.id)
  expect(entries.find((entry) => entry.what === 'undo-intended')).toMatchObject({
    forced: true,
    by: { name: 'arn:aws:iam::123456789012:user/alice' },
  })
})

test('an undo that was cut short can be asked again, and puts back what is missing', async () => {
  const group = await newGroup()
  await open(group, [tcp(22), tcp(23), tcp(24)])
  const head = await verdictOf(group, 'contained')
  await control.break({
    service: 'ec2',
    action: 'AuthorizeSecurityGroupIngress',
    app: 'undo-open-ingress',
    kind: 'error',
    code: 'UnauthorizedOperation',
    status: 403,
    skip: 1,
    times: 2,
  })
  const first = await undo(head.id)
  expect(first.error).toBeDefined()
  expect(await doors(group)).toHaveLength(1)
  await control.break()
  expect((await undo(head.id)).answer).toMatchObject({ what: 'undone', fidelity: 'exact' })
  expect(await doors(group)).toHaveLength(3)
})

test.each([
  ['an incident that is not in the ledger', { incident: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }, 'incident-unknown'],
  ['an id in another form', { incident: "x' OR 1=1" }, 'input-invalid'],
  ['a grace of more than seven days', { seconds: 8 * 86_400 }, 'input-invalid'],
  ['a request without a reason', { reason: '' }, 'input-invalid'],
  ['an unknown setting', { quietly: true }, 'input-invalid'],
])('%s is refused with a sentence', async (_what, request, code) => {
  const group = await newGroup()
  await open(group)
  const head = await verdictOf(group, 'contained')
  const { answer } = await undo(head.id, request)
  expect(answer.errorMessage).toMatch(new RegExp(`^${code}: Expected `))
  expect(await doors(group)).toEqual([])
})

test('a second undo is refused, and so is the undo of an incident in which nothing was changed', async () => {
  const [closedGroup, watched] = [await newGroup(), await newGroup()]
  await open(closedGroup)
  await open(watched, [tcp(9000)])
  const [done, open9000] = [await verdictOf(closedGroup, 'contained'), await verdictOf(watched, 'open')]
  expect((await undo(done.id)).answer.what).toBe('undone')
  expect((await undo(done.id)).answer).toMatchObject({
    what: 'refused',
    why: expect.stringContaining('it was undone at'),
  })
  expect((await undo(open9000.id)).answer).toMatchObject({
    what: 'refused',
    why: expect.stringContaining('nothing was changed'),
  })
  expect((await ledger.history(done.id))!.head.undone).toBeDefined()
})
