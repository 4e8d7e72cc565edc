import type { DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { expect, test } from 'vitest'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'

/** The keys that counting one event writes. */
async function written(heard: boolean): Promise<string[]> {
  const keys: string[] = []
  const send = async ({ input }: TransactWriteItemsCommand) => {
    for (const { Put } of input.TransactItems!) keys.push(`${Put!.Item!.pk!.S} ${Put!.Item!.sk!.S}`)
    return {}
  }
  const ledger = dynamodbLedger({ table: 't', client: { send } as unknown as DynamoDBClient, newId: () => '' })
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
