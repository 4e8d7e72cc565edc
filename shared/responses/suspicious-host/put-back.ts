import { digest } from '#shared/kit/canonical.ts'
import type { Call, Step } from '#shared/plan.ts'
import type { Entry, Head } from '#shared/story.ts'
import { type Host, type HostWorld, isOff } from './world.ts'

/** One thing that a release puts back: how it was, how we left it, how it is now; each in words. */
export interface PutBack {
  readonly what: string
  readonly was: string
  readonly left: string
  readonly now: string
  /** `back`: it is as it was. `ours`: as we left it. `theirs`: as somebody made it since. `gone`: it is no more. */
  readonly state: 'back' | 'ours' | 'theirs' | 'gone'
  readonly step: Step
}

/**
 * What an incident did, to be put back. Each inverse is made anew, from what was planned and from the host as it was when
 * the step was first taken: what a second containment found was somebody's tampering, and is not brought back.
 */
export function puttingBack(
  head: Head,
  entries: readonly Entry[],
  taken: readonly Step[],
  now: HostWorld,
): readonly PutBack[] {
  const firsts = new Map<string, { step: Step; before: HostWorld }>()
  for (const entry of entries) {
    if (entry.what !== 'opened' && entry.what !== 'joined') continue
    for (const step of entry.plan) {
      const key = `${step.does.call} ${step.of}`
      if (!firsts.has(key) && taken.some(({ id }) => id === step.id))
        firsts.set(key, { step, before: entry.before as HostWorld })
    }
  }
  return [...firsts.values()].flatMap(({ step, before }) => {
    const one = before.host && now.host ? inverse(step, before.host, now.host, now) : null
    return one ? [{ ...one, step: stepOf(head, step, one) }] : []
  })
}

type Inverse = Omit<PutBack, 'step'> & { readonly does: Call; readonly tier?: Step['tier'] }

const stepOf = (head: Head, { id, tier }: Step, { what, does, tier: worse }: Inverse): Step => ({
  id: digest({ releases: head.id, step: id, does }).slice(0, 32),
  title: `Put back ${what}`,
  does,
  undo: [],
  tier: worse ?? tier,
})

/** How a thing stands: as it was, as we left it, or otherwise. */
const stateOf = (was: string, left: string, now: string): PutBack['state'] =>
  now === was ? 'back' : now === left ? 'ours' : 'theirs'

function thing(what: string, was: string, left: string, now: string, does: Call, tier?: Step['tier']): Inverse {
  return { what, was, left, now, state: stateOf(was, left, now), does, ...(tier ? { tier } : {}) }
}

function inverse({ does }: Step, was: Host, now: Host, world: HostWorld): Inverse | null {
  switch (does.call) {
    case 'ec2:ModifyNetworkInterfaceAttribute':
      return groups(does.input.NetworkInterfaceId ?? '', was, now, world)
    case 'ec2:ModifyInstanceAttribute':
      return attribute(does.input, was, now)
    case 'autoscaling:EnterStandby':
    case 'autoscaling:DetachInstances':
      return scaling(does, was, now)
    case 'elasticloadbalancing:DeregisterTargets': {
      const { TargetGroupArn = '', Targets = [] } = does.input
      const isIn = (host: Host) =>
        host.targets?.some((one) => one.group === TargetGroupArn && one.id === Targets[0]?.Id)
          ? 'registered'
          : 'not registered'
      const call: Call = { call: 'elasticloadbalancing:RegisterTargets', input: { TargetGroupArn, Targets } }
      return thing(
        `target group ${TargetGroupArn.split('/')[1] ?? TargetGroupArn}`,
        'registered',
        'not registered',
        isIn(now),
        call,
      )
    }
    case 'ec2:DisassociateAddress': {
      const own = was.addresses?.find((one) => one.association === does.input.AssociationId)
      if (!own) return null
      const on = now.addresses?.find((one) => one.allocation === own.allocation)
      const input = {
        AllocationId: own.allocation,
        NetworkInterfaceId: own.interface,
        PrivateIpAddress: own.privateIp,
        AllowReassociation: false,
      }
      return thing(`address ${own.publicIp}`, own.privateIp, 'off', on ? on.privateIp : 'off', {
        call: 'ec2:AssociateAddress',
        input,
      })
    }
    case 'iam:PutRolePolicy': {
      const { RoleName = '', PolicyName = '' } = does.input
      // Where the role can't be read any more, the policy is taken off all the same: none there is as good.
      const isThere = now.role?.denials.includes(PolicyName) ?? true
      return thing(`sessions of role ${RoleName}`, 'good', 'denied', isThere ? 'denied' : 'good', {
        call: 'iam:DeleteRolePolicy',
        input: { RoleName, PolicyName },
      })
    }
    case 'ec2:DisassociateIamInstanceProfile': {
      if (!was.profile) return null
      const { arn: Arn } = was.profile
      const call: Call = {
        call: 'ec2:AssociateIamInstanceProfile',
        input: { InstanceId: world.subject, IamInstanceProfile: { Arn } },
      }
      return thing('instance profile', Arn, 'none', now.profile?.arn ?? 'none', call)
    }
    case 'ec2:CreateTags':
      return tag(does.input.Tags?.[0] ?? {}, was, now, world.subject)
    case 'ec2:StopInstances':
      return thing(
        'state',
        'running',
        'stopped',
        isOff(now) ? 'stopped' : 'running',
        { call: 'ec2:StartInstances', input: { InstanceIds: [world.subject] } },
        'best-effort',
      )
    default:
      return null
  }
}

