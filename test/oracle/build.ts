import type {
  Address,
  IpPermission,
  NetworkAclEntry,
  NetworkInterface,
  Route,
  SecurityGroup,
  Subnet,
} from '@aws-sdk/client-ec2'
import { id, nowhere, type World } from './world.ts'

/** Worlds in parts: lists one after the other, and of all else the last. */
export function together(...parts: readonly Partial<World>[]): World {
  const out: Record<string, unknown> = { ...nowhere }
  for (const part of parts)
    for (const [key, value] of Object.entries(part)) {
      const before = out[key]
      out[key] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value
    }
  return out as unknown as World
}

export const allowAll = (egress: boolean, v6: boolean): readonly NetworkAclEntry[] =>
  (v6 ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0']).map((cidr, i) => ({
    Egress: egress,
    Protocol: '-1',
    RuleAction: 'allow',
    RuleNumber: 100 + i,
    ...(cidr.includes(':') ? { Ipv6CidrBlock: cidr } : { CidrBlock: cidr }),
  }))

export const localRoutes = (n: number, v6: boolean): readonly Route[] => [
  { DestinationCidrBlock: `10.${n}.0.0/16`, GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' },
  ...(v6 ? [{ DestinationIpv6CidrBlock: `2600:1f18:${n}::/56`, GatewayId: 'local', State: 'active' as const }] : []),
]

/** To the internet gateway, in one family or both. */
export const openRoutes = (n: number, v6: boolean): readonly Route[] => [
  { DestinationCidrBlock: '0.0.0.0/0', GatewayId: id('igw', n), State: 'active', Origin: 'CreateRoute' },
  ...(v6 ? [{ DestinationIpv6CidrBlock: '::/0', GatewayId: id('igw', n), State: 'active' as const }] : []),
]

export interface NetworkOptions {
  readonly v6?: boolean
  readonly subnets?: number
  /** Of the main table, besides the local ones. By default to the internet. */
  readonly routes?: readonly Route[]
  readonly isDefault?: boolean
}

/** The nth VPC as it comes: 10.n.0.0/16, subnets 10.n.k.0/24, a gateway, a main route table, an ACL that allows all. */
export function network(n: number, { v6 = false, subnets = 2, routes, isDefault = false }: NetworkOptions = {}) {
  const six = v6 ? [{ Ipv6CidrBlock: `2600:1f18:${n}::/56`, Ipv6CidrBlockState: { State: 'associated' as const } }] : []
  const VpcId = id('vpc', n)
  return {
    Vpcs: [
      {
        VpcId,
        CidrBlock: `10.${n}.0.0/16`,
        Ipv6CidrBlockAssociationSet: six,
        IsDefault: isDefault,
        State: 'available',
        OwnerId: nowhere.Account,
        Tags: [],
      },
    ],
    Subnets: Array.from({ length: subnets }, (_, i) => subnet(n, i + 1, v6)),
    RouteTables: [
      {
        RouteTableId: id('rtb', n * 256),
        VpcId,
        Associations: [{ Main: true, RouteTableId: id('rtb', n * 256) }],
        Routes: [...localRoutes(n, v6), ...(routes ?? openRoutes(n, v6))],
      },
    ],
    NetworkAcls: [
      {
        NetworkAclId: id('acl', n * 256),
        VpcId,
        IsDefault: true,
        Associations: [],
        Entries: [...allowAll(false, v6), ...allowAll(true, v6)],
      },
    ],
    InternetGateways: [{ InternetGatewayId: id('igw', n), Attachments: [{ VpcId, State: 'attached' as const }] }],
  } satisfies Partial<World>
}

const subnet = (n: number, k: number, v6: boolean): Subnet => ({
  SubnetId: id('subnet', n * 256 + k),
  VpcId: id('vpc', n),
  CidrBlock: `10.${n}.${k}.0/24`,
  Ipv6CidrBlockAssociationSet: v6
    ? [{ Ipv6CidrBlock: `2600:1f18:${n}:${k}::/64`, Ipv6CidrBlockState: { State: 'associated' } }]
    : [],
  AvailabilityZone: 'eu-central-1a',
  MapPublicIpOnLaunch: false,
  State: 'available',
  OwnerId: nowhere.Account,
  Tags: [],
})

/** `permit('tcp', 22, '0.0.0.0/0')`, `permit('udp', [53, 60], 'sg-…')`, `permit('icmp', [8, -1], 'pl-…')`, `permit('-1')`. */
export function permit(protocol: string, ports?: number | readonly [number, number], peer = '0.0.0.0/0'): IpPermission {
  const [FromPort, ToPort] = ports === undefined ? [] : typeof ports === 'number' ? [ports, ports] : ports
  return {
    IpProtocol: protocol,
    ...(FromPort === undefined ? {} : { FromPort, ToPort }),
    IpRanges: peer.includes('.') ? [{ CidrIp: peer }] : [],
    Ipv6Ranges: peer.includes(':') ? [{ CidrIpv6: peer }] : [],
    PrefixListIds: peer.startsWith('pl-') ? [{ PrefixListId: peer }] : [],
    UserIdGroupPairs: peer.startsWith('sg-') ? [{ GroupId: peer, UserId: nowhere.Account }] : [],
  }
}

export const group = (
  n: number,
  vpc: number,
  ingress: readonly IpPermission[] = [],
  egress: readonly IpPermission[] = [],
  more: Partial<SecurityGroup> = {},
): SecurityGroup => ({
  GroupId: id('sg', n),
  GroupName: `group-${n}`,
  Description: `Group ${n}.`,
  VpcId: id('vpc', vpc),
  OwnerId: nowhere.Account,
  IpPermissions: [...ingress],
  IpPermissionsEgress: [...egress],
  Tags: [],
  ...more,
})

export interface NicOptions {
  readonly instance?: string
  readonly index?: number
  readonly v6?: number
  /** Private addresses beyond the primary one. */
  readonly secondary?: number
  /** A public address that EC2 gave and takes back, or an Elastic IP's number. */
  readonly public?: 'auto' | number
  readonly more?: Partial<NetworkInterface>
}

/** The nth interface, in a subnet of a VPC, with these groups. Its host number is n, so n is below 64. */
export function nic(
  n: number,
  [vpc, k]: readonly [number, number],
  groups: readonly SecurityGroup[],
  o: NicOptions = {},
) {
  const Association = o.public === undefined ? {} : { Association: association(n, o.public) }
  const hosts = [n, ...Array.from({ length: o.secondary ?? 0 }, (_, i) => n + 64 * (i + 1))]
  const made: NetworkInterface = {
    NetworkInterfaceId: id('eni', n),
    VpcId: id('vpc', vpc),
    SubnetId: id('subnet', vpc * 256 + k),
    OwnerId: nowhere.Account,
    InterfaceType: 'interface',
    RequesterManaged: false,
    SourceDestCheck: true,
    AvailabilityZone: 'eu-central-1a',
    Status: o.instance ? 'in-use' : 'available',
    Groups: groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName })),
    PrivateIpAddress: `10.${vpc}.${k}.${n}`,
    PrivateIpAddresses: hosts.map((host, i) => ({
      PrivateIpAddress: `10.${vpc}.${k}.${host}`,
      Primary: i === 0,
      ...(i === 0 ? Association : {}),
    })),
    Ipv6Addresses: Array.from({ length: o.v6 ?? 0 }, (_, i) => ({
      Ipv6Address: `2600:1f18:${vpc}:${k}::${(n + 64 * i).toString(16)}`,
    })),
    TagSet: [],
    ...Association,
  }
  if (!o.instance) return { ...made, ...o.more }
  return {
    ...made,
    Attachment: {
      AttachmentId: id('eni-attach', n),
      InstanceId: o.instance,
      InstanceOwnerId: nowhere.Account,
      DeviceIndex: o.index ?? 0,
      NetworkCardIndex: 0,
      DeleteOnTermination: (o.index ?? 0) === 0,
      Status: 'attached' as const,
    },
    ...o.more,
  }
}

