import type { Reads } from '#shared/aws/reads.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import { hostMutations } from '#shared/mutations/hosts.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { MutationPorts, Ports } from '#shared/ports.ts'
import { respond } from '#shared/respond.ts'
import { suspiciousHost } from '#shared/responses/suspicious-host/response.ts'
import type { HostAlert, Signal } from '#shared/signal.ts'
import type { Suspicion } from '#shared/suspicion.ts'
import { apply, isApplied } from '../oracle/apply.ts'
import { readsOf } from '../oracle/reads.ts'
import type { World } from '../oracle/world.ts'
import { fakeLedger } from './fake-ledger.ts'

export const ACCOUNT = '111122223333'
const $metadata = {}

/** A small estate beside EC2: what hosts hang on, each as AWS answers it. */
export interface Estate {
  scaling: {
    AutoScalingGroupName: string
    DesiredCapacity: number
    MinSize: number
    MaxSize: number
    Instances: { InstanceId: string; LifecycleState: string }[]
  }[]
  targets: Record<string, { Id: string; Port: number }[]>
  profiles: Record<string, { association: string; arn: string }>
  roles: Record<string, { path: string; policies: Record<string, string> }>
  guardduty: Map<string, Suspicion & { archived?: boolean }>
  flows: { message: string }[] | null
  snapshots: { SnapshotId: string; VolumeId: string; StartTime: Date; Tags: { Key: string; Value: string }[] }[]
  commands: string[]
}

