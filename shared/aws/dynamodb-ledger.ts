import { DynamoDBClient, type TransactWriteItem } from '@aws-sdk/client-dynamodb'
import { chained, unchained } from '#shared/aws/chain.ts'
import { patient } from '#shared/aws/client-options.ts'
import { countsLedger } from '#shared/aws/dynamodb-counts.ts'
import { guardLedger } from '#shared/aws/dynamodb-guard.ts'
import { requestsLedger } from '#shared/aws/dynamodb-requests.ts'
import {
  claimable,
  expires,
  headOf,
  incidentKey,
  memoryOf,
  originItem,
  roundItem,
  subjectKey,
  suspicionItem,
  suspicionKey,
} from '#shared/aws/ledger-items.ts'
import { pack } from '#shared/aws/pack.ts'
import { tableOf } from '#shared/aws/table.ts'
import type { Claim, Ledger } from '#shared/ledger.ts'
import type { Entry, Head } from '#shared/story.ts'

/**
 * One table. Its partitions:
 *
 * | pk                    | sk                  | what                                              |
 * |-----------------------|---------------------|---------------------------------------------------|
 * | `subject#RESPONSE#ID` | `open`              | the open incident, what was told, who is at it    |
 * |                       | `intent#STEP`       | a change somebody set out to make                 |
 * |                       | `grace#PERMISSION`  | what a person put back, until when                |
 * |                       | `origin#PART`       | who made a part of it                             |
 * |                       | `round#PERMISSION`  | how often it was closed                           |
 * |                       | `suspicion#ID`      | why it is suspicious                              |
 * |                       | `ask`               | what people were asked, and what they said        |
 * |                       | `request`           | who wants it, why, until when                     |
 * |                       | `event`             | when an event last spoke of it                    |
 * | `guard#RESPONSE`      | `switch#N`          | who switched it off; absent while it is on        |
 * |                       | `token#NAME`        | which subject has this token of the breaker       |
 * |                       | `scarce`            | of what there is little, as the last sweep saw it |
 * | `audit#RESPONSE`      | an id               | who switched it off and on; what was refused      |
 * | `person#NAME`         | `box#ZONE`          | their last request for a jump box there           |
 * |                       | `key#ID`            | the public key that they gave with that request   |
 * | `incident#ID`         | `head`              | status, verdict; index `by-status`                |
 * |                       | `entry#ID`          | its story, chained, never changed                 |
 * | `slack#INCIDENT`      | channel or user     | the message that tells of it                      |
 * | `event#ID`            | RESPONSE            | an event was counted by it, as what               |
 * | `events#RESPONSE`     | `last`              | when the last one was counted, to the minute      |
 * | `sweep#RESPONSE`      | `sweep`             | where the sweep stands                            |
 */
export interface LedgerTable {
  readonly table: string
  readonly client: DynamoDBClient
  readonly newId: () => string
}
export const dynamodb = (): DynamoDBClient => new DynamoDBClient(patient())

