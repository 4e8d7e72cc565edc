import { DynamoDBClient, type TransactWriteItem } from '@aws-sdk/client-dynamodb'
import { patient } from '#shared/aws/client-options.ts'
import { pack, unpack } from '#shared/aws/pack.ts'
import { type Item, tableOf } from '#shared/aws/table.ts'
import type { Grace } from '#shared/finding.ts'
import {
  type Claim,
  type Entry,
  type Head,
  INTENT_TIMEOUT,
  type Intent,
  type Ledger,
  type Memory,
  type Page,
} from '#shared/ledger.ts'

/**
 * One table. Its partitions:
 *
 * | pk                    | sk                  | what                                              |
 * |-----------------------|---------------------|---------------------------------------------------|
 * | `subject#RESPONSE#ID` | `open`              | the open incident, what was told, who is at it    |
 * |                       | `intent#STEP`       | a change somebody set out to make                 |
 * |                       | `grace#PERMISSION`  | what a person put back, until when                |
 * |                       | `event`             | when an event last spoke of it                    |
 * | `incident#ID`         | `head`              | status, verdict; index `by-status`                |
 * |                       | `entry#ID`          | its story, never changed                          |
 * | `event#ID`            | `event`             | an event was counted, as what                     |
 * | `sweep#RESPONSE`      | `sweep`             | where the sweep stands                            |
 */
export interface LedgerTable {
  readonly table: string
  readonly client: DynamoDBClient
  readonly newId: () => string
}

const DAY = 86_400
/** DynamoDB's time to live, in seconds: what only guards against repetition need not be kept for ever. */
const expires = (now: number, days: number) => Math.floor(now / 1_000) + days * DAY
export const dynamodb = (): DynamoDBClient => new DynamoDBClient(patient())

