import type { NetworkInterface } from '@aws-sdk/client-ec2'
import { routesOf, type Target, targetOf } from './route.ts'
import { type Block, block, joined, pieces, whole, within } from './space.ts'
import { groupIds, type World } from './world.ts'

export type PeerKind = 'internet4' | 'internet6' | 'neighbour' | 'peer-vpc' | 'transit' | 'endpoint'

/** Somebody whom routes let talk with one address of an interface, before any ACL or group is asked. */
export interface Peer {
  readonly kind: PeerKind
  readonly blocks: readonly Block[]
  /** The peer is this interface of the world: its own groups and its subnet's ACL are asked too. */
  readonly nic?: NetworkInterface
  /** Outbound through this subnet's NAT gateway: its ACL is asked too. */
  readonly nat?: string
  /** Whether the first packet gets there: to the interface, from it. And whether an answer finds its way. */
  readonly into: boolean
  readonly out: boolean
  readonly answers: boolean
}

/** An address of an interface, or a prefix that is delegated to it, and the public IPv4 that stands for it. */
export interface Local {
  readonly block: Block
  readonly public: boolean
}

export const localsOf = (nic: NetworkInterface): readonly Local[] => [
  ...(nic.PrivateIpAddresses ?? []).map((one) => ({
    block: block(one.PrivateIpAddress ?? ''),
    public: one.Association?.PublicIp !== undefined,
  })),
  ...(nic.Ipv4Prefixes ?? []).map((one) => ({ block: block(one.Ipv4Prefix ?? ''), public: false })),
  ...(nic.Ipv6Addresses ?? []).map((one) => ({ block: block(one.Ipv6Address ?? ''), public: false })),
  ...(nic.Ipv6Prefixes ?? []).map((one) => ({ block: block(one.Ipv6Prefix ?? ''), public: false })),
]

/**
 * What the internet is: global unicast IPv6, and IPv4 without what the registry keeps for other uses
 * (https://www.iana.org/assignments/iana-ipv4-special-registry). The blocks for documentation count as internet: a test
 * that uses them means it so.
 */
const kept = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12']
const kept4 = [...kept, '192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'].map(block)
const global6 = block('2000::/3')
// No route forwards these, whatever its target.
const linkLocal = ['169.254.0.0/16', '127.0.0.0/8', '224.0.0.0/3', 'fe80::/10', 'ff00::/8'].map(block)
const isGlobal = (family: 4 | 6, at: bigint): boolean =>
  family === 6 ? within(global6, family, at) : !kept4.some((one) => within(one, family, at))

export function peersOf(world: World, nic: NetworkInterface, local: Local): readonly Peer[] {
  const { family } = local.block
  const subnet = nic.SubnetId ?? ''
  const lines = routesOf(world, subnet).map((line) => line.block)
  const cuts = [...lines, global6, ...kept4, ...linkLocal]
  const remote = pieces(whole(family), cuts).flatMap((piece) => {
    const one = remotePeer(world, nic, local, piece, targetOf(world, subnet, family, piece.first))
    return one ? [one] : []
  })
  return [...merged(remote), ...world.NetworkInterfaces.flatMap((other) => interfacePeers(world, nic, local, other))]
}

