import type { SecurityGroup as Ec2Group, IpPermission, SecurityGroupRule, Tag } from '@aws-sdk/client-ec2'
import { protocolName } from '#shared/kit/ports.ts'
import type { GroupWorld, IngressRule, SecurityGroup } from './world.ts'

/** EC2's answers in our words. */

export function groupOf(group: Ec2Group): SecurityGroup {
  return {
    id: group.GroupId ?? '',
    tags: tagsOf(group.Tags),
    ...(group.GroupName ? { name: group.GroupName } : {}),
    ...(group.VpcId ? { vpc: group.VpcId } : {}),
    ...(group.OwnerId ? { owner: group.OwnerId } : {}),
  }
}

export function ruleOf(rule: SecurityGroupRule): IngressRule {
  const cidr = rule.CidrIpv4 ?? rule.CidrIpv6
  return {
    ...(rule.SecurityGroupRuleId ? { id: rule.SecurityGroupRuleId } : {}),
    protocol: protocolName(rule.IpProtocol ?? '-1'),
    from: rule.FromPort ?? -1,
    to: rule.ToPort ?? -1,
    ...(cidr ? { cidr } : {}),
    ...(rule.PrefixListId ? { prefixList: rule.PrefixListId } : {}),
    ...(rule.ReferencedGroupInfo?.GroupId ? { group: rule.ReferencedGroupInfo.GroupId } : {}),
    ...(rule.Description ? { description: rule.Description } : {}),
    ...(rule.Tags?.length ? { tags: tagsOf(rule.Tags) } : {}),
  }
}

/** A group as a page of groups shows it: with its rules, but without their ids. */
export const worldOf = (group: Ec2Group): GroupWorld => ({
  subject: group.GroupId ?? '',
  group: groupOf(group),
  rules: (group.IpPermissions ?? []).flatMap(permissionRules),
})

function permissionRules(permission: IpPermission): IngressRule[] {
  const range = {
    protocol: protocolName(permission.IpProtocol ?? '-1'),
    from: permission.FromPort ?? -1,
    to: permission.ToPort ?? -1,
  }
  const said = (description: string | undefined) => (description ? { description } : {})
  const rule = (cidr: string | undefined, description: string | undefined): IngressRule[] =>
    cidr ? [{ ...range, cidr, ...said(description) }] : []
  return [
    ...(permission.IpRanges ?? []).flatMap((from) => rule(from.CidrIp, from.Description)),
    ...(permission.Ipv6Ranges ?? []).flatMap((from) => rule(from.CidrIpv6, from.Description)),
    ...(permission.PrefixListIds ?? []).flatMap(({ PrefixListId, Description }) =>
      PrefixListId ? [{ ...range, prefixList: PrefixListId, ...said(Description) }] : [],
    ),
  ]
}

const tagsOf = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']))
