import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type {
  Address as Ec2Address,
  Instance,
  IpPermission,
  NetworkInterface,
  SecurityGroup,
} from '@aws-sdk/client-ec2'
import { normalCidr } from '#shared/kit/cidr.ts'
import {
  type Address,
  GROUP_TAG,
  type Host,
  type Interface,
  type QuarantineGroup,
  type Reach,
  type Scaling,
} from './world.ts'

/** AWS's answers in our words. */

type Tagged = { readonly Key?: string | undefined; readonly Value?: string | undefined }
const tagsOf = (tags: readonly Tagged[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))

export const hostOf = (one: Instance, owner: string): Omit<Host, 'interfaces'> => ({
  state: one.State?.Name ?? 'unknown',
  launchedAt: (one.LaunchTime ?? new Date(0)).toISOString(),
  owner,
  vpc: one.VpcId ?? '',
  subnet: one.SubnetId ?? '',
  zone: one.Placement?.AvailabilityZone ?? '',
  image: one.ImageId ?? '',
  isSpot: one.InstanceLifecycle === 'spot',
  tags: tagsOf(one.Tags),
  volumes: (one.BlockDeviceMappings ?? []).flatMap(({ DeviceName = '', Ebs }) =>
    Ebs?.VolumeId ? [{ device: DeviceName, id: Ebs.VolumeId, ends: Ebs.DeleteOnTermination === true }] : [],
  ),
})

export function interfaceOf(one: NetworkInterface): Interface {
  const idle = (one as { ConnectionTrackingConfiguration?: { TcpEstablishedTimeout?: number } })
    .ConnectionTrackingConfiguration
  return {
    id: one.NetworkInterfaceId ?? '',
    vpc: one.VpcId ?? '',
    subnet: one.SubnetId ?? '',
    groups: (one.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []).sort(),
    owner: one.OwnerId ?? '',
    ...(one.RequesterManaged ? { requester: one.RequesterId ?? 'an AWS service' } : {}),
    ...(one.Attachment?.AttachmentId ? { attachment: one.Attachment.AttachmentId } : {}),
    isPrimary: one.Attachment?.DeviceIndex === 0,
    ips: [
      ...(one.PrivateIpAddresses ?? []).flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []),
      ...(one.Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
    ],
    ...(one.Association?.PublicIp ? { publicIp: one.Association.PublicIp } : {}),
    ...(idle?.TcpEstablishedTimeout ? { idle: idle.TcpEstablishedTimeout } : {}),
  }
}

export const groupOf = (one: SecurityGroup): QuarantineGroup => ({
  id: one.GroupId ?? '',
  name: one.GroupName ?? '',
  vpc: one.VpcId ?? '',
  reach: reachOf(tagsOf(one.Tags)[GROUP_TAG]),
  rules: [
    ...(one.IpPermissions ?? []).flatMap((rule) => ruleTexts('in', rule)),
    ...(one.IpPermissionsEgress ?? []).flatMap((rule) => ruleTexts('out', rule)),
  ].sort(),
})

/** Any other value is no group that hosts are put into: it is looked at as one that reaches nothing. */
const reachOf = (value: string | undefined): Reach => (value === 'vpc' || value === 'all' ? value : 'none')

/** Each source of a permission is a rule: `in tcp/22-22 10.0.0.0/8`. */
function ruleTexts(direction: 'in' | 'out', rule: IpPermission): string[] {
  const ports = rule.IpProtocol === '-1' ? '-1' : `${rule.IpProtocol}/${rule.FromPort ?? -1}-${rule.ToPort ?? -1}`
  const peers = [
    ...(rule.IpRanges ?? []).map(({ CidrIp }) => CidrIp && normalCidr(CidrIp)),
    ...(rule.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6 && normalCidr(CidrIpv6)),
    ...(rule.PrefixListIds ?? []).map(({ PrefixListId }) => PrefixListId),
    ...(rule.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId),
  ]
  // A permission without a source lets nothing through, but there is none such on EC2: better said than passed over.
  return (peers.length > 0 ? peers : ['?']).map((peer) => `${direction} ${ports} ${peer}`)
}

export const addressesOf = (all: readonly Ec2Address[]): readonly Address[] =>
  all.flatMap((one) =>
    one.AllocationId && one.AssociationId
      ? [
          {
            allocation: one.AllocationId,
            association: one.AssociationId,
            interface: one.NetworkInterfaceId ?? '',
            privateIp: one.PrivateIpAddress ?? '',
            publicIp: one.PublicIp ?? '',
          },
        ]
      : [],
  )

export function scalingOf(id: string, groups: readonly AutoScalingGroup[]): Scaling | null {
  const group = groups.find((one) => one.Instances?.some(({ InstanceId }) => InstanceId === id))
  const members = group?.Instances ?? []
  const own = members.find(({ InstanceId }) => InstanceId === id)
  if (!group || !own) return null
  return {
    group: group.AutoScalingGroupName ?? '',
    state: own.LifecycleState ?? '',
    desired: group.DesiredCapacity ?? 0,
    least: group.MinSize ?? 0,
    most: group.MaxSize ?? 0,
    size: members.length,
    away: members.filter(({ LifecycleState = '' }) => LifecycleState.includes('Standby')).length,
  }
}
