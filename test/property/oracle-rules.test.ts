import type { NetworkAclEntry, Route } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { allowAll, group, instance, localRoutes, network, nic, permit, together } from '../oracle/build.ts'
import { estate, ME, paths } from '../oracle/estate.ts'
import { reach } from '../oracle/reach.ts'
import { id, type World } from '../oracle/world.ts'

/** What each of AWS's rules does, worked out by hand on small worlds. */

const sg = (n: number) => id('sg', n)
const any4 = '0.0.0.0/0'
const all = [permit('-1')]
const line = (RuleNumber: number, Egress: boolean, RuleAction: 'allow' | 'deny', more: NetworkAclEntry = {}) => ({
  RuleNumber,
  Egress,
  RuleAction,
  CidrBlock: any4,
  Protocol: '-1',
  ...more,
})

test('A rule in lets a connection in and its answer out, and lets nothing else out.', () => {
  expect(paths(estate({ ingress: [permit('tcp', 22)] }))).toEqual(['in internet4 tcp 22-22'])
  expect(paths(estate({ egress: [permit('udp', [53, 60])] }))).toEqual(['out internet4 udp 53-60'])
})

test('Without a rule there is no path, and what groups never filter is told all the same.', () => {
  const { paths: none, unfiltered } = reach(estate({ two: [all, all] }), ME)
  expect(none).toEqual([])
  expect(unfiltered.map((one) => one.what)).toEqual(['resolver', 'dhcp', 'metadata', 'time', 'licence', 'router'])
  expect(unfiltered[0]?.at).toContain('10.1.0.2')
})

test('The groups of an interface are one set of rules, and those of each interface count.', () => {
  const [one, two] = [group(1, 1, [permit('tcp', 22)]), group(2, 1, [permit('tcp', 80)])] as const
  const world = together(network(1), {
    SecurityGroups: [one, two],
    Instances: [instance(1)],
    NetworkInterfaces: [
      nic(10, [1, 1], [one, two], { instance: ME, public: 1 }),
      nic(11, [1, 2], [two], { instance: ME, index: 1, public: 2, more: { RequesterManaged: true } }),
    ],
  })
  expect(reach(world, ME).paths.map((path) => `${path.interface.slice(-1)} ${path.from}`)).toEqual([
    'a 22',
    'a 80',
    'b 80',
  ])
})

test('All protocols are all, with and without ports; of ICMP it is type and code.', () => {
  expect(paths(estate({ ingress: all }))).toEqual([
    'in internet4 icmp 0-2047 unanswered',
    'in internet4 icmp 2048-2303',
    'in internet4 icmp 2304-65535 unanswered',
    'in internet4 icmpv6 0-32767 unanswered',
    'in internet4 icmpv6 32768-33023',
    'in internet4 icmpv6 33024-65535 unanswered',
    'in internet4 other 0-65535',
    'in internet4 tcp 0-65535',
    'in internet4 udp 0-65535',
  ])
  expect(paths(estate({ ingress: [permit('icmp', [8, -1])] }))).toEqual(['in internet4 icmp 2048-2303'])
  expect(paths(estate({ ingress: [permit('icmp', [3, 4])] }))).toEqual(['in internet4 icmp 772-772 unanswered'])
  expect(paths(estate({ egress: [permit('47')] }))).toEqual(['out internet4 47 0-65535'])
})

test('The internet needs a public IPv4 address to come in, a route, and a gateway that is attached.', () => {
  const ingress = [permit('tcp', 22)]
  expect(paths(estate({ ingress, egress: ingress, public: false }))).toEqual([])
  expect(paths(estate({ ingress, routes: [] }))).toEqual([])
  const gone: Partial<World> = { InternetGateways: [{ InternetGatewayId: id('igw', 1), Attachments: [] }] }
  expect(paths({ ...estate({ ingress }), ...gone })).toEqual([])
  const hole: Route[] = [{ DestinationCidrBlock: any4, GatewayId: id('igw', 1), State: 'blackhole' }]
  expect(paths(estate({ ingress, routes: hole }))).toEqual([])
})

