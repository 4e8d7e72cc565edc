import type { Step } from '#shared/plan.ts'
import { firesAt } from './schedule.ts'
import { type BoxWorld, isEnding } from './world.ts'

/** Whether the world is already as the step would leave it. */
export function isDone({ does, of = '' }: Step, world: BoxWorld): boolean {
  const { group, instance, schedule, records } = world
  const rules = group?.rules ?? []
  const has = rules.some(({ text }) => text === of)
  switch (does.call) {
    case 'ec2:CreateSecurityGroup':
      return group !== null
    case 'ec2:DeleteSecurityGroup':
      return group === null
    case 'ec2:AuthorizeSecurityGroupIngress':
    case 'ec2:AuthorizeSecurityGroupEgress':
      return has
    case 'ec2:RevokeSecurityGroupIngress':
    case 'ec2:RevokeSecurityGroupEgress':
      return !has
    case 'ec2:UpdateSecurityGroupRuleDescriptionsIngress': {
      const ranges = (does.input.IpPermissions ?? []).flatMap((one) => [
        ...(one.IpRanges ?? []),
        ...(one.Ipv6Ranges ?? []),
      ])
      return ranges.every(({ Description }) => rules.some((rule) => rule.description === Description))
    }
    case 'ec2:RunInstances': {
      // Without its address nobody can be told how to get in.
      const [card] = does.input.NetworkInterfaces ?? []
      if (instance === null) return false
      if (card?.Ipv6AddressCount) return instance.ipv6Address !== undefined
      return (card?.AssociatePublicIpAddress ? instance.publicAddress : instance.privateAddress) !== undefined
    }
    case 'ec2:TerminateInstances':
      return instance === null || isEnding(instance)
    case 'ec2:CreateTags':
      return instance?.until === does.input.Tags?.[0]?.Value
    case 'scheduler:CreateSchedule':
    case 'scheduler:UpdateSchedule':
      return schedule?.at === firesAt(does.input.ScheduleExpression)
    case 'scheduler:DeleteSchedule':
      return schedule === null
    case 'route53:ChangeResourceRecordSets': {
      const [change] = does.input.ChangeBatch?.Changes ?? []
      const set = change?.ResourceRecordSet
      const there = records[`${does.input.HostedZoneId} ${set?.Name} ${set?.Type}`] ?? []
      return change?.Action === 'DELETE'
        ? there.length === 0
        : there.join() === (set?.ResourceRecords ?? []).map(({ Value }) => Value).join()
    }
    default:
      return false
  }
}