/** The ledger, kept in DynamoDB. Whatever DynamoDB can't do throws `ledger-unreachable`: no ledger, no action. */
export function dynamodbLedger({ table, client, newId }: LedgerTable): Ledger {
  const { put, change, remove, transact, write, query } = tableOf(table, client)
  const entryItem = (incident: string, entry: Entry): TransactWriteItem =>
    put({ pk: `incident#${incident}`, sk: `entry#${newId()}`, what: entry.what, at: entry.at, ...pack(entry) })

  const setVerdict = (head: Head): TransactWriteItem =>
    change({ pk: `incident#${head.id}`, sk: 'head' }, 'SET verdict = :verdict', { ':verdict': head.verdict })

  function openItem({ hold, head, run, now, until }: Claim, pk: string): TransactWriteItem {
    const key = { pk, sk: 'open' }
    if (hold === 'open')
      return put({ ...key, incident: head.id, summary: head.summary, told: '', run, until }, 'attribute_not_exists(pk)')
    const values = { ':run': run, ':until': until, ':incident': head.id }
    if (hold === 'join') return change(key, 'SET run = :run, until = :until', values, 'incident = :incident')
    const free = 'incident = :incident AND (run = :run OR until < :now)'
    return change(key, 'SET run = :run, until = :until', { ...values, ':now': now }, free)
  }

  return {
    async recall(page) {
      return memoryOf(await query({ key: 'pk = :pk', values: { ':pk': subjectKey(page) } }))
    },

    async claim(claim) {
      const pk = subjectKey(claim)
      const { head, run, now } = claim
      const items = [
        ...(claim.hold === 'leave' ? [] : [openItem(claim, pk)]),
        ...(claim.hold === 'open'
          ? [put({ pk: `incident#${head.id}`, sk: 'head', ...head }, 'attribute_not_exists(pk)')]
          : []),
        ...(claim.hold === 'take-up' && head.verdict ? [setVerdict(head)] : []),
        ...claim.entries.map((entry) => entryItem(head.id, entry)),
        ...claim.steps.map((step) =>
          put(
            {
              pk,
              sk: `intent#${step.id}`,
              incident: head.id,
              run,
              at: now,
              state: 'intended',
              expires: expires(now, 7),
              ...pack({ ...step, undo: [] }),
            },
            'attribute_not_exists(pk) OR state <> :intended OR at < :stale OR run = :run',
            { ':intended': 'intended', ':stale': now - INTENT_TIMEOUT, ':run': run },
          ),
        ),
        ...(claim.forget ?? []).map((step) => remove({ pk, sk: `intent#${step}` })),
        ...(claim.graces ?? []).map((grace) =>
          put({ pk, sk: `grace#${grace.permission}`, ...grace, expires: expires(Date.parse(grace.until), 7) }),
        ),
      ]
      return (await transact(items)) ? 'claimed' : 'lost'
    },

    async record(page, incident, entries, states) {
      const pk = subjectKey(page)
      await write([
        ...entries.map((entry) => entryItem(incident, entry)),
        ...Object.entries(states).map(([step, state]) =>
          change({ pk, sk: `intent#${step}` }, 'SET state = :state', { ':state': state }),
        ),
      ])
    },

    async verified(head, entry) {
      await write([entryItem(head.id, entry), setVerdict(head)])
    },

    async release(page, incident, run, { closed, told }) {
      const key = { pk: subjectKey(page), sk: 'open' }
      const values = { ':incident': incident, ':run': run }
      const mine = 'incident = :incident AND run = :run'
      const end = closed
        ? [
            remove(key, mine, values),
            change({ pk: `incident#${incident}`, sk: 'head' }, 'SET status = :closed', { ':closed': 'closed' }),
          ]
        : [change(key, 'SET told = :told, until = :over', { ...values, ':told': told, ':over': 0 }, mine)]
      // A false may be no more than a write at the same time; a second one means that another run has it.
      return (await transact(end)) || transact(end)
    },

    async undone(head, entry) {
      await write([
        entryItem(head.id, entry),
        change({ pk: `incident#${head.id}`, sk: 'head' }, 'SET undone = :at', { ':at': entry.at }),
      ])
    },

    async count(event, pages) {
      const counted = put(
        { pk: `event#${event.id}`, sk: 'event', outcome: event.outcome, at: event.at, expires: expires(event.at, 30) },
        'attribute_not_exists(pk)',
      )
      const spoken = pages.map((page) =>
        put({ pk: subjectKey(page), sk: 'event', at: event.at, expires: expires(event.at, 1) }),
      )
      // A second delivery of the event fails the condition: it has been counted.
      const [first] = await Promise.all([transact([counted]), ...spoken.map((one) => write([one]))])
      return first
    },

    async history(incident) {
      const items = await query({ key: 'pk = :pk', values: { ':pk': `incident#${incident}` } })
      const head = items.find((item) => item.sk === 'head')
      if (!head) return null
      return {
        head: headOf(head),
        entries: items.filter((item) => item.sk.startsWith('entry#')).map((item) => unpack(item) as Entry),
      }
    },

    async incidents(status, limit) {
      const items = await query({
        index: 'by-status',
        key: 'status = :status',
        values: { ':status': status },
        newest: true,
        limit,
      })
      return items.slice(0, limit).map(headOf)
    },

    async sweep(response) {
      const [item] = await query({ key: 'pk = :pk', values: { ':pk': `sweep#${response}` } })
      return item
        ? {
            startedAt: item.startedAt as number,
            completedAt: item.completedAt as number,
            ...(item.cursor ? { cursor: item.cursor as string } : {}),
          }
        : null
    },

    async saveSweep(response, state) {
      await write([put({ pk: `sweep#${response}`, sk: 'sweep', ...state })])
    },
  }
}

const subjectKey = ({ response, subject }: Page): string => `subject#${response}#${subject}`

function memoryOf(items: readonly Item[]): Memory {
  const open = items.find((item) => item.sk === 'open')
  const kind = (prefix: string) => items.filter((item) => item.sk.startsWith(prefix))
  return {
    open: open
      ? {
          incident: open.incident as string,
          summary: open.summary as string,
          told: open.told as string,
          run: open.run as string,
          until: open.until as number,
        }
      : null,
    intents: kind('intent#').map((item) => ({ ...(item as unknown as Intent), step: unpack(item) as Intent['step'] })),
    graces: kind('grace#').map((item) => item as unknown as Grace),
    lastEvent: (items.find((item) => item.sk === 'event')?.at as number | undefined) ?? 0,
  }
}

function headOf({ pk: _pk, sk: _sk, ...head }: Item): Head {
  return head as unknown as Head
}
