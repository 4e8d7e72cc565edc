import { type Decided, decide } from '#shared/decision.ts'
import { summaryOf } from '#shared/describe.ts'
import type { Finding, Origin, Taken } from '#shared/finding.ts'
import { breakerClause, tokenFor } from '#shared/guard.ts'
import { approvedAt } from '#shared/jump/standing.ts'
import { digest } from '#shared/kit/canonical.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Ask, Memory, Page, Token } from '#shared/ledger.ts'
import type { Step } from '#shared/plan.ts'
import type { Ports } from '#shared/ports.ts'
import type { Response, World } from '#shared/response.ts'
import type { Signal } from '#shared/signal.ts'
import type { Head } from '#shared/story.ts'
import type { Suspicion } from '#shared/suspicion.ts'

/** What of the world is wrong, with what is decided about it, and the token by which it may be acted on. */
export interface Judged<F extends Finding> {
  readonly decided: readonly Decided<F>[]
  readonly token?: Token | undefined
  /** It ends what we made ourselves, and nothing else: the kill switch does not hold that back. */
  readonly owed?: true
  /** Who made which part, as the event at hand tells beside what the ledger knows. */
  readonly origins: readonly Origin[]
}

/**
 * Judges the world, decides by the policy, and then asks what bounds the response: where the kill switch or the breaker
 * says stop, acting becomes asking. What a person has approved is acted on, as long as the plan is still the same.
 */
export function judgeAll<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  world: W,
  memory: Memory,
  signal: Signal,
  ports: Ports,
): Judged<F> {
  const { policy, account, clock } = ports
  const now = clock.now()
  const news = signal.kind === 'api-call' ? response.origins(signal, world) : []
  const origins = [...news, ...memory.origins.filter((old) => !news.some((one) => one.part === old.part))]
  const { graces, rounds, suspicions } = memory
  const taken = takenOf(memory)
  const former = takenOf(memory, false)
  const scarce = memory.guard.scarce?.[world.subject]
  const held = memory.open?.held ?? false
  const wish = { request: memory.request, approvedAt: approvedAt(memory) }
  const circumstances = {
    now: new Date(now),
    account,
    graces,
    rounds,
    origins,
    suspicions,
    taken,
    former,
    held,
    scarce,
    ...wish,
  }
  const findings = response.judge(world, policy, circumstances)
  const byPolicy = findings.map((finding) => ({ finding, decision: decide(finding, policy) }))
  const { disarmed } = memory.guard
  const approved = disarmed ? null : answered(memory.ask, 'approved', byPolicy, response, world, now)
  if (approved) return { decided: byPolicy.map((one) => carriedOut(one, approved)), origins: news }
  const acting = byPolicy.filter(({ decision }) => decision.mode === 'act')
  if (acting.length === 0) return { decided: byPolicy, origins: news }
  if (response.isOwed && acting.every(({ finding }) => response.isOwed!(finding)))
    return { decided: byPolicy, owed: true, origins: news }

  const stopped = (clause: string, says: string) => ({
    decided: byPolicy.map((one) => (one.decision.mode === 'act' ? asking(one, clause, says) : one)),
    origins: news,
  })
  if (disarmed) return stopped('kill switch', `disarmed by ${disarmed.by.name} at ${disarmed.at}: ${disarmed.reason}`)
  const declined = answered(memory.ask, 'declined', byPolicy, response, world, now)
  if (declined?.by) return stopped('declined', `${declined.by.name} said at ${declined.decidedAt} to leave it`)
  // What is in our hold stays in it: nobody gets a host out of quarantine by using up the tokens.
  if (memory.open?.held) return { decided: byPolicy, origins: news }
  const worst = acting.some(isWorst)
  const breaker = response.breaker?.(policy) ?? policy.breaker
  const token = tokenFor(world.subject, worst, memory.guard, breaker, now)
  if (token) return { decided: byPolicy, token, origins: news }
  const { subjects, reserve } = breaker
  const limit = worst ? `${subjects} subjects an hour and ${reserve} in reserve` : `${subjects} subjects an hour`
  return stopped(breakerClause(response.name), `the breaker is open: ${limit} have been acted on`)
}

