import type { Emitted } from '#local/control.ts'
import type { Cast } from '#local/demo/cast.ts'
import { recordOf, type Story, storyOf } from '#local/demo/story.ts'
import { eventually } from '#local/demo/wait.ts'
import type { Sighting } from '#local/demo/witness.ts'

/** A door that was opened: what became of its event, and what the witness saw meanwhile. */
export interface Door extends Story {
  readonly sightings: readonly Sighting[]
  /** From the front door's record of the call until the last of the rules that it opened was gone. */
  readonly closedMs: number | null
}

/** Opens a door under the witness's eyes, and waits until the responder is done with its event. */
export async function throughDoor(cast: Cast, group: string, open: () => Promise<unknown>): Promise<Door> {
  await cast.witness.watch(group)
  const before = (await cast.witness.rules(group)).map(({ id }) => id)
  const emitted = await eventOf(cast, group, open)
  const story = await storyOf(cast, emitted)
  const sightings = (await cast.witness.seen(group)).filter(({ id }) => !before.includes(id))
  const ends = sightings.map(({ closed }) => closed)
  const isClosed = ends.length > 0 && ends.every((end) => end !== null)
  const closedMs = isClosed ? Math.round(Math.max(...ends.map(Number)) - emitted.at) : null
  return { ...story, sightings, closedMs }
}

/** Makes a call about a group, and finds what the front door recorded of it. */
export async function eventOf(cast: Cast, group: string, call: () => Promise<unknown>): Promise<Emitted> {
  const before = (await cast.control.events()).length
  await call()
  const isIt = (emitted: Emitted) => JSON.stringify(recordOf(emitted).requestParameters).includes(group)
  const found = await eventually(async () => (await cast.control.events()).slice(before).find(isIt), 5_000)
  if (!found) throw new Error(`Expected the front door to record a call about ${group}; it recorded none.`)
  return found
}

type Ending = Pick<Door, 'closedMs' | 'counted' | 'incident'>

/** Notes a door for the table at the end. */
export function noteDoor(cast: Cast, door: string, { closedMs, counted, incident }: Ending): void {
  const verdict = incident?.head.verdict ?? (counted ? 'left alone' : 'no answer')
  cast.rows.push({ door, closedMs, verdict })
}

/** Checks what the witness saw of a door that had to be closed: these rules were there, then they were gone. */
export function checkClosed({ screen }: Cast, { sightings, incident }: Door, opened: readonly string[]): void {
  const seen = sightings.map(({ says, closed }) => `${says}: open, ${closed === null ? 'and still open' : 'then gone'}`)
  const expected = opened.map((says) => `${says}: open, then gone`)
  screen.check('the witness saw the door open, and saw it close', seen.sort(), expected.sort())
  const told = incident && [incident.head.verdict, incident.head.status]
  screen.check('the ledger says contained and closed', told, ['contained', 'closed'])
}
