import { type DynamoDBClient, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { describe, expect, test } from 'vitest'
import { requestsLedger } from '#shared/aws/dynamodb-requests.ts'
import { unpack } from '#shared/aws/pack.ts'
import { type Item, tableOf } from '#shared/aws/table.ts'
import type { BoxRequest } from '#shared/jump/box-request.ts'

/** What people ask for, as the table holds it: who is first, which key was the last, and what is kept for how long. */

interface Put {
  readonly Item: Record<string, never>
  readonly ConditionExpression?: string
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Record<string, never>
}

/** A table that holds to the conditions and the questions that are asked here, and knows no others. */
function ledger() {
  const items = new Map<string, Item>()
  const holds = ({
    Item,
    ConditionExpression: condition,
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values,
  }: Put) => {
    const { pk, sk } = unmarshall(Item) as Item
    const there = items.get(`${pk} ${sk}`)
    if (condition === undefined) return true
    if (condition === 'attribute_not_exists(#pk)') return there === undefined
    const [, name = '', value = ''] = /^(#\w+) = (:\w+)$/.exec(condition) ?? []
    if (!names[name]) throw new Error(`a condition that this table does not know: ${condition}`)
    return there?.[names[name]] === unmarshall(values!)[value]
  }
  const send = async (command: unknown) => {
    if (command instanceof TransactWriteItemsCommand) {
      const puts = (command.input.TransactItems ?? []).map(({ Put: put }) => put as unknown as Put)
      const CancellationReasons = puts.map((put) => ({ Code: holds(put) ? 'None' : 'ConditionalCheckFailed' }))
      if (CancellationReasons.some(({ Code }) => Code !== 'None'))
        throw Object.assign(new Error('cancelled'), { name: 'TransactionCanceledException', CancellationReasons })
      for (const put of puts) {
        const item = unmarshall(put.Item) as Item
        items.set(`${item.pk} ${item.sk}`, item)
      }
      return {}
    }
    if (!(command instanceof QueryCommand)) throw new Error('a call that this table does not know')
    const { KeyConditionExpression, ExpressionAttributeValues = {}, ScanIndexForward, Limit } = command.input
    const values = unmarshall(ExpressionAttributeValues)
    const found = [...items.values()]
      .filter(
        ({ pk, sk }) =>
          pk === values[':pk'] && (':sk' in values ? sk === values[':sk'] : sk.startsWith(values[':key'])),
      )
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
    if (ScanIndexForward === false) found.reverse()
    expect(KeyConditionExpression).toMatch(/pk = :pk AND/)
    return { Items: found.slice(0, Limit).map((item) => marshall(item, { removeUndefinedValues: true })) }
  }
  let serial = 0
  const newId = () => `${++serial}`.padStart(26, '0')
  return { items, ...requestsLedger(tableOf('t', { send } as unknown as DynamoDBClient), newId) }
}

const DAYS = 86_400
const AT = '2026-06-01T12:00:00.000Z'
const YEAR_LATER = Date.parse(AT) / 1_000 + 365 * DAYS
const request = (id: string, more: Partial<BoxRequest> = {}): BoxRequest => ({
  ...{ id, person: 'alice', by: { name: 'alice', from: 'Slack U0123ALICE' }, zone: 'lab', reason: 'look at the logs' },
  ...{ seconds: 3_600, key: `ssh-ed25519 ${id}`, at: AT, linkUntil: AT, version: 1, ...more },
})

describe('A request', () => {
  test('is kept whole on its own page, with whose it is and their key, for a year', async () => {
    const there = ledger()
    expect(await there.addRequest(request('A'), null)).toBe(true)
    expect([...there.items.keys()].sort()).toEqual([
      'person#alice box#lab',
      'person#alice key#A',
      'subject#jump-box#A request',
    ])
    const kept = there.items.get('subject#jump-box#A request')!
    expect(unpack(kept)).toEqual(request('A'))
    expect([kept.version, kept.expires]).toEqual([1, YEAR_LATER])
    expect(there.items.get('person#alice key#A')!.expires).toBe(YEAR_LATER)
    expect(await there.requestOf('alice', 'lab')).toBe('A')
    expect(await there.keyOf('alice')).toBe('ssh-ed25519 A')
  })

  test('is one a person and zone: of two at once, one comes second and finds the other', async () => {
    const there = ledger()
    const both = await Promise.all([there.addRequest(request('A'), null), there.addRequest(request('B'), null)])
    expect(both).toEqual([true, false])
    expect(await there.requestOf('alice', 'lab')).toBe('A')
    expect([...there.items.keys()].filter((key) => key.includes('B'))).toEqual([])
  })

  test('takes the place of the one that was read, and of no other', async () => {
    const there = ledger()
    await there.addRequest(request('A'), null)
    expect(await there.addRequest(request('B'), 'X')).toBe(false)
    expect(await there.addRequest(request('B'), null)).toBe(false)
    expect(await there.addRequest(request('B'), 'A')).toBe(true)
    expect(await there.addRequest(request('C'), 'A')).toBe(false)
    expect(await there.requestOf('alice', 'lab')).toBe('B')
    // The page of the one before stays: its box may be there still.
    expect(there.items.has('subject#jump-box#A request')).toBe(true)
  })

  test('of another person, or for another zone, is another', async () => {
    const there = ledger()
    const all = [
      request('A'),
      request('B', { zone: 'vault' }),
      request('C', { person: 'bob' }),
      // Names hold no `#`, so that no two of these can be one.
      request('D', { person: 'bob-box' }),
    ]
    for (const one of all) expect(await there.addRequest(one, null)).toBe(true)
    const last = (person: string, zone: string) => there.requestOf(person, zone)
    expect([await last('alice', 'lab'), await last('alice', 'vault'), await last('bob', 'lab')]).toEqual([
      'A',
      'B',
      'C',
    ])
    expect([await last('bob', 'vault'), await last('otto', 'lab'), await there.keyOf('otto')]).toEqual([
      null,
      null,
      null,
    ])
  })

  test('can not be made anew under an id that is taken', async () => {
    const there = ledger()
    await there.addRequest(request('A'), null)
    expect(await there.addRequest(request('A', { person: 'bob' }), null)).toBe(false)
    expect(await there.requestOf('bob', 'lab')).toBeNull()
  })

  test('is changed from the version that was read, or not at all', async () => {
    const there = ledger()
    await there.addRequest(request('A'), null)
    const until = '2026-06-01T14:00:00.000Z'
    expect(await there.changeRequest(request('A', { until, version: 2 }))).toBe(true)
    expect(await there.changeRequest(request('A', { reason: 'another', version: 2 }))).toBe(false)
    expect(await there.changeRequest(request('A', { version: 9 }))).toBe(false)
    expect(unpack(there.items.get('subject#jump-box#A request')!)).toEqual(request('A', { until, version: 2 }))
    expect(await there.changeRequest(request('B', { version: 2 }))).toBe(false)
    expect(there.items.has('subject#jump-box#B request')).toBe(false)
  })
})

test('The key is the one of the last request, by its id, in whichever zone.', async () => {
  const there = ledger()
  for (const [id, zone] of [
    ['01B', 'lab'],
    ['01C', 'vault'],
    ['01A', 'other'],
  ] as const)
    await there.addRequest(request(id, { zone }), null)
  expect(await there.keyOf('alice')).toBe('ssh-ed25519 01C')
})

describe('A message in Slack', () => {
  const message = { ts: '1.2', channel: 'D1', at: 7, reservedAt: Date.parse(AT) }
  test('is known by its incident and by where it was sent, for a year', async () => {
    const there = ledger()
    expect(await there.messageOf('I', 'C1')).toBeNull()
    await there.keepMessage('I', 'C1', message)
    await there.keepMessage('I', 'U1', { ...message, ts: '3.4' })
    expect([await there.messageOf('I', 'C1'), await there.messageOf('J', 'C1')]).toEqual([message, null])
    expect((await there.messageOf('I', 'U1'))?.ts).toBe('3.4')
    expect(there.items.get('slack#I C1')!.expires).toBe(YEAR_LATER)
  })
  test('is replaced by how it stands now', async () => {
    const there = ledger()
    await there.keepMessage('I', 'C1', { ...message, ts: '' })
    await there.keepMessage('I', 'C1', message)
    expect(await there.messageOf('I', 'C1')).toEqual(message)
  })
})

test('What was refused is kept, each by itself, under its response.', async () => {
  const there = ledger()
  const refused = { response: 'jump-box', subject: 'A', at: AT, from: '203.0.113.7', why: 'link used' }
  await there.refused(refused)
  await there.refused(refused)
  const kept = [...there.items.values()].filter(({ pk }) => pk === 'audit#jump-box')
  expect(kept).toHaveLength(2)
  const { response: _response, ...what } = refused
  for (const item of kept) expect(unpack(item)).toEqual(what)
})
