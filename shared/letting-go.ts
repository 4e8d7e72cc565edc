import type { Ending } from '#shared/ending.ts'
import type { Finding } from '#shared/finding.ts'
import type { World } from '#shared/response.ts'

const DAY = 86_400_000

/** How the incident is let go of: over, or open, or held until a person releases what was done. */
export function releasing<S, W extends World, F extends Finding>(
  ending: Ending<S, W, F>,
  incident: string,
  told: string,
  nothingLeft: boolean,
) {
  const { response, page, world, ports, run } = ending
  const held = (response.holds?.(world) ?? false) && hasActed(ending, incident)
  const status = nothingLeft ? (held ? 'held' : 'closed') : 'open'
  return (words = told) => ports.ledger.release(page, incident, run.id, { status, held, told: words })
}

/** What an event did to a subject in our hold, once however often it is delivered. */
export async function disturbance<S, W extends World, F extends Finding>({
  response,
  page,
  memory,
  signal,
  ports,
  run,
}: Ending<S, W, F>): Promise<string | null> {
  const what = memory.open?.held && signal.kind === 'api-call' ? (response.disturbance?.(signal) ?? null) : null
  if (what === null) return null
  const now = ports.clock.now()
  const token = { name: `touch#${signal.id}`, subject: run.id, until: now + DAY }
  return (await ports.ledger.take(page.response, token, now)) ? what : null
}

/** Whether something was done in this incident: now, or before, if only by a run that died and never said so. */
const hasActed = <S, W extends World, F extends Finding>(
  { mine, memory, steps }: Ending<S, W, F>,
  incident: string,
): boolean =>
  mine !== undefined ||
  steps.length > 0 ||
  memory.open?.held === true ||
  memory.intents.some((one) => one.incident === incident && (one.state === 'done' || one.state === 'found-done'))
