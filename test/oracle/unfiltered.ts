import type { Instance } from '@aws-sdk/client-ec2'
import { interfacesOf, type World } from './world.ts'

/** `at` is where AWS says that it answers; of DHCP it doesn't say. */
export interface Unfiltered {
  readonly what: 'resolver' | 'dhcp' | 'metadata' | 'time' | 'licence' | 'router'
  readonly at: readonly string[]
}

/**
 * "Security groups do not filter traffic destined to and from": Amazon DNS, DHCP, instance metadata, Windows licence
 * activation, the Time Sync Service and the VPC's router
 * (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html); network ACLs don't either
 * (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html). Names looked up with the resolver can carry
 * data out: only DNS Firewall ends that.
 */
export function unfilteredOf(world: World, instance: Instance): readonly Unfiltered[] {
  const nics = interfacesOf(world, instance.InstanceId ?? '')
  if (nics.length === 0) return []
  const vpcs = [...new Set(nics.map((nic) => nic.VpcId))]
  const cidrs = vpcs.flatMap((vpc) => world.Vpcs.find((one) => one.VpcId === vpc)?.CidrBlock ?? [])
  const subnets = [...new Set(nics.map((nic) => nic.SubnetId))]
  const first = subnets.flatMap((subnet) => world.Subnets.find((one) => one.SubnetId === subnet)?.CidrBlock ?? [])
  return [
    { what: 'resolver', at: ['169.254.169.253', 'fd00:ec2::253', ...cidrs.map((cidr) => plus(cidr, 2))] },
    { what: 'dhcp', at: [] },
    ...(instance.MetadataOptions?.HttpEndpoint === 'disabled'
      ? []
      : [{ what: 'metadata' as const, at: ['169.254.169.254', 'fd00:ec2::254'] }]),
    { what: 'time', at: ['169.254.169.123', 'fd00:ec2::123'] },
    { what: 'licence', at: ['169.254.169.250', '169.254.169.251', 'fd00:ec2::250'] },
    { what: 'router', at: first.map((cidr) => plus(cidr, 1)) },
  ]
}

/** `10.0.0.0/16` plus two is `10.0.0.2`: EC2 keeps the first four addresses, so there is nothing to carry. */
const plus = (cidr: string, n: number): string => {
  const [base = ''] = cidr.split('/')
  const at = base.lastIndexOf('.') + 1
  return `${base.slice(0, at)}${Number(base.slice(at)) + n}`
}
