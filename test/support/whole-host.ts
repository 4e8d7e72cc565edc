import { respond } from '#shared/respond.ts'
import { release } from '#shared/responses/suspicious-host/release.ts'
import { suspiciousHost } from '#shared/responses/suspicious-host/response.ts'
import type { Signal } from '#shared/signal.ts'
import { allowedBySecurityGroups } from '../oracle/reach.ts'
import { id, type World } from '../oracle/world.ts'
import { type CallFault, faultyPorts } from './faulty-ports.ts'
import { ACCOUNT, alertOf, hostStage } from './host-stage.ts'
import { HOST, hostPolicy, twoVpcs } from './host-worlds.ts'
import { policyWith } from './policies.ts'

const TARGETS = 'arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web/1'
/** Every way to contain; and a rule for others that makes the address blocks of VPCs matter. */
const wholly = policyWith(`suspicious-hosts:
  rules:
    - name: detectors
      mode: act
      when: { guardduty: { severity: 7 } }
      contain: stop
      addresses: detach
      preserve: none
    - name: inside
      mode: act
      when: { guardduty: { types: ["Recon:*"] } }
      contain: network-only
      reach: vpc
`)

/** What EC2 says of an instance that nobody has protected. */
const BORN = { DisableApiStop: false, DisableApiTermination: false, InstanceInitiatedShutdownBehavior: 'stop' as const }

/** A world with a host that hangs on everything that a host can hang on. */
function worldOfHost() {
  const world = twoVpcs()
  const volume = { VolumeId: id('vol', 1), DeleteOnTermination: true, Status: 'attached' as const }
  const disk = [{ DeviceName: '/dev/xvda', Ebs: volume }]
  const Instances = world.Instances.map((one) =>
    one.InstanceId === HOST ? { ...one, BlockDeviceMappings: disk } : one,
  )
  const InstanceInitiatedShutdownBehavior = 'terminate' as const
  return { ...world, Instances, InstanceAttributes: { [HOST]: { ...BORN, InstanceInitiatedShutdownBehavior } } }
}

/** The same where nothing else hangs on it and it is only cut off: all of it is one round. */
export const bareHost = () => happenings(hostStage(hostPolicy(), twoVpcs()))

/** It may reach its own VPC, and its connections lose their tracking on the way. */
export const insideHost = () =>
  happenings(hostStage(hostPolicy('contain: network-only\nreach: vpc\nuntrack: true'), twoVpcs()), reachesInside)

const reachesNothing = (world: World) => allowedBySecurityGroups(world, HOST).length === 0

/** Every interface is in one group, and all that its rules let through is the VPC that it is in. */
function reachesInside({ NetworkInterfaces, SecurityGroups }: World): boolean {
  const own = NetworkInterfaces.filter((one) => one.Attachment?.InstanceId === HOST)
  return own.every(({ Groups = [], VpcId }) => {
    const group = SecurityGroups.find(({ GroupId }) => GroupId === Groups[0]?.GroupId)
    const rules = [...(group?.IpPermissions ?? []), ...(group?.IpPermissionsEgress ?? [])]
    const ends = rules.flatMap(({ IpRanges = [], Ipv6Ranges = [] }) => [
      ...IpRanges.map(({ CidrIp }) => CidrIp),
      ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
    ])
    return Groups.length === 1 && group?.VpcId === VpcId && ends.every((end) => end !== '0.0.0.0/0' && end !== '::/0')
  })
}

/** What happens to that host: events, sweeps and releases, each a run of its own that a fault may hit. */
export function wholeHost() {
  const there = hostStage(wholly, worldOfHost())
  const { estate } = there
  const Instances = [1, 2, 3, 4].map((n) => ({ InstanceId: id('i', n), LifecycleState: 'InService' }))
  estate.scaling.push({ AutoScalingGroupName: 'web', DesiredCapacity: 4, MinSize: 1, MaxSize: 9, Instances })
  estate.targets[TARGETS] = [{ Id: HOST, Port: 443 }]
  estate.profiles[HOST] = { association: 'iip-assoc-1', arn: 'arn:aws:iam::1:instance-profile/web' }
  estate.roles.web = { path: '/', policies: { own: '{}' } }
  return happenings(there)
}

function happenings(there: ReturnType<typeof hostStage>, isCutOff = reachesNothing) {
  const { state, estate, time } = there
  let incidents = 0
  Object.assign(there.ports, { newId: () => `01JQ00000000000000000000${String(incidents++).padStart(2, '0')}` })

  /** One run; `killed`, or the fault that it throws, is an answer too. */
  async function run(name: string, signal: Signal, fault?: CallFault) {
    const { ports, uses, killed } = faultyPorts(there.ports, fault)
    const ended = respond(suspiciousHost, signal, ports, { id: name, startedAt: time.now }).catch(asError)
    return { answer: await Promise.race([ended, killed]), uses }
  }

  const alert = alertOf(HOST)
  estate.guardduty.set(alert.suspicion.id, alert.suspicion)

  return {
    ...there,
    /** GuardDuty's event, or Lambda's retry of it: the same run by its id. */
    event: (fault?: CallFault) => run('event', alert, fault),
    tick: (fault?: CallFault) => {
      const at = new Date(time.now)
      return run(
        `tick-${time.now}`,
        { kind: 'tick', id: `tick-${time.now}`, account: ACCOUNT, region: 'eu-central-1', at },
        fault,
      )
    },
    /** A person has it released; asked again, it is another run. */
    release: async (fault?: CallFault) => {
      const incident = [...there.heads.values()].findLast((head) => head.subject === HOST)?.id ?? 'none'
      const { ports, uses, killed } = faultyPorts(there.ports, fault)
      const asked = { incident, reason: 'it was a drill', by: { name: 'lena' } }
      const ended = release(asked, ports, { id: `release-${time.now}`, startedAt: time.now }).catch(asError)
      return { answer: await Promise.race([ended, killed]), uses }
    },
    isIsolated: () => isCutOff(state.world),
    /** The quarantine groups, by VPC and reach. */
    quarantines: () =>
      state.world.SecurityGroups.flatMap(({ VpcId, Tags }) => {
        const reach = Tags?.find(({ Key }) => Key === 'portcullis:quarantine-group')?.Value
        return reach ? [`${VpcId}/${reach}`] : []
      }),
    /** What a release has to bring back. */
    picture: () => picture(there),
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

function picture({ state, estate }: ReturnType<typeof hostStage>) {
  const own = state.world.NetworkInterfaces.filter((one) => one.Attachment?.InstanceId === HOST)
  const host = state.world.Instances.find((one) => one.InstanceId === HOST)!
  return structuredClone({
    groups: own.map((one) => [one.NetworkInterfaceId, one.Groups!.map((group) => group.GroupId).sort()]),
    addresses: state.world.Addresses.map((one) => [one.AllocationId, one.NetworkInterfaceId, one.PrivateIpAddress]),
    instance: [host.State!.Name, host.Tags, host.BlockDeviceMappings],
    attributes: state.world.InstanceAttributes[HOST] ?? BORN,
    scaling: estate.scaling,
    targets: estate.targets,
    profiles: Object.entries(estate.profiles).map(([host, one]) => [host, one.arn]),
    roles: estate.roles,
  })
}
