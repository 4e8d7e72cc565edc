/**
 * A slow and obviously right reference of "what does the world reach, and what has to go", written from the issue alone.
 * It imports nothing of the project: an error would have to be made twice to go unseen. Addresses are cut into segments
 * at every boundary there is, and each segment is asked one by one; ports are asked one by one at every boundary.
 */

export interface SlowRule {
  readonly protocol: string
  readonly from: number
  readonly to: number
  readonly cidr: string
}

export interface SlowPorts {
  readonly protocol: string
  readonly port: number
}

export interface SlowNumbers {
  readonly reach4: bigint
  readonly reach6: bigint
  readonly wide4: bigint
  readonly wide6: bigint
}

export interface SlowBlock {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
}

/** IANA's special-purpose registries as plain first and last addresses, so that not even their masks are computed. */
const DARK_4: readonly (readonly [string, string])[] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
]
const DARK_6: readonly (readonly [string, string])[] = [
  ['::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
]

/** Reads a CIDR bit by bit. */
export function slowCidr(text: string): SlowBlock | null {
  const parts = text.split('/')
  if (parts.length !== 2 || !/^\d{1,3}$/.test(parts[1]!)) return null
  const bits = addressBits(parts[0]!)
  const length = Number(parts[1])
  if (bits === null || length > bits.length) return null
  const kept = bits.slice(0, length)
  const mapped = bits.length === 128 && length >= 96 && kept.startsWith('0'.repeat(80) + '1'.repeat(16))
  const [base, width] = mapped ? [kept.slice(96), 32] : [kept, bits.length]
  return {
    family: width === 32 ? 4 : 6,
    first: BigInt(`0b0${base.padEnd(width, '0')}`),
    last: BigInt(`0b0${base.padEnd(width, '1')}`),
  }
}

function addressBits(text: string): string | null {
  return text.includes(':') ? bits6(text) : bits4(text)
}

function bits4(text: string): string | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,10}$/.test(part) && Number.parseInt(part, 10) <= 255))
    return null
  return parts.map((part) => Number.parseInt(part, 10).toString(2).padStart(8, '0')).join('')
}

