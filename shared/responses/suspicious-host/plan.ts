import type { SuspiciousHost, UnreadyVpc } from '#shared/finding.ts'
import { digest } from '#shared/kit/canonical.ts'
import { type Call, madeBy, type Step } from '#shared/plan.ts'
import type { Lever } from './lever.ts'
import { permissionsOf } from './permissions.ts'
import { rulesFor } from './quarantine-groups.ts'
import { GROUP_TAG, type HostWorld, type Reach } from './world.ts'

type Group = Extract<Lever, { lever: 'group' | 'seal' }>

/**
 * The calls that pull the levers: a partial order. Cutting off the network waits for nothing but the group to put the host
 * into; everything else is sent beside it.
 */
export function planFor(levers: readonly Lever[], world: HostWorld): readonly Step[] {
  const groups = levers.filter((one) => one.lever === 'group' || one.lever === 'seal')
  const made = new Map(groups.map((one) => [`${one.vpc}/${one.reach}`, groupSteps(one)]))
  const before = (name: Lever['lever']) =>
    levers.filter((one) => one.lever === name).flatMap((one) => stepsOf(one, world).map(({ id }) => id))
  return [
    ...[...made.values()].flatMap((one) => one.steps),
    ...levers.flatMap((lever): readonly Step[] => {
      if (lever.lever === 'group' || lever.lever === 'seal') return []
      if (lever.lever === 'isolate') return isolate(lever, made)
      const steps = stepsOf(lever, world)
      // Once the profile is gone nothing tells its role: sessions are denied, and the role is noted, before.
      const needs = lever.lever === 'drop-profile' ? [...before('deny-sessions'), ...before('tag')] : []
      return needs.length > 0 ? steps.map((step) => ({ ...step, needs })) : steps
    }),
  ]
}

export const plan = (
  findings: readonly (SuspiciousHost | UnreadyVpc | { readonly finding: 'host-residue' })[],
  world: HostWorld,
) =>
  planFor(
    findings.flatMap((one) => ('open' in one ? one.open : [])),
    world,
  )

interface MadeGroup {
  readonly id: string
  readonly steps: readonly Step[]
}

const step = (
  of: string,
  title: string,
  does: Call,
  undo: readonly Call[],
  tier: Step['tier'],
  found: unknown = null,
): Step => ({
  id: digest({ of, does, found }).slice(0, 32),
  title,
  does,
  undo,
  tier,
  of,
})

/** Makes a group, or finishes one: EC2 gives each new group rules that let everything out. */
function groupSteps(lever: Group): MadeGroup {
  const { of, vpc, reach, blocks } = lever
  const make =
    lever.lever === 'group'
      ? step(
          of,
          `Make a quarantine group in ${vpc}`,
          {
            call: 'ec2:CreateSecurityGroup',
            input: {
              GroupName: lever.name,
              Description: 'Portcullis puts hosts in quarantine into it. It has no rules of yours: do not add any.',
              VpcId: vpc,
              TagSpecifications: [
                {
                  ResourceType: 'security-group',
                  Tags: [
                    { Key: GROUP_TAG, Value: reach },
                    { Key: 'Name', Value: lever.name },
                  ],
                },
              ],
            },
          },
          [],
          'none',
        )
      : undefined
  const id = make ? madeBy(make.id) : of
  const needs = make ? [make.id] : []
  const has = lever.lever === 'seal' ? lever.rules : ['out -1 0.0.0.0/0', 'out -1 ::/0']
  const wanted = rulesFor(reach, blocks)
  // One call a rule: the one for IPv6 finds nothing where the VPC has none, and that must not keep the other from going.
  const gone = has
    .filter((rule) => !wanted.includes(rule))
    .map((rule) =>
      step(
        `${of} ${rule}`,
        `Take "${rule}" out of it`,
        { call: 'ec2:RevokeSecurityGroupEgress', input: { GroupId: id, IpPermissions: permissionsOf([rule]) } },
        [],
        'none',
      ),
    )
  const missing = lever.lever === 'seal' ? wanted : wanted.filter((rule) => !has.includes(rule))
  const allow = (
    direction: 'in' | 'out',
    call: 'ec2:AuthorizeSecurityGroupIngress' | 'ec2:AuthorizeSecurityGroupEgress',
  ) =>
    missing
      .filter((rule) => rule.startsWith(direction))
      .map((rule) =>
        step(
          `${of} ${rule}`,
          `Allow "${rule}" in it`,
          { call, input: { GroupId: id, IpPermissions: permissionsOf([rule]) } } as Call,
          [],
          'none',
        ),
      )
  const all = [
    ...gone,
    ...allow('in', 'ec2:AuthorizeSecurityGroupIngress'),
    ...allow('out', 'ec2:AuthorizeSecurityGroupEgress'),
  ]
  return { id, steps: [...(make ? [make] : []), ...all.map((one) => (needs.length > 0 ? { ...one, needs } : one))] }
}

