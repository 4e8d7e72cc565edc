import type { Settled } from '#shared/conclude.ts'
import type { Finding } from '#shared/finding.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Outcome } from '#shared/ledger.ts'
import type { Ports, Run } from '#shared/ports.ts'
import type { Response, World } from '#shared/response.ts'
import { settle } from '#shared/settle.ts'
import type { Signal } from '#shared/signal.ts'
import { sweep } from '#shared/sweep.ts'
import { tell } from '#shared/tell.ts'

/** The work of a response's function: reads what it is invoked with, and responds. */
export const respondTo =
  <S, W extends World, F extends Finding>(
    response: Response<S, W, F>,
    read: (event: unknown) => { signal: Signal } | { ignored: string; id: string },
  ) =>
  async (event: unknown, ports: Ports, run: Run): Promise<Outcome> => {
    const reading = read(event)
    if ('signal' in reading) return respond(response, reading.signal, ports, run)
    return counted(reading.id, 'ignored', [], ports)
  }

/**
 * The loop of every response. The signal says where to look; for each subject `settle` looks, decides, acts and looks
 * again; people are told; the event is counted. Faults are thrown once all of that is done for every subject, so that the
 * event is retried and, in the end, kept in the dead-letter queue.
 */
export async function respond<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  signal: Signal,
  ports: Ports,
  run: Run,
): Promise<Outcome> {
  if (signal.account !== ports.account) return counted(signal.id, 'ignored', [], ports)
  const where = response.subjects(signal)
  // An event that hides its subject, and a tick, make us look at everything.
  const settled =
    where === 'all' ? await sweep(response, signal, ports, run) : await settleEach(response, where, signal, ports, run)
  const outcome = worst(settled.outcomes)
  return signal.kind === 'tick' ? outcome : counted(signal.id, outcome, settled.pages, ports)
}

async function settleEach<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subjects: readonly S[],
  signal: Signal,
  ports: Ports,
  run: Run,
): Promise<{ outcomes: Outcome[]; pages: Settled['page'][] }> {
  const faults: unknown[] = []
  const settled = await mapLimit(subjects, 4, async (subject) => {
    try {
      const one = await settle(response, subject, signal, ports, run)
      if (one.telling) {
        await tell(one.telling.notice, ports)
        await one.telling.release()
      }
      if (one.fault) throw one.fault
      return [one]
    } catch (error) {
      // One subject's fault must not keep us from the others; it is thrown when all have been looked at.
      faults.push(error)
      return []
    }
  })
  if (faults.length > 0) throw faults[0]
  return { outcomes: settled.flat().map((one) => one.outcome), pages: settled.flat().map((one) => one.page) }
}

/** Counts an event, once however often it comes. A tick is none. */
async function counted(
  id: string,
  outcome: Outcome,
  pages: readonly Settled['page'][],
  ports: Ports,
): Promise<Outcome> {
  const known = pages.filter((page) => page.subject !== '')
  if (await ports.ledger.count({ id, outcome, at: ports.clock.now() }, known)) ports.metric(METRIC[outcome], 1)
  ports.log('info', `Event ${outcome}`, { event: id, subjects: known.slice(0, 20).map((page) => page.subject) })
  return outcome
}

const METRIC = { settled: 'Settled', watched: 'Watched', spared: 'Spared', ignored: 'Ignored' } as const

/** What is said of an event with several subjects: the one that leaves most open. */
const worst = (outcomes: readonly Outcome[]): Outcome =>
  (['watched', 'spared', 'settled'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'ignored'
