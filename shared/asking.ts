import type { Decided } from '#shared/decision.ts'
import type { Finding } from '#shared/finding.ts'
import { boundTo, findingsOf } from '#shared/judged.ts'
import type { Ask, AskChange, Memory } from '#shared/ledger.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { Response, World } from '#shared/response.ts'
import type { Verdict } from '#shared/verdict.ts'

/**
 * What is asked of people now, given what they were asked before: the same plan keeps its ask, and its answer; another plan
 * is asked anew; an ask that nobody answered is told again once, and when it expires it is asked anew. Null where nothing
 * is asked.
 */
export function askOf<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  incident: string,
  decided: readonly Decided<F>[],
  world: W,
  { ask: was }: Memory,
  policy: Policy,
  now: number,
): Ask | null {
  const asked = decided.filter(({ decision }) => decision.mode === 'ask')
  if (asked.length === 0) return null
  const hash = boundTo(response, asked, world)
  const { expire, remind } = response.patience?.(findingsOf(asked), policy) ?? policy.asks
  const fresh: Ask = {
    incident,
    hash,
    at: now,
    expires: now + 1_000 * expire,
    reminded: false,
    times: 1,
    state: 'asked',
  }
  if (was?.incident !== incident || was.hash !== hash) return fresh
  if (was.state === 'approved') return was
  if (now >= was.expires) return { ...fresh, times: was.times + 1 }
  const isDue = was.state === 'asked' && !was.reminded && now - was.at >= 1_000 * remind
  return isDue ? { ...was, reminded: true } : was
}

/**
 * What there is to write of it; undefined where it is as it was. Where what is left asks nobody any more, the ask goes, and
 * its answer with it: an approval must not lie in wait until the plan comes back.
 */
export function changeOf(was: Ask | null, is: Ask | null, verdict: Verdict): AskChange | undefined {
  if (is === null) return was && verdict === 'open' ? { was, is } : undefined
  const isNew =
    was?.at !== is.at || was.hash !== is.hash || was.reminded !== is.reminded || was.incident !== is.incident
  return isNew ? { was, is } : undefined
}