function groups(id: string, was: Host, now: Host, { groups: ours }: HostWorld): Inverse | null {
  const [before, is] = [was.interfaces.find((one) => one.id === id), now.interfaces.find((one) => one.id === id)]
  if (!before) return null
  const call: Call = {
    call: 'ec2:ModifyNetworkInterfaceAttribute',
    input: { NetworkInterfaceId: id, Groups: [...before.groups] },
  }
  const what = `groups of ${id}`
  const text = before.groups.join(', ')
  if (!is) return { what, was: text, left: 'a quarantine group', now: 'not on this host', state: 'gone', does: call }
  const there = is.groups.join(', ')
  // It may have been in a group of ours before: then only the very same one is what it was.
  const isOurs = there !== text && is.groups.length === 1 && ours.some((one) => one.id === is.groups[0])
  return thing(what, text, 'a quarantine group', isOurs ? 'a quarantine group' : there, call)
}

type Attribute = Extract<Call, { call: 'ec2:ModifyInstanceAttribute' }>['input']

function attribute(input: Attribute, was: Host, now: Host): Inverse | null {
  const {
    InstanceId = '',
    DisableApiTermination,
    DisableApiStop,
    InstanceInitiatedShutdownBehavior,
    BlockDeviceMappings,
  } = input
  const call = (more: Partial<Attribute>): Call => ({
    call: 'ec2:ModifyInstanceAttribute',
    input: { InstanceId, ...more },
  })
  const [mapping] = BlockDeviceMappings ?? []
  if (mapping) {
    const volume = (host: Host) => host.volumes.find((one) => one.id === mapping.Ebs?.VolumeId)
    const text = (ends: boolean | undefined) => (ends ? 'ends with the host' : 'is kept')
    const back = {
      DeviceName: mapping.DeviceName,
      Ebs: { VolumeId: mapping.Ebs?.VolumeId, DeleteOnTermination: volume(was)?.ends ?? false },
    }
    const what = `volume ${mapping.Ebs?.VolumeId}`
    if (!volume(now))
      return {
        what,
        was: text(volume(was)?.ends),
        left: text(false),
        now: 'not on this host',
        state: 'gone',
        does: call({ BlockDeviceMappings: [back] }),
      }
    return thing(
      what,
      text(volume(was)?.ends),
      text(false),
      text(volume(now)?.ends),
      call({ BlockDeviceMappings: [back] }),
    )
  }
  if (!was.protections || !now.protections) return null
  const flag = (what: string, old: boolean, is: boolean, more: Partial<Attribute>) =>
    thing(what, String(old), 'true', String(is), call(more))
  if (DisableApiTermination) {
    const { termination } = was.protections
    return flag('termination protection', termination, now.protections.termination, {
      DisableApiTermination: { Value: termination },
    })
  }
  if (DisableApiStop) {
    const { stop } = was.protections
    return flag('stop protection', stop, now.protections.stop, { DisableApiStop: { Value: stop } })
  }
  const { shutdown } = was.protections
  const left = InstanceInitiatedShutdownBehavior?.Value ?? 'stop'
  return thing(
    'shutdown behaviour',
    shutdown,
    left,
    now.protections.shutdown,
    call({ InstanceInitiatedShutdownBehavior: { Value: shutdown } }),
  )
}

function scaling(
  { call, input }: Extract<Call, { call: 'autoscaling:EnterStandby' | 'autoscaling:DetachInstances' }>,
  was: Host,
  now: Host,
): Inverse | null {
  const { InstanceIds, AutoScalingGroupName } = input
  const what = `Auto Scaling group ${AutoScalingGroupName}`
  const members = { InstanceIds, AutoScalingGroupName }
  const state =
    now.scaling === null || now.scaling === undefined
      ? 'detached'
      : /Standby/.test(now.scaling.state)
        ? 'standby'
        : 'in service'
  const before = was.scaling ? 'in service' : 'detached'
  return call === 'autoscaling:EnterStandby'
    ? thing(what, before, 'standby', state, { call: 'autoscaling:ExitStandby', input: members })
    : thing(what, before, 'detached', state, { call: 'autoscaling:AttachInstances', input: members })
}

function tag(
  { Key = '', Value = '' }: { readonly Key?: string | undefined; readonly Value?: string | undefined },
  was: Host,
  now: Host,
  subject: string,
): Inverse {
  const before = was.tags[Key]
  const call: Call =
    before === undefined
      ? { call: 'ec2:DeleteTags', input: { Resources: [subject], Tags: [{ Key }] } }
      : { call: 'ec2:CreateTags', input: { Resources: [subject], Tags: [{ Key, Value: before }] } }
  return thing(`tag ${Key}`, before ?? 'none', Value, now.tags[Key] ?? 'none', call)
}
