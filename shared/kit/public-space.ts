import { type Block, parseCidr } from './cidr.ts'

type Interval = Pick<Block, 'first' | 'last'>

/**
 * Blocks that no packet from the internet can come from, after IANA's special-purpose address registries
 * (RFC 6890 and its updates; 3fff::/20 is RFC 9637).
 */
const NOT_PUBLIC_IPV4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared between a carrier and its customers
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved
]
const NOT_PUBLIC_IPV6 = [
  '2001:2::/48', // benchmarking
  '2001:db8::/32', // documentation
  '3fff::/20', // documentation
]

const holes = {
  4: NOT_PUBLIC_IPV4.map((text) => parseCidr(text)!),
  6: NOT_PUBLIC_IPV6.map((text) => parseCidr(text)!),
} as const
/** Everything that can be routed: all of IPv4, and of IPv6 the 2000::/3 that IANA gives out. */
const routable = { 4: parseCidr('0.0.0.0/0')!, 6: parseCidr('2000::/3')! } as const

/** How many addresses of the interval are public. */
export function publicPart(family: 4 | 6, interval: Interval): bigint {
  let left = overlap(interval, routable[family])
  if (left === 0n) return left
  for (const hole of holes[family]) {
    if (hole.first <= interval.last && hole.last >= interval.first) left -= overlap(interval, hole)
  }
  return left
}

/** How many public addresses there are in all. */
export const publicSpace = {
  4: publicPart(4, routable[4]),
  6: publicPart(6, routable[6]),
} as const

/** How many public addresses lie in the union of the blocks. The blocks must be sorted by `first`, and of one family. */
export function publicUnion(family: 4 | 6, sorted: readonly Interval[]): bigint {
  let sum = 0n
  let first = 0n
  let last = -1n
  for (const next of sorted) {
    if (next.first > last + 1n) {
      if (last >= first) sum += publicPart(family, { first, last })
      first = next.first
      last = next.last
    } else if (next.last > last) last = next.last
  }
  return last >= first ? sum + publicPart(family, { first, last }) : sum
}

function overlap(a: Interval, b: Interval): bigint {
  const first = a.first > b.first ? a.first : b.first
  const last = a.last < b.last ? a.last : b.last
  return last >= first ? last - first + 1n : 0n
}
