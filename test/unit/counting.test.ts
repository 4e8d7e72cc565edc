import type { DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { expect, test } from 'vitest'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'

/** How events are counted in the table, as seen by the writes that DynamoDB gets. */

const START = Date.parse('2026-06-01T12:00:00Z')

function table(name: string) {
  const written: string[] = []
  const client = {
    send: async ({ input }: TransactWriteItemsCommand) => {
      for (const { Put } of input.TransactItems ?? []) written.push(`${Put?.Item?.pk?.S} ${Put?.Item?.sk?.S}`)
      return {}
    },
  } as unknown as DynamoDBClient
  /** An invocation: each makes a ledger of its own. */
  const count = (id: string, at: number, response = 'open-ingress') =>
    dynamodbLedger({ table: name, client, newId: () => 'x' }).count(
      { response, id, outcome: 'settled', at, heard: true },
      [{ response, subject: `sg-${id}` }],
    )
  return { count, written, last: () => written.filter((key) => key.startsWith('events#')) }
}

test('When an event was last counted is written once a minute, whatever number of invocations a process has.', async () => {
  const { count, last } = table('busy')
  for (let i = 0; i < 100; i++) await count(`${i}`, START + 500 * i)
  expect(last()).toEqual(['events#open-ingress last'])
  await count('later', START + 60_000)
  expect(last()).toHaveLength(2)
})

test('That is so for each response, and for each table, by itself.', async () => {
  const [one, other] = [table('one'), table('other')]
  await one.count('a', START)
  await one.count('b', START, 'impaired-defences')
  await other.count('a', START)
  expect(one.last()).toEqual(['events#open-ingress last', 'events#impaired-defences last'])
  expect(other.last()).toHaveLength(1)
})

test('Each event is counted, and each subject of it has heard of it.', async () => {
  const { count, written } = table('each')
  for (const id of ['a', 'b']) expect(await count(id, START)).toBe(true)
  expect(written).toEqual(
    expect.arrayContaining(['a', 'b'].flatMap((id) => [`event#${id} event`, `subject#open-ingress#sg-${id} event`])),
  )
})

/** The keys that counting one event writes. */
async function written(heard: boolean): Promise<string[]> {
  const keys: string[] = []
  const send = async ({ input }: TransactWriteItemsCommand) => {
    for (const { Put } of input.TransactItems!) keys.push(`${Put!.Item!.pk!.S} ${Put!.Item!.sk!.S}`)
    return {}
  }
  const ledger = dynamodbLedger({
    table: `heard-${heard}`,
    client: { send } as unknown as DynamoDBClient,
    newId: () => '',
  })
  const event = { response: 'open-ingress', id: 'e-1', outcome: 'settled', at: 1_780_000_000_000, heard } as const
  expect(await ledger.count(event, [{ response: 'open-ingress', subject: 'sg-1' }])).toBe(true)
  return keys.sort()
}

test('an event that CloudTrail told of is counted, and kept as the last one that was heard', async () => {
  expect(await written(true)).toEqual([
    'event#e-1 event',
    'events#open-ingress last',
    'subject#open-ingress#sg-1 event',
  ])
})

test('what others told of is counted, and shows nobody that CloudTrail is heard', async () => {
  expect(await written(false)).toEqual(['event#e-1 event'])
})
