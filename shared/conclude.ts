import type { Decided } from '#shared/decision.ts'
import { describe } from '#shared/describe.ts'
import { Fault } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import { digest } from '#shared/kit/canonical.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Entry, Head, Memory, Outcome, Page, Timings } from '#shared/ledger.ts'
import { type Notice, noticeOf } from '#shared/notice.ts'
import type { Step } from '#shared/plan.ts'
import type { Ports, Run } from '#shared/ports.ts'
import { record } from '#shared/record.ts'
import type { Response, World } from '#shared/response.ts'
import type { Signal } from '#shared/signal.ts'
import { leftOver, takeUp } from '#shared/take-up.ts'
import { type Verdict, verdictOf } from '#shared/verdict.ts'

/** A door that the sweep finds, and no event spoke of its subject for this long, is a missed event. */
const RECENT = 300_000

/** How the loop ended for one subject. */
export interface Settled {
  readonly page: Page
  readonly outcome: Outcome
  /** A sweep found what no event had told of. */
  readonly missed?: boolean
  /** What people are to be told, and what to write once they are. Absent when there is nothing new. */
  readonly telling?: Telling | undefined
  /** What went wrong on the way: to be thrown once people are told, so that the event is retried. */
  readonly fault?: Fault | undefined
}

export interface Telling {
  readonly notice: Notice
  readonly release: () => Promise<boolean>
}

export interface Ending<S, W extends World, F extends Finding> {
  readonly response: Response<S, W, F>
  readonly page: Page
  readonly world: W
  readonly memory: Memory
  /** What is left, with what was decided about it; null where it could not be read. */
  readonly decided: readonly Decided<F>[] | null
  readonly steps: readonly Step[]
  /** What the steps were made for. */
  readonly cured: readonly Decided<F>[]
  readonly failures: readonly Fault[]
  readonly signal: Signal
  readonly ports: Ports
  readonly run: Run
  /** What had been told of the open incident when this run first looked; undefined where there was none. */
  readonly toldBefore: string | undefined
  /** The incident that this run has claimed and acted in. */
  readonly mine: { readonly head: Head; readonly decidedAt: number; readonly appliedAt: number } | undefined
}

/** Writes the verdict, and says whether there is something to tell. */
export async function conclude<S, W extends World, F extends Finding>(ending: Ending<S, W, F>): Promise<Settled> {
  const { page, memory, decided, failures, signal, ports, run, mine } = ending
  const outcome = outcomeOf(decided ?? [])
  const nothingLeft = decided?.every(({ decision }) => decision.mode === 'spare') ?? false
  if (!mine && memory.open === null && nothingLeft) return { page, outcome }

  const verdict = verdictOf(decided)
  const told = digest({ verdict, left: decided?.map(gist), failures: failures.map((fault) => fault.code) })
  const verifiedAt = ports.clock.now()
  const timings: Timings = {
    event: signal.at.toISOString(),
    delivered: iso(run.startedAt),
    ...(mine ? { decided: iso(mine.decidedAt), applied: iso(mine.appliedAt) } : {}),
    verified: iso(verifiedAt),
  }
  const entry: Entry = {
    what: 'verified',
    at: timings.verified,
    verdict,
    left: decided ?? [],
    after: ending.world,
    timings,
  }
  const held = mine
    ? await closeBook(ending, { ...mine.head, verdict }, entry)
    : await takeUp(ending, told, verdict, entry)
  if (!held) return { page, outcome }

  if (failures.length > 0) ports.metric('StepsFailed', failures.length)
  const happened = signal.kind === 'api-call' ? signal.at.getTime() : 0
  if (mine && verdict === 'contained' && happened > 0) ports.metric('TimeToContain', verifiedAt - happened)
  const steps = [...ending.steps, ...held.found]
  const release = () => ports.ledger.release(page, held.head.id, run.id, { closed: nothingLeft, told })
  // What was cured is news even where the rest is as it was told before.
  const isNews = ending.toldBefore !== told || (steps.length > 0 && (verdict === 'contained' || verdict === 'open'))
  if (!isNews) await release()
  const news = () =>
    noticeOf({
      stage: ports.stage,
      head: held.head,
      verdict,
      decided: decided ?? [],
      cured: ending.cured,
      steps,
      failures,
      signal,
      timings,
    })
  return {
    page,
    outcome,
    missed: signal.kind === 'tick' && isMissed(ending),
    telling: isNews ? { notice: news(), release } : undefined,
    fault: faultOf(verdict, failures),
  }
}

/** Writes the verdict of an incident that this run acted in, and what it finds of runs that died in the same incident. */
async function closeBook<S, W extends World, F extends Finding>(
  { response, page, world, memory, steps, decided, ports }: Ending<S, W, F>,
  head: Head,
  entry: Entry,
): Promise<{ head: Head; found: readonly Step[] }> {
  const { found } = decided ? leftOver(response, head.id, memory, world) : { found: [] }
  const others = found.filter((step) => !steps.some((one) => one.id === step.id))
  const outcomes = others.map((step) => ({ what: 'found-done' as const, step: step.id }))
  await record(page, head.id, outcomes, ports)
  await ports.ledger.verified(head, entry)
  return { head, found: others }
}

function outcomeOf(decided: readonly Decided[]): Outcome {
  if (decided.some(({ decision }) => decision.mode === 'watch')) return 'watched'
  return decided.some(({ decision }) => decision.mode === 'spare') ? 'spared' : 'settled'
}

/** What makes a state news: not the shares or the times, but what is left, and by which clause. */
const gist = (one: Decided) => ({
  clause: one.decision.because.clause,
  mode: one.decision.mode,
  what: describe(one).gist(one.finding),
})

/** New to the ledger, unannounced, and not open because a grace or an exemption has ended. */
function isMissed<S, W extends World, F extends Finding>({
  memory,
  decided,
  cured,
  ports,
  toldBefore,
}: Ending<S, W, F>): boolean {
  const findings = [...(decided ?? []), ...cured].map(({ finding }) => finding)
  const announced = memory.lastEvent > ports.clock.now() - RECENT
  return (
    toldBefore === undefined &&
    !announced &&
    memory.graces.length === 0 &&
    findings.every((finding) => finding.lapsed.length === 0)
  )
}

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
