import type { Result } from '#shared/execute.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Page } from '#shared/ledger.ts'
import type { Ports } from '#shared/ports.ts'
import type { StepOutcome } from '#shared/story.ts'

/** What the ledger says of a step, given what AWS answered. */
export function outcomeOf(step: string, result: Result): StepOutcome {
  if (result.what === 'failed') return { what: 'failed', step, code: result.fault.code, message: result.fault.sentence }
  if (result.what === 'forgone' || result.what === 'skipped') return { what: 'not-done', step }
  return result.what === 'done' ? { ...result, step } : { what: 'found-done', step }
}

/** Writes what came of steps: an entry each, and the state of their intents. */
export async function record(
  page: Page,
  incident: string,
  outcomes: readonly StepOutcome[],
  ports: Ports,
): Promise<void> {
  if (outcomes.length === 0) return
  const at = iso(ports.clock.now())
  const states = Object.fromEntries(outcomes.map(({ step, what }) => [step, what]))
  const entries = outcomes.map((one) => ({ ...one, at }))
  await ports.ledger.record(page, incident, entries, states)
}
