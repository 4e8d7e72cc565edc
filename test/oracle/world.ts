import type {
  Address,
  Instance,
  InternetGateway,
  ManagedPrefixList,
  NatGateway,
  NetworkAcl,
  NetworkInterface,
  PrefixListEntry,
  RouteTable,
  SecurityGroup,
  Subnet,
  Tag,
  Volume,
  Vpc,
  VpcPeeringConnection,
} from '@aws-sdk/client-ec2'

/**
 * A small EC2 estate, in the words of EC2's own answers. Nothing here comes from the project: what is checked with it
 * must not share its mistakes.
 *
 * Each thing is said once. `Instances` say nothing of interfaces and groups (`NetworkInterfaces` do, and the reads put
 * both together), and a group's rules are its `IpPermissions`; `Rules` holds only what those have no room for.
 */
export interface World {
  readonly Account: string
  readonly Vpcs: readonly Vpc[]
  readonly Subnets: readonly Subnet[]
  readonly RouteTables: readonly RouteTable[]
  readonly NetworkAcls: readonly NetworkAcl[]
  readonly InternetGateways: readonly InternetGateway[]
  readonly NatGateways: readonly NatGateway[]
  readonly VpcPeeringConnections: readonly VpcPeeringConnection[]
  readonly PrefixLists: readonly PrefixList[]
  readonly SecurityGroups: readonly SecurityGroup[]
  /** Id and tags of a rule, by its key. A rule that isn't here has an id that is made from its key, and no tags. */
  readonly Rules: Readonly<Record<string, RuleFacts>>
  readonly NetworkInterfaces: readonly NetworkInterface[]
  readonly Addresses: readonly Address[]
  readonly Instances: readonly Instance[]
  readonly InstanceAttributes: Readonly<Record<string, InstanceAttributes>>
  readonly Volumes: readonly Volume[]
  /** Counts what was created, so that ids are new and a run can be repeated. */
  readonly Serial: number
}

export type PrefixList = ManagedPrefixList & { readonly Entries: readonly PrefixListEntry[] }

export interface RuleFacts {
  readonly Id: string
  readonly Tags: readonly Tag[]
}

export interface InstanceAttributes {
  readonly DisableApiTermination: boolean
  readonly DisableApiStop: boolean
  readonly InstanceInitiatedShutdownBehavior: 'stop' | 'terminate'
}

export const nowhere: World = {
  Account: '111122223333',
  Vpcs: [],
  Subnets: [],
  RouteTables: [],
  NetworkAcls: [],
  InternetGateways: [],
  NatGateways: [],
  VpcPeeringConnections: [],
  PrefixLists: [],
  SecurityGroups: [],
  Rules: {},
  NetworkInterfaces: [],
  Addresses: [],
  Instances: [],
  InstanceAttributes: {},
  Volumes: [],
  Serial: 0,
}

/** The interfaces of an instance, the primary one first. */
export const interfacesOf = (world: World, instance: string): readonly NetworkInterface[] =>
  world.NetworkInterfaces.filter((one) => one.Attachment?.InstanceId === instance).sort(
    (a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0),
  )

export const groupIds = (nic: Pick<NetworkInterface, 'Groups'>): readonly string[] =>
  (nic.Groups ?? []).map((group) => group.GroupId ?? '')

/** What must be there, or the world was not made as EC2's worlds are. */
export function must<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`expected ${what} in the world, found none`)
  return found
}

/** An id as EC2 makes them: `id('sg', 5)` is `sg-00000000000000005`. */
export const id = (prefix: string, n: number): string => `${prefix}-${n.toString(16).padStart(17, '0')}`
