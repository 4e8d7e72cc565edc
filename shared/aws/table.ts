import {
  type DynamoDBClient,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { errorText, Fault } from '#shared/fault.ts'

/** An item of the table, whatever else it holds. */
export interface Item {
  readonly body?: unknown
  readonly pk: string
  readonly sk: string
  readonly [name: string]: unknown
}

/** What is asked of the table. `index` reads are eventually consistent, the others consistent. */
export interface Question {
  readonly index?: string
  readonly key: string
  readonly values: object
  readonly newest?: boolean
  readonly limit?: number
}

/** A DynamoDB table in short words. Whatever DynamoDB can't do throws `ledger-unreachable`. */
export interface Table {
  put(item: object, condition?: string, values?: object): TransactWriteItem
  change(key: object, expression: string, values: object, condition?: string): TransactWriteItem
  remove(key: object, condition?: string, values?: object): TransactWriteItem
  /** Changes nothing; the transaction holds only where the condition does. */
  check(key: object, condition: string): TransactWriteItem
  /** All or nothing. False where a condition did not hold or somebody wrote at the same time. */
  transact(items: readonly TransactWriteItem[]): Promise<boolean>
  /** For writes without a condition: a write at the same time is waited for. */
  write(items: readonly TransactWriteItem[]): Promise<void>
  query(question: Question): Promise<Item[]>
}

const CONFLICTS = new Set(['ConditionalCheckFailed', 'TransactionConflict'])
/** So often a transaction is tried again that met another one and nothing else. */
const MEETINGS = 5
const THROTTLES = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded'])
/** DynamoDB's limit is 100 items to a transaction. */
const MOST = 90

/** Attribute names in expressions, which are the lower-case words: many are reserved by DynamoDB (`at`, `until`, `status`). */
const WORDS = /(?<![:#\w])[a-z_]+\b(?!\()/g
const aliased = (expression: string): string => expression.replace(WORDS, '#$&')
const names = (expression: string): Record<string, string> =>
  Object.fromEntries((expression.match(WORDS) ?? []).map((word) => [`#${word}`, word]))

export function tableOf(table: string, client: DynamoDBClient): Table {
  const put: Table['put'] = (item, condition, values) => ({
    Put: {
      TableName: table,
      Item: marshall(item, { removeUndefinedValues: true }),
      ...(condition ? { ConditionExpression: aliased(condition), ExpressionAttributeNames: names(condition) } : {}),
      ...(values ? { ExpressionAttributeValues: marshall(values) } : {}),
    },
  })
  const change: Table['change'] = (key, expression, values, condition) => ({
    Update: {
      TableName: table,
      Key: marshall(key),
      UpdateExpression: aliased(expression),
      ExpressionAttributeNames: names(`${expression} ${condition ?? ''}`),
      ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
      ...(condition ? { ConditionExpression: aliased(condition) } : {}),
    },
  })
  const remove: Table['remove'] = (key, condition, values) => ({
    Delete: {
      TableName: table,
      Key: marshall(key),
      ...(condition ? { ConditionExpression: aliased(condition), ExpressionAttributeNames: names(condition) } : {}),
      ...(values ? { ExpressionAttributeValues: marshall(values) } : {}),
    },
  })
  const check: Table['check'] = (key, condition) => ({
    ConditionCheck: {
      TableName: table,
      Key: marshall(key),
      ConditionExpression: aliased(condition),
      ExpressionAttributeNames: names(condition),
    },
  })

  async function transact(items: readonly TransactWriteItem[]): Promise<boolean> {
    for (let attempt = 1, meetings = 0; ; ) {
      try {
        await client.send(new TransactWriteItemsCommand({ TransactItems: [...items] }))
        return true
      } catch (error) {
        const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? []
        const codes = reasons.flatMap(({ Code }) => (Code && Code !== 'None' ? [Code] : []))
        if (codes.length > 0 && codes.every((code) => CONFLICTS.has(code))) {
          // Every claim checks the kill switch's one item: to have met there says nothing of whether the conditions hold.
          // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
          if (codes.includes('ConditionalCheckFailed') || ++meetings > MEETINGS) return false
          await pause(Math.random() * 20 * 2 ** meetings)
          continue
        }
        // The SDK retries throttles, but not those inside a cancelled transaction.
        if (attempt > 3 || !codes.some((code) => THROTTLES.has(code))) throw unreachable('written', error)
        await pause(50 * 2 ** attempt++)
      }
    }
  }

  async function write(items: readonly TransactWriteItem[]): Promise<void> {
    for (let at = 0; at < items.length; at += MOST) {
      let attempt = 0
      while (!(await transact(items.slice(at, at + MOST)))) {
        if (++attempt > 6)
          throw unreachable('written', new Error('TransactionConflict: other writers kept the items busy'))
        await pause(25 * 2 ** attempt)
      }
    }
  }

  async function query(input: Question): Promise<Item[]> {
    const items: Item[] = []
    let start: Record<string, never> | undefined
    do {
      const page = await client
        .send(
          new QueryCommand({
            TableName: table,
            ...(input.index ? { IndexName: input.index } : { ConsistentRead: true }),
            KeyConditionExpression: aliased(input.key),
            ExpressionAttributeNames: names(input.key),
            ExpressionAttributeValues: marshall(input.values),
            ScanIndexForward: !input.newest,
            ...(input.limit ? { Limit: input.limit } : {}),
            ...(start ? { ExclusiveStartKey: start } : {}),
          }),
        )
        .catch((error: unknown) => {
          throw unreachable('read', error)
        })
      items.push(...(page.Items ?? []).map((item) => unmarshall(item) as Item))
      start = page.LastEvaluatedKey as typeof start
    } while (start && (!input.limit || items.length < input.limit))
    return items
  }
  return { put, change, remove, check, transact, write, query }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const unreachable = (verb: string, error: unknown): Fault =>
  new Fault('ledger-unreachable', `Expected the ledger to be ${verb}; DynamoDB answered ${errorText(error)}`, error)