test('A NAT gateway lets out only, by way of its own subnet.', () => {
  const routes: Route[] = [{ DestinationCidrBlock: any4, NatGatewayId: id('nat', 1), State: 'active' }]
  const table = {
    RouteTableId: id('rtb', 258),
    VpcId: id('vpc', 1),
    Associations: [{ SubnetId: id('subnet', 258) }],
    Routes: [
      ...localRoutes(1, false),
      { DestinationCidrBlock: any4, GatewayId: id('igw', 1), State: 'active' as const },
    ],
  }
  const NatGateways = [{ NatGatewayId: id('nat', 1), SubnetId: id('subnet', 258), State: 'available' as const }]
  const rules = { ingress: [permit('tcp', 22)], egress: [permit('tcp', 443)], public: false, routes }
  expect(paths(estate({ ...rules, more: { NatGateways, RouteTables: [table] } }))).toEqual([
    'out internet4 tcp 443-443',
  ])
  expect(paths(estate({ ...rules, more: { NatGateways } }))).toEqual([])
  const shut = { NetworkAclId: id('acl', 258), Associations: [{ SubnetId: id('subnet', 258) }], Entries: [] }
  const datagram = { ...rules, egress: [permit('udp', 53)] }
  const gateway = { NatGateways, RouteTables: [table] }
  expect(paths(estate({ ...datagram, more: gateway }))).toEqual(['out internet4 udp 53-53'])
  expect(paths(estate({ ...datagram, more: { ...gateway, NetworkAcls: [shut] } }))).toEqual([])
})

