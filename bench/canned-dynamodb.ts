import { type Answer, json } from './canned-answer.ts'
import { type Asked, holds, type Item } from './canned-conditions.ts'

interface Write extends Asked {
  readonly Item?: Item
  readonly Key?: Item
  readonly UpdateExpression?: string
}

/**
 * As much of DynamoDB as a ledger needs: items by `pk` and `sk`, queries by `pk` and by the index on `status`,
 * transactions with their conditions. A transaction is under way from when it comes until it is answered; another one that
 * touches an item of it meanwhile, if only by a condition, is cancelled as a conflict.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
export function cannedDynamoDb() {
  const partitions = new Map<string, Map<string, Item>>()
  /** The items of transactions that are under way. */
  const busy = new Set<string>()
  /** The tokens of transactions that were made: a client that did not hear of it asks again with the same one. */
  const made = new Set<string>()

  /** Takes a call up, and answers it when it is asked to. */
  function begin(operation: string, body: string): () => Answer {
    const input = JSON.parse(body) as { TransactItems?: Record<string, Write>[]; ClientRequestToken?: string } & Write
    if (operation === 'Query') return () => json(200, query(input))
    if (operation !== 'TransactWriteItems')
      return () => json(400, { __type: 'UnknownOperationException', message: operation })
    const writes = input.TransactItems ?? []
    const items = writes.map(sizeOf)
    const token = input.ClientRequestToken ?? ''
    if (made.has(token)) return () => ({ ...json(200, {}), items })
    const keys = writes.map((write) => keyOf(Object.values(write)[0]!))
    const conflicts = keys.map((key) => ({ Code: busy.has(key) ? 'TransactionConflict' : 'None' }))
    if (conflicts.some(({ Code }) => Code !== 'None')) return () => ({ ...cancelled(conflicts), items })
    for (const key of keys) busy.add(key)
    return () => {
      for (const key of keys) busy.delete(key)
      const answer = transact(writes)
      if (token && answer.status === 200) made.add(token)
      return { ...answer, items }
    }
  }

  function query({ ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Write): object {
    const value = Object.values(values ?? {})[0]?.S ?? ''
    const byStatus = Object.values(names ?? {})[0] === 'status'
    const items = byStatus
      ? [...partitions.values()]
          .flatMap((items): Item[] => [...items.values()].filter((item) => item.sk?.S === 'head'))
          .filter((head) => head.status?.S === value)
      : [...(partitions.get(value)?.values() ?? [])].sort((a, b) => (a.sk!.S! < b.sk!.S! ? -1 : 1))
    return { Items: items, Count: items.length, ScannedCount: items.length }
  }

  function transact(writes: readonly Record<string, Write>[]): Answer {
    const asked = writes.map((write) => Object.entries(write)[0]!)
    const reasons = asked.map(([, write]) => ({
      Code: holds(write, find(write)) ? 'None' : 'ConditionalCheckFailed',
    }))
    if (reasons.some(({ Code }) => Code !== 'None')) return cancelled(reasons)
    for (const [kind, one] of asked) if (kind !== 'ConditionCheck') write(kind, one)
    return json(200, {})
  }

  function find(write: Write): Item | undefined {
    const key = (write.Item ?? write.Key)!
    return partitions.get(key.pk!.S!)?.get(key.sk!.S!)
  }

  function write(kind: string, write: Write): void {
    const key = (write.Item ?? write.Key)!
    const items = partitions.get(key.pk!.S!) ?? new Map<string, Item>()
    partitions.set(key.pk!.S!, items)
    if (kind === 'Delete') items.delete(key.sk!.S!)
    if (kind === 'Put') items.set(key.sk!.S!, key)
    if (kind !== 'Update') return
    const item = { ...(items.get(key.sk!.S!) ?? key) }
    for (const [, name, value] of (write.UpdateExpression ?? '').matchAll(/(#?\w+) = (:\w+)/g))
      item[write.ExpressionAttributeNames?.[name!] ?? name!] = write.ExpressionAttributeValues![value!]!
    const gone = / REMOVE (#?\w+)/.exec(write.UpdateExpression ?? '')?.[1]
    if (gone) delete item[write.ExpressionAttributeNames?.[gone] ?? gone]
    items.set(key.sk!.S!, item)
  }

  /** As what each event was counted, by its id. */
  const counted = (): Record<string, string> =>
    Object.fromEntries(
      [...partitions].flatMap(([pk, items]) =>
        pk.startsWith('event#') ? [[pk.slice('event#'.length), items.get('event')!.outcome!.S!]] : [],
      ),
    )

  function reset(): void {
    partitions.clear()
    made.clear()
  }

  return { begin, counted, reset }
}

const cancelled = (CancellationReasons: readonly { readonly Code: string }[]): Answer =>
  json(400, {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    message: 'Transaction cancelled',
    CancellationReasons,
  })

const keyOf = ({ Item, Key }: Write): string => {
  const { pk, sk } = (Item ?? Key)!
  return `${pk!.S} ${sk!.S}`
}

const sizeOf = (write: object): number => JSON.stringify(write).length
