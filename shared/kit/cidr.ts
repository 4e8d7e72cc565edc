import ipaddr from 'ipaddr.js'

/** A block of addresses, host bits cleared: the inclusive interval `first..last` of its family. */
export interface Block {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
  /** The block as EC2 would store it: `10.0.0.0/8`, `2001:db8::/32`. */
  readonly text: string
}

const CIDR = /^([^/\s]+)\/(\d{1,3})$/
const FOUR_PARTS = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/
const MAPPED = 0xffffn << 32n

/**
 * Reads a CIDR block; host bits may be set (`208.236.235.254/0` is the whole world). Returns null where the text is none.
 *
 * IPv4 parts are always decimal: a leading zero is not octal (`010.0.0.0/8` is 10/8), which is where libraries differ.
 * An IPv4-mapped IPv6 block (`::ffff:0:0/96` and narrower) counts as the IPv4 block it stands for; its text stays.
 */
export function parseCidr(text: string): Block | null {
  const [, address, length] = CIDR.exec(text) ?? []
  if (address === undefined || length === undefined) return null
  const parts = FOUR_PARTS.exec(address)
  if (parts) return block(4, ipv4Number(parts.slice(1)), Number(length))
  if (!ipaddr.IPv6.isValid(address) || address.includes('%')) return null
  const number = ipaddr.IPv6.parse(address).parts.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n)
  const bits = Number(length)
  const asWritten = block(6, number, bits)
  if (!asWritten || bits < 96 || number >> 32n !== 0xffffn) return asWritten
  return { ...block(4, number - MAPPED, bits - 96)!, text: asWritten.text }
}

/** The text of a CIDR with its host bits cleared; text that is no CIDR comes back as it is. */
export const normalCidr = (text: string): string => parseCidr(text)?.text ?? text

/** How many addresses a prefix of this length holds. */
export const sizeOf = (family: 4 | 6, length: number): bigint => 1n << BigInt((family === 4 ? 32 : 128) - length)

function ipv4Number(parts: readonly string[]): bigint | null {
  const numbers = parts.map(Number)
  if (numbers.some((part) => part > 255)) return null
  return BigInt(numbers.reduce((sum, part) => sum * 256 + part, 0))
}

function block(family: 4 | 6, address: bigint | null, length: number): Block | null {
  const bits = family === 4 ? 32 : 128
  if (address === null || length > bits) return null
  const size = 1n << BigInt(bits - length)
  const first = address - (address % size)
  return { family, first, last: first + size - 1n, text: `${addressText(family, first)}/${length}` }
}

function addressText(family: 4 | 6, address: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join('.')
  return new ipaddr.IPv6(
    Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(16 * (7 - i))) & 0xffffn)),
  ).toString()
}
