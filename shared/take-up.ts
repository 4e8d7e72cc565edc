import type { Ending } from '#shared/ending.ts'
import type { Finding } from '#shared/finding.ts'
import { accusationsIn, findingsOf, headOf } from '#shared/judged.ts'
import { iso } from '#shared/kit/iso.ts'
import { type AskChange, HOLD, INTENT_TIMEOUT, type Intent, type Memory } from '#shared/ledger.ts'
import type { Step } from '#shared/plan.ts'
import type { Ports } from '#shared/ports.ts'
import type { Response, World } from '#shared/response.ts'
import type { Entry, Head } from '#shared/story.ts'

/**
 * Takes up the incident where this run changed nothing, and writes its verdict in the same transaction.
 * Null where there is no news, or another run is at it.
 */
export async function takeUp<S, W extends World, F extends Finding>(
  { response, page, world, memory, decided, origins, doubts, signal, ports, run }: Ending<S, W, F>,
  incident: string,
  told: string,
  ended: Pick<Head, 'verdict' | 'left'>,
  entries: readonly Entry[],
  ask: AskChange | undefined,
): Promise<{ head: Head; found: readonly Step[] } | null> {
  const now = ports.clock.now()
  const { open } = memory
  const others = (intent: Intent) =>
    intent.state === 'intended' && intent.run !== run.id && intent.at > now - INTENT_TIMEOUT
  if (open?.told === told || (open && open.run !== run.id && open.until > now) || memory.intents.some(others))
    return null

  const fresh = headOf(response.name, page, incident, decided ?? [], ports)
  const head = { ...fresh, ...ended, summary: decided?.length || !open ? fresh.summary : open.summary }
  const { stale, found } = leftOver(response, head.id, memory, world, ports)
  const begun = (): Entry => ({
    what: open ? 'joined' : 'opened',
    at: iso(now),
    by: signal.id,
    decided: decided ?? [],
    plan: response.plan(findingsOf(decided ?? []), world),
    before: world,
  })
  const claimed = await ports.ledger.claim({
    ...page,
    head,
    hold: open ? 'take-up' : 'open',
    run: run.id,
    now,
    until: now + HOLD,
    steps: [],
    entries: [
      // What is left is written with what would cure it, so that `show` always has the plan of the day.
      ...(open && !decided?.length ? [] : [begun()]),
      ...found.map((step): Entry => ({ what: 'found-done', at: iso(now), step: step.id })),
      ...entries,
    ],
    origins,
    suspicions: accusationsIn(decided ?? [], doubts.news),
    cleared: doubts.cleared,
    ...(ask ? { ask } : {}),
  })
  if (claimed === 'lost') return null
  const states = stale.map((step) => [step.id, found.includes(step) ? 'found-done' : 'not-done'] as const)
  if (states.length > 0) await ports.ledger.record(page, head.id, [], Object.fromEntries(states))
  return { head, found }
}

/** What a run that died left between intent and outcome: each step is now either found done, or not done. */
export function leftOver<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  incident: string,
  { intents }: Memory,
  world: W,
  { policy }: Ports,
): { readonly stale: readonly Step[]; readonly found: readonly Step[] } {
  const ours = (intent: Intent) =>
    intent.incident === incident && response.powers(policy).includes(intent.step.does.call)
  const stale = intents.filter((intent) => intent.state === 'intended' && ours(intent)).map(({ step }) => step)
  return { stale, found: stale.filter((step) => response.isDone(step, world)) }
}
