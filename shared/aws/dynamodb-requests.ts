import { expires, subjectKey } from '#shared/aws/ledger-items.ts'
import { pack, unpack } from '#shared/aws/pack.ts'
import type { Item, Table } from '#shared/aws/table.ts'
import type { BoxRequest } from '#shared/jump/box-request.ts'
import type { Ledger, SlackMessage } from '#shared/ledger.ts'

type Part = Pick<
  Ledger,
  'addRequest' | 'changeRequest' | 'requestOf' | 'keyOf' | 'refused' | 'messageOf' | 'keepMessage' | 'reserveMessage'
>

const RESPONSE = 'jump-box'
/** Whose request it is outlives the box: a year. */
const KEPT = 365

const personKey = (person: string): string => `person#${person}`

/** What people ask for, and what they were refused. */
export function requestsLedger({ put, transact, query, write }: Table, newId: () => string): Part {
  const item = (request: BoxRequest): object => ({
    pk: subjectKey({ response: RESPONSE, subject: request.id }),
    sk: 'request',
    version: request.version,
    ...pack(request),
    expires: expires(Date.parse(request.at), KEPT),
  })
  const messageItem = (incident: string, channel: string, message: SlackMessage): object => ({
    ...{ pk: `slack#${incident}`, sk: channel, reserved: message.reservedAt, ...pack(message) },
    expires: expires(message.reservedAt || Date.now(), KEPT),
  })
  const one = async (person: string, sk: string): Promise<Item | undefined> =>
    (await query({ key: 'pk = :pk AND sk = :sk', values: { ':pk': personKey(person), ':sk': sk } }))[0]

  return {
    addRequest(request, instead) {
      const { id, person, zone, key } = request
      const last = { pk: personKey(person), sk: `box#${zone}`, request: id }
      return transact([
        instead === null
          ? put(last, 'attribute_not_exists(pk)')
          : put(last, 'request = :instead', { ':instead': instead }),
        put(item(request), 'attribute_not_exists(pk)'),
        put({ pk: personKey(person), sk: `key#${id}`, key, expires: expires(Date.parse(request.at), KEPT) }),
      ])
    },

    changeRequest: (is) => transact([put(item(is), 'version = :was', { ':was': is.version - 1 })]),

    async requestOf(person, zone) {
      return ((await one(person, `box#${zone}`))?.request as string | undefined) ?? null
    },

    async keyOf(person) {
      const values = { ':pk': personKey(person), ':key': 'key#' }
      // Ids sort by time. One item for all would be written by each of a person's requests at once.
      const [last] = await query({ key: 'pk = :pk AND begins_with(sk, :key)', values, newest: true, limit: 1 })
      return (last?.key as string | undefined) ?? null
    },

    async messageOf(incident, channel) {
      const values = { ':pk': `slack#${incident}`, ':sk': channel }
      const [item] = await query({ key: 'pk = :pk AND sk = :sk', values })
      return item ? (unpack(item) as SlackMessage) : null
    },

    async keepMessage(incident, channel, message) {
      await write([put(messageItem(incident, channel, message))])
    },

    reserveMessage(incident, channel, was, reservedAt) {
      const mine = messageItem(incident, channel, { ts: '', channel: '', at: 0, reservedAt })
      return transact([
        was ? put(mine, 'reserved = :was', { ':was': was.reservedAt }) : put(mine, 'attribute_not_exists(pk)'),
      ])
    },

    async refused({ response, ...what }) {
      await write([put({ pk: `audit#${response}`, sk: newId(), ...pack(what), expires: expires(Date.now(), KEPT) })])
    },
  }
}
