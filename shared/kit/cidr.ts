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
const DOTTED_TAIL = /^(.*:)([^:]*\.[^:]*)$/
const MAPPED = 0xffffn << 32n

/**
 * Reads a CIDR block; host bits may be set (`208.236.235.254/0` is the whole world). Returns null where the text is none.
 *
 * IPv4 parts are always decimal: a leading zero is not octal (`010.0.0.0/8` is 10/8), which is where libraries differ.
 * An IPv4-mapped IPv6 block (`::ffff:0:0/96` and narrower) counts as the IPv4 block it stands for; its text stays.
 */
export function parseCidr(text: string): Block | null {
  const [, address, bits] = CIDR.exec(text) ?? []
  if (address === undefined || bits === undefined) return null
  const length = Number(bits)
  if (!address.includes(':')) return ipv4(dotted(address), length)
  const plain = withoutDots(address)
  if (plain === null || !ipaddr.IPv6.isValid(plain) || plain.includes('%')) return null
  const parts = ipaddr.IPv6.parse(plain).parts.map((part) => part.toString(16).padStart(4, '0'))
  const number = BigInt(`0x${parts.join('')}`)
  const asWritten = ipv6(number, length)
  if (!asWritten || length < 96 || number >> 32n !== 0xffffn) return asWritten
  return { ...ipv4(Number(number - MAPPED), length - 96)!, text: asWritten.text }
}

/** The text of a CIDR with its host bits cleared; text that is no CIDR comes back as it is. */
export const normalCidr = (text: string): string => parseCidr(text)?.text ?? text

/** How many addresses a prefix of this length holds. */
export const sizeOf = (family: 4 | 6, length: number): bigint => 1n << BigInt((family === 4 ? 32 : 128) - length)

/** An IPv6 address whose last four bytes are written as IPv4, in hexadecimal: libraries differ on what `::1.2.3.4` is. */
function withoutDots(address: string): string | null {
  const [, head, tail] = DOTTED_TAIL.exec(address) ?? []
  if (head === undefined || tail === undefined) return address
  const number = dotted(tail)
  return number === null ? null : `${head}${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`
}

function dotted(address: string): number | null {
  const parts = FOUR_PARTS.exec(address)?.slice(1).map(Number)
  if (!parts || parts.some((part) => part > 255)) return null
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

/** In plain numbers, which hold 32 bits with room to spare: nothing is read more often than this. */
function ipv4(address: number | null, length: number): Block | null {
  if (address === null || length > 32) return null
  const size = 2 ** (32 - length)
  const first = address - (address % size)
  const text = `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${first & 255}/${length}`
  return { family: 4, first: BigInt(first), last: BigInt(first + size - 1), text }
}

function ipv6(address: bigint, length: number): Block | null {
  if (length > 128) return null
  const size = 1n << BigInt(128 - length)
  const first = address - (address % size)
  const parts = Array.from({ length: 8 }, (_, i) => Number((first >> BigInt(16 * (7 - i))) & 0xffffn))
  return { family: 6, first, last: first + size - 1n, text: `${new ipaddr.IPv6(parts)}/${length}` }
}
