import { field, list, text, whole } from '#shared/kit/loose.ts'
import type { ApiCall, Signal } from '#shared/signal.ts'
import { type GroupRecord, readRecord } from './record.ts'
import type { GroupSubject } from './world.ts'

/** Calls that say what an inbound rule is. */
const RULES = new Set(['AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules'])
/** Calls that name groups, whose rules let in more, or matter more, than before. */
const GROUPS = new Set([
  'AssociateSecurityGroupVpc',
  'UpdateSecurityGroupRuleDescriptionsIngress',
  'CreateNetworkInterface',
  'ModifyNetworkInterfaceAttribute',
  'ModifyInstanceAttribute',
  'RunInstances',
])
const LISTS = new Set(['ModifyManagedPrefixList', 'RestoreManagedPrefixListVersion'])
/** A tag may have named an exemption. */
const TAGS = new Set(['CreateTags', 'DeleteTags'])

/** The calls that can open a door, or end what spared one. The function's event pattern is made of these. */
export const CALLS: readonly string[] = [...RULES, ...LISTS, ...GROUPS, ...TAGS]

const isEc2 = ({ source }: ApiCall): boolean => source === 'ec2.amazonaws.com'

/** Whether the call says what inbound rules a group has. */
export const isAboutRules = (call: ApiCall): boolean => isEc2(call) && RULES.has(call.name)

/**
 * Where to look. A record that hides its group (a request over 100 KB is left out of CloudTrail) makes everything
 * suspect: then all groups are looked at.
 */
export function subjects(signal: Signal): readonly GroupSubject[] | 'all' {
  if (signal.kind === 'tick') return 'all'
  if (signal.kind === 'config-change') return changed(signal.resourceType, signal.resourceId)
  if (signal.kind !== 'api-call' || !isEc2(signal)) return []
  const { name, request, response } = signal
  if (RULES.has(name)) return subjectsOf(readRecord(signal))
  const omitted = field(request, 'omitted') !== undefined
  if (LISTS.has(name)) return prefixListOf(name, request) ?? (omitted ? 'all' : [])
  if (GROUPS.has(name)) return groupsIn(request, response).map((groupId) => ({ groupId }))
  if (TAGS.has(name)) return omitted ? 'all' : taggedIn(request)
  return []
}

export function subjectsOf({ groupId, groupName, ruleIds }: GroupRecord): readonly GroupSubject[] | 'all' {
  if (groupId !== undefined) return [{ groupId }]
  if (groupName !== undefined) return [{ groupName }]
  return ruleIds.length > 0 ? ruleIds.map((ruleId) => ({ ruleId })) : 'all'
}

function changed(resourceType: string, resourceId: string): readonly GroupSubject[] {
  if (resourceType === 'AWS::EC2::SecurityGroup') return [{ groupId: resourceId }]
  return resourceType === 'AWS::EC2::PrefixList' ? [{ prefixListId: resourceId }] : []
}

/** The request of a call as it is, or wrapped into its own name, as EC2's newer calls are recorded. */
const inner = (name: string, request: unknown): unknown => field(request, `${name}Request`) ?? request

function prefixListOf(name: string, request: unknown): readonly GroupSubject[] | undefined {
  const asked = inner(name, request)
  const id = text(field(asked, 'PrefixListId', 'prefixListId'))
  // What a modification adds, its record shows; what a restored version holds, only the list itself.
  const after = name.startsWith('Restore') ? whole(field(asked, 'CurrentVersion', 'currentVersion')) : undefined
  return id === undefined ? undefined : [{ prefixListId: id, ...(after === undefined ? {} : { after }) }]
}

/**
 * Every id of a group in one of these calls: flat, in a set, or of each network interface. A launch by a template or by Auto
 * Scaling, and an interface that gets its VPC's default group, name them in the answer alone.
 */
function groupsIn(request: unknown, response: unknown): readonly string[] {
  const here = (value: unknown): string[] => [
    ...[text(field(value, 'groupId', 'GroupId'))].flatMap((id) => id ?? []),
    ...list(field(value, 'groupSet')).flatMap((one) => text(field(one, 'groupId')) ?? []),
  ]
  const wrapped = ['AssociateSecurityGroupVpcRequest', 'UpdateSecurityGroupRuleDescriptionsIngressRequest']
  const launched = list(field(response, 'instancesSet'))
  const values = [
    request,
    ...wrapped.map((name) => field(request, name)),
    ...[request, ...launched].flatMap((one) => list(field(one, 'networkInterfaceSet'))),
    ...launched,
    field(response, 'networkInterface'),
  ]
  return [...new Set(values.flatMap(here))].filter((id) => id.startsWith('sg-'))
}

function taggedIn(request: unknown): readonly GroupSubject[] {
  const ids = list(field(request, 'resourcesSet')).flatMap((one) => text(field(one, 'resourceId')) ?? [])
  return ids.flatMap((id): GroupSubject[] => {
    if (id.startsWith('sg-')) return [{ groupId: id }]
    // It may have been a rule's last tag.
    return id.startsWith('sgr-') ? [{ ruleId: id, mayBeGone: true }] : []
  })
}
