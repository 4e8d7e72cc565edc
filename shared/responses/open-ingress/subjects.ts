import type { ApiCall, Signal } from '#shared/signal.ts'
import { type GroupRecord, readRecord } from './record.ts'
import type { GroupSubject } from './world.ts'

const CALLS = new Set(['AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules'])

/** Whether the call is one that can open a security group. */
export const isOurs = ({ source, name }: ApiCall): boolean => source === 'ec2.amazonaws.com' && CALLS.has(name)

/**
 * Where to look. A record that hides its group (a request over 100 KB is left out of CloudTrail) makes everything
 * suspect: then all groups are looked at.
 */
export function subjects(signal: Signal): readonly GroupSubject[] | 'all' {
  if (signal.kind === 'tick') return 'all'
  return isOurs(signal) ? subjectsOf(readRecord(signal)) : []
}

export function subjectsOf({ groupId, groupName, ruleIds }: GroupRecord): readonly GroupSubject[] | 'all' {
  if (groupId !== undefined) return [{ groupId }]
  if (groupName !== undefined) return [{ groupName }]
  return ruleIds.length > 0 ? ruleIds.map((ruleId) => ({ ruleId })) : 'all'
}
