import type { OpenIngress } from '#shared/finding.ts'
import { normalCidr } from '#shared/kit/cidr.ts'
import type { Response } from '#shared/response.ts'
import { judge } from './judge.ts'
import { observe, scan } from './observe.ts'
import { plan } from './plan.ts'
import { readRecord } from './record.ts'
import { subjects } from './subjects.ts'
import { type GroupSubject, type GroupWorld, type IngressRule, permissionText } from './world.ts'

/** A security group that lets the world in where the policy forbids it: the rules that do so are revoked. */
export const openIngress: Response<GroupSubject, GroupWorld, OpenIngress> = {
  name: 'open-ingress',
  reads: ['ec2:DescribeSecurityGroups', 'ec2:DescribeSecurityGroupRules'],
  powers: ['ec2:RevokeSecurityGroupIngress'],
  undoes: ['ec2:AuthorizeSecurityGroupIngress'],
  subjects,
  keyOf: (subject) => ('groupId' in subject ? subject.groupId : undefined),
  subjectOf: (groupId) => ({ groupId }),
  observe,
  scan,
  judge,
  plan,
  unseen(signal, world, intents) {
    if (signal.kind !== 'api-call') return false
    // A group that has just been made may not show yet either.
    if (world.group === null) return true
    const revoked = new Set(intents.flatMap(({ step }) => revokedIds(step)))
    const record = readRecord(signal)
    // A modification keeps the rule's id (and may be of an outbound rule): only the content tells an old read from a new one.
    if (record.directionUnknown) return record.rules.some((wanted) => isStale(wanted, world))
    return record.ruleIds.some((id) => !revoked.has(id) && !world.rules.some((rule) => rule.id === id))
  },
  isDone(step, world) {
    const ids = revokedIds(step)
    return !world.rules.some((rule) => rule.id !== undefined && ids.includes(rule.id))
  },
}

const revokedIds = ({ does }: { does: { call: string; input: object } }): readonly string[] =>
  'SecurityGroupRuleIds' in does.input ? ((does.input.SecurityGroupRuleIds as string[] | undefined) ?? []) : []

function isStale(wanted: IngressRule, world: GroupWorld): boolean {
  const there = world.rules.find((rule) => rule.id === wanted.id)
  if (there?.cidr === undefined || wanted.cidr === undefined) return false
  return (
    permissionText({ ...there, cidr: normalCidr(there.cidr) }) !==
    permissionText({ ...wanted, cidr: normalCidr(wanted.cidr) })
  )
}
