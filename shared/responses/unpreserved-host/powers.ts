import type { Mutations } from '#shared/mutations/table.ts'
import type { Policy } from '#shared/policy/schema.ts'

/** The calls that keeping evidence may take under this policy: what no rule wants is no right. */
export function powers(policy: Policy): readonly (keyof Mutations)[] {
  const { rules, evidence } = policy['suspicious-hosts']
  const armed = rules.some(({ mode, preserve = mode }) => preserve === 'act' || preserve === 'ask')
  if (!armed) return []
  return [
    's3:PutObject',
    'ec2:CreateSnapshots',
    ...(evidence.copy ? (['ec2:CopySnapshot'] as const) : []),
    ...(evidence.copy?.account ? (['ec2:ModifySnapshotAttribute'] as const) : []),
    ...(evidence.lock ? (['ec2:LockSnapshot'] as const) : []),
  ]
}
