import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#shared/fault.ts'
import { field, list, text } from '#shared/kit/loose.ts'
import { type Secret, trying } from './secrets.ts'

/** Calls Slack's Web API. */
export interface WebApi {
  /** Throws `slack-failed` with Slack's own word where it does not take the call. */
  call(method: string, body: object): Promise<unknown>
}

/** Slack's own limit for `views.open` is 3 s after the press; nothing that waits longer for one try is of use. */
const PATIENCE = 2_500
/** Longer than this (milliseconds) is left to the retry of the event. */
const LONGEST_WAIT = 20_000
const TRIES = 4
/** Slack's words for a token that is no good (any more): another one may be. */
const BAD_TOKEN = new Set(['invalid_auth', 'token_revoked', 'token_expired', 'account_inactive', 'not_authed'])

const base = (): string => process.env.SLACK_API_URL ?? 'https://slack.com/api/'

/** The Web API with a bot token that may be changed while it is in use. @param tries 1 where there is no time to try again */
export function webApi(token: Secret, tries = TRIES): WebApi {
  return {
    async call(method, body) {
      const answer = await trying(token, withEach, isBadToken)
      if (field(answer, 'ok') === true) return answer
      const why = text(field(answer, 'error')) ?? 'no word of why'
      const messages = list(field(field(answer, 'response_metadata'), 'messages'))
        .slice(0, 3)
        .map(String)
      throw new Fault('slack-failed', `Expected Slack to take ${method}; it answered ${[why, ...messages].join('; ')}`)

      async function withEach(tokens: readonly string[]): Promise<unknown> {
        let said: unknown
        for (const one of tokens) {
          said = await post(method, body, one, tries)
          if (!isBadToken(said)) return said
        }
        return said
      }
    },
  }
}

const isBadToken = (answer: unknown): boolean => BAD_TOKEN.has(text(field(answer, 'error')) ?? '')

const JSON_BODY = { 'content-type': 'application/json; charset=utf-8' }
/** What only reads takes no JSON. https://docs.slack.dev/apis/web-api/using-the-slack-web-api/#basics */
const isRead = (method: string): boolean => /\.(list|info|test)$/.test(method)

/** Posts to Slack; waits as long as Slack says where it is asked too often. */
async function post(method: string, body: object, token: string, tries: number): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= tries
    try {
      const response = await fetch(new URL(method, base()), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, ...(isRead(method) ? {} : JSON_BODY) },
        body: isRead(method) ? new URLSearchParams(body as Record<string, string>) : JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(PATIENCE),
      })
      if (response.status === 429) {
        const wait = 1_000 * Number(response.headers.get('retry-after') ?? 1)
        if (last || !(wait <= LONGEST_WAIT))
          throw new Fault(
            'slack-failed',
            `Expected Slack to take ${method}; it wants to be asked again in ${wait / 1_000} s.`,
          )
        await sleep(wait)
        continue
      }
      if (response.ok) return await response.json()
      if (last || response.status < 500)
        throw new Fault('slack-failed', `Expected Slack to take ${method}; it answered ${response.status}`)
    } catch (error) {
      if (error instanceof Fault) throw error
      // A message that is posted twice is better than one that is lost; who updates one does no harm.
      if (last) throw new Fault('slack-failed', `Expected Slack to answer ${method}: ${String(error)}`, error)
    }
    await sleep(250 * 2 ** attempt)
  }
}

/** Whether it is one of Slack's own addresses for late answers: nothing else is ever posted to. */
export function isResponseUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { origin, username, password } = new URL(url)
  if (username || password) return false
  return origin === 'https://hooks.slack.com' || origin === new URL(base()).origin
}

/** Answers late, to whoever pressed or typed something. Throws `slack-failed`. */
export async function respondLate(url: string, message: object): Promise<void> {
  if (!isResponseUrl(url)) throw new Fault('slack-failed', 'Expected one of Slack’s own addresses to answer to.')
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      // Nobody else is told, whoever answers that they should be.
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
    }).catch((error: unknown) => error)
    if (response instanceof Response && response.ok) return
    const status = response instanceof Response ? String(response.status) : String(response)
    // 404 and 410: it has been used up, or its half hour is over.
    if (attempt >= 3 || (response instanceof Response && response.status < 500 && response.status !== 429))
      throw new Fault('slack-failed', `Expected Slack to take a late answer; it answered ${status}`)
    await sleep(500 * 2 ** attempt)
  }
}
