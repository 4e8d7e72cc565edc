import { afterwards, NOTHING_AROUND } from '#shared/afterwards.ts'
import { askOf, changeOf } from '#shared/asking.ts'
import type { Decided } from '#shared/decision.ts'
import { describe } from '#shared/describe.ts'
import type { Ending, Settled, Telling } from '#shared/ending.ts'
import { Fault } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import { breakerClause, noticeToken } from '#shared/guard.ts'
import { accusationsIn, findingsOf, isWorst, leftBy, takenOf } from '#shared/judged.ts'
import { digest } from '#shared/kit/canonical.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Ask, AskChange, Outcome } from '#shared/ledger.ts'
import { disturbance, releasing } from '#shared/letting-go.ts'
import { isMissed } from '#shared/missed.ts'
import { noticeOf } from '#shared/notice.ts'
import type { Step } from '#shared/plan.ts'
import { record } from '#shared/record.ts'
import type { World } from '#shared/response.ts'
import type { Entry, Head, Timings } from '#shared/story.ts'
import { leftOver, takeUp } from '#shared/take-up.ts'
import { type Verdict, verdictOf } from '#shared/verdict.ts'

/** Writes the verdict, and says whether there is something to tell. */
export async function conclude<S, W extends World, F extends Finding>(ending: Ending<S, W, F>): Promise<Settled> {
  const { response, page, world, memory, decided, failures, signal, ports, run, mine } = ending
  const outcome = outcomeOf(decided ?? [])
  // What can't be had, and is written down for good, is said in the verdict; nobody has to come back for it.
  const nothingLeft =
    decided?.every(({ decision, finding }) => decision.mode === 'spare' || ('over' in finding && finding.over)) ?? false
  if (!mine && memory.open === null && nothingLeft) {
    // Spared for the sake of who made it: the sweep, which sees no caller, has to know that too.
    const earned = outcome === 'spared' || response.keepsOrigins?.(ports.policy) ? ending.origins : []
    if (earned.length > 0) await ports.ledger.keepOrigins(page, earned, ports.clock.now())
    return { page, outcome }
  }

  const plain = verdictOf(decided)
  const verdict = response.verdict?.(plain, world) ?? plain
  const verifiedAt = ports.clock.now()
  const incident = mine?.head.id ?? memory.open?.incident ?? ports.newId()
  const asked = askOf(response, incident, decided ?? [], ending.world, memory, ports.policy, verifiedAt)
  const told = digest({
    verdict,
    left: decided?.map(gist),
    failures: failures.map((fault) => fault.code),
    // What was in our hold and is no more is over, whoever ended it: nobody could release it.
    ...(memory.open?.held && !response.holds?.(world) ? { gone: true } : {}),
    ...(asked ? { ask: [asked.hash, asked.times, asked.reminded, asked.state] } : {}),
  })
  const timings: Timings = {
    event: signal.at.toISOString(),
    delivered: iso(run.startedAt),
    ...(mine ? { decided: iso(mine.decidedAt), applied: iso(mine.appliedAt) } : {}),
    verified: iso(verifiedAt),
  }
  const change = changeOf(memory.ask, asked, verdict)
  const disturbed = await disturbance(ending)
  const facts = { account: ports.account, taken: takenOf(memory), now: new Date(verifiedAt) }
  const proof = decided === null ? null : (response.proof?.(world, facts) ?? null)
  const entries: Entry[] = [
    {
      what: 'verified',
      at: timings.verified,
      verdict,
      left: decided ?? [],
      after: world,
      timings,
      ...(proof ? { proof } : {}),
    },
    ...(change?.is ? [askedEntry(change.is, timings.verified)] : []),
  ]
  const left = leftBy(decided ?? [])
  const ended = { verdict, ...(left ? { left } : {}) }
  const held = mine
    ? await closeBook(ending, { ...mine.head, ...ended }, entries, change)
    : await takeUp(ending, incident, disturbed === null ? told : '', ended, entries, change)
  if (!held) {
    // Whoever is at it looks again before it lets go; where nobody is, one more reason is kept until the release.
    const { news } = ending.doubts
    const isBusy = response.holds && memory.open && memory.open.run !== run.id && memory.open.until > verifiedAt
    const heard = isBusy && (await ports.ledger.leaveWord(page, run.id, verifiedAt, accusationsIn(decided ?? [], news)))
    if (!heard && news.length > 0) await ports.ledger.suspect(page, news)
    // Held from an earlier look of this run, at what has not changed since: let go of it.
    const isOurs = memory.open !== null && memory.open.run === run.id && memory.open.until > 0
    const letGo = isOurs ? await releasing(ending, incident, told, nothingLeft)() : 'lost'
    const busy = !response.holds && !nothingLeft && memory.open?.told !== told
    return { page, outcome, busy, again: letGo === 'word' }
  }

  if (failures.length > 0) ports.metric('StepsFailed', failures.length)
  const bounded = decided?.some(({ decision }) => decision.because.clause === breakerClause(response.name))
  if (bounded) ports.metric('BreakerOpen', 1)
  const happened = signal.kind === 'api-call' ? signal.at.getTime() : 0
  if (mine && verdict === 'contained' && happened > 0) ports.metric('TimeToContain', verifiedAt - happened)
  const steps = [...ending.steps, ...held.found]
  const release = releasing({ ...ending, steps }, held.head.id, told, nothingLeft)
  // What was cured is news even where the rest is as it was told before.
  const isNews =
    ending.toldBefore !== told ||
    disturbed !== null ||
    (steps.length > 0 && (plain === 'contained' || plain === 'open'))
  const letGo = isNews ? undefined : await release()
  const missed = isMissed(ending)
  // A sweep counts its own: the first one finds what was there before.
  if (missed && signal.kind === 'config-change') ports.metric('MissedEvents', 1)
  const urgent = decided?.some((one) => one.decision.mode === 'ask' && isWorst(one))
  const canWait = isNews && verdict === 'open' && steps.length === 0 && signal.kind !== 'tick' && !urgent
  const waits = canWait && !(await mayTell(ending))
  // Untold, it stays news: the sweep tells all of these in one digest.
  if (waits) await release('')
  const story = {
    stage: ports.stage,
    head: held.head,
    verdict,
    decided: decided ?? [],
    cured: ending.cured,
    steps,
    forgone: ending.forgone,
    // Only an ask lists it.
    plan: asked ? response.plan(findingsOf(decided ?? []), ending.world) : [],
    failures,
    signal,
    timings,
    missed,
    disturbed,
    proof,
    ask: asked,
    chain: ports.ledger.chainHead(held.head.id),
  }
  const telling: Telling = {
    notice: async () => noticeOf({ ...story, ...(await afterwards(ending)) }),
    brief: () => noticeOf({ ...story, ...NOTHING_AROUND }),
    release: () => release(),
  }
  return {
    page,
    outcome,
    missed,
    telling: isNews && !waits ? telling : undefined,
    fault: faultOf(verdict, failures),
    again: letGo === 'word',
  }
}

