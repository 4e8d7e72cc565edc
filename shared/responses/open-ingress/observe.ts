import type { SecurityGroupRule } from '@aws-sdk/client-ec2'
import { awsCode } from '#shared/fault.ts'
import type { Outside } from '#shared/response.ts'
import { groupOf, ruleOf, worldOf } from './from-ec2.ts'
import { entriesOf, listsOf, untilLater } from './prefix-lists.ts'
import type { GroupSubject, GroupWorld, IngressRule } from './world.ts'

/** EC2's limits: a page of 1,000, and 200 values of one filter. */
const PAGE = 1_000
const FILTER = 200
const GONE = new Set(['InvalidGroup.NotFound', 'InvalidGroupId.Malformed', 'InvalidSecurityGroupRuleId.NotFound'])

/**
 * What is there now: the group and its inbound rules, read side by side, then the prefix lists that they name. A group
 * that EC2 does not know has `group: null`. A read that fails throws: it is never taken for "nothing there".
 */
export async function observe(id: string, outside: Outside): Promise<GroupWorld> {
  const { reads } = outside
  const [group, rules, vpcs] = await Promise.all([
    orGone(reads['ec2:DescribeSecurityGroups']({ GroupIds: [id] })),
    rulesOf([id], reads),
    asksForVpcs(outside) ? orGone(associatedVpcs(id, reads)) : null,
  ])
  const found = group?.SecurityGroups?.[0]
  const own = rules.get(id) ?? []
  return {
    subject: id,
    group: found ? { ...groupOf(found), ...(vpcs?.length ? { vpcs } : {}) } : null,
    rules: own,
    lists: await listsOf(own, outside),
  }
}

/** Only an exemption that is bounded by VPCs turns on where else a group is in use. */
const asksForVpcs = ({ policy }: Outside): boolean => policy.exemptions.some((exemption) => exemption.vpcs)

async function associatedVpcs(id: string, reads: Outside['reads']): Promise<readonly string[]> {
  const page = await reads['ec2:DescribeSecurityGroupVpcAssociations']({
    Filters: [{ Name: 'group-id', Values: [id] }],
    MaxResults: PAGE,
  })
  const all = page.SecurityGroupVpcAssociations ?? []
  return all.flatMap(({ VpcId, State }) => (VpcId && State !== 'disassociated' ? [VpcId] : [])).sort()
}

/** The ids of the groups that are meant; null where nothing shows yet, which may be a read that lies behind. */
export async function locate(where: GroupSubject, outside: Outside): Promise<readonly string[] | null> {
  const { reads } = outside
  if ('groupId' in where) return [where.groupId]
  if ('prefixListId' in where) {
    // Read beside the groups that use it, so that looking at each of them need not.
    const [groups] = await Promise.all([usersOf(where.prefixListId, reads), changed(where, outside)])
    return groups
  }
  if ('ruleId' in where) {
    const found = await orGone(reads['ec2:DescribeSecurityGroupRules']({ SecurityGroupRuleIds: [where.ruleId] }))
    const id = found?.SecurityGroupRules?.[0]?.GroupId
    return id ? [id] : where.mayBeGone ? [] : null
  }
  // A name stands for a group of the default VPC.
  const found = await orGone(reads['ec2:DescribeSecurityGroups']({ GroupNames: [where.groupName] }))
  const id = found?.SecurityGroups?.[0]?.GroupId
  return id ? [id] : null
}

/** Reads what a list holds that has just been changed, once the change is in force. */
async function changed({ prefixListId, after }: { prefixListId: string; after?: number }, outside: Outside) {
  if (after !== undefined) await untilLater(prefixListId, after, outside)
  await entriesOf(prefixListId, outside, 'anew').catch(() => null)
}

/** The groups with an inbound rule that names the prefix list. */
async function usersOf(prefixList: string, reads: Outside['reads']): Promise<readonly string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await reads['ec2:DescribeSecurityGroups']({
      Filters: [{ Name: 'ip-permission.prefix-list-id', Values: [prefixList] }],
      MaxResults: PAGE,
      ...(cursor ? { NextToken: cursor } : {}),
    })
    ids.push(...(page.SecurityGroups ?? []).flatMap((group) => group.GroupId ?? []))
    cursor = page.NextToken || undefined
  } while (cursor)
  return ids
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
export async function* scan(
  outside: Outside,
  worth: (world: GroupWorld) => boolean,
  from?: string,
): AsyncGenerator<Page> {
  let cursor = from
  do {
    const page = await outside.reads['ec2:DescribeSecurityGroups']({
      MaxResults: PAGE,
      ...(cursor ? { NextToken: cursor } : {}),
    })
    const groups = (page.SecurityGroups ?? []).map(worldOf)
    const lists = await listsOf(
      groups.flatMap((world) => world.rules),
      outside,
    )
    const picked = groups.map((world) => ({ ...world, lists })).filter(worth)
    const worlds: GroupWorld[] = []
    for (let i = 0; i < picked.length; i += FILTER)
      worlds.push(...(await withIds(picked.slice(i, i + FILTER), outside)))
    cursor = page.NextToken || undefined
    yield { worlds, seen: groups.length, cursor }
  } while (cursor)
}

/** The same groups as `observe` would show them. */
async function withIds(some: readonly GroupWorld[], outside: Outside): Promise<readonly GroupWorld[]> {
  const ids = some.map((world) => world.subject)
  const rules = await rulesOf(ids, outside.reads)
  const vpcs = asksForVpcs(outside)
    ? new Map(await Promise.all(ids.map(async (id) => [id, await associatedVpcs(id, outside.reads)] as const)))
    : null
  return some.map(({ subject, group, lists }) => {
    const own = rules.get(subject) ?? []
    const named = new Set(own.flatMap((rule) => rule.prefixList ?? []))
    const others = vpcs?.get(subject)
    return {
      subject,
      group: group && { ...group, ...(others?.length ? { vpcs: others } : {}) },
      rules: own,
      lists: Object.fromEntries(Object.entries(lists ?? {}).filter(([id]) => named.has(id))),
    }
  })
}

/** The inbound rules of the groups, by group. */
async function rulesOf(
  groupIds: readonly string[],
  reads: Outside['reads'],
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

async function orGone<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (GONE.has(awsCode(error))) return null
    throw error
  }
}
