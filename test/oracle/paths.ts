import type { NetworkInterface, SecurityGroupRule } from '@aws-sdk/client-ec2'
import { answered, blocksOf, type Crossings, crossingsOf, passes, spansOf } from './crossing.ts'
import { allows, meansSome, otherThan, protocolsOf } from './meaning.ts'
import type { Local, Peer, PeerKind } from './peers.ts'
import { ICMP, ICMPV6, portPieces, protocolName, spanOfRule, TCP } from './protocol.ts'
import { rulesOn } from './rules.ts'
import { type Block, joined, pieces, textOf } from './space.ts'
import type { World } from './world.ts'

/** A new connection, or a lone packet, that gets from a peer to the instance or the other way. */
export interface Path {
  readonly direction: 'in' | 'out'
  readonly interface: string
  readonly address: string
  readonly kind: PeerKind
  /** The peer's interface, if it is one of the world. */
  readonly peer?: string
  /** Its addresses: `10.0.0.1`, `10.0.0.0-10.0.0.255`. */
  readonly addresses: readonly string[]
  /** `other`: any protocol that nothing in the world names. */
  readonly protocol: string
  /** Ports; of ICMP `type * 256 + code`; of a protocol without ports all. */
  readonly from: number
  readonly to: number
  readonly group: string
  readonly rule: string
  /** Whether an answer gets back. TCP without one is no path; a datagram out is one all the same. */
  readonly answered: boolean
}

/**
 * Groups keep state: who begins needs a rule for its direction only, and the answer needs none
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html). At both ends, that is:
 * a peer that is an interface of the world must be let out, or in, by its own groups.
 */
export function pathsWith(
  world: World,
  nic: NetworkInterface,
  local: Local,
  peer: Peer,
  inbound: boolean,
  rules: readonly SecurityGroupRule[],
): readonly Path[] {
  const mine = rules.filter((rule) => rule.IsEgress === !inbound && meansSome(world, rule, peer).length > 0)
  if (mine.length === 0) return []
  const theirs = peer.nic ? rulesOn(world, peer.nic).filter((rule) => rule.IsEgress === inbound) : null
  const ours: Peer = { kind: 'neighbour', blocks: [local.block], nic, into: true, out: true, answers: true }
  const letting = theirs?.filter((rule) => meansSome(world, rule, ours).length > 0) ?? null
  if (letting?.length === 0) return []
  const crossings = crossingsOf(world, nic, peer, inbound)
  return mine.flatMap((rule) =>
    protocolsOf(world, rule).flatMap((protocol) => {
      const at = { local, peer, crossings, rule, letting, protocol, blocks: meansSome(world, rule, peer) }
      return spansWith(at).map(({ from, to, blocks, replies }) => ({
        direction: inbound ? 'in' : 'out',
        interface: nic.NetworkInterfaceId ?? '',
        address: textOf(local.block),
        kind: peer.kind,
        ...(peer.nic ? { peer: peer.nic.NetworkInterfaceId ?? '' } : {}),
        addresses: joined(blocks).map(textOf),
        protocol: protocol === otherThan(world) ? 'other' : protocolName(protocol),
        from,
        to,
        group: rule.GroupId ?? '',
        rule: rule.SecurityGroupRuleId ?? '',
        answered: replies,
      }))
    }),
  )
}

interface At {
  readonly local: Local
  readonly peer: Peer
  readonly crossings: Crossings
  readonly rule: SecurityGroupRule
  readonly letting: readonly SecurityGroupRule[] | null
  readonly protocol: number
  readonly blocks: readonly Block[]
}

interface Found {
  readonly from: number
  readonly to: number
  readonly blocks: readonly Block[]
  readonly replies: boolean
}

/** Cuts ports and addresses where any rule or entry changes, asks for one packet of each piece, and joins what is alike. */
function spansWith({ local, peer, crossings, rule, letting, protocol, blocks }: At): readonly Found[] {
  const { there, back } = crossings
  const cuts = [...spansOf(there, protocol), ...(letting ?? []).map(spanOfRule)]
  // So that no piece holds both a ping and something else: only a ping is answered.
  const pings =
    protocol === ICMP || protocol === ICMPV6 ? [8, 128].map((n) => ({ from: n * 256, to: n * 256 + 255 })) : []
  const found: Found[] = []
  for (const span of portPieces(spanOfRule(rule), [...cuts, ...pings])) {
    if (letting && !letting.some((one) => allows(one, protocol, span.from))) continue
    for (const replies of [true, false]) {
      if (!replies && protocol === TCP) continue
      const passed = blocks
        .flatMap((one) => pieces(one, blocksOf(crossings)))
        .filter((piece) => {
          const ends = { local: local.block, peer: piece }
          if (!passes(there, ends, protocol, span.from)) return false
          return (peer.answers && answered(back, ends, protocol, span.from)) === replies
        })
      if (passed.length > 0) found.push({ ...span, blocks: passed, replies })
    }
  }
  return alike(found)
}

function alike(found: readonly Found[]): readonly Found[] {
  const open = new Map<string, Found>()
  const out: Found[] = []
  for (const one of found) {
    const key = `${one.replies} ${joined(one.blocks).map(textOf)}`
    const before = open.get(key)
    if (before && before.to + 1 === one.from) open.set(key, { ...before, to: one.to })
    else {
      if (before) out.push(before)
      open.set(key, one)
    }
  }
  return [...out, ...open.values()]
}
