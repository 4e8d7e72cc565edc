import type { Answer } from './canned-ec2.ts'

type Item = Record<string, { readonly S?: string; readonly N?: string }>

interface Write {
  readonly Item?: Item
  readonly Key?: Item
  readonly ConditionExpression?: string
  readonly UpdateExpression?: string
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Item
}

/**
 * As much of DynamoDB as a ledger needs: items by `pk` and `sk`, queries by `pk` and by the index on `status`,
 * transactions. Of conditions only a bare `attribute_not_exists` is asked; the others hold in every measured run.
 */
export function cannedDynamoDb() {
  const partitions = new Map<string, Map<string, Item>>()

  function answer(operation: string, body: string): Answer {
    const input = JSON.parse(body) as { TransactItems?: Record<string, Write>[] } & Write
    if (operation === 'Query') return json(200, query(input))
    if (operation === 'TransactWriteItems')
      return { ...transact(input.TransactItems ?? []), items: (input.TransactItems ?? []).map(sizeOf) }
    return json(400, { __type: 'UnknownOperationException', message: operation })
  }

  function query({ ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Write): object {
    const value = Object.values(values ?? {})[0]?.S ?? ''
    const byStatus = Object.values(names ?? {})[0] === 'status'
    const items = byStatus
      ? [...partitions.values()]
          .flatMap((items): Item[] => [...items.values()].filter((item) => item.sk?.S === 'head'))
          .filter((i) => i.status?.S === value)
      : [...(partitions.get(value)?.values() ?? [])].sort((a, b) => (a.sk!.S! < b.sk!.S! ? -1 : 1))
    return { Items: items, Count: items.length, ScannedCount: items.length }
  }

  function transact(writes: readonly Record<string, Write>[]): Answer {
    const asked = writes.map((write) => Object.entries(write)[0]!)
    const fails = ([, write]: [string, Write]) =>
      /^attribute_not_exists\(#?\w+\)$/.test(write.ConditionExpression ?? '') && find(write) !== undefined
    if (asked.some(fails)) {
      const reasons = asked.map((write) => ({ Code: fails(write) ? 'ConditionalCheckFailed' : 'None' }))
      return json(400, {
        __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
        message: 'Transaction cancelled',
        CancellationReasons: reasons,
      })
    }
    for (const [kind, one] of asked) write(kind, one)
    return json(200, {})
  }

  function find({ Item, Key }: Write): Item | undefined {
    const key = (Item ?? Key)!
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
    items.set(key.sk!.S!, item)
  }

  return { answer, reset: () => partitions.clear() }
}

const json = (status: number, body: object): Answer => ({ status, body: Buffer.from(JSON.stringify(body)) })

const sizeOf = (write: object): number => JSON.stringify(write).length