function isolate(lever: Extract<Lever, { lever: 'isolate' }>, made: ReadonlyMap<string, MadeGroup>): readonly Step[] {
  const { of, vpc, reach, groups, through } = lever
  const into = (target: Reach, known: string | undefined, what: string, after: readonly string[]): Step => {
    const fresh = made.get(`${vpc}/${target}`)
    const Groups = [known || fresh!.id]
    const needs = known ? [] : fresh!.steps.map(({ id }) => id)
    const does: Call = { call: 'ec2:ModifyNetworkInterfaceAttribute', input: { NetworkInterfaceId: of, Groups } }
    const undo: Call = {
      call: 'ec2:ModifyNetworkInterfaceAttribute',
      input: { NetworkInterfaceId: of, Groups: [...groups] },
    }
    const one = step(of, what, does, [undo], 'exact', { groups, through: what })
    return { ...one, ...(needs.length > 0 ? { needs } : {}), ...(after.length > 0 ? { after } : {}) }
  }
  if (through === undefined) return [into(reach, lever.to, `Cut off ${of}`, [])]
  // Both are intended before the first is taken: a run that dies in between leaves its finish to whoever looks next.
  const open = into('all', through, `Let ${of} lose the tracking of its connections`, [])
  return [open, into(reach, lever.to, `Cut off ${of}`, [open.id])]
}

