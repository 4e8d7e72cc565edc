import { createHash } from 'node:crypto'
import type { IpPermission, NetworkInterface, SecurityGroup, SecurityGroupRule } from '@aws-sdk/client-ec2'
import { ICMP, ICMPV6, protocolName, protocolNumber, TCP, UDP } from './protocol.ts'
import { canonicalCidr } from './space.ts'
import { groupIds, must, type World } from './world.ts'

/** What makes a rule that rule: EC2 refuses a second one with the same, whatever its description. */
export function ruleKey(rule: SecurityGroupRule): string {
  const { GroupId, IsEgress, IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo } =
    rule
  const peer = CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? ReferencedGroupInfo?.GroupId
  return [GroupId, IsEgress ? 'out' : 'in', IpProtocol, FromPort, ToPort, peer].join(' ')
}

const known = new WeakMap<World, Map<string, readonly SecurityGroupRule[]>>()

/** All rules of a group, one a row, as `DescribeSecurityGroupRules` has them. */
export function ruleRows(world: World, group: SecurityGroup): readonly SecurityGroupRule[] {
  const rows = known.get(world) ?? new Map<string, readonly SecurityGroupRule[]>()
  known.set(world, rows)
  const seen = rows.get(group.GroupId ?? '')
  if (seen) return seen
  const made = [
    ...bareRows(group, group.IpPermissions, false),
    ...bareRows(group, group.IpPermissionsEgress, true),
  ].map((row) => {
    const key = ruleKey(row)
    const facts = world.Rules[key]
    const SecurityGroupRuleId = facts?.Id ?? `sgr-${createHash('sha256').update(key).digest('hex').slice(0, 17)}`
    return { SecurityGroupRuleId, ...row, Tags: [...(facts?.Tags ?? [])] }
  })
  rows.set(group.GroupId ?? '', made)
  return made
}

/** The rows that permissions say, without an id yet, protocols and CIDRs in EC2's own form. */
export const bareRows = (
  group: SecurityGroup,
  permissions: readonly IpPermission[] | undefined,
  IsEgress: boolean,
): readonly SecurityGroupRule[] =>
  (permissions ?? []).flatMap((permission) => {
    const protocol = protocolNumber(permission.IpProtocol)
    const ported = [TCP, UDP, ICMP, ICMPV6].includes(protocol)
    const common = {
      GroupId: group.GroupId,
      GroupOwnerId: group.OwnerId,
      IsEgress,
      IpProtocol: protocolName(protocol),
      FromPort: ported ? (permission.FromPort ?? -1) : -1,
      ToPort: ported ? (permission.ToPort ?? -1) : -1,
    }
    const said = (one: { readonly Description?: string | undefined }) =>
      one.Description ? { Description: one.Description } : {}
    return [
      ...(permission.IpRanges ?? []).map((one) => ({
        ...common,
        CidrIpv4: canonicalCidr(one.CidrIp ?? ''),
        ...said(one),
      })),
      ...(permission.Ipv6Ranges ?? []).map((one) => ({
        ...common,
        CidrIpv6: canonicalCidr(one.CidrIpv6 ?? ''),
        ...said(one),
      })),
      ...(permission.PrefixListIds ?? []).map((one) => ({ ...common, PrefixListId: one.PrefixListId, ...said(one) })),
      ...(permission.UserIdGroupPairs ?? []).map(({ Description, GroupName: _, ...pair }) => ({
        ...common,
        ReferencedGroupInfo: pair,
        ...said({ Description }),
      })),
    ]
  })

/** The same rows as a group's `IpPermissions`: one for each protocol and range, with all its peers. */
export function permissionsOf(rows: readonly SecurityGroupRule[]): IpPermission[] {
  const by = Object.groupBy(rows, (row) => `${row.IpProtocol} ${row.FromPort} ${row.ToPort}`)
  return Object.values(by).map((same = []) => {
    const first = same[0]
    const said = (row: SecurityGroupRule) => (row.Description ? { Description: row.Description } : {})
    // "-1" has no range in this shape, and neither has a protocol that is only a number.
    const ported = [TCP, UDP, ICMP, ICMPV6].includes(protocolNumber(first?.IpProtocol))
    return {
      IpProtocol: first?.IpProtocol,
      ...(ported ? { FromPort: first?.FromPort, ToPort: first?.ToPort } : {}),
      IpRanges: same.flatMap((row) => (row.CidrIpv4 ? [{ CidrIp: row.CidrIpv4, ...said(row) }] : [])),
      Ipv6Ranges: same.flatMap((row) => (row.CidrIpv6 ? [{ CidrIpv6: row.CidrIpv6, ...said(row) }] : [])),
      PrefixListIds: same.flatMap((row) =>
        row.PrefixListId ? [{ PrefixListId: row.PrefixListId, ...said(row) }] : [],
      ),
      UserIdGroupPairs: same.flatMap((row) =>
        row.ReferencedGroupInfo ? [{ ...row.ReferencedGroupInfo, ...said(row) }] : [],
      ),
    }
  })
}

/** The group with these rules instead of its own. */
export const withRows = (group: SecurityGroup, rows: readonly SecurityGroupRule[]): SecurityGroup => ({
  ...group,
  IpPermissions: permissionsOf(rows.filter((row) => !row.IsEgress)),
  IpPermissionsEgress: permissionsOf(rows.filter((row) => row.IsEgress)),
})

/**
 * The rules of all groups of an interface are one set, and there are only rules that allow
 * (https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html).
 */
export const rulesOn = (world: World, nic: NetworkInterface): readonly SecurityGroupRule[] =>
  groupIds(nic).flatMap((id) =>
    ruleRows(
      world,
      must(
        world.SecurityGroups.find((group) => group.GroupId === id),
        id,
      ),
    ),
  )
