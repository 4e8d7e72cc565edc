import type { Route } from '@aws-sdk/client-ec2'
import { type Block, block, within } from './space.ts'
import { must, type World } from './world.ts'

export type Target =
  | { readonly kind: 'local' | 'appliance' | 'transit' | 'endpoint' | 'nowhere' }
  | { readonly kind: 'igw' | 'eigw' | 'nat' | 'peering'; readonly id: string }

export interface RouteLine {
  readonly block: Block
  readonly target: Target
  /** Of equal blocks the lower goes first. */
  readonly rank: number
}

const read = new WeakMap<World, Map<string, readonly RouteLine[]>>()

/**
 * The routes of a subnet: of the table it is associated with, or else of the VPC's main one
 * (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html). A prefix list is as many routes as it has
 * entries; of equally long prefixes a static route goes before a prefix list's, and that before a propagated one
 * (https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html).
 */
export function routesOf(world: World, subnet: string): readonly RouteLine[] {
  const tables = read.get(world) ?? new Map<string, readonly RouteLine[]>()
  read.set(world, tables)
  const seen = tables.get(subnet)
  if (seen) return seen
  const vpc = must(
    world.Subnets.find((one) => one.SubnetId === subnet),
    `subnet ${subnet}`,
  ).VpcId
  const table =
    world.RouteTables.find((one) => one.Associations?.some((link) => link.SubnetId === subnet)) ??
    world.RouteTables.find((one) => one.VpcId === vpc && one.Associations?.some((link) => link.Main))
  const lines = (must(table, `a route table of ${subnet}`).Routes ?? []).flatMap((route) => {
    const list = world.PrefixLists.find((one) => one.PrefixListId === route.DestinationPrefixListId)
    const cidr = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock
    const rank = cidr === undefined ? 1 : route.Origin === 'EnableVgwRoutePropagation' ? 2 : 0
    const blocks = cidr === undefined ? (list?.Entries ?? []).map((entry) => entry.Cidr ?? '') : [cidr]
    return blocks.map((one) => ({ block: block(one), target: targetOfRoute(route), rank }))
  })
  tables.set(subnet, lines)
  return lines
}

function targetOfRoute(route: Route): Target {
  // A route whose target is gone drops what it matches: the same page, "blackhole".
  if (route.State === 'blackhole') return { kind: 'nowhere' }
  const gateway = route.GatewayId ?? ''
  if (gateway === 'local') return { kind: 'local' }
  if (gateway.startsWith('igw-')) return { kind: 'igw', id: gateway }
  // A gateway endpoint's route is to the service's prefix list; a Gateway Load Balancer endpoint's is to a block.
  if (gateway.startsWith('vpce-')) return { kind: route.DestinationPrefixListId ? 'endpoint' : 'appliance' }
  if (route.EgressOnlyInternetGatewayId) return { kind: 'eigw', id: route.EgressOnlyInternetGatewayId }
  if (route.NatGatewayId) return { kind: 'nat', id: route.NatGatewayId }
  if (route.VpcPeeringConnectionId) return { kind: 'peering', id: route.VpcPeeringConnectionId }
  if (route.NetworkInterfaceId ?? route.InstanceId) return { kind: 'appliance' }
  // Transit, virtual private, local and carrier gateways, and core networks: what is behind them isn't in the world.
  return { kind: 'transit' }
}

/** Where a subnet sends what is for an address: the longest prefix that holds it. */
export function targetOf(world: World, subnet: string, family: 4 | 6, at: bigint): Target {
  let best: RouteLine | undefined
  for (const line of routesOf(world, subnet)) {
    if (!within(line.block, family, at)) continue
    const size = line.block.last - line.block.first
    const least = best ? best.block.last - best.block.first : size + 1n
    if (size < least || (size === least && best && line.rank < best.rank)) best = line
  }
  return best?.target ?? { kind: 'nowhere' }
}
