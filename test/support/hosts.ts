import { randomUUID } from 'node:crypto'
import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  type EC2ClientConfig,
  type Instance,
  RunInstancesCommand,
  type Tag,
} from '@aws-sdk/client-ec2'

/** Hosts for tests: made with whatever client options a test has, so that any local cloud will do. */

export const IMAGE = 'ami-0123456789abcdef0'

export interface Network {
  readonly vpc: string
  readonly subnet: string
}

export interface HostOptions {
  /** One interface in each of these subnets; without any, one in the first default subnet. */
  readonly subnets?: readonly string[]
  /** The groups of every interface in a subnet, by subnet; without any, the default group of its VPC. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  readonly publicAddress?: boolean
  /** Volumes beside the root volume. */
  readonly volumes?: number
  readonly encrypted?: boolean
  /** Id, ARN or alias; without it, encrypted volumes are under the key that AWS manages. */
  readonly key?: string
  /** The name of an instance profile; see roles.ts. */
  readonly profile?: string
  readonly spot?: boolean
  readonly protected?: boolean
  readonly tags?: readonly Tag[]
}

export interface Host {
  readonly id: string
  /** In the order of their places. */
  readonly interfaces: readonly string[]
  /** The root volume first. */
  readonly volumes: readonly string[]
}

/** What makes hosts and the networks they stand in. */
export function hostsOf(config: EC2ClientConfig) {
  const ec2 = new EC2Client(config)
  let networks = 0

  async function defaultSubnet(): Promise<string> {
    const Filters = [{ Name: 'default-for-az', Values: ['true'] }]
    return (await ec2.send(new DescribeSubnetsCommand({ Filters }))).Subnets![0]!.SubnetId!
  }

  /** A VPC with one subnet; where that is wished, both have IPv6 addresses to give. */
  async function newNetwork({ ipv6 = false } = {}): Promise<Network> {
    const prefix = `10.${100 + (networks++ % 100)}`
    const made = new CreateVpcCommand({ CidrBlock: `${prefix}.0.0/16`, AmazonProvidedIpv6CidrBlock: ipv6 })
    const { VpcId, Ipv6CidrBlockAssociationSet: given } = (await ec2.send(made)).Vpc!
    const block = given?.[0]?.Ipv6CidrBlock
    const wide = block ? { Ipv6CidrBlock: block.replace(/\/56$/, '/64') } : {}
    const zone = { AvailabilityZone: `${await ec2.config.region()}a` }
    const within = new CreateSubnetCommand({ VpcId: VpcId!, CidrBlock: `${prefix}.1.0/24`, ...wide, ...zone })
    return { vpc: VpcId!, subnet: (await ec2.send(within)).Subnet!.SubnetId! }
  }

  async function newGroup(vpc: string, tags: readonly Tag[] = []): Promise<string> {
    const tagged = tags.length > 0 ? [{ ResourceType: 'security-group' as const, Tags: [...tags] }] : undefined
    const name = { GroupName: `group-${randomUUID()}`, Description: 'a test', VpcId: vpc }
    const made = new CreateSecurityGroupCommand({ ...name, ...(tagged ? { TagSpecifications: tagged } : {}) })
    return (await ec2.send(made)).GroupId!
  }

  async function instance(id: string): Promise<Instance> {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
    return Reservations![0]!.Instances![0]!
  }

  /** A running instance. Interfaces in the VPC of the first come with the launch, those in others are attached. */
  async function newHost(options: HostOptions = {}): Promise<Host> {
    const subnets = options.subnets ?? [await defaultSubnet()]
    const known = (await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...new Set(subnets)] }))).Subnets!
    const vpcOf = (subnet: string) => known.find((one) => one.SubnetId === subnet)!.VpcId!
    const near = subnets.filter((subnet) => vpcOf(subnet) === vpcOf(subnets[0]!))
    const groupsOf = (subnet: string) => ({ Groups: [...(options.groups?.[subnet] ?? [])] })
    const encryption = options.encrypted || options.key ? { Encrypted: true } : {}
    const ebs = { VolumeSize: 8, ...encryption, ...(options.key ? { KmsKeyId: options.key } : {}) }
    const root = { DeviceName: '/dev/sda1', Ebs: { ...ebs, DeleteOnTermination: true } }
    const more = Array.from({ length: options.volumes ?? 0 }, (_, at) => ({
      DeviceName: `/dev/sd${String.fromCharCode(102 + at)}`,
      Ebs: { ...ebs, DeleteOnTermination: true },
    }))
    const launch = new RunInstancesCommand({
      ImageId: IMAGE,
      MinCount: 1,
      MaxCount: 1,
      InstanceType: 't3.micro',
      NetworkInterfaces: near.map((SubnetId, DeviceIndex) => ({
        DeviceIndex,
        SubnetId,
        ...groupsOf(SubnetId),
        ...(DeviceIndex === 0 && near.length === 1 ? { AssociatePublicIpAddress: options.publicAddress ?? false } : {}),
      })),
      BlockDeviceMappings: [root, ...more],
      ...(options.profile ? { IamInstanceProfile: { Name: options.profile } } : {}),
      ...(options.spot ? { InstanceMarketOptions: { MarketType: 'spot' as const } } : {}),
      ...(options.protected ? { DisableApiTermination: true } : {}),
      ...(options.tags ? { TagSpecifications: [{ ResourceType: 'instance', Tags: [...options.tags] }] } : {}),
    })
    const id = (await ec2.send(launch)).Instances![0]!.InstanceId!
    for (const [at, SubnetId] of subnets.filter((subnet) => !near.includes(subnet)).entries()) {
      const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, ...groupsOf(SubnetId) }))
      const NetworkInterfaceId = made.NetworkInterface!.NetworkInterfaceId!
      const place = { InstanceId: id, DeviceIndex: near.length + at }
      await ec2.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId, ...place }))
    }
    const { NetworkInterfaces, BlockDeviceMappings } = await instance(id)
    const placed = [...NetworkInterfaces!].sort((a, b) => a.Attachment!.DeviceIndex! - b.Attachment!.DeviceIndex!)
    return {
      id,
      interfaces: placed.map((one) => one.NetworkInterfaceId!),
      volumes: BlockDeviceMappings!.map((one) => one.Ebs!.VolumeId!),
    }
  }

  return { ec2, newNetwork, newGroup, newHost, instance, defaultSubnet }
}
