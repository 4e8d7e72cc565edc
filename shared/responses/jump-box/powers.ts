import type { Mutations } from '#shared/mutations/table.ts'
import type { Policy } from '#shared/policy/schema.ts'

/** The calls that opening, keeping and ending boxes may take under this policy: without a zone, none. */
export function powers(policy: Policy): readonly (keyof Mutations)[] {
  const { zones } = policy['jump-boxes']
  if (zones.length === 0) return []
  return [
    'ec2:CreateSecurityGroup',
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupIngress',
    'ec2:RevokeSecurityGroupEgress',
    'ec2:UpdateSecurityGroupRuleDescriptionsIngress',
    'ec2:RunInstances',
    'ec2:CreateTags',
    'ec2:TerminateInstances',
    'ec2:DeleteSecurityGroup',
    'scheduler:CreateSchedule',
    'scheduler:UpdateSchedule',
    'scheduler:DeleteSchedule',
    ...(zones.some(({ dns }) => dns) ? (['route53:ChangeResourceRecordSets'] as const) : []),
  ]
}
