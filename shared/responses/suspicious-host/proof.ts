import type { Circumstances } from '#shared/finding.ts'
import { flowsEnd } from './established.ts'
import { isForeign } from './levers.ts'
import { isClean } from './quarantine-groups.ts'
import { type HostWorld, isGone, isOff } from './world.ts'

/** The two facts of a quarantine, never made into one: whether a new connection has a way, and whether an old one goes on. */
export interface Proof {
  readonly newPaths: 'closed' | 'open'
  /** Until then (ISO time) at the longest, where it is possible. */
  readonly establishedFlows: 'cut' | 'unknown' | `possible until ${string}`
}

/**
 * What the second look proves. New paths are closed where every interface is in nothing but a quarantine group that has
 * the rules it should have now, or in none at all; or the host is off. Null of what is no host.
 */
export function proof(
  world: HostWorld,
  { account, taken, now }: Pick<Circumstances, 'account' | 'taken' | 'now'>,
): Proof | null {
  const { host, groups, blocks } = world
  if (host === undefined) return null
  if (host === null || isGone(host) || isOff(host)) return { newPaths: 'closed', establishedFlows: 'cut' }
  const clean = new Set(
    groups.filter((one) => one.reach !== 'all' && isClean(one, blocks)).map((one) => `${one.vpc} ${one.id}`),
  )
  const isClosed =
    !host.hasMore &&
    host.interfaces.every(
      (one) =>
        one.groups.length === 0 ||
        (!isForeign(one, account) && one.groups.length === 1 && clean.has(`${one.vpc} ${one.groups[0]}`)),
    )
  const end = flowsEnd(host, account, taken)
  return {
    newPaths: isClosed ? 'closed' : 'open',
    establishedFlows:
      end === undefined ? 'unknown' : end <= now.getTime() ? 'cut' : `possible until ${new Date(end).toISOString()}`,
  }
}