/** A world of hosts in memory, with a clock that only sleeping moves, and faults on demand. */
export function hostStage(policy: Policy, start: World) {
  const books = fakeLedger()
  const state = { world: start }
  const estate: Estate = {
    scaling: [],
    targets: {},
    profiles: {},
    roles: {},
    guardduty: new Map(),
    flows: null,
    snapshots: [],
    commands: [],
  }
  const time = { now: Date.parse('2026-06-01T12:00:00Z'), left: 300_000 }
  const calls: { call: string; input: Record<string, unknown> }[] = []
  const notices: { subject: string; message: Record<string, unknown>; importance: string | undefined }[] = []
  /** Thrown in place of the next calls of that name; `after` has the call done first: its answer is lost. */
  const faults = new Map<string, { error: Error; times: number; after?: boolean }>()
  const oracle = readsOf(() => state.world)
  const reads = {
    ...oracle,
    'ec2:DescribeIamInstanceProfileAssociations': async ({
      Filters,
    }: {
      Filters?: { Name?: string; Values?: string[] }[]
    }) => {
      const id = Filters?.find((one) => one.Name === 'instance-id')?.Values?.[0]
      const all = Object.entries(estate.profiles).filter(([host]) => !id || host === id)
      return {
        IamInstanceProfileAssociations: all.map(([InstanceId, one]) => ({
          InstanceId,
          AssociationId: one.association,
          State: 'associated',
          IamInstanceProfile: { Arn: one.arn },
        })),
      }
    },
    'ec2:DescribeImages': async () => ({ Images: [{ ImageId: 'ami-1', OwnerId: '999999999999' }] }),
    'ec2:DescribeSnapshots': async ({
      Filters,
      SnapshotIds,
    }: {
      Filters?: { Values?: string[] }[]
      SnapshotIds?: string[]
    }) => ({
      Snapshots: estate.snapshots.filter((one) =>
        SnapshotIds
          ? SnapshotIds.includes(one.SnapshotId)
          : one.Tags.some(({ Value }) => Filters?.[0]?.Values?.includes(Value)),
      ),
    }),
    'ec2:DescribeFlowLogs': async () => ({ FlowLogs: estate.flows ? [{ LogGroupName: 'flows' }] : [] }),
    'logs:FilterLogEvents': async ({ filterPattern = '' }: { filterPattern?: string }) => ({
      events: (estate.flows ?? []).filter(({ message }) =>
        message.includes(/"([^"]+)"/.exec(filterPattern)?.[1] ?? '?'),
      ),
    }),
    'autoscaling:DescribeAutoScalingGroups': async () => ({ AutoScalingGroups: estate.scaling }),
    'elasticloadbalancing:DescribeTargetGroups': async () => ({
      TargetGroups: Object.keys(estate.targets).map((TargetGroupArn) => ({ TargetGroupArn, TargetType: 'instance' })),
    }),
    'elasticloadbalancing:DescribeTargetHealth': async ({ TargetGroupArn = '' }: { TargetGroupArn?: string }) => ({
      TargetHealthDescriptions: (estate.targets[TargetGroupArn] ?? []).map((Target) => ({
        Target,
        TargetHealth: { State: 'healthy' },
      })),
    }),
    'iam:GetInstanceProfile': async ({ InstanceProfileName = '' }: { InstanceProfileName?: string }) => ({
      InstanceProfile: {
        Roles: estate.roles[InstanceProfileName]
          ? [{ RoleName: InstanceProfileName, Path: estate.roles[InstanceProfileName]!.path }]
          : [],
      },
    }),
    'iam:ListRolePolicies': async ({ RoleName = '' }: { RoleName?: string }) => ({
      PolicyNames: Object.keys(estate.roles[RoleName]?.policies ?? {}),
    }),
    'guardduty:GetFindings': async ({ FindingIds = [] }: { FindingIds?: string[] }) => ({
      Findings: FindingIds.flatMap((id) => {
        const one = estate.guardduty.get(id)
        return one
          ? [{ Id: id, Type: one.type, Severity: one.severity, Service: { Archived: one.archived === true } }]
          : []
      }),
    }),
  }
  const elsewhere: Record<string, (input: Record<string, unknown>) => object> = {
    'autoscaling:EnterStandby': (input) => standby(input, 'Standby'),
    'autoscaling:ExitStandby': (input) => standby(input, 'InService'),
    'autoscaling:DetachInstances': (input) => {
      standby(input, 'Standby')
      const group = estate.scaling.find((one) => one.AutoScalingGroupName === input.AutoScalingGroupName)!
      group.Instances = group.Instances.filter((one) => !(input.InstanceIds as string[]).includes(one.InstanceId))
      return {}
    },
    'elasticloadbalancing:DeregisterTargets': (input) => {
      const gone = (input.Targets as { Id: string }[]).map((one) => one.Id)
      const group = String(input.TargetGroupArn)
      estate.targets[group] = (estate.targets[group] ?? []).filter((one) => !gone.includes(one.Id))
      return {}
    },
    'elasticloadbalancing:RegisterTargets': (input) => {
      const added = input.Targets as { Id: string; Port: number }[]
      const group = String(input.TargetGroupArn)
      const others = estate.targets[group]!.filter((one) => added.every(({ Id }) => Id !== one.Id))
      estate.targets[group] = [...others, ...added]
      return {}
    },
    'iam:PutRolePolicy': (input) => {
      estate.roles[String(input.RoleName)]!.policies[String(input.PolicyName)] = String(input.PolicyDocument)
      return {}
    },
    'iam:DeleteRolePolicy': (input) => {
      delete estate.roles[String(input.RoleName)]!.policies[String(input.PolicyName)]
      return {}
    },
    'ec2:DisassociateIamInstanceProfile': (input) => {
      if (Object.values(estate.profiles).every((one) => one.association !== input.AssociationId))
        throw Object.assign(new Error('An invalid association-id was given.'), { name: 'NoSuchAssociation' })
      for (const [host, one] of Object.entries(estate.profiles))
        if (one.association === input.AssociationId) delete estate.profiles[host]
      return {}
    },
    'ec2:AssociateIamInstanceProfile': (input) => {
      const { Arn } = input.IamInstanceProfile as { Arn: string }
      estate.profiles[String(input.InstanceId)] = { association: `iip-assoc-${calls.length}`, arn: Arn }
      return {}
    },
    'ssm:SendCommand': (input) => {
      estate.commands.push(String(input.DocumentName))
      return { Command: { CommandId: 'command-1' } }
    },
  }
  function standby(
    { InstanceIds, AutoScalingGroupName, ShouldDecrementDesiredCapacity }: Record<string, unknown>,
    to: string,
  ) {
    const group = estate.scaling.find((one) => one.AutoScalingGroupName === AutoScalingGroupName)!
    const members = group.Instances.filter((one) => (InstanceIds as string[]).includes(one.InstanceId))
    // It is moved once: a second call finds it where it was to go, and AWS calls that wrong.
    if (members.some((one) => one.LifecycleState === to))
      throw Object.assign(new Error(`The instance is not in ${to === 'Standby' ? 'InService' : 'Standby'}.`), {
        name: 'ValidationError',
      })
    if (to === 'Standby' && ShouldDecrementDesiredCapacity) {
      if (group.DesiredCapacity <= group.MinSize)
        throw Object.assign(new Error('at the minimum'), { name: 'ValidationError' })
      group.DesiredCapacity--
    }
    if (to === 'InService') group.DesiredCapacity++
    for (const one of members) one.LifecycleState = to
    return {}
  }
  const perform = (call: string, input: Record<string, unknown>): object => {
    const other = elsewhere[call]
    if (other) return other(input)
    if (!isApplied(call)) throw new Error(`${call} is not known here`)
    const after = apply(state.world, call, input as never)
    state.world = after.world
    return after.output as object
  }
  const rows = { ...ec2Mutations, ...hostMutations }
  const mutations = Object.fromEntries(
    Object.entries(rows).map(([call, row]) => [
      call,
      {
        ...row,
        send: async (input: Record<string, unknown>) => {
          calls.push({ call, input })
          const fault = faults.get(call)
          if (fault && fault.times-- > 0) {
            if (fault.after) perform(call, input)
            throw fault.error
          }
          return { ...perform(call, input), $metadata }
        },
      },
    ]),
  )
  const ports: Ports = {
    stage: 'prod',
    account: ACCOUNT,
    region: 'eu-central-1',
    policy,
    notices: 'topic',
    ledger: books.ledger,
    newId: () => `INCIDENT${books.heads.size + 1}`,
    clock: {
      now: () => time.now,
      sleep: async (milliseconds) => {
        time.now += milliseconds
      },
      left: () => time.left,
    },
    log: () => {},
    metric: () => {},
    reads: reads as unknown as Reads,
    mutations: {
      ...(mutations as unknown as MutationPorts),
      'sns:Publish': {
        alreadySo: [],
        send: async ({ Subject, Message, MessageAttributes }) => {
          const importance = MessageAttributes?.importance?.StringValue
          notices.push({ subject: Subject!, message: JSON.parse(JSON.parse(Message!).default), importance })
          return { $metadata }
        },
      },
    },
  }
  let runs = 0
  const send = (signal: Signal) => respond(suspiciousHost, signal, ports, { id: `run-${++runs}`, startedAt: time.now })
  // A first sweep tells all in one digest: this world has been swept before.
  books.sweeps.set('suspicious-host', { startedAt: 1, completedAt: 1 })
  return {
    ...books,
    ports,
    state,
    estate,
    time,
    calls,
    notices,
    faults,
    send,
    /** GuardDuty finds something: it knows the finding, and the event of it comes. */
    accuse: (host: string, more: Partial<Suspicion> = {}) => {
      const signal = alertOf(host, more)
      estate.guardduty.set(signal.suspicion.id, signal.suspicion)
      return send(signal)
    },
    sweep: (later = 900_000) => {
      time.now += later
      return send({
        kind: 'tick',
        id: `tick-${time.now}`,
        account: ACCOUNT,
        region: 'eu-central-1',
        at: new Date(time.now),
      })
    },
    headOf: (host: string) => [...books.heads.values()].findLast((head) => head.subject === host),
    texts: () => notices.map((one) => String(one.message.text)),
  }
}

export const alertOf = (host: string, more: Partial<Suspicion> = {}): HostAlert => ({
  kind: 'host-alert',
  id: `${more.id ?? 'finding-1'}@1`,
  account: ACCOUNT,
  region: 'eu-central-1',
  at: new Date('2026-06-01T11:59:00Z'),
  hosts: [host],
  suspicion: {
    id: 'finding-1',
    from: 'guardduty',
    type: 'CryptoCurrency:EC2/BitcoinTool.B!DNS',
    severity: 8,
    says: 'it talks to a mining pool',
    at: '2026-06-01T11:58:00.000Z',
    detector: 'detector-1',
    ...more,
  },
})