function remotePeer(world: World, nic: NetworkInterface, local: Local, piece: Block, target: Target): Peer | null {
  const { family } = piece
  const internet = family === 4 ? 'internet4' : 'internet6'
  const way = { into: true, out: true, answers: true, blocks: [piece] }
  if (linkLocal.some((one) => within(one, family, piece.first))) return null
  switch (target.kind) {
    case 'igw': {
      // https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html: an internet gateway that is attached,
      // a route to it, and a public IPv4 or a global IPv6 address.
      const gateway = world.InternetGateways.find((one) => one.InternetGatewayId === target.id)
      if (!gateway?.Attachments?.some((one) => one.VpcId === nic.VpcId) || !isGlobal(family, piece.first)) return null
      const reachable = family === 4 ? local.public : within(global6, 6, local.block.first)
      // NetworkInterface.DenyAllIgwTraffic: what the internet sends to the interface's IPv6 is dropped.
      return reachable ? { ...way, kind: internet, into: !nic.DenyAllIgwTraffic } : null
    }
    case 'eigw':
      // https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html: IPv6, outbound only.
      if (family === 4 || !isGlobal(family, piece.first) || !within(global6, 6, local.block.first)) return null
      return { ...way, kind: internet, into: false }
    case 'nat':
      return family === 4 ? natPeer(world, piece, target.id) : null
    case 'endpoint':
      // https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html: the service never begins.
      return { ...way, kind: 'endpoint', into: false }
    case 'transit':
    case 'appliance':
      return { ...way, kind: 'transit' }
    case 'peering':
      return farVpc(world, nic, target.id) === 'unknown' ? { ...way, kind: 'peer-vpc' } : null
    default:
      return null
  }
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html: outbound only, on from its own subnet. */
function natPeer(world: World, piece: Block, id: string): Peer | null {
  const gateway = world.NatGateways.find((one) => one.NatGatewayId === id)
  const nat = gateway?.SubnetId
  if (!gateway || !nat || (gateway.State ?? 'available') !== 'available') return null
  const onward = targetOf(world, nat, 4, piece.first)
  const way = { into: false, out: true, answers: true, blocks: [piece], nat }
  if (onward.kind === 'transit') return { ...way, kind: 'transit' }
  if (gateway.ConnectivityType === 'private' || onward.kind !== 'igw' || !isGlobal(4, piece.first)) return null
  return { ...way, kind: 'internet4' }
}

/** The VPC at the other end of an active peering with the interface's. Peering isn't transitive. */
function farVpc(world: World, nic: NetworkInterface, id: string): string | null {
  const peering = world.VpcPeeringConnections.find((one) => one.VpcPeeringConnectionId === id)
  if (peering?.Status?.Code !== 'active') return null
  const ends = [peering.AccepterVpcInfo?.VpcId ?? '', peering.RequesterVpcInfo?.VpcId ?? '']
  const other = ends.find((vpc) => vpc !== nic.VpcId)
  if (!ends.includes(nic.VpcId ?? '') || other === undefined) return null
  return world.Vpcs.some((vpc) => vpc.VpcId === other) ? other : 'unknown'
}

/** Another interface, if it is up, with each of its addresses that routes lead to. */
function interfacePeers(world: World, nic: NetworkInterface, local: Local, other: NetworkInterface): readonly Peer[] {
  const owner = other.Attachment?.InstanceId
  // An instance's traffic with itself is no path in or out.
  if (owner !== undefined && owner === nic.Attachment?.InstanceId) return []
  if (other.Status !== 'in-use' || asleep(world, owner)) return []
  const { family } = local.block
  return localsOf(other).flatMap(({ block: their }): readonly Peer[] => {
    if (their.family !== family) return []
    const there = leads(world, nic, other, their)
    const back = leads(world, other, nic, local.block)
    if (!there && !back) return []
    const kind = nic.VpcId === other.VpcId ? 'neighbour' : 'peer-vpc'
    return [{ kind, blocks: [their], nic: other, into: back, out: there, answers: there && back }]
  })
}

/** Whether a packet from one interface's subnet comes to another's address: locally, or over a peering. */
function leads(world: World, from: NetworkInterface, to: NetworkInterface, their: Block): boolean {
  const target = targetOf(world, from.SubnetId ?? '', their.family, their.first)
  if (target.kind === 'peering') return farVpc(world, from, target.id) === to.VpcId
  return from.VpcId === to.VpcId && (target.kind === 'local' || target.kind === 'appliance')
}

const asleep = (world: World, instance: string | undefined): boolean =>
  world.Instances.some(
    (one) => one.InstanceId === instance && ['stopped', 'terminated'].includes(one.State?.Name ?? 'running'),
  )

/** All pieces of the same kind are one peer. */
function merged(peers: readonly Peer[]): readonly Peer[] {
  const same = Object.groupBy(peers, (one) => `${one.kind} ${one.nat} ${one.into} ${one.out}`)
  return Object.values(same).flatMap((alike = []) => {
    const [first] = alike
    return first ? [{ ...first, blocks: joined(alike.flatMap((one) => one.blocks)) }] : []
  })
}

/** Whether a group's reference means this peer: interfaces that carry the group, here or over an active peering. */
export const carries = (peer: Peer, group: string | undefined): boolean =>
  peer.nic !== undefined && group !== undefined && groupIds(peer.nic).includes(group)
