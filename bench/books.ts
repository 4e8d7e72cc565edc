import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { History } from '#shared/story.ts'
import { REGION } from './account.ts'
import type { Cloud, Seen } from './cloud.ts'
import { same } from './measure.ts'

/** What has to add up after a storm, whatever it was made of. */

/** What became of one event: what it was, and what the handler answered to each of its deliveries. */
export interface Answered<Kind extends string> {
  readonly id: string
  readonly kind: Kind
  readonly answers: readonly string[]
}

/** Every event is counted once, as what it is and as was answered; what was thrown is not counted. */
export function booksOf<Kind extends string>(
  told: readonly Answered<Kind>[],
  metrics: Readonly<Record<string, number>>,
  { counted }: Seen,
  expected: Readonly<Record<Kind, readonly string[]>>,
): Readonly<Record<string, number>> {
  const ended = told.map((one) => ({ ...one, as: counted[one.id] ?? 'thrown' }))
  same(
    'the events that were counted as something else than they are, or than was answered',
    ended.filter(({ kind, as, answers }) => !expected[kind].includes(as) || !answers.includes(as)),
    [],
  )
  const books = Object.fromEntries(
    [...Map.groupBy(ended, ({ as }) => as)].map(([as, those]) => [as, those.length] as const).sort(),
  )
  const { thrown = 0, ...rest } = books
  same('the number of events that are counted', Object.keys(counted).length, told.length - thrown)
  same('how often each outcome was counted', Object.fromEntries(Object.entries(metrics).sort()), rest)
  return books
}

/** `83 asked, 40 ignored`. */
export const booksText = (books: Readonly<Record<string, number>>): string =>
  Object.entries(books)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ')

/** Every incident's story, as the ledger itself tells it. Throws where people were told of one too few, or one does not chain. */
export async function storiesIn({ url }: Cloud): Promise<readonly History[]> {
  const client = new DynamoDBClient({
    endpoint: url,
    region: REGION,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  })
  const ledger = dynamodbLedger({ table: 'bench-ledger', client, newId: randomUUID })
  const ofStatus = await Promise.all((['open', 'held', 'closed'] as const).map((one) => ledger.incidents(one, 10_000)))
  const heads = ofStatus.flat()
  const untold = await mapLimit(heads, 8, async ({ id, response, subject, status }) => {
    if (status === 'closed') return []
    const { open } = await ledger.recall({ response, subject })
    return open?.incident !== id || open.told === '' ? [id] : []
  })
  same('the open incidents of which nobody was told', untold.flat(), [])
  const stories = await mapLimit(heads, 8, async ({ id }) => (await ledger.history(id))!)
  same(
    'stories that do not chain',
    stories.filter(({ broken }) => broken.length > 0),
    [],
  )
  return stories
}

export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1]!
