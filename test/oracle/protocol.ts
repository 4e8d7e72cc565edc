import type { NetworkAclEntry, SecurityGroupRule } from '@aws-sdk/client-ec2'

/** Ports of TCP and UDP. Of ICMP it is `type * 256 + code`, so that a type with all codes is a span too. */
export interface Span {
  readonly from: number
  readonly to: number
}

export const everything: Span = { from: 0, to: 65_535 }
export const ALL = -1
export const TCP = 6
export const UDP = 17
export const ICMP = 1
export const ICMPV6 = 58

const names: Readonly<Record<string, number>> = { tcp: TCP, udp: UDP, icmp: ICMP, icmpv6: ICMPV6, all: ALL }

/** EC2 takes a name or a number; `-1` is every protocol. */
export const protocolNumber = (text: string | undefined): number => names[text ?? '-1'] ?? Number(text)

/** EC2 answers with the name of these four, and else with the number. */
export const protocolName = (number: number): string =>
  Object.entries(names).find(([name, its]) => its === number && name !== 'all')?.[0] ?? String(number)

/**
 * Which ports a group's rule is about. `-1`, and a protocol that is none of the four, is about all ports whatever range
 * it names (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html).
 */
export function spanOfRule(rule: SecurityGroupRule): Span {
  const protocol = protocolNumber(rule.IpProtocol)
  if (protocol === TCP || protocol === UDP) return range(rule.FromPort, rule.ToPort)
  if (protocol === ICMP || protocol === ICMPV6) return typeAndCode(rule.FromPort, rule.ToPort)
  return everything
}

/**
 * And which a network ACL's entry: all, for any protocol but 6, 17, 1, and 58 with an IPv6 block
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html, Protocol).
 */
export function spanOfEntry(entry: NetworkAclEntry): Span {
  const protocol = protocolNumber(entry.Protocol)
  if (protocol === TCP || protocol === UDP) return range(entry.PortRange?.From, entry.PortRange?.To)
  if (protocol === ICMP || (protocol === ICMPV6 && entry.Ipv6CidrBlock))
    return typeAndCode(entry.IcmpTypeCode?.Type, entry.IcmpTypeCode?.Code)
  return everything
}

// A range that isn't said, or is said as -1, is taken to be open: an oracle that closed it would be the weaker one.
const range = (from = -1, to = -1): Span => (from < 0 || to < 0 ? everything : { from, to })

/** "If all ICMP types are specified, all codes must be": the same page. */
function typeAndCode(type = -1, code = -1): Span {
  if (type < 0) return everything
  return code < 0 ? { from: type * 256, to: type * 256 + 255 } : { from: type * 256 + code, to: type * 256 + code }
}

export const holds = (span: Span, port: number): boolean => span.from <= port && port <= span.to

/** The span in pieces, so that each of the others holds all of a piece or nothing of it. */
export function portPieces(one: Span, others: readonly Span[]): readonly Span[] {
  const starts = new Set([one.from])
  for (const other of others)
    for (const at of [other.from, other.to + 1]) if (one.from < at && at <= one.to) starts.add(at)
  const sorted = [...starts].sort((a, b) => a - b)
  return sorted.map((from, i) => ({ from, to: (sorted[i + 1] ?? one.to + 1) - 1 }))
}
