import ipaddr from 'ipaddr.js'

/** A range of addresses of one family, both ends included. */
export interface Block {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
}

const bits = (family: 4 | 6): bigint => (family === 4 ? 32n : 128n)
const known = new Map<string, Block>()

/** The block of a CIDR, or of a lone address. Bits beyond the prefix don't count, as with EC2's own canonical form. */
export function block(text: string): Block {
  const seen = known.get(text)
  if (seen) return seen
  const [address, length] = text.includes('/') ? ipaddr.parseCIDR(text) : alone(text)
  const family = address.kind() === 'ipv4' ? 4 : 6
  const value = address.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  const size = 1n << (bits(family) - BigInt(length))
  const first = value - (value % size)
  const made: Block = { family, first, last: first + size - 1n }
  known.set(text, made)
  return made
}

function alone(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const address = ipaddr.parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

export const whole = (family: 4 | 6): Block => block(family === 4 ? '0.0.0.0/0' : '::/0')

/**
 * The form in which EC2 keeps a CIDR: `100.68.0.18/18` becomes `100.68.0.0/18`
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html).
 */
export function canonicalCidr(text: string): string {
  const { family, first, last } = block(text)
  const host = (last - first + 1n).toString(2).length - 1
  return `${address(family, first)}/${Number(bits(family)) - host}`
}

export const within = (one: Block, family: 4 | 6, at: bigint): boolean =>
  one.family === family && one.first <= at && at <= one.last

export function overlap(a: Block, b: Block): Block | null {
  if (a.family !== b.family) return null
  const first = a.first > b.first ? a.first : b.first
  const last = a.last < b.last ? a.last : b.last
  return first <= last ? { family: a.family, first, last } : null
}

/** The block in pieces, so that each of the others holds all of a piece or nothing of it. */
export function pieces(one: Block, others: readonly Block[]): readonly Block[] {
  const starts = new Set([one.first])
  for (const other of others) {
    if (other.family !== one.family) continue
    for (const at of [other.first, other.last + 1n]) if (one.first < at && at <= one.last) starts.add(at)
  }
  const sorted = [...starts].sort((a, b) => (a < b ? -1 : 1))
  return sorted.map((first, i) => ({ family: one.family, first, last: (sorted[i + 1] ?? one.last + 1n) - 1n }))
}

/** The same addresses in as few blocks as can be, in order. */
export function joined(blocks: readonly Block[]): readonly Block[] {
  const out: Block[] = []
  for (const next of [...blocks].sort((a, b) => a.family - b.family || (a.first < b.first ? -1 : 1))) {
    const last = out.at(-1)
    if (last && last.family === next.family && next.first <= last.last + 1n)
      out[out.length - 1] = { ...last, last: next.last > last.last ? next.last : last.last }
    else out.push(next)
  }
  return out
}

function address(family: 4 | 6, value: bigint): string {
  const bytes = Array.from({ length: family === 4 ? 4 : 16 }, (_, i, all = family === 4 ? 4 : 16) =>
    Number((value >> BigInt(8 * (all - 1 - i))) & 255n),
  )
  return ipaddr.fromByteArray(bytes).toString()
}

/** `10.0.0.1`, or `10.0.0.0-10.0.0.255`. */
export const textOf = ({ family, first, last }: Block): string =>
  first === last ? address(family, first) : `${address(family, first)}-${address(family, last)}`

/** The block of what `textOf` said. */
export function ofText(text: string): Block {
  const [first = '', last = first] = text.split('-')
  return { ...block(first), last: block(last).last }
}
