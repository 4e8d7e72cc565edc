import { afterEach, expect, test } from 'vitest'
import { APP, calm, control, counted, doors, incidentsOf, newGroup, open, tcp, until } from '../support/cloud.ts'
import { deadLetters } from '../support/mail.ts'

afterEach(calm)

test('the books balance after a storm of 200 events of which 30 % come twice', { timeout: 180_000 }, async () => {
  const groups = await Promise.all(Array.from({ length: 50 }, newGroup))
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
  // Four calls a group, all at once: two doors, one that is watched, one that is safe.
  const ports = [22, 3389, 9001, 443]
  await Promise.all(groups.flatMap((group) => ports.map((port) => open(group, [tcp(port)]))))

  const ids = await until(
    'the record of every call',
    async () => [
      ...new Set(
        (await control.events())
          .slice(eventsBefore)
          .map((one) => (one.event as { detail: { eventID: string } }).detail.eventID),
      ),
    ],
    (all) => all.length === 200,
  )
  const settled = async () => {
    const books = await counted()
    const dead = new Set((await deadLetters()).map((letter) => letter.event))
    return ids.map((id) => books.get(id) ?? (dead.has(id) ? 'dead-lettered' : undefined))
  }
  const outcomes = await until('every event to be counted or dead', settled, (all) => all.every(Boolean), 120)
  const sum = Map.groupBy(outcomes, (outcome) => outcome)
  const books = Object.fromEntries([...sum].map(([outcome, events]) => [outcome, events.length]))
  expect(books['dead-lettered']).toBe(4)
  expect(
    (books.settled ?? 0) +
      (books.watched ?? 0) +
      (books.spared ?? 0) +
      (books.ignored ?? 0) +
      (books['dead-lettered'] ?? 0),
  ).toBe(200)
  expect([...(await counted()).keys()].filter((id) => !before.has(id))).toHaveLength(196)

  for (const group of groups.slice(1)) {
    expect(await doors(group)).toEqual(['tcp/443 0.0.0.0/0', 'tcp/9001 0.0.0.0/0'])
    expect((await incidentsOf(group)).length).toBeGreaterThan(0)
  }
})
