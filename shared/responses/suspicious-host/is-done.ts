import type { Step } from '#shared/plan.ts'
import { isAway } from './accused.ts'
import { isClean } from './quarantine-groups.ts'
import { type HostWorld, isGone, isOff } from './world.ts'

/** Whether the world is as the step would leave it. What has not been read is not known to be so. */
export function isDone({ does, of = '' }: Step, world: HostWorld): boolean {
  const { host, groups, blocks } = world
  // The group that lets everything through is on the way, never the end of it.
  const isSealed = (id: string) => groups.some((one) => one.id === id && one.reach !== 'all' && isClean(one, blocks))
  switch (does.call) {
    case 'ec2:CreateSecurityGroup':
      return groups.some((one) => one.name === does.input.GroupName && one.vpc === does.input.VpcId)
    case 'ec2:RevokeSecurityGroupEgress':
    case 'ec2:AuthorizeSecurityGroupIngress':
    case 'ec2:AuthorizeSecurityGroupEgress': {
      // `sg-1 out -1 ::/0`, or `vpc-1/none out -1 ::/0` where the group was made in the same plan.
      const [whose = '', rule = ''] = [of.slice(0, of.indexOf(' ')), of.slice(of.indexOf(' ') + 1)]
      const own = groups.filter((one) => one.id === whose || `${one.vpc}/${one.reach}` === whose)
      const wants = does.call !== 'ec2:RevokeSecurityGroupEgress'
      return own.some((one) => one.rules.includes(rule) === wants)
    }
  }
  if (host === undefined) return false
  if (isGone(host) || host === null) return true
  switch (does.call) {
    case 'ec2:ModifyNetworkInterfaceAttribute': {
      const one = host.interfaces.find(({ id }) => id === does.input.NetworkInterfaceId)
      if (!one) return true
      const [wanted] = does.input.Groups ?? []
      // A group that was made in the same plan has no id in it; that it is one of ours, and clean, is what counts.
      const known = typeof wanted === 'string' ? one.groups[0] === wanted : isSealed(one.groups[0] ?? '')
      // A step on the way (the group that lets everything through) is over once the next one is taken.
      return one.groups.length === 1 && (known || isSealed(one.groups[0] ?? ''))
    }
    case 'ec2:ModifyInstanceAttribute': {
      const { DisableApiTermination, DisableApiStop, InstanceInitiatedShutdownBehavior, BlockDeviceMappings } =
        does.input
      const now = host.protections
      if (BlockDeviceMappings)
        return host.volumes.every((one) => one.id !== BlockDeviceMappings[0]?.Ebs?.VolumeId || !one.ends)
      if (!now) return false
      if (DisableApiTermination) return now.termination
      if (DisableApiStop) return now.stop
      return now.shutdown === InstanceInitiatedShutdownBehavior?.Value
    }
    case 'autoscaling:EnterStandby':
    case 'autoscaling:DetachInstances':
      return host.scaling === null || (host.scaling !== undefined && isAway(host.scaling.state))
    case 'elasticloadbalancing:DeregisterTargets':
      return (
        host.targets !== undefined &&
        !host.targets.some((one) => one.group === does.input.TargetGroupArn && one.id === does.input.Targets?.[0]?.Id)
      )
    case 'ec2:DisassociateAddress':
      return host.addresses !== undefined && !host.addresses.some((one) => one.association === does.input.AssociationId)
    case 'iam:PutRolePolicy':
      return host.role?.denials.includes(does.input.PolicyName ?? '') ?? false
    case 'ec2:DisassociateIamInstanceProfile':
      return host.profile !== undefined && host.profile?.association !== does.input.AssociationId
    case 'ec2:CreateTags':
      return (does.input.Tags ?? []).every(({ Key = '', Value }) => host.tags[Key] === Value)
    case 'ec2:StopInstances':
      return isOff(host)
    default:
      // What AWS says of a command that was sent is all that there is to know of it.
      return true
  }
}
