import { type Drilled, drill } from '#shared/drill.ts'
import type { Settled } from '#shared/ending.ts'
import type { Finding } from '#shared/finding.ts'
import type { Readings } from '#shared/intake/signal-of.ts'
import { field, text } from '#shared/kit/loose.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Outcome } from '#shared/ledger.ts'
import { asRead, outsideOf } from '#shared/look.ts'
import type { Ports, Run } from '#shared/ports.ts'
import type { Response, World } from '#shared/response.ts'
import { PATIENCE } from '#shared/settle.ts'
import { settleAndTell } from '#shared/settle-and-tell.ts'
import type { Signal } from '#shared/signal.ts'
import { sweep } from '#shared/sweep.ts'

/** The work of a response's function: reads what it is invoked with, and responds; or drills. */
export const respondTo =
  <S, W extends World, F extends Finding>(response: Response<S, W, F>, read: (event: unknown) => Readings) =>
  async (event: unknown, ports: Ports, run: Run): Promise<Outcome | readonly Drilled[]> => {
    const asked = text(field(event, 'portcullis'))
    if (asked === 'drill') return drill(response, read(field(event, 'event')), ports)
    const outcomes: Outcome[] = []
    for (const reading of read(event))
      outcomes.push(
        'signal' in reading
          ? await respond(response, reading.signal, ports, run)
          : await counted(response.name, reading.id, 'ignored', [], ports),
      )
    return worst(outcomes)
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
  // Made up to try things out: nothing but a drill believes it.
  const isSample = signal.kind === 'host-alert' && signal.suspicion.sample
  if (signal.account !== ports.account || isSample) return counted(response.name, signal.id, 'ignored', [], ports)
  const where = signal.kind === 'approval' ? [] : response.subjects(signal)
  // An event that hides its subject, and a tick, make us look at everything.
  const settled =
    where === 'all'
      ? await sweep(response, signal, ports, run)
      : await settleEach(response, await keysOf(response, where, signal, ports), signal, ports, run)
  const outcome = worst(settled.outcomes)
  return signal.kind === 'tick' || signal.kind === 'approval'
    ? outcome
    : counted(response.name, signal.id, outcome, settled.pages, ports, signal.kind === 'api-call')
}

/** The subjects that are meant, each once. What has just been made may not show yet. */
export async function keysOf<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  where: readonly S[],
  signal: Signal,
  ports: Ports,
): Promise<readonly string[]> {
  if (signal.kind === 'approval') return [signal.subject]
  const keys = await mapLimit(where, 4, async (one) => {
    let found = await asRead(() => response.locate(one, outsideOf(ports)))
    for (let i = 0; found === null && i < PATIENCE.length; i++) {
      await ports.clock.sleep(PATIENCE[i]!)
      found = await asRead(() => response.locate(one, outsideOf(ports)))
    }
    return found ?? []
  })
  return [...new Set(keys.flat())]
}

async function settleEach<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subjects: readonly string[],
  signal: Signal,
  ports: Ports,
  run: Run,
): Promise<{ outcomes: Outcome[]; pages: Settled['page'][] }> {
  const faults: unknown[] = []
  const settled = await mapLimit(subjects, 8, async (subject) => {
    try {
      return [await settleAndTell(response, subject, signal, ports, run)]
    } catch (error) {
      // One subject's fault must not keep us from the others; it is thrown when all have been looked at.
      faults.push(error)
      return []
    }
  })
  if (faults.length > 0) throw faults[0]
  return { outcomes: settled.flat().map((one) => one.outcome), pages: settled.flat().map((one) => one.page) }
}

/** Counts an event, once however often it comes. A tick is none. `heard`: it shows that CloudTrail's events reach us. */
async function counted(
  response: string,
  id: string,
  outcome: Outcome,
  pages: readonly Settled['page'][],
  ports: Ports,
  heard = false,
): Promise<Outcome> {
  if (await ports.ledger.count({ response, id, outcome, at: ports.clock.now(), heard }, pages))
    ports.metric(METRIC[outcome], 1)
  ports.log('info', `Event ${outcome}`, { event: id, subjects: pages.slice(0, 20).map((page) => page.subject) })
  return outcome
}

const METRIC = {
  settled: 'Settled',
  asked: 'Asked',
  watched: 'Watched',
  spared: 'Spared',
  ignored: 'Ignored',
} as const

/** What is said of an event with several subjects: the one that leaves most open. */
const worst = (outcomes: readonly Outcome[]): Outcome =>
  (['asked', 'watched', 'spared', 'settled'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'ignored'
