import type { Memory } from '#shared/ledger.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { type BoxRequest, type Standing, standingOf } from './box-request.ts'
import { zoneOf } from './zone.ts'

/** When (ISO time) a person approved what was asked in the open incident; undefined where nobody did. */
export const approvedAt = ({ ask }: Pick<Memory, 'ask'>): string | undefined =>
  ask?.state === 'approved' ? ask.decidedAt : undefined

/** How a request stands, given what the ledger knows beside it and the policy says of its zone. @param now milliseconds */
export const standingIn = (request: BoxRequest, known: Pick<Memory, 'ask'>, policy: Policy, now: number): Standing =>
  standingOf(request, approvedAt(known), zoneOf(request.zone, policy)?.approval?.within, now)
