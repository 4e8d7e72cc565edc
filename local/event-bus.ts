import type { Chance } from '#local/chance.ts'
import type { Switches } from '#local/switches.ts'

/** An event as EventBridge's targets see it. `id`, `account` and `region` are the bus's own to give. */
export interface BusEvent {
  readonly source: string
  readonly 'detail-type': string
  readonly detail: unknown
  readonly resources?: readonly string[]
  readonly time?: string
}

/** What became of one event. */
export interface Emitted {
  readonly event: BusEvent
  readonly at: number
  fate: 'waiting' | 'delivered' | 'lost' | 'too-large' | 'failed'
  /** When each copy reached the bus, in epoch milliseconds. */
  readonly deliveredAt: number[]
}

/** The way from CloudTrail to the event bus, as unreliable as the switches say. */
export interface EventBus {
  /** Sends an event under the switches. */
  send(event: BusEvent): Emitted
  /** Puts an event at once, whatever the switches say. */
  put(event: BusEvent): Promise<Emitted>
  emitted(): readonly Emitted[]
  forget(): void
  reseed(chance: Chance): void
  stop(): void
}

/** EventBridge drops larger events. */
const EVENT_LIMIT = 256 * 1024
const OVERTAKEN_MS = 200

/** Makes the way to the bus of the emulator at `url`. */
export function createEventBus(url: string, region: string, switches: () => Switches, seeded: Chance): EventBus {
  const timers = new Set<NodeJS.Timeout>()
  let chance = seeded
  let log: Emitted[] = []
  let count = 0
  let stopped = false

  async function putOnce(entry: Emitted): Promise<void> {
    try {
      await putEvent(url, region, entry.event)
      entry.deliveredAt.push(Date.now())
      entry.fate = 'delivered'
    } catch (error) {
      entry.fate = 'failed'
      if (!stopped) console.error(`The event did not reach the bus: ${(error as Error).message}`)
    }
  }

  function noted(event: BusEvent): Emitted {
    const entry: Emitted = { event, at: Date.now(), fate: 'waiting', deliveredAt: [] }
    if (Buffer.byteLength(JSON.stringify(event)) > EVENT_LIMIT) entry.fate = 'too-large'
    log.push(entry)
    return entry
  }

  return {
    send(event) {
      const entry = noted(event)
      if (entry.fate === 'too-large') return entry
      const { lossRate, duplicates, duplicateRate, reorder, deliveryDelayMs } = switches()
      // Both numbers are drawn for every event, so that one switch does not shift the other's row.
      const [loss, copy] = [chance(), chance()]
      if (loss < lossRate) {
        entry.fate = 'lost'
        return entry
      }
      const copies = 1 + duplicates + (copy < duplicateRate ? 1 : 0)
      const held = reorder && count++ % 2 === 0 ? OVERTAKEN_MS : 0
      for (let made = 0; made < copies; made++) {
        const timer = setTimeout(() => {
          timers.delete(timer)
          void putOnce(entry)
        }, deliveryDelayMs + held)
        timers.add(timer)
      }
      return entry
    },
    async put(event) {
      const entry = noted(event)
      if (entry.fate !== 'too-large') await putOnce(entry)
      return entry
    },
    emitted: () => log,
    forget() {
      log = []
      count = 0
    },
    reseed(next) {
      chance = next
    },
    stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
  }
}

async function putEvent(url: string, region: string, event: BusEvent): Promise<void> {
  const entry = {
    Source: event.source,
    DetailType: event['detail-type'],
    Detail: JSON.stringify(event.detail),
    Resources: event.resources ?? [],
    ...(event.time ? { Time: Math.floor(Date.parse(event.time) / 1000) } : {}),
  }
  const scope = `Credential=AKIALOCALEVENTS00000/20260101/${region}/events/aws4_request`
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSEvents.PutEvents',
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ Entries: [entry] }),
  })
  const text = await response.text()
  const answer = JSON.parse(text) as { FailedEntryCount?: number }
  if (!response.ok || answer.FailedEntryCount) throw new Error(`expected PutEvents to accept it, got ${text}`)
}
