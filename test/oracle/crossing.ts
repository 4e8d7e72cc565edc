import type { NetworkInterface } from '@aws-sdk/client-ec2'
import { type AclLine, aclOf, aclPasses } from './acl.ts'
import type { Peer } from './peers.ts'
import { ICMP, ICMPV6, portPieces, type Span, TCP, UDP } from './protocol.ts'
import type { Block } from './space.ts'
import type { World } from './world.ts'

/** A border of a subnet that a packet crosses: which way, and which end its ACL is told of. */
interface Crossing {
  readonly acl: readonly AclLine[]
  readonly egress: boolean
  readonly far: 'local' | 'peer'
}

/** What lies between an interface's address and a peer: the way of the first packet, and that of an answer. */
export interface Crossings {
  readonly there: readonly Crossing[]
  readonly back: readonly Crossing[]
}

/**
 * Network ACLs stand at the border of a subnet, so inside one subnet none is asked, and between two both are
 * (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html).
 */
export function crossingsOf(world: World, nic: NetworkInterface, peer: Peer, inbound: boolean): Crossings {
  const own = nic.SubnetId ?? ''
  const other = peer.nic?.SubnetId ?? peer.nat
  if (peer.nic && other === own) return { there: [], back: [] }
  const border = (subnet: string, egress: boolean, far: 'local' | 'peer'): Crossing => ({
    acl: aclOf(world, subnet),
    egress,
    far,
  })
  // Into the instance's subnet and out of it, and the same of the peer's, whose far end is the instance.
  const outward = [border(own, true, 'peer')]
  const inward = [border(own, false, 'peer')]
  if (peer.nic && other) {
    outward.push(border(other, false, 'local'))
    inward.push(border(other, true, 'local'))
  } else if (peer.nat && peer.nat !== own) {
    outward.push(border(peer.nat, false, 'local'), border(peer.nat, true, 'peer'))
    inward.push(border(peer.nat, false, 'peer'), border(peer.nat, true, 'local'))
  }
  return inbound ? { there: inward, back: outward } : { there: outward, back: inward }
}

export interface Ends {
  readonly local: Block
  readonly peer: Block
}

export const passes = (way: readonly Crossing[], ends: Ends, protocol: number, port: number): boolean =>
  way.every((one) => aclPasses(one.acl, one.egress, ends[one.far], protocol, port))

/** https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html: what some client or other uses. */
const ephemeral: Span = { from: 1024, to: 65_535 }

/** Whether an answer gets back: to some ephemeral port, to a ping, or, of a protocol without ports, at all. */
export function answered(way: readonly Crossing[], ends: Ends, protocol: number, port: number): boolean {
  if (protocol === TCP || protocol === UDP)
    return portPieces(ephemeral, spansOf(way, protocol)).some((piece) => passes(way, ends, protocol, piece.from))
  if (protocol === ICMP) return port >> 8 === 8 && passes(way, ends, protocol, 0)
  if (protocol === ICMPV6) return port >> 8 === 128 && passes(way, ends, protocol, 129 * 256)
  return passes(way, ends, protocol, 0)
}

export const spansOf = (way: readonly Crossing[], protocol: number): readonly Span[] =>
  way.flatMap((one) => one.acl.filter((line) => line.protocol === protocol).map((line) => line.span))

export const blocksOf = ({ there, back }: Crossings): readonly Block[] =>
  [...there, ...back].filter((one) => one.far === 'peer').flatMap((one) => one.acl.map((line) => line.block))
