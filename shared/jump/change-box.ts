import { Fault } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Memory } from '#shared/ledger.ts'
import type { PolicyPerson } from '#shared/policy/schema.ts'
import type { Ports } from '#shared/ports.ts'
import type { Person } from '#shared/story.ts'
import { boxOf, isSpent } from './ask-for-box.ts'
import type { BoxRequest } from './box-request.ts'
import { approvedAt, standingIn } from './standing.ts'
import { zoneOf } from './zone.ts'

/** What people do about a box that they have asked for. Each change is made to the request that was read, or not at all. */

/** Who wants it changed. */
export interface Changer {
  readonly by: Person
  readonly person: PolicyPerson | undefined
  /** Whether they may do it to boxes of others too. */
  readonly mayAll: boolean
}

type Known = Memory & { readonly request: BoxRequest }

/**
 * Writes the one address that may reach the box. The first one counts: who proves the same one again is told the same, any
 * other is refused. Throws `box-refused`.
 */
export const proveAddress = (id: string, address: string, ports: Ports): Promise<BoxRequest> =>
  changing(id, ports, ({ request }, now) => {
    if (request.address === address) return null
    if (request.address)
      throw refused('This link has been used already: the address of a request is proven once. Ask for a new one.')
    if (request.closed || Date.parse(request.linkUntil) <= now)
      throw refused('This link has expired, or its request was closed. Ask for a new one.')
    return { ...request, address, provenAt: iso(now) }
  })

/** Extends a box by so many seconds, as far as its zone lets it. Throws `box-refused`. */
export const extendBox = (id: string, seconds: number, changer: Changer, ports: Ports): Promise<BoxRequest> =>
  changing(id, ports, (known, now) => {
    const { request } = known
    requireOwner(request, changer, 'extend')
    const zone = zoneOf(request.zone, ports.policy)
    const approved = approvedAt(known)
    const standing = standingIn(request, known, ports.policy, now)
    if (!zone || standing.state !== 'wanted' || isSpent(known, request, ports.policy, now))
      throw refused(`There is nothing to extend: ${standing.why ?? 'the box is not open'}.`)
    if (zone.approval && approved === undefined)
      throw refused('There is nothing to extend: nobody has approved it yet.')
    const since = Date.parse(approved ?? request.provenAt ?? request.at)
    const longest = 1_000 * (Math.floor(since / 1_000) + zone.longest)
    const until = iso(Math.min(Date.parse(standing.until) + 1_000 * seconds, longest))
    if (until <= standing.until)
      throw refused(`It can't be extended: it ends at ${standing.until}, and zone ${zone.name} lets none last longer.`)
    return { ...request, until }
  })

/** Says that nobody wants the box any more. Who closes a closed one is told the same. Throws `box-refused`. */
export const closeBox = (id: string, changer: Changer, ports: Ports): Promise<BoxRequest> =>
  changing(id, ports, ({ request }, now) => {
    requireOwner(request, changer, 'close')
    return request.closed ? null : { ...request, closed: { at: iso(now), by: changer.by } }
  })

/** Changes a request, again where somebody else was faster; `null` leaves it as it is. */
async function changing(
  id: string,
  ports: Ports,
  change: (known: Known, now: number) => BoxRequest | null,
): Promise<BoxRequest> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const known = await boxOf(id, ports)
    const is = change(known, ports.clock.now())
    if (is === null) return known.request
    const next = { ...is, version: known.request.version + 1 }
    if (await ports.ledger.changeRequest(next)) return next
    await ports.clock.sleep(20 * 2 ** Math.min(attempt, 4) * (0.5 + Math.random()))
  }
  throw new Fault('claimed-elsewhere', 'Expected to change the request; others kept changing it.')
}

function requireOwner(request: BoxRequest, { person, mayAll }: Changer, verb: string): void {
  if (person?.name === request.person || mayAll) return
  throw refused(`It is the box of ${request.person}, and you may ${verb} your own alone.`)
}

const refused = (sentence: string) => new Fault('box-refused', sentence)
