import type { Accusation } from '#shared/operators/accuse.ts'
import { type Asked, ask } from './api.ts'
import { EXIT } from './exit.ts'

/** Accuses a host, and says what came of it. */
export async function accuseHost(
  what: 'quarantine' | 'preserve',
  host: string,
  options: Asked & { readonly reason: string },
): Promise<number> {
  const { reason } = options
  const answer = await ask<Accusation>(options, 'POST', `/hosts/${encodeURIComponent(host)}/${what}`, { reason })
  const { incident } = answer
  if (options.json) console.log(JSON.stringify(answer))
  else if (!incident) console.log(`${host}: nothing is to be done; it is gone, or spared.`)
  else {
    console.log(`${incident.id}: ${incident.verdict ?? 'under way'}${incident.left ? ` (${incident.left})` : ''}`)
    console.log(`  ${incident.summary}`)
  }
  return incident?.verdict === 'partial' || incident?.verdict === 'unverifiable' ? EXIT.failed : EXIT.done
}
