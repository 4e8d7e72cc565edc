import { afterEach, expect, test } from 'vitest'
import { APP, calm, control, counted, doors, incidentsOf, newGroup, open, tcp, until } from '../support/cloud.ts'
import { deadLetters } from '../support/mail.ts'

afterEach(calm)

test('the books balance after a storm of 215 events of which 30 % come twice', { timeout: 180_000 }, async () => {
  const groups = await Promise.all(Array.from({ length: 50 }, newGroup))
  const mailServers = await Promise.all(Array.from({ length: 5 }, newGroup))
  const before = new Set((await counted()).keys())
  const eventsBefore = (await control.events()).length
  await control.change({ duplicateRate: 0.3, reorder: true, deliveryDelayMs: 200, seed: 7 })
  const lost = groups[0]!
  await control.break({
    service: 'ec2',
    action: 'DescribeSecurityGroupRules',
    app: APP,
    kind: 'error',
    status: 403,
    code: 'UnauthorizedOperation',
    resource: lost,
  })
  // Four calls a group, all at once: two doors, one that is watched, one that is safe; and groups that are spared.
  const ports = [22, 3389, 9001, 443]
  await Promise.all([
    ...groups.flatMap((group) => ports.map((port) => open(group, [tcp(port)]))),
    ...mailServers.map((group) => open(group, [tcp(25)])),
    ...Array.from({ length: 10 }, (_, i) => control.emit(ofAnotherAccount(i))),
  ])

  const ids = await until(
    'the record of every call',
    async () => [
      ...new Set(
        (await control.events())
          .slice(eventsBefore)
          .flatMap((one) => (one.event as { detail: { eventID?: string } }).detail.eventID ?? []),
      ),
    ],
    (all) => all.length === 215,
    60,
  )
  const settled = async () => {
    const books = await counted()
    const dead = new Set((await deadLetters()).map((letter) => letter.event))
    return ids.map((id) => books.get(id) ?? (dead.has(id) ? 'dead-lettered' : undefined))
  }
  const outcomes = await until('every event to be counted or dead', settled, (all) => all.every(Boolean), 120)
  const books = Object.fromEntries(
    [...Map.groupBy(outcomes, (outcome) => outcome)].map(([outcome, events]) => [outcome, events.length]),
  )
  expect(books['dead-lettered']).toBe(4)
  expect(books.ignored).toBe(10)
  expect(books.spared).toBe(5)
  expect((books.settled ?? 0) + (books.watched ?? 0)).toBe(196)
  expect(books.watched).toBeGreaterThan(0)
  expect([...(await counted()).keys()].filter((id) => !before.has(id))).toHaveLength(211)
  const deliveries = (await control.events()).slice(eventsBefore).flatMap((one) => one.deliveredAt)
  expect(deliveries.length).toBeGreaterThan(250)

  for (const group of groups.slice(1)) {
    expect(await doors(group)).toEqual(['tcp/443 0.0.0.0/0', 'tcp/9001 0.0.0.0/0'])
    expect((await incidentsOf(group)).length).toBeGreaterThan(0)
  }
})

const ofAnotherAccount = (i: number) => ({
  eventID: `another-${Date.now()}-${i}`,
  eventSource: 'ec2.amazonaws.com',
  eventName: 'AuthorizeSecurityGroupIngress',
  eventTime: new Date().toISOString(),
  awsRegion: 'eu-central-1',
  recipientAccountId: '999999999999',
  requestParameters: { groupId: 'sg-0123456789abcdef0' },
  responseElements: null,
})
