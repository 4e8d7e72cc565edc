import { roundsAfter, settledLongAgo, tooSoon } from '#shared/claiming.ts'
import { conclude } from '#shared/conclude.ts'
import type { Decided } from '#shared/decision.ts'
import type { Ending, Settled } from '#shared/ending.ts'
import { executeAll, type Result } from '#shared/execute.ts'
import { Fault } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import { accusationsIn, findingsOf, headOf, judgeAll } from '#shared/judged.ts'
import { iso } from '#shared/kit/iso.ts'
import { HOLD, type Memory } from '#shared/ledger.ts'
import { type Doubts, firstLook, type Look, lookAt, NO_DOUBTS, readOr } from '#shared/look.ts'
import { answered, found, wasLost } from '#shared/outcomes.ts'
import type { Step } from '#shared/plan.ts'
import type { Ports, Run } from '#shared/ports.ts'
import { record } from '#shared/record.ts'
import type { Response, World } from '#shared/response.ts'
import type { Signal } from '#shared/signal.ts'

/** A stale read that hides a rule is looked at again after these pauses. */
export const PATIENCE = [1_000, 2_000, 4_000]
/** The pauses of the second look, 15 s in all, within which it must show what was done: EC2's reads are eventually consistent. */
const VERIFY = [0, 300, 700, 1_000, 2_000, 3_000, 4_000, 4_000]
/** Time that is kept back to write down how it ended. */
const RESERVE = 10_000
const ROUNDS = 12

/**
 * The loop for one subject: look, judge, decide, and where the decision is to act: write the intent, act, look again.
 * A world that is safe plans nothing, so a duplicate event, a retry after a crash and a sweep all come through here.
 *
 * @param scanned what a sweep has just read, so that the first look need not read it again
 */
