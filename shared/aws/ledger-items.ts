import { pack, unpack } from '#shared/aws/pack.ts'
import type { Item } from '#shared/aws/table.ts'
import type { Grace, Origin, Round } from '#shared/finding.ts'
import type { BoxRequest } from '#shared/jump/box-request.ts'
import {
  type Ask,
  type Claim,
  type Disarmed,
  type Guard,
  INTENT_TIMEOUT,
  type Intent,
  type Memory,
  type Page,
  type Scarce,
  type Token,
} from '#shared/ledger.ts'
import type { Step } from '#shared/plan.ts'
import type { Head } from '#shared/story.ts'
import type { Suspicion } from '#shared/suspicion.ts'

/** How the ledger's values lie in the items of the table. */

export const subjectKey = ({ response, subject }: Page): string => `subject#${response}#${subject}`
export const guardKey = (response: string): string => `guard#${response}`
export const incidentKey = (incident: string): string => `incident#${incident}`

const DAY = 86_400
/** DynamoDB's time to live, in seconds: what only guards against repetition need not be kept for ever. */
export const expires = (now: number, days: number): number => Math.floor(now / 1_000) + days * DAY

/** `at` and `hash` stand beside the rest for the conditions; `expires` is DynamoDB's own, so the ask's is `until`. */
export const askItem = (page: Page, ask: Ask): object => {
  const { expires: until, ...rest } = ask
  return { pk: subjectKey(page), sk: 'ask', ...rest, until }
}

export function askOf(item: Item | undefined): Ask | null {
  if (!item) return null
  const { pk: _pk, sk: _sk, until, ...rest } = item
  return { ...rest, expires: until } as unknown as Ask
}

export const tokenItem = (response: string, token: Token): object => ({
  pk: guardKey(response),
  sk: `token#${token.name}`,
  ...token,
  expires: expires(token.until, 1),
})

export const originItem = (page: Page, origin: Origin, now: number): object => ({
  pk: subjectKey(page),
  sk: `origin#${origin.part}`,
  ...origin,
  expires: expires(now, 365),
})

export const roundItem = (page: Page, round: Round): object => ({
  pk: subjectKey(page),
  sk: `round#${round.permission}`,
  ...round,
  expires: expires(round.at, 2),
})

/** A year: GuardDuty itself forgets its findings after 90 days. */
export const suspicionItem = (page: Page, suspicion: Suspicion, now: number): object => ({
  ...suspicionKey(page, suspicion.id),
  ...pack(suspicion),
  expires: expires(now, 365),
})

/** Ids of detectors may be long ARNs: they fit into a sort key of 1,024 bytes. */
export const suspicionKey = (page: Page, id: string): { pk: string; sk: string } => ({
  pk: subjectKey(page),
  sk: `suspicion#${id.slice(0, 900)}`,
})

export function guardOf(items: readonly Item[]): Guard {
  const disarmed = items.find((item) => item.sk.startsWith('switch#'))
  const scarce = items.find((item) => item.sk === 'scarce')
  return {
    disarmed: disarmed ? (unpack(disarmed) as Disarmed) : null,
    tokens: items.flatMap(({ sk, name, subject, until }) =>
      sk.startsWith('token#') ? [{ name, subject, until } as Token] : [],
    ),
    ...(scarce ? { scarce: unpack(scarce) as Scarce } : {}),
  }
}

export function memoryOf(items: readonly Item[], guard: Guard): Memory {
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
          held: open.held === true,
        }
      : null,
    intents: kind('intent#').map((item) => ({ ...(item as unknown as Intent), step: unpack(item) as Intent['step'] })),
    graces: kind('grace#').map((item) => item as unknown as Grace),
    origins: kind('origin#').map(
      ({ part, content, actor, event, at }) => ({ part, content, actor, event, at }) as Origin,
    ),
    rounds: kind('round#').map(({ permission, times, at }) => ({ permission, times, at }) as Round),
    suspicions: kind('suspicion#').map((item) => unpack(item) as Suspicion),
    request: kind('request').map((item) => unpack(item) as BoxRequest)[0] ?? null,
    ask: askOf(items.find((item) => item.sk === 'ask')),
    guard,
    lastEvent: (items.find((item) => item.sk === 'event')?.at as number | undefined) ?? 0,
  }
}

export function headOf({ pk: _pk, sk: _sk, ...head }: Item): Head {
  return head as unknown as Head
}

/** When an intent may be claimed: once it is settled, or too old; one of a step that must not be taken twice, as it was read. */
export function claimable(
  { id, once }: Step,
  { seen, now, run }: Claim,
): readonly [string, Record<string, string | number>] {
  const known = seen?.find((one) => one.step.id === id)
  const free = 'attribute_not_exists(pk) OR state <> :intended OR at < :stale OR run = :run'
  const values = { ':intended': 'intended', ':stale': now - INTENT_TIMEOUT, ':run': run }
  if (!once) return [free, values]
  if (!known) return ['attribute_not_exists(pk)', {}]
  return [`(${free}) AND state = :state AND at = :at`, { ...values, ':state': known.state, ':at': known.at }]
}