const association = (n: number, given: 'auto' | number) =>
  given === 'auto'
    ? { PublicIp: `18.184.0.${n}`, IpOwnerId: 'amazon' }
    : {
        PublicIp: `3.120.0.${given}`,
        IpOwnerId: nowhere.Account,
        AllocationId: id('eipalloc', given),
        AssociationId: id('eipassoc', given),
      }

/** The address that an interface says it has, as `DescribeAddresses` says it. Or one that nobody has. */
export function eip(n: number, on?: NetworkInterface): Address {
  const free: Address = {
    AllocationId: id('eipalloc', n),
    PublicIp: `3.120.0.${n}`,
    Domain: 'vpc',
    PublicIpv4Pool: 'amazon',
    NetworkBorderGroup: 'eu-central-1',
    Tags: [],
  }
  if (!on) return free
  return {
    ...free,
    AssociationId: id('eipassoc', n),
    NetworkInterfaceId: on.NetworkInterfaceId,
    NetworkInterfaceOwnerId: on.OwnerId,
    PrivateIpAddress: on.PrivateIpAddress,
    ...(on.Attachment?.InstanceId ? { InstanceId: on.Attachment.InstanceId } : {}),
  }
}

export const instance = (n: number, state: 'running' | 'stopped' = 'running') => ({
  InstanceId: id('i', n),
  State: { Code: state === 'running' ? 16 : 80, Name: state },
  RootDeviceType: 'ebs' as const,
  RootDeviceName: '/dev/xvda',
  MetadataOptions: { HttpEndpoint: 'enabled' as const, HttpTokens: 'required' as const },
  Placement: { AvailabilityZone: 'eu-central-1a' },
  Tags: [{ Key: 'Name', Value: `server-${n}` }],
})