export async function settle<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subject: string,
  signal: Signal,
  ports: Ports,
  run: Run,
  scanned?: W,
): Promise<Settled> {
  if (await isOthers(response, subject, signal, ports, run))
    return { page: { response: response.name, subject }, outcome: 'settled' }
  const done: { steps: Step[]; cured: Decided<F>[]; forgone: Step[] } = { steps: [], cured: [], forgone: [] }
  /** What each step that was tried in vain failed at. */
  const failed = new Map<string, { readonly step: Step; readonly fault: Fault }>()
  /** Steps that another's failure has kept from being tried. */
  const spared = new Set<string>()
  let mine: Ending<S, W, F>['mine']
  let waited = 0
  let doubts = NO_DOUBTS
  let isGlance = false
  let before: Memory | undefined
  for (let round = 0; round < ROUNDS; round++) {
    let look: Look<W>
    if (round === 0) {
      const first = await firstLook(response, subject, signal, ports, scanned)
      doubts = first.doubts
      isGlance = first.isGlance
      look = first
    } else {
      isGlance = false
      look = await lookAt(response, subject, ports, doubts)
    }
    const { world, memory, page } = look
    before ??= memory
    const { decided, token, owed, origins } = judgeAll(response, world, memory, signal, ports)
    const acting = decided.filter(({ decision }) => decision.mode === 'act')
    const due = acting.length > 0 ? response.plan(findingsOf(acting), world) : []
    // What can't be made twice is looked for again, and then left to the next look.
    const soon = due.some((step) => tooSoon(step, memory, ports.clock.now()))
    if (soon && waited < PATIENCE.length) {
      await ports.clock.sleep(PATIENCE[waited++]!)
      continue
    }
    const plan = due.filter((step) => !tooSoon(step, memory, ports.clock.now()))
    const about = { response, page, signal, ports, run, doubts, toldBefore: before.open?.told, ...done }
    // A glance shows only what is urgent: where that is done, or nothing, all is looked at.
    if (plan.length === 0 && isGlance) continue
    if (plan.length === 0) {
      if (waited < PATIENCE.length && response.unseen(signal, world, memory.intents)) {
        await ports.clock.sleep(PATIENCE[waited++]!)
        continue
      }
      const failures = [...failed.values()].map(({ fault }) => fault)
      const ended = await conclude({ ...about, world, memory, decided, origins, failures, mine })
      // What is asked or watched is news that only this run may know; a sweep comes round again.
      if (!ended.busy || signal.kind === 'tick') return ended
      if (ports.clock.left() < RESERVE) break
      await ports.clock.sleep(250 * 2 ** Math.min(round, 4))
      continue
    }

    // Acting takes a call, a look of up to 15 s and the writing down: none of it may be cut off by the platform.
    if (mine && ports.clock.left() < 3 * RESERVE) break
    const head = headOf(response.name, page, memory.open?.incident ?? ports.newId(), decided, ports)
    const decidedAt = ports.clock.now()
    const claimed = await ports.ledger.claim({
      ...page,
      head,
      // Where things are held one run at a time is at them: that incident is taken up only from a run that has let go.
      hold: memory.open ? (response.holds ? 'take-up' : 'join') : 'open',
      run: run.id,
      now: decidedAt,
      until: decidedAt + HOLD,
      steps: plan,
      seen: memory.intents,
      armed: !owed,
      ...(token ? { token } : {}),
      rounds: roundsAfter(memory, plan, decidedAt),
      // What is held is released step by step: nothing of it is forgotten.
      forget: response.holds ? [] : settledLongAgo(memory, plan, decidedAt),
      suspicions: accusationsIn(decided, doubts.news),
      cleared: doubts.cleared,
      entries: [
        { what: memory.open ? 'joined' : 'opened', at: iso(decidedAt), by: signal.id, decided, plan, before: world },
        ...plan.map((step) => ({ what: 'intended' as const, at: iso(decidedAt), step: step.id })),
      ],
    })
    if (claimed === 'lost') {
      if (response.holds && (await ports.ledger.leaveWord(page, run.id, decidedAt, doubts.news)))
        return { page, outcome: 'settled' }
      // Another run is making the same change, or has just written: look again, until what it did is done for us too.
      if (ports.clock.left() < RESERVE) break
      await ports.clock.sleep(250 * 2 ** Math.min(round, 4))
      continue
    }

    const content = (name: string) => response.content!(name, { subject, incident: head.id }, ports)
    const results = await executeAll(plan, response.powers(ports.policy), ports, response.content && content)
    mine = { head, decidedAt, appliedAt: ports.clock.now() }
    const [, after] = await Promise.all([
      record(page, head.id, answered(plan, results), ports),
      verify(response, subject, plan, results, doubts, ports),
    ])
    // "Not found" says that something was gone before us; only the look tells whether all of it was.
    await record(page, head.id, found(response, plan, results, world, after?.world), ports)
    const isDone = (step: Step) => after !== null && response.isDone(step, after.world)
    const isLost = (step: Step, i: number) => wasLost(response, step, results[i]!, world, after?.world)
    done.steps.push(
      ...plan.filter(
        (step, i) =>
          results[i]!.what === 'done' || (results[i]!.what === 'already-so' && isDone(step)) || isLost(step, i),
      ),
    )
    done.forgone.push(...plan.filter((_, i) => results[i]!.what === 'forgone'))
    done.cured.push(...acting)
    const hasFailed = (step: Step, i: number) => results[i]!.what === 'failed' && !isLost(step, i)
    const allWell = failed.size === 0 && !plan.some(hasFailed)
    // What was kept from being tried by another step's failure gets a second chance, and with it what it needs.
    const skipped = plan.filter((step, i) => results[i]!.what === 'skipped' && !spared.has(step.id))
    const tried = new Set([...failed.keys(), ...plan.filter((step) => !skipped.includes(step)).map((step) => step.id)])
    for (const step of skipped) spared.add(step.id)
    // What failed before under another name (a group that was made since has an id now) is over once it shows as done.
    for (const [id, { step }] of failed) if (isDone(step)) failed.delete(id)
    for (const [i, step] of plan.entries()) {
      const result = results[i]!
      if (result.what === 'failed' && hasFailed(step, i)) failed.set(step.id, { step, fault: result.fault })
      else failed.delete(step.id)
    }
    const failures = [...failed.values()].map(({ fault }) => fault)
    if (after === null) return conclude({ ...about, world, memory, decided: null, origins, failures, mine })
    const { decided: left } = judgeAll(response, after.world, after.memory, signal, ports)
    const stuck = plan.some((step, i) => results[i]!.what === 'done' && !isDone(step))
    // What is left of a plan that the world overtook, and what was opened since, gets a plan of its own in the incident.
    const acted = left.filter(({ decision }) => decision.mode === 'act')
    const next = acted.length > 0 ? response.plan(findingsOf(acted), after.world) : []
    const more = allWell && !stuck ? next.length > 0 : next.some((step) => !tried.has(step.id))
    const hidden = waited < PATIENCE.length && response.unseen(signal, after.world, after.memory.intents)
    // One step's failure keeps us from no other; what failed, or does not show, is tried once more with the rest.
    if (more || (hidden && !stuck && failures.length === 0)) {
      // A plan that was overtaken rests on a read that lies behind: the next one may still do so.
      if (results.some((result) => result.what === 'already-so')) await ports.clock.sleep(250 * 2 ** Math.min(round, 4))
      continue
    }
    return conclude({
      ...about,
      world: after.world,
      memory: after.memory,
      decided: left,
      origins,
      failures,
      mine,
    })
  }
  throw mine
    ? new Fault(
        'not-converging',
        `Expected the exposure to end; new rules opened it again ${ports.clock.left() < 3 * RESERVE ? 'until there was no time left for another round' : `over ${ROUNDS} rounds`}.`,
      )
    : new Fault(
        'claimed-elsewhere',
        'Expected to make the change or to see it made; another run holds it and has not ended.',
      )
}

/**
 * Whether a call is none of this run's business: it touched something that nobody looks after, or another run is at it and
 * has been left word. Most calls in an account are such, our own among them: one query tells.
 */
async function isOthers<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subject: string,
  signal: Signal,
  ports: Ports,
  run: Run,
): Promise<boolean> {
  if (signal.kind !== 'api-call' || !response.concerns) return false
  const page = { response: response.name, subject }
  const memory = await ports.ledger.recall(page)
  if (!response.concerns(signal, memory)) return true
  const { open } = memory
  const now = ports.clock.now()
  return open !== null && open.run !== run.id && open.until > now && ports.ledger.leaveWord(page, run.id, now, [])
}

/** Looks again, with patience for stale reads, until the steps show. Null where it can't be read. */
async function verify<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subject: string,
  plan: readonly Step[],
  results: readonly Result[],
  doubts: Doubts,
  ports: Ports,
): Promise<Look<W> | null> {
  // Where AWS did nothing there is nothing to wait for.
  const hopeless = results.every((result) => result.what !== 'done')
  let seen: Look<W> | null = null
  for (const pause of hopeless ? [0] : VERIFY) {
    if (pause > 0) await ports.clock.sleep(pause)
    seen = await readOr(null, () => lookAt(response, subject, ports, doubts), ports)
    const world = seen?.world
    const waits = (i: number) => results[i]!.what === 'done' || results[i]!.what === 'already-so'
    if (world && plan.every((step, i) => !waits(i) || response.isDone(step, world))) break
    if (ports.clock.left() < RESERVE) break
  }
  return seen
}
