import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * The address a request came from, as the one that may reach a box: `203.0.113.7/32`, `2001:db8::7/128`. Null where it is
 * none that can be let in: no address at all, or one that is nobody's (loopback, link-local, multicast and the like).
 */
export function callerAddress(given: string): string | null {
  // The library alone reads 010.0.0.1 as 8.0.0.1, and 203.0.113 as an address too.
  if (isIP(given) === 0 || given.includes('%')) return null
  const address = ipaddr.process(given)
  const range = address.range()
  if (!REACHABLE.has(range)) return null
  return `${address.toString()}/${address.kind() === 'ipv4' ? 32 : 128}`
}

/** What ipaddr.js calls addresses that somebody can call from; `private` is a VPN's or a VPC's. */
const REACHABLE = new Set(['unicast', 'private', 'uniqueLocal', 'carrierGradeNat', 'reserved'])
