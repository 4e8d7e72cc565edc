import type { Mutations } from '#shared/mutations/table.ts'
import type { HostRule, Policy } from '#shared/policy/schema.ts'

type Power = keyof Mutations

/** The calls that containing a host may take under this policy: a measure that no rule chooses is no right. */
export function powers(policy: Policy): readonly Power[] {
  const { rules } = policy['suspicious-hosts']
  const armed = rules.filter((rule) => rule.mode !== 'watch')
  if (armed.length === 0) return []
  const some = (wants: (rule: HostRule) => boolean, ...calls: readonly Power[]) => (armed.some(wants) ? calls : [])
  return [
    'ec2:CreateSecurityGroup',
    'ec2:RevokeSecurityGroupEgress',
    'ec2:ModifyNetworkInterfaceAttribute',
    'ec2:ModifyInstanceAttribute',
    'ec2:CreateTags',
    ...some(
      (rule) => rule.reach === 'vpc' || rule.untrack,
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2:AuthorizeSecurityGroupEgress',
    ),
    ...some((rule) => rule.scaling === 'standby', 'autoscaling:EnterStandby'),
    ...some((rule) => rule.scaling === 'detach', 'autoscaling:DetachInstances'),
    ...some((rule) => rule.targets === 'deregister', 'elasticloadbalancing:DeregisterTargets'),
    ...some((rule) => rule.addresses === 'detach', 'ec2:DisassociateAddress'),
    ...some((rule) => rule.contain !== 'network-only', 'iam:PutRolePolicy', 'ec2:DisassociateIamInstanceProfile'),
    ...some((rule) => rule.contain === 'stop', 'ec2:StopInstances'),
    ...some((rule) => rule.also.run !== undefined, 'ssm:SendCommand'),
  ]
}

/** The calls that putting all of it back takes. */
export function releasePowers(policy: Policy): readonly Power[] {
  const { rules } = policy['suspicious-hosts']
  const armed = rules.filter((rule) => rule.mode !== 'watch')
  if (armed.length === 0) return []
  const some = (wants: (rule: HostRule) => boolean, ...calls: readonly Power[]) => (armed.some(wants) ? calls : [])
  return [
    'ec2:ModifyNetworkInterfaceAttribute',
    'ec2:ModifyInstanceAttribute',
    'ec2:DeleteTags',
    'ec2:CreateTags',
    ...some((rule) => rule.scaling === 'standby', 'autoscaling:ExitStandby'),
    ...some((rule) => rule.scaling === 'detach', 'autoscaling:AttachInstances'),
    ...some((rule) => rule.targets === 'deregister', 'elasticloadbalancing:RegisterTargets'),
    ...some((rule) => rule.addresses === 'detach', 'ec2:AssociateAddress'),
    ...some((rule) => rule.contain !== 'network-only', 'iam:DeleteRolePolicy', 'ec2:AssociateIamInstanceProfile'),
    ...some((rule) => rule.contain === 'stop', 'ec2:StartInstances'),
  ]
}