/** The ask, where a person has given this answer to the very plan that would be carried out now. */
function answered<S, W extends World, F extends Finding>(
  ask: Ask | null,
  state: Ask['state'],
  decided: readonly Decided<F>[],
  response: Response<S, W, F>,
  world: W,
  now: number,
): Ask | null {
  if (ask?.state !== state || (state === 'declined' && ask.expires <= now)) return null
  const cured = decided.filter(({ decision }) => decision.mode === 'ask' || decision.mode === 'act')
  return boundTo(response, cured, world) === ask.hash ? ask : null
}

const carriedOut = <F extends Finding>(one: Decided<F>, { by, decidedAt, incident }: Ask): Decided<F> =>
  one.decision.mode === 'ask' || one.decision.mode === 'act'
    ? {
        ...one,
        decision: {
          ...one.decision,
          mode: 'act',
          because: { clause: `approval of ${incident}`, says: `${by?.name ?? 'somebody'} approved it at ${decidedAt}` },
        },
      }
    : one

const asking = <F extends Finding>(one: Decided<F>, clause: string, says: string): Decided<F> => ({
  ...one,
  decision: {
    ...one.decision,
    mode: 'ask',
    because: { clause, says },
    facts: [...one.decision.facts, { fact: says, from: 'ledger' }],
    flips: ['an approval would carry out the plan', ...one.decision.flips],
  },
})

/** The hash of what a person is asked: an answer is good for that and for nothing else. */
export function boundTo<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  asked: readonly Decided<F>[],
  world: W,
): string {
  const findings = findingsOf(asked)
  return response.asks ? digest(response.asks(findings)).slice(0, 32) : planHash(response.plan(findings, world))
}

/**
 * What an answer is bound to: the calls of the plan, and what they found. Calls name rules by id, and a rule can be made
 * another behind its id: the id of a step holds its content too.
 */
export const planHash = (plan: readonly Step[]): string => digest(plan.map(({ id, does }) => [id, does])).slice(0, 32)

export const findingsOf = <F extends Finding>(decided: readonly Decided<F>[]): F[] =>
  decided.map(({ finding }) => finding)

/** Whether it is of the class that nothing may keep quiet: the breaker has a reserve for it, and it waits for no digest. */
export const isWorst = ({ finding }: Decided): boolean => finding.finding === 'open-ingress' && finding.worst

/** By what the rest is left: the first mode and clause. */
export const leftBy = (decided: readonly Decided[]): string | undefined => {
  const one = decided.find(({ decision }) => decision.mode === 'ask') ?? decided[0]
  return one && `${one.decision.mode} ${one.decision.because.clause}`
}

/** The head of an incident as it is when it opens. */
export const headOf = (
  response: string,
  { subject }: Page,
  id: string,
  decided: readonly Decided[],
  ports: Ports,
): Head => ({
  id,
  status: 'open',
  response,
  subject,
  account: ports.account,
  region: ports.region,
  openedAt: iso(ports.clock.now()),
  summary: summaryOf(subject, decided),
})

/**
 * What was done about the subject in its open incident, by what it was done to: what was released counts no more. Or in
 * those before.
 */
export const takenOf = ({ open, intents }: Memory, inOpen = true): Taken[] =>
  intents.flatMap(({ step: { of, does }, incident, at, state }) =>
    of !== undefined && (incident === open?.incident) === inOpen && (state === 'done' || state === 'found-done')
      ? [{ of, call: does.call, at }]
      : [],
  )

/** What accuses the subject: the event's, and what was found by looking at it. The ledger keeps it until it is released. */
export const accusationsIn = (decided: readonly Decided[], news: readonly Suspicion[]): readonly Suspicion[] => {
  const found = decided.flatMap(({ finding }) => ('accusations' in finding ? finding.accusations : []))
  return [...new Map([...found, ...news].map((one) => [one.id, one])).values()]
}
