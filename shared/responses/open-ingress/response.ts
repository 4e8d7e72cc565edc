import type { OpenIngress, UndescribedIngress } from '#shared/finding.ts'
import { normalCidr } from '#shared/kit/cidr.ts'
import { field, list, text } from '#shared/kit/loose.ts'
import { revokedIds } from '#shared/plan.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { Response } from '#shared/response.ts'
import type { ApiCall } from '#shared/signal.ts'
import { judge } from './judge.ts'
import { locate, observe, scan } from './observe.ts'
import { originsOf } from './origins.ts'
import { plan, rulesIn } from './plan.ts'
import { readRecord } from './record.ts'
import { isAboutRules, subjects } from './subjects.ts'
import { surroundings } from './surroundings.ts'
import { undescribed } from './undescribed.ts'
import { type GroupSubject, type GroupWorld, type IngressRule, normalText } from './world.ts'

const narrows = (policy: Policy): boolean => policy['open-ingress'].rules.some((rule) => rule.narrow)

/** A security group that lets the world in where the policy forbids it: the rules that do so are revoked, or narrowed. */
export const openIngress: Response<GroupSubject, GroupWorld, OpenIngress | UndescribedIngress> = {
  name: 'open-ingress',
  swept: 'SweepsCompleted',
  reads: [
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSecurityGroupRules',
    'ec2:DescribeSecurityGroupVpcAssociations',
    'ec2:GetManagedPrefixListEntries',
    'ec2:DescribeManagedPrefixLists',
    'ec2:DescribeNetworkInterfaces',
  ],
  powers: (policy) => [
    'ec2:RevokeSecurityGroupIngress',
    ...(narrows(policy) ? (['ec2:AuthorizeSecurityGroupIngress'] as const) : []),
  ],
  undoes: (policy) => [
    'ec2:AuthorizeSecurityGroupIngress',
    ...(narrows(policy) ? (['ec2:RevokeSecurityGroupIngress'] as const) : []),
  ],
  subjects,
  locate,
  observe,
  scan,
  judge: (world, policy, circumstances) => [
    ...judge(world, policy, circumstances),
    ...undescribed(world, policy, circumstances),
  ],
  plan,
  origins: originsOf,
  surroundings: ({ subject }, outside) => surroundings(subject, outside),
  unseen(signal, world, intents) {
    if (signal.kind !== 'api-call') return false
    if (signal.name === 'ModifyManagedPrefixList') return hidesEntries(signal, world)
    if (!isAboutRules(signal)) return false
    // A group that has just been made may not show yet either.
    if (world.group === null) return true
    const revoked = new Set(intents.flatMap(({ step }) => revokedIds(step.does)))
    const record = readRecord(signal)
    // A modification keeps the rule's id (and may be of an outbound rule): only the content tells an old read from a new one.
    if (record.directionUnknown) return record.rules.some((wanted) => isStale(wanted, world))
    return record.ruleIds.some((id) => !revoked.has(id) && !world.rules.some((rule) => rule.id === id))
  },
  isDone({ does }, world) {
    if (does.call === 'ec2:AuthorizeSecurityGroupIngress') {
      const there = new Set(world.rules.map(normalText))
      return rulesIn(does).every((rule) => there.has(normalText(rule)))
    }
    const ids = revokedIds(does)
    return !world.rules.some((rule) => rule.id !== undefined && ids.includes(rule.id))
  },
}

function isStale(wanted: IngressRule, world: GroupWorld): boolean {
  const there = world.rules.find((rule) => rule.id === wanted.id)
  if (there?.cidr === undefined || wanted.cidr === undefined) return false
  return normalText(there) !== normalText(wanted)
}

/** Whether the list was read as it was before the call that added to it. */
function hidesEntries({ name, request }: ApiCall, { lists = {} }: GroupWorld): boolean {
  const inner = field(request, `${name}Request`) ?? request
  const known = lists[text(field(inner, 'PrefixListId', 'prefixListId')) ?? '']
  if (!known) return false
  const added = list(field(inner, 'AddEntry', 'addEntry', 'addEntries')).flatMap(
    (one) => text(field(one, 'Cidr', 'cidr')) ?? [],
  )
  const there = new Set(known.map(normalCidr))
  return added.some((cidr) => !there.has(normalCidr(cidr)))
}
