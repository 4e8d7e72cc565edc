import { expires, subjectKey } from '#shared/aws/ledger-items.ts'
import type { Table } from '#shared/aws/table.ts'
import type { Ledger } from '#shared/ledger.ts'

type Part = Pick<Ledger, 'count' | 'lastEvent' | 'sweep' | 'saveSweep'>

const MINUTE = 60_000
/** When this process last wrote that an event was counted. Each invocation makes a ledger of its own; this outlives it. */
const lastCounted = new Map<string, number>()

/** The books of what came and of what was looked at: events, each counted once, and where the sweeps stand. */
export function countsLedger({ put, transact, write, query }: Table, table: string): Part {
  return {
    async count(event, pages) {
      const counted = put(
        // Several responses hear of the same event: each counts it for itself.
        {
          pk: `event#${event.id}`,
          sk: event.response,
          outcome: event.outcome,
          at: event.at,
          expires: expires(event.at, 30),
        },
        'attribute_not_exists(pk)',
      )
      const spoken = (event.heard ? pages : []).map((page) =>
        put({ pk: subjectKey(page), sk: 'event', at: event.at, expires: expires(event.at, 1) }),
      )
      // Once a minute and process: one item that every event writes would be a bottleneck.
      const last =
        !event.heard || event.at - (lastCounted.get(`${table} ${event.response}`) ?? 0) < MINUTE
          ? []
          : [put({ pk: `events#${event.response}`, sk: 'last', at: event.at })]
      if (last.length > 0) lastCounted.set(`${table} ${event.response}`, event.at)
      // A second delivery of the event fails the condition: it has been counted.
      const [first] = await Promise.all([transact([counted]), ...[...spoken, ...last].map((one) => write([one]))])
      return first
    },

    async lastEvent(response) {
      const [item] = await query({ key: 'pk = :pk', values: { ':pk': `events#${response}` } })
      return (item?.at as number | undefined) ?? 0
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
