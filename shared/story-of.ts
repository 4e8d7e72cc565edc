import { Fault } from '#shared/fault.ts'
import type { Ports } from '#shared/ports.ts'
import type { History } from '#shared/story.ts'

/** An incident's story. Throws `incident-unknown`. */
export async function storyOf(incident: string, { ledger }: Pick<Ports, 'ledger'>): Promise<History> {
  const story = await ledger.history(incident)
  if (story) return story
  throw new Fault('incident-unknown', `Expected the id of an incident in the ledger; ${incident.slice(0, 40)} is none.`)
}
