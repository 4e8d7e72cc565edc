import type { SecurityGroup as Ec2Group, IpPermission, SecurityGroupRule, Tag } from '@aws-sdk/client-ec2'
import type { Reads } from '#shared/aws/ec2.ts'
import { awsCode } from '#shared/fault.ts'
import { protocolName } from '#shared/kit/ports.ts'
import type { GroupSubject, GroupWorld, IngressRule, SecurityGroup } from './world.ts'

/** EC2's limits: a page of 1,000, and 200 values of one filter. */
const PAGE = 1_000
const FILTER = 200
const GONE = new Set(['InvalidGroup.NotFound', 'InvalidGroupId.Malformed', 'InvalidSecurityGroupRuleId.NotFound'])

/**
 * What is there now: the group and its inbound rules, read side by side. A group that EC2 does not know has `group: null`.
 * A read that fails throws: it is never taken for "nothing there".
 */
export async function observe(subject: GroupSubject, reads: Reads): Promise<GroupWorld> {
  const id = 'groupId' in subject ? subject.groupId : await resolve(subject, reads)
  if (id === null) return { subject: '', group: null, rules: [] }
  const [group, rules] = await Promise.all([
    orGone(reads['ec2:DescribeSecurityGroups']({ GroupIds: [id] })),
    rulesOf([id], reads),
  ])
  const found = group?.SecurityGroups?.[0]
  return { subject: id, group: found ? groupOf(found) : null, rules: rules.get(id) ?? [] }
}

/** One page of a scan: the groups that are worth a closer look, and where to go on. */
export interface Page {
  readonly worlds: readonly GroupWorld[]
  readonly seen: number
  readonly cursor: string | undefined
}

/**
 * Looks through all groups of the region, a page at a time. A page tells all that judging needs but the rules' ids, so
 * only the rules of groups that `worth` picks are read.
 */
export async function* scan(reads: Reads, worth: (world: GroupWorld) => boolean, from?: string): AsyncGenerator<Page> {
  let cursor = from
  do {
    const page = await reads['ec2:DescribeSecurityGroups']({
      MaxResults: PAGE,
      ...(cursor ? { NextToken: cursor } : {}),
    })
    const groups = page.SecurityGroups ?? []
    const picked = groups.map(worldOf).filter(worth)
    const worlds: GroupWorld[] = []
    for (let i = 0; i < picked.length; i += FILTER) {
      const some = picked.slice(i, i + FILTER)
      const rules = await rulesOf(
        some.map((world) => world.subject),
        reads,
      )
      worlds.push(...some.map((world) => ({ ...world, rules: rules.get(world.subject) ?? [] })))
    }
    cursor = page.NextToken || undefined
    yield { worlds, seen: groups.length, cursor }
  } while (cursor)
}

/** The inbound rules of the groups, by group. */
async function rulesOf(
  groupIds: readonly string[],
  reads: Reads,
): Promise<ReadonlyMap<string, readonly IngressRule[]>> {
  const rules: SecurityGroupRule[] = []
  let cursor: string | undefined
  do {
    const page = await reads['ec2:DescribeSecurityGroupRules']({
      Filters: [{ Name: 'group-id', Values: [...groupIds] }],
      MaxResults: PAGE,
      ...(cursor ? { NextToken: cursor } : {}),
    })
    rules.push(...(page.SecurityGroupRules ?? []))
    cursor = page.NextToken || undefined
  } while (cursor)
  const inbound = rules.filter((rule) => rule.IsEgress !== true)
  return new Map([...Map.groupBy(inbound, (rule) => rule.GroupId ?? '')].map(([id, own]) => [id, own.map(ruleOf)]))
}

/** The group behind a rule's id, or behind a name (which stands for a group of the default VPC). */
async function resolve(subject: { ruleId: string } | { groupName: string }, reads: Reads): Promise<string | null> {
  if ('ruleId' in subject) {
    const found = await orGone(reads['ec2:DescribeSecurityGroupRules']({ SecurityGroupRuleIds: [subject.ruleId] }))
    return found?.SecurityGroupRules?.[0]?.GroupId ?? null
  }
  const found = await orGone(reads['ec2:DescribeSecurityGroups']({ GroupNames: [subject.groupName] }))
  return found?.SecurityGroups?.[0]?.GroupId ?? null
}

async function orGone<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (GONE.has(awsCode(error))) return null
    throw error
  }
}

function groupOf(group: Ec2Group): SecurityGroup {
  return {
    id: group.GroupId ?? '',
    tags: tagsOf(group.Tags),
    ...(group.GroupName ? { name: group.GroupName } : {}),
    ...(group.VpcId ? { vpc: group.VpcId } : {}),
    ...(group.OwnerId ? { owner: group.OwnerId } : {}),
  }
}

function ruleOf(rule: SecurityGroupRule): IngressRule {
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

const worldOf = (group: Ec2Group): GroupWorld => ({
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
  const rule = (cidr: string | undefined, description: string | undefined): IngressRule[] =>
    cidr ? [{ ...range, cidr, ...(description ? { description } : {}) }] : []
  return [
    ...(permission.IpRanges ?? []).flatMap((from) => rule(from.CidrIp, from.Description)),
    ...(permission.Ipv6Ranges ?? []).flatMap((from) => rule(from.CidrIpv6, from.Description)),
  ]
}

const tagsOf = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']))
