import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import { askItem, askOf, guardKey, guardOf, subjectKey, tokenItem } from '#shared/aws/ledger-items.ts'
import { pack } from '#shared/aws/pack.ts'
import type { Table } from '#shared/aws/table.ts'
import type { Ask, AskChange, Ledger, Page, Token } from '#shared/ledger.ts'
import type { Entry } from '#shared/story.ts'

type Part = Pick<Ledger, 'ask' | 'answer' | 'askOf' | 'guard' | 'keepScarce' | 'setDisarmed' | 'take'>
type Story = (
  incident: string,
  entries: readonly Entry[],
) => { readonly items: readonly TransactWriteItem[]; readonly written: () => void }

/** What holds the responses back: the kill switch, the breaker's tokens, and what people are asked. */
export function guardLedger(
  { put, remove, check, change, transact, write, query }: Table,
  newId: () => string,
  story: Story,
) {
  /** The transaction fails while somebody has switched the response off. */
  const whileArmed = (response: string): TransactWriteItem =>
    check({ pk: guardKey(response), sk: 'switch' }, 'attribute_not_exists(pk)')

  const tokenPut = (response: string, token: Token, now: number): TransactWriteItem =>
    put(tokenItem(response, token), 'attribute_not_exists(pk) OR until < :now OR subject = :subject', {
      ':now': now,
      ':subject': token.subject,
    })

  const AS_IT_WAS = 'hash = :hash AND at = :at AND state = :state'
  const valuesOf = ({ hash, at, state }: Ask) => ({ ':hash': hash, ':at': at, ':state': state })
  const askPut = (page: Page, { was, is }: AskChange): TransactWriteItem => {
    if (is === null) return remove({ pk: subjectKey(page), sk: 'ask' }, AS_IT_WAS, valuesOf(was))
    return was ? put(askItem(page, is), AS_IT_WAS, valuesOf(was)) : put(askItem(page, is), 'attribute_not_exists(pk)')
  }

  const part: Part = {
    ask: (page, asked) => transact([askPut(page, asked)]),

    async answer(page, { incident, hash, state, now }, entry) {
      const { items, written } = story(incident, [entry])
      const said = await transact([
        change(
          { pk: subjectKey(page), sk: 'ask' },
          'SET state = :state, by = :by, decidedAt = :decided',
          {
            ':state': state,
            ':by': entry.by,
            ':decided': entry.at,
            ':asked': 'asked',
            ':hash': hash,
            ':incident': incident,
            ':now': now,
          },
          'state = :asked AND hash = :hash AND incident = :incident AND until > :now',
        ),
        ...items,
        // What nobody may do, nobody may order either.
        ...(state === 'approved' ? [whileArmed(page.response)] : []),
      ])
      if (said) written()
      return said
    },

    async askOf(page) {
      const items = await query({ key: 'pk = :pk AND sk = :ask', values: { ':pk': subjectKey(page), ':ask': 'ask' } })
      return askOf(items[0])
    },

    async guard(response) {
      return guardOf(await query({ key: 'pk = :pk', values: { ':pk': guardKey(response) } }))
    },

    async keepScarce(response, scarce) {
      await write([put({ pk: guardKey(response), sk: 'scarce', ...pack(scarce) })])
    },

    async setDisarmed(response, disarmed, by, reason) {
      const key = { pk: guardKey(response), sk: 'switch' }
      await write([
        disarmed ? put({ ...key, ...pack(disarmed) }) : remove(key),
        put({ pk: `audit#${response}`, sk: newId(), ...pack({ by, reason, disarmed }) }),
      ])
    },

    take: (response, token, now) => transact([tokenPut(response, token, now)]),
  }
  return { ...part, whileArmed, tokenPut, askPut }
}