/** The ledger, kept in DynamoDB. Whatever DynamoDB can't do throws `ledger-unreachable`: no ledger, no action. */
export function dynamodbLedger({ table, client, newId }: LedgerTable): Ledger {
  const db = tableOf(table, client)
  const { put, change, remove, transact, write, query } = db
  /** The last entry of each incident that this process knows of: the next one goes after it. */
  const tips = new Map<string, string>()

  /** The entries as writes, and what to call once they are written. */
  function story(incident: string, entries: readonly Entry[]) {
    const { items, tip } = chained(incident, entries, tips.get(incident) ?? '', newId)
    return { tip, items: items.map((item) => put(item)), written: () => void tips.set(incident, tip) }
  }

  async function tell(incident: string, entries: readonly Entry[], more: readonly TransactWriteItem[]): Promise<void> {
    const { items, written } = story(incident, entries)
    await write([...items, ...more])
    written()
  }

  const setEnd = ({ id, verdict, left }: Head): TransactWriteItem =>
    change({ pk: incidentKey(id), sk: 'head' }, 'SET verdict = :verdict, left = :left', {
      ':verdict': verdict,
      ':left': left ?? '',
    })

  function openItem({ hold, head, run, now, until }: Claim, pk: string, chain: string): TransactWriteItem {
    const key = { pk, sk: 'open' }
    if (hold === 'open') {
      const item = { ...key, incident: head.id, summary: head.summary, told: '', run, until, chain }
      return put(item, 'attribute_not_exists(pk)')
    }
    const values = { ':run': run, ':until': until, ':incident': head.id, ':chain': chain }
    const set = 'SET run = :run, until = :until, chain = :chain'
    if (hold === 'join') return change(key, set, values, 'incident = :incident')
    const free = 'incident = :incident AND (run = :run OR until < :now)'
    return change(key, set, { ...values, ':now': now }, free)
  }

  /** Nobody looks after it any more; lost while a run is at it. */
  const letGo = ({ head, now }: Claim, pk: string): TransactWriteItem =>
    remove({ pk, sk: 'open' }, 'incident = :incident AND until < :now', { ':incident': head.id, ':now': now })

  const guards = guardLedger(db, newId, story)

  return {
    ...guards,
    ...countsLedger(db, table),
    ...requestsLedger(db, newId),
    async recall(page) {
      const [items, guard] = await Promise.all([
        query({ key: 'pk = :pk', values: { ':pk': subjectKey(page) } }),
        guards.guard(page.response),
      ])
      const open = items.find((item) => item.sk === 'open')
      const mine = tips.get(String(open?.incident))
      // What this process wrote itself is never behind what the item says.
      if (open?.chain && mine === undefined) tips.set(String(open.incident), String(open.chain))
      return memoryOf(items, guard)
    },

    async claim(claim) {
      const pk = subjectKey(claim)
      const { head, run, now, token, ask } = claim
      const { items: entries, tip, written } = story(head.id, claim.entries)
      const items = [
        ...(claim.hold === 'leave' ? [] : claim.hold === 'let-go' ? [letGo(claim, pk)] : [openItem(claim, pk, tip)]),
        ...(claim.hold === 'open'
          ? [put({ pk: incidentKey(head.id), sk: 'head', ...head }, 'attribute_not_exists(pk)')]
          : []),
        ...(claim.hold === 'take-up' && head.verdict ? [setEnd(head)] : []),
        ...entries,
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
            ...claimable(step, claim),
          ),
        ),
        ...(claim.forget ?? []).map((step) => remove({ pk, sk: `intent#${step}` })),
        ...(claim.graces ?? []).map((grace) =>
          put({ pk, sk: `grace#${grace.permission}`, ...grace, expires: expires(Date.parse(grace.until), 7) }),
        ),
        ...(claim.armed ? [guards.whileArmed(claim.response)] : []),
        ...(token ? [guards.tokenPut(claim.response, token, now)] : []),
        ...(claim.origins ?? []).slice(0, 20).map((origin) => put(originItem(claim, origin, now))),
        ...(claim.rounds ?? []).map((round) => put(roundItem(claim, round))),
        ...(claim.suspicions ?? []).slice(0, 20).map((one) => put(suspicionItem(claim, one, now))),
        ...(claim.cleared ?? []).slice(0, 20).map((id) => remove(suspicionKey(claim, id))),
        ...(ask ? [guards.askPut(claim, ask)] : []),
      ]
      if (!(await transact(items))) return 'lost'
      written()
      return 'claimed'
    },

    async record(page, incident, entries, states) {
      const pk = subjectKey(page)
      const settled = Object.entries(states).map(([step, state]) =>
        change({ pk, sk: `intent#${step}` }, 'SET state = :state', { ':state': state }),
      )
      await tell(incident, entries, settled)
    },

    verified: (head, entries) => tell(head.id, entries, [setEnd(head)]),

    async release(page, incident, run, { status, held, told }) {
      const pk = subjectKey(page)
      const key = { pk, sk: 'open' }
      const values = { ':incident': incident, ':run': run }
      const mine = 'incident = :incident AND run = :run'
      const unread = `${mine} AND attribute_not_exists(word)`
      const kept = { ...values, ':told': told, ':over': 0, ':held': held, ':chain': tips.get(incident) ?? '' }
      const setStatus = change({ pk: incidentKey(incident), sk: 'head' }, 'SET status = :status', { ':status': status })
      const end =
        status === 'closed'
          ? [remove(key, unread, values), remove({ pk, sk: 'ask' }), setStatus]
          : [
              change(key, 'SET told = :told, until = :over, held = :held, chain = :chain', kept, unread),
              ...(held ? [setStatus] : []),
            ]
      // A false may be no more than a write at the same time; a second one means that another run has it, or left word.
      if ((await transact(end)) || (await transact(end))) return 'released'
      // What was told stays told. The lease goes on: whoever left word counts on this run.
      const read = change(
        key,
        'SET told = :told, held = :held REMOVE word',
        { ...values, ':told': told, ':held': held },
        mine,
      )
      // Should this run die before it has looked again, what it did is known to be held.
      return (await transact([read, ...(held ? [setStatus] : [])])) ? 'word' : 'lost'
    },

    async leaveWord(page, run, now, suspicions) {
      const key = { pk: subjectKey(page), sk: 'open' }
      const busy = 'run <> :run AND until > :now'
      const items = suspicions.slice(0, 20).map((one) => put(suspicionItem(page, one, now)))
      return transact([change(key, 'SET word = :now', { ':run': run, ':now': now }, busy), ...items])
    },

    async suspect(page, suspicions) {
      await write(suspicions.map((one) => put(suspicionItem(page, one, Date.parse(one.at)))))
    },

    undone(head, entry, { closes } = { closes: false }) {
      const key = { pk: incidentKey(head.id), sk: 'head' }
      const marked = closes
        ? change(key, 'SET undone = :at, status = :closed', { ':at': entry.at, ':closed': 'closed' })
        : change(key, 'SET undone = :at', { ':at': entry.at })
      return tell(head.id, [entry], [marked])
    },

    async keepOrigins(page, origins, now) {
      await write(origins.map((origin) => put(originItem(page, origin, now))))
    },

    chainHead: (incident) => tips.get(incident) ?? '',

    async history(incident) {
      const items = await query({ key: 'pk = :pk', values: { ':pk': incidentKey(incident) } })
      const head = items.find((item) => item.sk === 'head')
      if (!head) return null
      const told = unchained(
        incident,
        items.filter((item) => item.sk.startsWith('entry#')),
      )
      if (told.digests.length > 0) tips.set(incident, told.digests.at(-1)!)
      return { head: headOf(head), ...told }
    },

    async incidents(status, limit) {
      const asked = { index: 'by-status', key: 'status = :status', values: { ':status': status }, newest: true, limit }
      return (await query(asked)).slice(0, limit).map(headOf)
    },
  }
}
