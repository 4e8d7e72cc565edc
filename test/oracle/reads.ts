import type {
  DescribeAddressesCommandInput,
  DescribeInstanceAttributeCommandInput,
  DescribeInstancesCommandInput,
  DescribeNetworkAclsCommandInput,
  DescribeNetworkInterfacesCommandInput,
  DescribeRouteTablesCommandInput,
  DescribeSecurityGroupRulesCommandInput,
  DescribeSecurityGroupsCommandInput,
  DescribeSubnetsCommandInput,
  DescribeVolumesCommandInput,
  DescribeVpcsCommandInput,
} from '@aws-sdk/client-ec2'
import { filtered, tagValues } from './filter.ts'
import { one, refuse } from './refuse.ts'
import { ruleRows } from './rules.ts'
import { shownInstance } from './shown-instance.ts'
import { groupIds, type World } from './world.ts'

/**
 * EC2's reads over a world that may change between two of them. Always one page, and a copy: nobody changes the world by
 * its answer. An id that isn't there is refused, a filter that nothing matches gives an empty list.
 */
export const readsOf = (world: () => World) => ({
  'ec2:DescribeInstances': async ({ InstanceIds, Filters }: DescribeInstancesCommandInput) => {
    const now = world()
    const all = byIds(now.Instances, 'i', InstanceIds, (each) => each.InstanceId).map((each) =>
      shownInstance(now, each),
    )
    const found = filtered(all, Filters, {
      'instance-id': (each) => [each.InstanceId],
      'instance-state-name': (each) => [each.State?.Name],
      'vpc-id': (each) => [each.VpcId],
      'subnet-id': (each) => [each.SubnetId],
      'instance.group-id': (each) => each.SecurityGroups?.map((group) => group.GroupId),
      'network-interface.group-id': (each) => each.NetworkInterfaces?.flatMap((nic) => groupIds(nic)),
      'network-interface.network-interface-id': (each) => each.NetworkInterfaces?.map((nic) => nic.NetworkInterfaceId),
      ...tagValues((each) => each.Tags),
    })
    const Reservations = found.map((each) => ({
      ReservationId: each.InstanceId?.replace('i-', 'r-'),
      OwnerId: now.Account,
      Groups: [],
      Instances: [each],
    }))
    return copy({ Reservations })
  },

  'ec2:DescribeInstanceAttribute': async ({ InstanceId = '', Attribute }: DescribeInstanceAttributeCommandInput) => {
    const now = world()
    const shown = shownInstance(
      now,
      one(now.Instances, 'i', InstanceId, (each) => each.InstanceId),
    )
    const its = now.InstanceAttributes[InstanceId]
    switch (Attribute) {
      case 'disableApiTermination':
        return { InstanceId, DisableApiTermination: { Value: its?.DisableApiTermination ?? false } }
      case 'disableApiStop':
        return { InstanceId, DisableApiStop: { Value: its?.DisableApiStop ?? false } }
      case 'instanceInitiatedShutdownBehavior':
        return {
          InstanceId,
          InstanceInitiatedShutdownBehavior: { Value: its?.InstanceInitiatedShutdownBehavior ?? 'stop' },
        }
      case 'groupSet':
        return copy({ InstanceId, Groups: shown.SecurityGroups })
      default:
        return refuse('InvalidParameterValue', `The oracle doesn't know the attribute ${Attribute}`)
    }
  },

  'ec2:DescribeNetworkInterfaces': async (input: DescribeNetworkInterfacesCommandInput) => {
    const all = byIds(world().NetworkInterfaces, 'eni', input.NetworkInterfaceIds, (each) => each.NetworkInterfaceId)
    const NetworkInterfaces = filtered(all, input.Filters, {
      'network-interface-id': (each) => [each.NetworkInterfaceId],
      'addresses.private-ip-address': (each) => each.PrivateIpAddresses?.map((one) => one.PrivateIpAddress),
      'attachment.instance-id': (each) => [each.Attachment?.InstanceId],
      'attachment.attachment-id': (each) => [each.Attachment?.AttachmentId],
      'group-id': groupIds,
      'subnet-id': (each) => [each.SubnetId],
      'vpc-id': (each) => [each.VpcId],
      status: (each) => [each.Status],
      'requester-managed': (each) => [String(each.RequesterManaged ?? false)],
      ...tagValues((each) => each.TagSet),
    })
    return copy({ NetworkInterfaces })
  },

  'ec2:DescribeSecurityGroups': async ({ GroupIds, Filters }: DescribeSecurityGroupsCommandInput) => {
    const all = byIds(world().SecurityGroups, 'sg', GroupIds, (each) => each.GroupId)
    const SecurityGroups = filtered(all, Filters, {
      'group-id': (each) => [each.GroupId],
      'group-name': (each) => [each.GroupName],
      'vpc-id': (each) => [each.VpcId],
      'owner-id': (each) => [each.OwnerId],
      ...tagValues((each) => each.Tags),
    })
    return copy({ SecurityGroups })
  },

  'ec2:DescribeSecurityGroupRules': async (input: DescribeSecurityGroupRulesCommandInput) => {
    const now = world()
    const rows = now.SecurityGroups.flatMap((group) => ruleRows(now, group))
    const all = byIds(rows, 'sgr', input.SecurityGroupRuleIds, (each) => each.SecurityGroupRuleId)
    const SecurityGroupRules = filtered(all, input.Filters, {
      'group-id': (each) => [each.GroupId],
      'security-group-rule-id': (each) => [each.SecurityGroupRuleId],
      ...tagValues((each) => each.Tags),
    })
    return copy({ SecurityGroupRules })
  },

  'ec2:DescribeAddresses': async ({ AllocationIds, Filters }: DescribeAddressesCommandInput) => {
    const all = byIds(world().Addresses, 'eipalloc', AllocationIds, (each) => each.AllocationId)
    const Addresses = filtered(all, Filters, {
      'instance-id': (each) => [each.InstanceId],
      'network-interface-id': (each) => [each.NetworkInterfaceId],
      'allocation-id': (each) => [each.AllocationId],
      'association-id': (each) => [each.AssociationId],
      'public-ip': (each) => [each.PublicIp],
      ...tagValues((each) => each.Tags),
    })
    return copy({ Addresses })
  },

  'ec2:DescribeNetworkAcls': async ({ NetworkAclIds, Filters }: DescribeNetworkAclsCommandInput) => {
    const now = world()
    // EC2 says an association for every subnet, also for those that have the default ACL since they have no other.
    const shown = now.NetworkAcls.map((acl) => {
      const loose = now.Subnets.filter(
        ({ SubnetId, VpcId }) =>
          VpcId === acl.VpcId &&
          !now.NetworkAcls.some((each) => each.Associations?.some((link) => link.SubnetId === SubnetId)),
      )
      if (!acl.IsDefault) return acl
      const { NetworkAclId } = acl
      const more = loose.map(({ SubnetId }) => ({
        NetworkAclAssociationId: SubnetId?.replace('subnet-', 'aclassoc-'),
        NetworkAclId,
        SubnetId,
      }))
      return { ...acl, Associations: [...(acl.Associations ?? []), ...more] }
    })
    const NetworkAcls = filtered(
      byIds(shown, 'acl', NetworkAclIds, (each) => each.NetworkAclId),
      Filters,
      {
        'association.subnet-id': (each) => each.Associations?.map((link) => link.SubnetId),
        'vpc-id': (each) => [each.VpcId],
        default: (each) => [String(each.IsDefault ?? false)],
        ...tagValues((each) => each.Tags),
      },
    )
    return copy({ NetworkAcls })
  },

  // Here EC2 names only the subnets that are associated themselves: those of the main table aren't found by subnet.
  'ec2:DescribeRouteTables': async ({ RouteTableIds, Filters }: DescribeRouteTablesCommandInput) => {
    const all = byIds(world().RouteTables, 'rtb', RouteTableIds, (each) => each.RouteTableId)
    const RouteTables = filtered(all, Filters, {
      'association.subnet-id': (each) => each.Associations?.map((link) => link.SubnetId),
      'association.main': (each) => each.Associations?.map((link) => String(link.Main ?? false)),
      'vpc-id': (each) => [each.VpcId],
      ...tagValues((each) => each.Tags),
    })
    return copy({ RouteTables })
  },

  'ec2:DescribeSubnets': async ({ SubnetIds, Filters }: DescribeSubnetsCommandInput) => {
    const all = byIds(world().Subnets, 'subnet', SubnetIds, (each) => each.SubnetId)
    const Subnets = filtered(all, Filters, {
      'subnet-id': (each) => [each.SubnetId],
      'vpc-id': (each) => [each.VpcId],
      ...tagValues((each) => each.Tags),
    })
    return copy({ Subnets })
  },

  'ec2:DescribeVpcs': async ({ VpcIds, Filters }: DescribeVpcsCommandInput) => {
    const all = byIds(world().Vpcs, 'vpc', VpcIds, (each) => each.VpcId)
    const Vpcs = filtered(all, Filters, { 'vpc-id': (each) => [each.VpcId], ...tagValues((each) => each.Tags) })
    return copy({ Vpcs })
  },

  'ec2:DescribeVolumes': async ({ VolumeIds, Filters }: DescribeVolumesCommandInput) => {
    const all = byIds(world().Volumes, 'vol', VolumeIds, (each) => each.VolumeId)
    const Volumes = filtered(all, Filters, {
      'volume-id': (each) => [each.VolumeId],
      'attachment.instance-id': (each) => each.Attachments?.map((link) => link.InstanceId),
      'attachment.delete-on-termination': (each) => each.Attachments?.map((link) => String(link.DeleteOnTermination)),
      status: (each) => [each.State],
      ...tagValues((each) => each.Tags),
    })
    return copy({ Volumes })
  },
})

export type Reads = ReturnType<typeof readsOf>

function byIds<T>(
  all: readonly T[],
  prefix: string,
  ids: readonly string[] | undefined,
  of: (one: T) => string | undefined,
): readonly T[] {
  if (!ids || ids.length === 0) return all
  return [...new Set(ids)].map((each) => one(all, prefix, each, of))
}

const copy = <T>(answer: T): T => structuredClone(answer)