function bits6(text: string): string | null {
  const dotted = /^(.*:)([^:]*\.[^:]*)$/.exec(text)
  if (dotted) {
    const four = bits4(dotted[2]!)
    if (four === null) return null
    return bits6(
      `${dotted[1]}${Number.parseInt(four.slice(0, 16), 2).toString(16)}:${Number.parseInt(four.slice(16), 2).toString(16)}`,
    )
  }
  const halves = text.split('::')
  if (halves.length > 2) return null
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  if (!groups.flat().every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  const count = groups.flat().length
  if (halves.length === 1 ? count !== 8 : count > 7) return null
  const zeros = Array.from({ length: 8 - count }, () => '0')
  const all = halves.length === 1 ? groups[0]! : [...groups[0]!, ...zeros, ...groups[1]!]
  return all.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('')
}

const dark = {
  4: DARK_4.map(([a, b]) => ({ first: slowCidr(`${a}/32`)!.first, last: slowCidr(`${b}/32`)!.last })),
  6: DARK_6.map(([a, b]) => ({ first: slowCidr(`${a}/128`)!.first, last: slowCidr(`${b}/128`)!.last })),
}

/** How many public addresses the blocks of one family hold together: segment by segment between all boundaries. */
export function slowPublic(family: 4 | 6, blocks: readonly { first: bigint; last: bigint }[]): bigint {
  const edges = [...blocks, ...dark[family]].flatMap(({ first, last }) => [first, last + 1n])
  const sorted = [...new Set(edges)].sort((a, b) => (a < b ? -1 : 1))
  let sum = 0n
  for (let i = 1; i < sorted.length; i++) {
    const [first, end] = [sorted[i - 1]!, sorted[i]!]
    const holds = (one: { first: bigint; last: bigint }) => one.first <= first && first <= one.last
    if (blocks.some(holds) && !dark[family].some(holds)) sum += end - first
  }
  return sum
}

const carries = (protocol: string): boolean => protocol === 'tcp' || protocol === 'udp'

/** Whether a rule lets this protocol and port through. `-1` as a port's protocol is any protocol that nothing names. */
export function slowReaches(rule: SlowRule, { protocol, port }: SlowPorts): boolean {
  if (rule.protocol === '-1') return true
  if (rule.protocol !== protocol) return false
  if (!carries(protocol)) return true
  return (rule.from < 0 || rule.from <= port) && (rule.to < 0 || port <= rule.to)
}

/** Every port at which anything can change, and its neighbours, of every protocol that is spoken of. */
export function slowPorts(rules: readonly SlowRule[], more: readonly SlowPorts[] = []): SlowPorts[] {
  const near = [...rules.flatMap((rule) => [rule.from, rule.to]), ...more.map((one) => one.port)]
  const ports = new Set([0, 65_535, ...near.flatMap((port) => [port - 1, port, port + 1])])
  const inside = [...ports].filter((port) => port >= 0 && port <= 65_535).sort((a, b) => a - b)
  // A protocol that only private rules name is one of those that `-1` stands for.
  const seen = rules.filter((rule) => (slowSize(rule)?.size ?? 0n) > 0n)
  const protocols = new Set([...seen, ...more].map((one) => one.protocol).filter((one) => !carries(one)))
  return [
    ...['tcp', 'udp'].flatMap((protocol) => inside.map((port) => ({ protocol, port }))),
    ...[...protocols.add('-1')].sort().map((protocol) => ({ protocol, port: -1 })),
  ]
}

/** How many public addresses reach this port through these rules: of IPv4, and of IPv6. */
export function slowReach(rules: readonly SlowRule[], port: SlowPorts): readonly [bigint, bigint] {
  const blocks = rules.filter((rule) => slowReaches(rule, port)).flatMap((rule) => slowCidr(rule.cidr) ?? [])
  const of = (family: 4 | 6) => blocks.filter((block) => block.family === family)
  return [slowPublic(4, of(4)), slowPublic(6, of(6))]
}

/** Whether the world reaches this port through these rules. */
export function slowIsWorld(rules: readonly SlowRule[], port: SlowPorts, numbers: SlowNumbers): boolean {
  const [four, six] = slowReach(rules, port)
  return four >= numbers.reach4 || six >= numbers.reach6
}

/** How much of the public space of its family one rule lets in, as addresses; 0 for what is not public at all. */
export function slowSize(rule: SlowRule): { family: 4 | 6; size: bigint } | null {
  const block = slowCidr(rule.cidr)
  return block && { family: block.family, size: slowPublic(block.family, [block]) }
}

export const slowSpace = {
  4: slowPublic(4, [{ first: 0n, last: (1n << 32n) - 1n }]),
  6: slowPublic(6, [{ first: 0n, last: (1n << 128n) - 1n }]),
}

/**
 * The forbidden ports that the world reaches, and the rules that have to go by being wide; what else has to go is tested
 * by what must hold of it.
 */
export function slowExposure(
  rules: readonly SlowRule[],
  numbers: SlowNumbers,
  forbidden: (port: SlowPorts) => boolean,
  more: readonly SlowPorts[] = [],
): { readonly open: readonly SlowPorts[]; readonly wide: ReadonlySet<SlowRule> } {
  const open = slowPorts(rules, more).filter((port) => forbidden(port) && slowIsWorld(rules, port, numbers))
  const wide = rules.filter((rule) => {
    const { family, size } = slowSize(rule) ?? { family: 4, size: 0n }
    const isWide = size > 0n && size >= (family === 4 ? numbers.wide4 : numbers.wide6)
    return isWide && open.some((port) => slowReaches(rule, port))
  })
  return { open, wide: new Set(wide) }
}