test('IPv6 addresses are public by themselves; an egress-only gateway lets them out only.', () => {
  const six = [permit('tcp', 22, '::/0')]
  expect(paths(estate({ ingress: six, v6: true, public: false }))).toEqual(['in internet6 tcp 22-22'])
  expect(paths(estate({ ingress: six, v6: false }))).toEqual([])
  expect(paths(estate({ ingress: [permit('tcp', 22)], v6: true, public: false }))).toEqual([])
  const routes: Route[] = [{ DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-1', State: 'active' }]
  expect(paths(estate({ ingress: six, egress: six, v6: true, routes }))).toEqual(['out internet6 tcp 22-22'])
  const my = { DenyAllIgwTraffic: true }
  expect(paths(estate({ ingress: six, egress: six, v6: true, my }))).toEqual(['out internet6 tcp 22-22'])
})

test('A neighbour must be let out by its own groups, or in.', () => {
  const ingress = [permit('tcp', [0, 1000], '10.1.1.20/32')]
  expect(paths(estate({ ingress }))).toEqual([])
  expect(paths(estate({ ingress, two: [[], [permit('tcp', [500, 2000], '10.1.0.0/16')]] }))).toEqual([
    'in neighbour 20 tcp 500-1000',
  ])
  expect(paths(estate({ ingress, two: [all, [permit('tcp', 22, '10.9.0.0/16')]] }))).toEqual([])
})

test('A reference to a group means the interfaces that carry it, here or in a VPC that is peered.', () => {
  const egress = [permit('tcp', 22, sg(2))]
  expect(paths(estate({ egress, two: [all, []], three: [all, []] }))).toEqual(['out neighbour 20 tcp 22-22'])
  expect(paths(estate({ egress, two: [[permit('tcp', 22, sg(1))], []] }))).toEqual(['out neighbour 20 tcp 22-22'])
  expect(paths(estate({ egress: [permit('tcp', 22, sg(1))], two: [all, []] }))).toEqual([])

  const theirs = group(64, 3, all)
  const over = (n: number): Route => ({
    DestinationCidrBlock: `10.${n}.0.0/16`,
    VpcPeeringConnectionId: id('pcx', 1),
    State: 'active',
  })
  const peered = (Code: 'active' | 'deleted', back: readonly Route[]) =>
    estate({
      egress: [permit('tcp', 22, sg(64))],
      routes: [over(3)],
      more: {
        ...network(3, { routes: back }),
        SecurityGroups: [theirs],
        Instances: [instance(4)],
        NetworkInterfaces: [nic(40, [3, 1], [theirs], { instance: id('i', 4) })],
        VpcPeeringConnections: [
          {
            VpcPeeringConnectionId: id('pcx', 1),
            Status: { Code },
            AccepterVpcInfo: { VpcId: id('vpc', 1) },
            RequesterVpcInfo: { VpcId: id('vpc', 3) },
          },
        ],
      },
    })
  expect(paths(peered('active', [over(1)]))).toEqual(['out peer-vpc 40 tcp 22-22'])
  expect(paths(peered('deleted', [over(1)]))).toEqual([])
  expect(paths(peered('active', []))).toEqual([])
})

test('A prefix list means its entries; one that nobody knows means everything.', () => {
  const [path] = reach(estate({ ingress: [permit('tcp', 22, 'pl-04')] }), ME).paths
  expect(path).toMatchObject({ kind: 'internet4', addresses: ['198.51.100.0-198.51.100.255'], group: sg(1) })
  expect(paths(estate({ ingress: [permit('tcp', 22, 'pl-06')] }))).toEqual([])
  expect(paths(estate({ ingress: [permit('tcp', 22, 'pl-0aws')] }))).toEqual(['in internet4 tcp 22-22'])
})

test('The first entry of an ACL that matches decides, and what none matches is denied.', () => {
  const ingress = [permit('tcp', [20, 30])]
  const out = line(100, true, 'allow')
  const ssh = { Protocol: '6', PortRange: { From: 22, To: 22 } }
  const acl = [line(200, false, 'allow'), line(100, false, 'deny', ssh), out]
  expect(paths(estate({ ingress, acl }))).toEqual(['in internet4 tcp 20-21', 'in internet4 tcp 23-30'])
  expect(paths(estate({ ingress, acl: [line(300, false, 'deny', ssh), ...acl.slice(0, 1), out] }))).toEqual([
    'in internet4 tcp 20-30',
  ])
  expect(paths(estate({ ingress, acl: [out] }))).toEqual([])
  const some = (RuleAction: 'allow' | 'deny') => [
    line(50, false, RuleAction, { CidrBlock: '64.0.0.0/2' }),
    line(200, false, 'allow'),
    out,
  ]
  const addresses = (acl: readonly NetworkAclEntry[]) =>
    reach(estate({ ingress, acl }), ME).paths.map((path) => path.addresses.slice(0, 3))
  expect(addresses(some('deny'))).toEqual([
    ['1.0.0.0-9.255.255.255', '11.0.0.0-63.255.255.255', '128.0.0.0-169.253.255.255'],
  ])
  // Blocks that end where the next begins are one.
  expect(addresses(some('allow'))).toEqual([
    ['1.0.0.0-9.255.255.255', '11.0.0.0-100.63.255.255', '100.128.0.0-126.255.255.255'],
  ])
})

test('An ACL keeps no state: the answer needs an entry for some ephemeral port.', () => {
  const back = (From: number, To: number) => line(100, true, 'allow', { Protocol: '6', PortRange: { From, To } })
  const acl = (entry: NetworkAclEntry) => [line(100, false, 'allow'), entry]
  const ingress = [permit('tcp', 22)]
  expect(paths(estate({ ingress, acl: acl(back(32_768, 40_000)) }))).toEqual(['in internet4 tcp 22-22'])
  expect(paths(estate({ ingress, acl: acl(back(1, 1023)) }))).toEqual([])
  // A datagram in does its work unanswered.
  expect(paths(estate({ ingress: [permit('udp', 53)], acl: acl(back(1024, 65_535)) }))).toEqual([
    'in internet4 udp 53-53 unanswered',
  ])
})

test('Inside a subnet no ACL is asked, between two of a VPC both.', () => {
  const world = estate({ egress: [permit('udp', 53)], two: [all, []], three: [all, []], acl: [], public: false })
  expect(paths(world)).toEqual(['out neighbour 20 udp 53-53'])
  const open = [...allowAll(false, false), ...allowAll(true, false)]
  const theirs = {
    ...world,
    NetworkAcls: world.NetworkAcls.map((acl) => ({ ...acl, Entries: acl.IsDefault ? [] : open })),
  }
  expect(paths(theirs)).toEqual(['out neighbour 20 udp 53-53'])
})

test('The longest prefix leads: to a transit gateway, to a service, or nowhere. Of equal ones the static one.', () => {
  const propagated = { GatewayId: 'vgw-1', Origin: 'EnableVgwRoutePropagation', State: 'active' } as const
  const routes: Route[] = [
    { DestinationCidrBlock: any4, GatewayId: id('igw', 1), State: 'active' },
    { DestinationCidrBlock: '203.0.113.0/24', TransitGatewayId: 'tgw-1', State: 'active' },
    { DestinationPrefixListId: 'pl-0s3', GatewayId: 'vpce-1', State: 'active' },
    { DestinationCidrBlock: '3.5.0.0/16', ...propagated },
    { DestinationCidrBlock: any4, ...propagated },
  ]
  const rules = (cidr: string) => ({ egress: [permit('tcp', 443, cidr)], ingress: [permit('tcp', 22, cidr)] })
  const to = (cidr: string) => paths(estate({ ...rules(cidr), routes, public: false }))
  expect(to('203.0.113.7/32')).toEqual(['in transit tcp 22-22', 'out transit tcp 443-443'])
  // A service never begins.
  expect(to('3.5.1.0/24')).toEqual(['out endpoint tcp 443-443'])
  expect(to('192.0.2.1/32')).toEqual([])
})

test('A stopped instance has no path, nor has anybody with one.', () => {
  const world = estate({
    ingress: all,
    egress: [permit('-1', undefined, '10.1.1.20/32')],
    two: [all, all],
    public: false,
  })
  expect(paths(world)).toContain('out neighbour 20 tcp 0-65535')
  const stopped = (n: number) => ({
    ...world,
    Instances: [...world.Instances.filter((one) => one.InstanceId !== id('i', n)), instance(n, 'stopped')],
  })
  expect(reach(stopped(1), ME)).toEqual({ paths: [], unfiltered: [] })
  expect(paths(stopped(2))).toEqual([])
})