const askedEntry = ({ hash, expires, times, reminded }: Ask, at: string): Entry => ({
  what: 'asked',
  at,
  hash,
  expires,
  times,
  reminded,
})

/** Whether one more notice of an open finding may go out now: a flood of them waits for the sweep's digest; the worst asks do not. */
async function mayTell<S, W extends World, F extends Finding>({ page, memory, ports }: Ending<S, W, F>) {
  const now = ports.clock.now()
  for (let guard = memory.guard, i = 0; i < 3; i++) {
    const token = noticeToken(page.subject, guard, ports.policy.notices, now)
    if (!token) return false
    if (await ports.ledger.take(page.response, token, now)) return true
    guard = await ports.ledger.guard(page.response)
  }
  return false
}

/** Writes the verdict of an incident that this run acted in, and what it finds of runs that died in the same incident. */
async function closeBook<S, W extends World, F extends Finding>(
  { response, page, world, memory, steps, decided, origins, ports }: Ending<S, W, F>,
  head: Head,
  entries: readonly Entry[],
  ask: AskChange | undefined,
): Promise<{ head: Head; found: readonly Step[] }> {
  const { found } = decided ? leftOver(response, head.id, memory, world, ports) : { found: [] }
  const others = found.filter((step) => !steps.some((one) => one.id === step.id))
  const outcomes = others.map((step) => ({ what: 'found-done' as const, step: step.id }))
  await record(page, head.id, outcomes, ports)
  // Who made what is left: it may be spared, or asked about, for their sake, and the sweep sees no caller.
  if (decided?.length && origins.length > 0) await ports.ledger.keepOrigins(page, origins, ports.clock.now())
  // Where somebody has just answered what was asked before, the next look finds out.
  if (ask) await ports.ledger.ask(page, ask)
  await ports.ledger.verified(head, entries)
  return { head, found: others }
}

function outcomeOf(decided: readonly Decided[]): Outcome {
  if (decided.some(({ decision }) => decision.mode === 'ask')) return 'asked'
  if (decided.some(({ decision }) => decision.mode === 'watch')) return 'watched'
  return decided.some(({ decision }) => decision.mode === 'spare') ? 'spared' : 'settled'
}

/** What makes a state news: not the shares or the times, but what is left, and by which clause. */
const gist = (one: Decided) => ({
  clause: one.decision.because.clause,
  mode: one.decision.mode,
  what: describe(one).gist(one.finding),
})

function faultOf(verdict: Verdict, failures: readonly Fault[]): Fault | undefined {
  if (failures[0]) return failures[0]
  if (verdict === 'partial') {
    return new Fault(
      'not-contained',
      'Expected the second look to find the rules gone; AWS answered success and they are still there.',
    )
  }
  return verdict === 'unverifiable'
    ? new Fault(
        'read-failed',
        'The change was sent, but the second look failed: whether the exposure is over is not known.',
      )
    : undefined
}