function stepsOf(lever: Lever, world: HostWorld): readonly Step[] {
  const { of } = lever
  const host = world.host
  switch (lever.lever) {
    case 'protect': {
      const attribute = ATTRIBUTES[lever.what]
      const was = host?.protections?.[lever.what]
      const call = (input: object): Call => ({
        call: 'ec2:ModifyInstanceAttribute',
        input: { InstanceId: of, ...input },
      })
      const back = attribute(lever.what === 'shutdown' ? String(was) : false)
      return [
        step(
          `${of} ${lever.what}`,
          TITLES[lever.what],
          call(attribute(lever.what === 'shutdown' ? 'stop' : true)),
          [call(back)],
          'exact',
          was,
        ),
      ]
    }
    case 'keep-volume': {
      const keep = (DeleteOnTermination: boolean): Call => ({
        call: 'ec2:ModifyInstanceAttribute',
        input: {
          InstanceId: world.subject,
          BlockDeviceMappings: [{ DeviceName: lever.device, Ebs: { VolumeId: of, DeleteOnTermination } }],
        },
      })
      return [step(of, `Keep volume ${of} when it ends`, keep(false), [keep(true)], 'exact')]
    }
    case 'leave-scaling': {
      const members = { InstanceIds: [of], AutoScalingGroupName: lever.group }
      const input = { ...members, ShouldDecrementDesiredCapacity: !lever.replace }
      const more = lever.replace ? '; the group is at its minimum size and launches another' : ''
      return lever.how === 'standby'
        ? [
            step(
              `${of} scaling`,
              `Put it on standby in ${lever.group}${more}`,
              { call: 'autoscaling:EnterStandby', input },
              [{ call: 'autoscaling:ExitStandby', input: members }],
              lever.replace ? 'best-effort' : 'exact',
              lever.group,
            ),
          ]
        : [
            step(
              `${of} scaling`,
              `Detach it from ${lever.group}${more}`,
              { call: 'autoscaling:DetachInstances', input },
              [{ call: 'autoscaling:AttachInstances', input: members }],
              'best-effort',
              lever.group,
            ),
          ]
    }
    case 'deregister': {
      const Targets = [
        {
          Id: lever.id,
          ...(lever.port > 0 ? { Port: lever.port } : {}),
          ...(lever.zone ? { AvailabilityZone: lever.zone } : {}),
        },
      ]
      const input = { TargetGroupArn: lever.group, Targets }
      return [
        step(
          of,
          `Take it out of target group ${lever.group.split('/')[1] ?? lever.group}`,
          { call: 'elasticloadbalancing:DeregisterTargets', input },
          [{ call: 'elasticloadbalancing:RegisterTargets', input }],
          'exact',
        ),
      ]
    }
    case 'detach-address': {
      const address = host?.addresses?.find((one) => one.association === lever.association)
      const undo: Call[] = address
        ? [
            {
              call: 'ec2:AssociateAddress',
              input: {
                AllocationId: address.allocation,
                NetworkInterfaceId: address.interface,
                PrivateIpAddress: address.privateIp,
                AllowReassociation: false,
              },
            },
          ]
        : []
      return [
        step(
          of,
          `Take the address ${lever.publicIp} off`,
          { call: 'ec2:DisassociateAddress', input: { AssociationId: lever.association } },
          undo,
          'exact',
          address,
        ),
      ]
    }
    case 'deny-sessions': {
      const { role: RoleName, policy: PolicyName, document: PolicyDocument } = lever
      const whose = lever.whose === 'host' ? 'that it was given' : 'of the role that are older than now'
      return [
        step(
          of,
          `Deny the sessions ${whose}, by policy ${PolicyName} on role ${RoleName}`,
          { call: 'iam:PutRolePolicy', input: { RoleName, PolicyName, PolicyDocument } },
          [{ call: 'iam:DeleteRolePolicy', input: { RoleName, PolicyName } }],
          'exact',
        ),
      ]
    }
    case 'drop-profile':
      return [
        step(
          `${of} profile`,
          'Take its instance profile off',
          { call: 'ec2:DisassociateIamInstanceProfile', input: { AssociationId: lever.association } },
          [
            {
              call: 'ec2:AssociateIamInstanceProfile',
              input: { InstanceId: of, IamInstanceProfile: { Arn: lever.arn } },
            },
          ],
          'exact',
          lever.arn,
        ),
      ]
    case 'tag':
      // One call a tag: each has its own state before, and is put back by itself.
      return Object.entries(lever.tags).map(([Key, Value]) => {
        const had = host?.tags[Key]
        const tagging = (value: string): Call => ({
          call: 'ec2:CreateTags',
          input: { Resources: [of], Tags: [{ Key, Value: value }] },
        })
        const undo: Call =
          had === undefined ? { call: 'ec2:DeleteTags', input: { Resources: [of], Tags: [{ Key }] } } : tagging(had)
        return step(`${of} tag ${Key}`, `Tag it ${Key}=${Value}`, tagging(Value), [undo], 'exact', had)
      })
    case 'run': {
      const Parameters = Object.fromEntries(Object.entries(lever.parameters).map(([key, values]) => [key, [...values]]))
      return [
        step(
          `${of} run`,
          `Run ${lever.document} on it`,
          {
            call: 'ssm:SendCommand',
            input: { DocumentName: lever.document, InstanceIds: [of], Parameters, Comment: 'portcullis' },
          },
          [],
          'none',
        ),
      ]
    }
    case 'stop':
      return [
        step(
          `${of} state`,
          'Stop it',
          { call: 'ec2:StopInstances', input: { InstanceIds: [of] } },
          [{ call: 'ec2:StartInstances', input: { InstanceIds: [of] } }],
          'best-effort',
        ),
      ]
    case 'group':
    case 'seal':
    case 'isolate':
      return []
  }
}

const ATTRIBUTES = {
  termination: (Value: boolean | string) => ({ DisableApiTermination: { Value: Value === true } }),
  stop: (Value: boolean | string) => ({ DisableApiStop: { Value: Value === true } }),
  shutdown: (Value: boolean | string) => ({ InstanceInitiatedShutdownBehavior: { Value: String(Value) } }),
} as const
const TITLES = {
  termination: 'Prevent its termination',
  stop: 'Prevent that it is stopped',
  shutdown: 'Have a shutdown from within stop it, not end it',
} as const
