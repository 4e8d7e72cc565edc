import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { TrailRecord } from '#local/cloudtrail.ts'
import type { Emitted } from '#local/control.ts'
import { type Cast, LEDGER } from '#local/demo/cast.ts'
import { eventually } from '#local/demo/wait.ts'
import type { Entry, Head } from '#shared/story.ts'

/** An incident as the ledger tells it. */
export interface Incident {
  readonly head: Head
  readonly entries: readonly Entry[]
}

/** An event of the front door, and what became of it. */
export interface Story {
  readonly emitted: Emitted
  /** As what the responder counted it, and when; null where it did not in time. */
  readonly counted: { readonly outcome: string; readonly at: number } | null
  /** The incident that the event opened or joined; null where there was nothing to do. */
  readonly incident: Incident | null
}

export const recordOf = (emitted: Emitted): TrailRecord => emitted.event.detail as TrailRecord

/** Waits until the responder has counted the event, which it does last of all, and reads what it wrote down. */
export async function storyOf(cast: Cast, emitted: Emitted, ms?: number): Promise<Story> {
  const { eventID } = recordOf(emitted)
  const counted = await eventually(() => countOf(cast, eventID), ms)
  const [incident, events] = await Promise.all([incidentBy(cast, eventID), cast.control.events()])
  // The front door's entry as it is now: it was not yet delivered when it was found.
  return { emitted: events.find((one) => recordOf(one).eventID === eventID) ?? emitted, counted, incident }
}

/** The newest incident that this event or tick opened or joined. */
export const incidentBy = (cast: Cast, id: string): Promise<Incident | null> =>
  findIncident(cast, ({ entries }) =>
    entries.some((entry) => (entry.what === 'opened' || entry.what === 'joined') && entry.by === id),
  )

/** The newest incident about a group or a host; of two responses at one host, that of this one. */
export const incidentOf = (cast: Cast, subject: string, response?: string): Promise<Incident | null> =>
  findIncident(cast, ({ head }) => head.subject === subject && (response ?? head.response) === head.response)

async function findIncident(cast: Cast, wanted: (incident: Incident) => boolean): Promise<Incident | null> {
  const heads = (
    await Promise.all((['open', 'held', 'closed'] as const).map((status) => cast.ledger.incidents(status, 20)))
  )
    .flat()
    .sort((a, b) => (a.id < b.id ? 1 : -1))
  for (const { id } of heads) {
    const incident = await cast.ledger.history(id)
    if (incident && wanted(incident)) return incident
  }
  return null
}

async function countOf({ dynamodb }: Cast, eventID: string): Promise<Story['counted']> {
  const Key = { pk: { S: `event#${eventID}` }, sk: { S: 'open-ingress' } }
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: LEDGER, Key, ConsistentRead: true }))
  return Item ? { outcome: Item.outcome?.S ?? '', at: Number(Item.at?.N) } : null
}
