import fc from 'fast-check'
import type { IngressRule } from '#shared/responses/open-ingress/world.ts'
import type { SlowNumbers } from './slow-exposure.ts'

/**
 * Rules that are almost, just, or barely not open to the world. Random rules would be far from it, one way or the other,
 * and would test nothing.
 */

const PROTOCOLS = ['tcp', 'tcp', 'tcp', 'udp', '-1', 'icmp', 'icmpv6', '50'] as const
/** Ports next to each other, around those that policies allow. */
const PORTS = [0, 21, 22, 23, 25, 79, 80, 81, 442, 443, 444, 65_534, 65_535] as const

const part = fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.integer({ min: 0, max: 255 }))
const address4 = fc.tuple(part, part, part, part).map((parts) => parts.join('.'))
const address6 = fc
  .tuple(fc.constantFrom(0x2000, 0x2600, 0x2a02, 0x3ffe, 0x3fff, 0xfc00, 0x2001), fc.integer({ min: 0, max: 0xffff }))
  .map(([a, b]) => `${a.toString(16)}:${b.toString(16)}::1`)

/** Halves, quarters and their like, wherever they fall, with host bits; and what lies around the special blocks. */
const cidr = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(address4, fc.constantFrom(0, 1, 1, 2, 2, 3, 5, 6, 7, 8, 15, 16, 17, 32)).map(slash),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(address6, fc.constantFrom(0, 1, 2, 3, 4, 15, 16, 17, 18, 31, 32, 33, 128)).map(slash),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        '10.0.0.0/7',
        '10.0.0.0/8',
        '100.64.0.0/9',
        '100.64.0.0/10',
        '172.16.0.0/11',
        '192.0.0.0/16',
        '192.168.0.0/15',
      ],
      ...['224.0.0.0/3', '0.0.0.0/8', '0.0.0.0/7', '198.18.0.0/14', '169.254.0.0/15', '127.0.0.0/7', '203.0.112.0/23'],
      ...['2001:db8::/31', '2001:db8::/32', '3fff::/19', '3fff::/16', 'fc00::/6', '::/2', '2001:2::/47', '4000::/2'],
      ...['::ffff:0:0/96', '::ffff:0:0/97', '::ffff:128.0.0.0/97', '::ffff:10.0.0.0/104', '::fffe:0:0/95', '::/95'],
    ),
  },
)

const ports = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...PORTS).map((port) => [port, port] as const) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  },
  { weight: 1, arbitrary: fc.constantFrom([-1, -1] as const, [0, 65_535] as const) },
)

const single = fc
  .record({ protocol: fc.constantFrom(...PROTOCOLS), ports, cidr })
  .map(({ protocol, ports: [from, to], cidr }): IngressRule => ({ protocol, ...range(protocol, from, to), cidr }))

const range = (protocol: string, from: number, to: number) =>
  protocol === 'tcp' || protocol === 'udp' ? { from, to } : { from: -1, to: -1 }

/** Blocks that together hold exactly as many addresses as asked: the fewest there are, none wider than `widest`. */
export function exactly(count: bigint, start: bigint, widest = 0): string[] {
  const out: string[] = []
  let [left, at] = [count, start]
  while (left > 0n) {
    let length = 32 - widest
    while (1n << BigInt(length) > left || at % (1n << BigInt(length)) !== 0n) length--
    out.push(`${[24n, 16n, 8n, 0n].map((shift) => (at >> shift) & 255n).join('.')}/${32 - length}`)
    at += 1n << BigInt(length)
    left -= 1n << BigInt(length)
  }
  return out
}

/** A union of many blocks over overlapping ranges that lands one address under the number, on it, or one above. */
const crowd = (reach4: bigint) =>
  fc
    .record({
      off: fc.constantFrom(-1n, 0n, 1n),
      ports: fc.array(ports, { minLength: 1, maxLength: 3 }),
      protocol: fc.constantFrom('tcp', 'udp', '-1'),
      start: fc.constantFrom(32n << 24n, 40n << 24n),
    })
    .map(({ off, ports, protocol, start }) =>
      // A crowd of rules that are all too narrow to go by themselves makes the world as well.
      exactly(reach4 + off, start, reach4 < 1n << 24n ? 17 : 0).map((cidr, i): IngressRule => {
        const [from, to] = ports[i % ports.length]!
        return { protocol, ...range(protocol, from, to), cidr }
      }),
    )

export interface Situation {
  readonly numbers: SlowNumbers
  readonly rules: readonly IngressRule[]
}

/** Numbers of a policy, also small ones, so that crowds of narrow rules make a world of a handful of rules. */
export const numbers = fc
  .record({
    ipv4: fc.constantFrom(6, 6, 2, 8, 12),
    ipv6: fc.constantFrom(16, 16, 4, 17, 20),
    wide4: fc.constantFrom(16, 16, 8, 10, 4),
    wide6: fc.constantFrom(32, 32, 16, 17, 4),
  })
  .map((lengths) => ({ lengths, numbers: numbersOf(lengths) }))

export const numbersOf = (lengths: { ipv4: number; ipv6: number; wide4: number; wide6: number }): SlowNumbers => ({
  reach4: 2n ** BigInt(32 - lengths.ipv4),
  reach6: 2n ** BigInt(128 - lengths.ipv6),
  wide4: 2n ** BigInt(32 - lengths.wide4),
  wide6: 2n ** BigInt(128 - lengths.wide6),
})

/** Rules around the number: a few single ones, often with a crowd among them. */
export const rulesNear = (reach4: bigint): fc.Arbitrary<readonly IngressRule[]> =>
  fc
    .tuple(
      fc.array(single, { minLength: 1, maxLength: 8 }),
      fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: crowd(reach4) }),
    )
    .map(([some, more]) => [...some, ...more])

export const situations = numbers.chain(({ lengths, numbers }) =>
  rulesNear(numbers.reach4).map((rules) => ({ lengths, numbers, rules })),
)

/** Allow lists of policies: the shipped one, none, ranges, protocols. */
export const allowLists = fc.constantFrom(
  ['tcp/80', 'tcp/443', 'icmp', 'icmpv6'],
  [],
  ['tcp/22-443'],
  ['udp', '50'],
  ['tcp/0-21', 'tcp/23-65535', 'udp', 'icmp', 'icmpv6', '50'],
)

/** As EC2 holds them: each with an id, and each permission once. Order and ids carry no meaning. */
export const withIds = (rules: readonly IngressRule[]): IngressRule[] =>
  rules.map((rule, i) => ({ id: `sgr-${String(i).padStart(17, '0')}`, ...rule }))

function slash([address, length]: readonly [string, number]): string {
  return `${address}/${length}`
}
