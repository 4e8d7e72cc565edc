import { field, text } from '#shared/kit/loose.ts'
import type { Tick } from '#shared/signal.ts'
import { fromEventBridge, type Reading } from './cloudtrail.ts'

const SCHEDULED = 'Scheduled Event'

/** Reads whatever the function is invoked with: a scheduled tick, or an API call that CloudTrail recorded. */
export function signalOf(event: unknown): Reading | { readonly signal: Tick } {
  return text(field(event, 'detail-type')) === SCHEDULED ? { signal: tick(event) } : fromEventBridge(event)
}

function tick(event: unknown): Tick {
  const at = new Date(text(field(event, 'time')) ?? 0)
  return {
    kind: 'tick',
    id: text(field(event, 'id')) ?? 'tick',
    account: text(field(event, 'account')) ?? '',
    region: text(field(event, 'region')) ?? '',
    at: Number.isNaN(at.getTime()) ? new Date(0) : at,
  }
}
