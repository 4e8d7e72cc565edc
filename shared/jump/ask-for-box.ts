import { Fault } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Memory } from '#shared/ledger.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { Ports } from '#shared/ports.ts'
import type { Person } from '#shared/story.ts'
import type { BoxRequest } from './box-request.ts'
import { standingIn } from './standing.ts'
import type { Terms } from './terms.ts'

/** Whose ledger page a request is. */
export const boxPage = (id: string) => ({ response: 'jump-box', subject: id })

/** For how long the link is good by which an address is proven, in milliseconds. */
const LINK = 600_000

/** Who asks, and from where, where that is known. */
export interface Asker {
  readonly person: string
  readonly by: Person
  readonly slack?: string
  /** The one address that is to reach the box, where the request itself came from there. */
  readonly address?: string
}

/** The request, and whether it is one that was there already. */
export interface Asked {
  readonly request: BoxRequest
  readonly joined: boolean
}

/**
 * Keeps a request for a jump box. Somebody who has one in that zone, or has asked for one, joins that: whatever is asked at
 * once, one request comes of it. Throws `claimed-elsewhere` where the ledger does not let us find out which.
 */
export async function askForBox(terms: Terms, asker: Asker, ports: Ports): Promise<Asked> {
  const { ledger, policy, clock, newId } = ports
  const { person, by, slack, address } = asker
  const { zone } = terms
  for (let attempt = 0; attempt < 10; attempt++) {
    const last = await ledger.requestOf(person, zone)
    const memory = last === null ? null : await ledger.recall(boxPage(last))
    const now = clock.now()
    if (memory?.request && !isSpent(memory, memory.request, policy, now))
      return { request: memory.request, joined: true }
    const at = iso(now)
    const proof = address === undefined ? {} : { address, provenAt: at }
    const request: BoxRequest = {
      ...{ id: newId(), person, by, ...(slack ? { slack } : {}), ...terms },
      ...{ at, linkUntil: iso(now + LINK), ...proof, version: 1 },
    }
    if (await ledger.addRequest(request, last)) return { request, joined: false }
    await clock.sleep(20 * 2 ** Math.min(attempt, 4) * (0.5 + Math.random()))
  }
  throw new Fault('claimed-elsewhere', `Expected to keep the request of ${person}; others of theirs kept coming first.`)
}

/** Whether nobody wants anything for the request any more, or all that was made for it is gone. */
export function isSpent(known: Memory, request: BoxRequest, policy: Policy, now: number): boolean {
  const { open, intents, ask } = known
  if (ask?.state === 'declined') return true
  const launched = intents.some(({ step }) => step.does.call === 'ec2:RunInstances')
  // Its incident ends when nothing of the box is left, whoever has shut it down.
  return (launched && open === null) || standingIn(request, known, policy, now).state === 'over'
}

/** A request, and what the ledger knows beside it. Throws `box-unknown`. */
export async function boxOf(
  id: string,
  { ledger }: Pick<Ports, 'ledger'>,
): Promise<Memory & { readonly request: BoxRequest }> {
  const memory = /^[0-9A-Z]{26}$/.test(id) ? await ledger.recall(boxPage(id)) : null
  if (!memory?.request)
    throw new Fault('box-unknown', `Expected the id of a request for a jump box; ${id.slice(0, 40)} is none.`)
  return { ...memory, request: memory.request }
}
