import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { tableOf } from '#shared/aws/table.ts'

/** A table whose transactions end so, one after the other; after that they succeed. */
function table(...endings: readonly (readonly string[])[]) {
  let calls = 0
  const send = async () => {
    const reasons = endings[calls++]
    if (!reasons) return {}
    const CancellationReasons = reasons.map((Code) => ({ Code }))
    throw Object.assign(new Error('cancelled'), { name: 'TransactionCanceledException', CancellationReasons })
  }
  const { transact, put } = tableOf('t', { send } as unknown as DynamoDBClient)
  return { transact: () => transact([put({ pk: 'a', sk: 'b' })]), calls: () => calls }
}

const MET = ['None', 'TransactionConflict']
const FAILED = ['ConditionalCheckFailed', 'None']
const THROTTLED = ['ThrottlingError', 'None']
const times = (count: number, ending: readonly string[]) => Array.from({ length: count }, () => ending)

describe('A transaction', () => {
  test.each([
    ['that meets no other', [], true, 1],
    ['that met others a few times is made all the same', times(3, MET), true, 4],
    ['whose condition does not hold is not made, nor tried again', [FAILED], false, 1],
    [
      'that met another and whose condition does not hold',
      [['ConditionalCheckFailed', 'TransactionConflict']],
      false,
      1,
    ],
    ['that met another, whose condition then does not hold', [MET, FAILED], false, 2],
    ['that meets others without end is given up', times(99, MET), false, 6],
    ['that was throttled in between is made all the same', [MET, THROTTLED, MET], true, 4],
  ])('%s.', async (_, endings, made, calls) => {
    const there = table(...endings)
    expect([await there.transact(), there.calls()]).toEqual([made, calls])
  })

  test('that is throttled for good is a fault.', async () => {
    const there = table(...times(99, THROTTLED))
    await expect(there.transact()).rejects.toMatchObject({ code: 'ledger-unreachable' })
    expect(there.calls()).toBe(4)
  })
})
