import { field, list, text } from '#shared/kit/loose.ts'
import { LAUNCHES } from '#shared/responses/suspicious-host/launches.ts'
import type { Signal } from '#shared/signal.ts'

/** Where to look: at a host, or at the host whose evidence a snapshot is. */
export type EvidenceSubject = { readonly host: string } | { readonly snapshot: string }

export function subjects(signal: Signal): readonly EvidenceSubject[] | 'all' {
  switch (signal.kind) {
    case 'tick':
      return 'all'
    case 'host-alert':
      return signal.hosts.map((host) => ({ host }))
    case 'snapshots-done':
      return signal.snapshots.map((snapshot) => ({ snapshot }))
    case 'api-call': {
      if (signal.source !== 'ec2.amazonaws.com' || !LAUNCHES.includes(signal.name)) return []
      // A launch tells the ids in its answer alone. A record that lacks them is made up for by the sweep.
      const ids = [...instancesIn(signal.response), ...instancesIn(signal.request)]
      return [...new Set(ids)].map((host) => ({ host }))
    }
    default:
      return []
  }
}

/** The ids of the instances of a launch. */
export const instancesIn = (values: unknown): readonly string[] =>
  list(field(values, 'instancesSet')).flatMap((one) => {
    const id = text(field(one, 'instanceId'))?.toLowerCase()
    return id && /^i-[0-9a-f]+$/.test(id) ? [id] : []
  })
