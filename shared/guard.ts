import type { Guard, Token } from '#shared/ledger.ts'
import type { Policy } from '#shared/policy/schema.ts'

/** Within this many milliseconds a response acts on so many distinct subjects. */
const HOUR = 3_600_000

/**
 * The token by which a response may act on a subject: one that the subject still holds from before, else one that is free;
 * null where none is left. The worst class has some of its own, so that decoys can't use up all there are.
 *
 * So many names, each out for an hour after it was last used: within any hour no more subjects than names. Runs that want a token at the same
 * time choose at random, so that they seldom meet; DynamoDB decides where they do.
 */
export function tokenFor(
  subject: string,
  worst: boolean,
  { tokens }: Guard,
  { subjects, reserve }: Policy['breaker'],
  now: number,
): Token | null {
  const names = [...numbered('act', subjects), ...(worst ? numbered('reserve', reserve) : [])]
  const out = new Map(tokens.filter((token) => token.until > now).map((token) => [token.name, token]))
  const held = names.map((name) => out.get(name)).find((token) => token?.subject === subject)
  // Held on to for another hour: a token that came back while its subject had just been acted on would be one too many.
  if (held) return { ...held, until: now + HOUR }
  const free = freeOf(numbered('act', subjects), out)
  const name = free ?? (worst ? freeOf(numbered('reserve', reserve), out) : undefined)
  return name === undefined ? null : { name, subject, until: now + HOUR }
}

/** What stands in a decision that the open breaker made. */
export const breakerClause = (response: string): string => `breaker.${response}`

/** Whether the breaker is open: no token is left for a subject that is not of the worst class. */
export const isOpen = (guard: Guard, breaker: Policy['breaker'], now: number): boolean =>
  tokenFor('', false, guard, breaker, now) === null

/** A free token for one more notice of an open finding; null where the window is full. */
export function noticeToken(
  subject: string,
  { tokens }: Guard,
  { open, within }: Policy['notices'],
  now: number,
): Token | null {
  const out = new Map(tokens.filter((token) => token.until > now).map((token) => [token.name, token]))
  const name = freeOf(numbered('notice', open), out)
  return name === undefined ? null : { name, subject, until: now + 1_000 * within }
}

const numbered = (kind: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${kind}#${String(i).padStart(3, '0')}`)

function freeOf(names: readonly string[], out: ReadonlyMap<string, Token>): string | undefined {
  const free = names.filter((name) => !out.has(name))
  return free[Math.floor(Math.random() * free.length)]
}
