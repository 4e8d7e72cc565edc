/**
 * A range of one protocol. `tcp` and `udp` have ports; every other protocol is one whole thing, written −1 to −1,
 * because EC2 lets all of its traffic pass whatever ports a rule names.
 */
export interface PortRange {
  /** `tcp`, `udp`, `icmp`, `icmpv6`, another protocol's number, or `-1` for all protocols. */
  readonly protocol: string
  readonly from: number
  readonly to: number
}

const NAMES: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', all: '-1' }
const SPEC = /^([a-z0-9]+|-1)(?:\/(\d{1,5})(?:-(\d{1,5}))?)?$/
const HIGHEST = 65_535

/** EC2's name of a protocol: `"6"`, `6` and `"TCP"` are `tcp`; `all` is `-1`; numbers without a name stay numbers. */
export function protocolName(protocol: string | number): string {
  const text = String(protocol).trim().toLowerCase()
  const plain = /^\d+$/.test(text) ? String(Number(text)) : text
  return Object.hasOwn(NAMES, plain) ? NAMES[plain]! : plain
}

export const hasPorts = (protocol: string): boolean => protocol === 'tcp' || protocol === 'udp'

/** The ports that a rule's numbers stand for: absent or −1 is every port. */
export function portsOf(protocol: string, from: number | undefined, to: number | undefined): PortRange {
  if (!hasPorts(protocol)) return { protocol, from: -1, to: -1 }
  return {
    protocol,
    from: from === undefined || from < 0 ? 0 : from,
    to: to === undefined || to < 0 ? HIGHEST : Math.min(to, HIGHEST),
  }
}

/** Reads `tcp/443`, `udp/5000-5100`, `tcp` (all its ports), `icmp`, `50` or `all`. Returns null where the text is none. */
export function parsePorts(text: string): PortRange | null {
  const [, name, from, to] = SPEC.exec(text) ?? []
  if (name === undefined) return null
  const protocol = protocolName(name)
  const known = ['-1', 'tcp', 'udp', 'icmp', 'icmpv6'].includes(protocol) || (/^\d+$/.test(protocol) && +protocol < 256)
  if (!known || (from !== undefined && !hasPorts(protocol))) return null
  const range = portsOf(
    protocol,
    from === undefined ? undefined : +from,
    from === undefined ? undefined : +(to ?? from),
  )
  return range.from <= range.to && +(to ?? from ?? 0) <= HIGHEST ? range : null
}

/** `tcp/443`, `udp/5000-5100`, `tcp` for all its ports, `icmp`, `all protocols`. */
export function portsText({ protocol, from, to }: PortRange): string {
  if (protocol === '-1') return 'all protocols'
  if (!hasPorts(protocol)) return /^\d+$/.test(protocol) ? `protocol ${protocol}` : protocol
  if (from === 0 && to === HIGHEST) return `${protocol} (all ports)`
  return from === to ? `${protocol}/${from}` : `${protocol}/${from}-${to}`
}

/** Whether `outer` lets through all that `inner` does. */
export const covers = (outer: PortRange, inner: PortRange): boolean =>
  outer.protocol === '-1' || (outer.protocol === inner.protocol && outer.from <= inner.from && outer.to >= inner.to)

/** What two ranges have in common; null where that is nothing. */
export function common(a: PortRange, b: PortRange): PortRange | null {
  if (covers(a, b)) return b
  if (covers(b, a)) return a
  if (a.protocol !== b.protocol || !hasPorts(a.protocol)) return null
  const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)]
  return from <= to ? { protocol: a.protocol, from, to } : null
}
