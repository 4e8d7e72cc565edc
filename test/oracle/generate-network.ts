import type { Route } from '@aws-sdk/client-ec2'
import fc from 'fast-check'
import { allowAll, localRoutes, network, openRoutes } from './build.ts'
import { oddEntries } from './generate-rules.ts'
import { id, type World } from './world.ts'

const ways = ['igw', 'nat', 'tgw', 'blackhole', 'none'] as const
type Way = (typeof ways)[number]
type Way6 = 'igw' | 'eigw' | 'none'

/** How a VPC is connected: routes of its three subnets, and ACLs, most of them the default one. */
export const networkSpec = fc.record({
  v6: fc.boolean(),
  isDefault: fc.boolean(),
  attached: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  subnets: fc.array(
    fc.record({
      way: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Way>('igw') },
        { weight: 2, arbitrary: fc.constantFrom(...ways) },
      ),
      way6: fc.constantFrom<Way6>('igw', 'igw', 'eigw', 'none'),
      endpoint: fc.boolean(),
      acl: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, oddEntries),
    }),
    { minLength: 3, maxLength: 3 },
  ),
})
export type NetworkSpec = typeof networkSpec extends fc.Arbitrary<infer T> ? T : never

export function networkOf(n: number, { v6, isDefault, attached, subnets }: NetworkSpec): Partial<World> {
  const base = network(n, { v6, subnets: 3, isDefault: isDefault && n < 3 })
  const peer: readonly Route[] =
    n === 2
      ? []
      : [
          { DestinationCidrBlock: `10.${4 - n}.0.0/16`, VpcPeeringConnectionId: id('pcx', 1), State: 'active' },
          {
            DestinationIpv6CidrBlock: `2600:1f18:${4 - n}::/56`,
            VpcPeeringConnectionId: id('pcx', 1),
            State: 'active',
          },
        ]
  const tables = subnets.map(({ way, way6, endpoint }, i) => ({
    RouteTableId: id('rtb', n * 256 + i + 1),
    VpcId: id('vpc', n),
    Associations: [{ SubnetId: id('subnet', n * 256 + i + 1), Main: false }],
    Routes: [
      ...localRoutes(n, v6),
      ...peer,
      ...wayOut(n, way),
      ...(v6 ? wayOut6(n, way6) : []),
      ...(endpoint ? toService : []),
    ],
  }))
  const acls = subnets.flatMap(({ acl }, i) =>
    acl === null
      ? []
      : [
          {
            NetworkAclId: id('acl', n * 256 + i + 1),
            VpcId: id('vpc', n),
            IsDefault: false,
            Associations: [{ SubnetId: id('subnet', n * 256 + i + 1) }],
            // Some of them let through what they don't name.
            Entries: [...acl, ...(acl.length % 2 ? [...allowAll(false, v6), ...allowAll(true, v6)] : [])].filter(
              unique,
            ),
          },
        ],
  )
  return {
    ...base,
    RouteTables: [...base.RouteTables, ...tables],
    NetworkAcls: [...base.NetworkAcls, ...acls],
    InternetGateways: attached ? base.InternetGateways : [],
    NatGateways: [
      { NatGatewayId: id('nat', n), SubnetId: id('subnet', n * 256 + 1), VpcId: id('vpc', n), State: 'available' },
    ],
  }
}

const unique = <T extends { Egress?: boolean | undefined; RuleNumber?: number | undefined }>(
  one: T,
  i: number,
  all: readonly T[],
): boolean => all.findIndex((each) => each.Egress === one.Egress && each.RuleNumber === one.RuleNumber) === i

/** The route of a gateway endpoint. */
const toService: readonly Route[] = [{ DestinationPrefixListId: 'pl-0s3', GatewayId: id('vpce', 1), State: 'active' }]

function wayOut(n: number, way: Way): readonly Route[] {
  const DestinationCidrBlock = '0.0.0.0/0'
  if (way === 'igw') return openRoutes(n, false)
  if (way === 'nat') return [{ DestinationCidrBlock, NatGatewayId: id('nat', n), State: 'active' }]
  if (way === 'tgw') return [{ DestinationCidrBlock, TransitGatewayId: id('tgw', 1), State: 'active' }]
  if (way === 'blackhole') return [{ DestinationCidrBlock, NetworkInterfaceId: id('eni', 63), State: 'blackhole' }]
  return []
}

function wayOut6(n: number, way: Way6): readonly Route[] {
  const DestinationIpv6CidrBlock = '::/0'
  if (way === 'igw') return [{ DestinationIpv6CidrBlock, GatewayId: id('igw', n), State: 'active' }]
  if (way === 'eigw') return [{ DestinationIpv6CidrBlock, EgressOnlyInternetGatewayId: id('eigw', n), State: 'active' }]
  return []
}
