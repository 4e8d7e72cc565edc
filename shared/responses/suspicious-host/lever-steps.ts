import type { Call, Step } from '#shared/plan.ts'
import type { Lever } from './lever.ts'
import { step } from './step.ts'
import type { HostWorld } from './world.ts'

/** The calls that pull a lever by themselves, each with the calls that take it back. */
export function stepsOf(lever: Lever, world: HostWorld): readonly Step[] {
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
