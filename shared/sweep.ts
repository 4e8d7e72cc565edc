import { digestsOf } from '#shared/digests.ts'
import type { Settled, Telling } from '#shared/ending.ts'
import { errorText, Fault } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Outcome, Page, SweepState } from '#shared/ledger.ts'
import { asReadFault, outsideOf } from '#shared/look.ts'
import type { Ports, Run } from '#shared/ports.ts'
import type { Response, World } from '#shared/response.ts'
import { settle } from '#shared/settle.ts'
import { settleAndTell } from '#shared/settle-and-tell.ts'
import type { Signal } from '#shared/signal.ts'
import { tell } from '#shared/tell.ts'

/** Stop and leave a cursor while there is still time to finish what is at hand. */
const RESERVE = 45_000
/** More news than this in one sweep comes as one digest. */
const DIGEST = 10
const AT_ONCE = 8
/** What only the ledger knows; it is asked for what is worth a closer look. */
const UNKNOWN = { graces: [], origins: [], rounds: [], suspicions: [], taken: [] }
/** How old, in milliseconds, a read may be that is acted on. */
const FRESH = 2_000

/**
 * Looks at everything: CloudTrail's delivery is best effort, so this is what makes the promise whole. The same loop as for
 * an event runs for every subject with a finding, and for those with an open incident, which may be over by now.
 * Before the time-out it leaves a cursor; the next tick goes on from there.
 */
export async function sweep<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  signal: Signal,
  ports: Ports,
  run: Run,
): Promise<{ outcomes: Outcome[]; pages: Settled['page'][] }> {
  // An event that hides its subject wants all of it looked at, now; only a tick goes on where the last one stopped.
  const isTick = signal.kind === 'tick'
  const last = await ports.ledger.sweep(response.name)
  const begin = isTick ? last?.cursor : undefined
  const state: SweepState = {
    startedAt: begin && last ? last.startedAt : ports.clock.now(),
    completedAt: last?.completedAt ?? 0,
  }
  const first = state.completedAt === 0
  const settled: Settled[] = []
  const faults: unknown[] = []
  const seen = new Set<string>()
  /** Of these somebody has left word meanwhile. */
  const again = new Set<string>()
  const settleOne = async (subject: string, world?: W) => {
    try {
      const one = await settle(response, subject, signal, ports, run, world)
      settled.push(one)
      if (one.again) again.add(subject)
      if (one.missed && !first) ports.metric('MissedEvents', 1)
    } catch (error) {
      faults.push(error)
      ports.log('error', 'A subject could not be settled', { error: errorText(error) })
    }
  }
  const hasTime = () => ports.clock.left() > RESERVE
  const circumstances = { now: new Date(ports.clock.now()), account: ports.account, ...UNKNOWN }
  const worth = (world: W) => response.judge(world, ports.policy, circumstances).length > 0

  let cursor = begin
  let read = false
  try {
    for await (const page of response.scan(outsideOf(ports), worth, cursor)) {
      const readAt = ports.clock.now()
      await mapLimit(page.worlds, AT_ONCE, async (world) => {
        seen.add(world.subject)
        // What was read a while ago may have been put right since: then it is read again.
        const isFresh = !page.inPart && ports.clock.now() - readAt < FRESH
        if (hasTime()) await settleOne(world.subject, isFresh ? world : undefined)
      })
      ports.metric('SubjectsSwept', page.seen)
      // A page that could not be finished is begun again; what was done of it is safe by then.
      if (!hasTime()) break
      cursor = page.cursor
    }
    read = !cursor && hasTime()
    if (read) {
      const all = await Promise.all([
        ports.ledger.incidents('open', 10_000),
        response.holds ? ports.ledger.incidents('held', 10_000) : [],
      ])
      const open = all.flat().filter((head) => head.response === response.name && !seen.has(head.subject))
      await mapLimit(open, AT_ONCE, (head) => settleOne(head.subject))
      if (isTick && response.scarce && hasTime())
        await ports.ledger.keepScarce(response.name, await response.scarce(outsideOf(ports)))
    }
  } catch (error) {
    faults.push(asReadFault(error))
    // EC2 may no longer know an old cursor: the next try begins at the beginning.
    cursor = undefined
  }
  // A subject that could not be settled was told, or is thrown below; that everything was looked at is another fact.
  if (isTick) {
    const { completedAt } = state
    const next = read ? { completedAt: ports.clock.now() } : cursor ? { completedAt, cursor } : { completedAt }
    await ports.ledger.saveSweep(response.name, { ...state, ...next })
    if (read) ports.metric(response.swept, 1)
  } else if (!read && faults.length === 0) {
    faults.push(
      new Fault(
        'read-failed',
        'Expected to look at all groups for an event that hides its own; there was no time for all.',
      ),
    )
  }
  const told = await tellAll(settled, first, ports)
  faults.push(...told.faults)
  for (const subject of [...again, ...told.again])
    await settleAndTell(response, subject, signal, ports, run).catch((error: unknown) => faults.push(error))
  if (faults.length > 0) throw faults[0]
  return { outcomes: settled.map((one) => one.outcome), pages: settled.map((one) => one.page) }
}

/** Tells what there is to tell; one notice that can't be sent keeps no other back. Says what went wrong, and where word was left. */
async function tellAll(
  settled: readonly Settled[],
  first: boolean,
  ports: Ports,
): Promise<{ faults: readonly unknown[]; again: readonly string[] }> {
  const news = settled.flatMap(({ page, telling }) => (telling ? [{ page, telling }] : []))
  const faults: unknown[] = []
  const again: string[] = []
  for (const { notice, of } of first || news.length > DIGEST ? inDigests(news, first, ports) : oneByOne(news)) {
    try {
      await tell(await notice(), ports)
      await mapLimit(of, AT_ONCE, async ({ page, telling }) => {
        if ((await telling.release()) === 'word') again.push(page.subject)
      })
    } catch (error) {
      faults.push(error)
    }
  }
  return { faults, again }
}

interface News {
  readonly page: Page
  readonly telling: Telling
}

const oneByOne = (news: readonly News[]) => news.map((one) => ({ notice: () => one.telling.notice(), of: [one] }))

function inDigests(news: readonly News[], first: boolean, ports: Ports) {
  if (news.length === 0) return []
  const briefs = news.map((one) => {
    const { facts, ...rest } = one.telling.brief()
    // Of what was open before there was a Portcullis no event can have told.
    return { ...one, brief: { ...rest, facts: first ? { ...facts, missed: false } : facts } }
  })
  return digestsOf(briefs, ports).map(({ notice, of }) => ({ notice: async () => notice, of }))
}
