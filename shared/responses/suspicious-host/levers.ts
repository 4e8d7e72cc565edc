import type { Taken } from '#shared/finding.ts'
import type { HostRule, Policy } from '#shared/policy/schema.ts'
import { isAway, selects } from './accused.ts'
import type { Lever } from './lever.ts'
import { groupFor } from './quarantine-groups.ts'
import { denialFor, denialName, isEditable } from './sessions.ts'
import {
  HELD_BY_TAG,
  HOST_TAG,
  type Host,
  type HostWorld,
  type Interface,
  isOff,
  type Reach,
  ROLE_TAG,
} from './world.ts'

/** What is known beside the host itself. */
export interface Known {
  readonly account: string
  readonly policy: Policy
  readonly taken: readonly Taken[]
  /** From when (milliseconds) on snapshots count as evidence of what it is accused of. */
  readonly since: number
}

/** Whether nobody here can change the interface's groups: a service of AWS made it, or another account owns it. */
export const isForeign = (one: Interface, account: string): boolean =>
  one.requester !== undefined || one.owner !== account

/** Everything that is still to be done about the host under this rule. What has not been read is not in it. */
export function leversFor(id: string, host: Host, rule: HostRule, world: HostWorld, known: Known): readonly Lever[] {
  const waits = awaitsEvidence(id, host, rule, known)
  return [
    ...(waits ? [] : isolation(host, rule, world, known)),
    ...protections(id, host, rule),
    ...(waits ? [] : outOfService(id, host, rule)),
    ...(rule.addresses === 'detach' && !waits ? (host.addresses ?? []).map(addressLever) : []),
    // Before the credentials, which need the role to be noted: a step waits for those that come before it.
    ...tags(id, host, rule),
    ...(rule.contain === 'network-only' ? [] : credentials(id, host, rule)),
    ...(rule.also.run && !known.taken.some((one) => one.call === 'ssm:SendCommand')
      ? [{ lever: 'run' as const, of: id, document: rule.also.run.document, parameters: rule.also.run.parameters }]
      : []),
    ...(rule.contain === 'stop' && !isOff(host) && isPreserved(host, rule, known.since)
      ? [{ lever: 'stop' as const, of: id }]
      : []),
  ]
}

/** Whether a host that the policy names waits until its snapshots are begun. */
export const awaitsEvidence = (
  id: string,
  host: Host,
  rule: HostRule,
  { policy, since }: Pick<Known, 'policy' | 'since'>,
): boolean => selects(policy['suspicious-hosts']['evidence-first'], id, host) && !isPreserved(host, rule, since)

/** Whether a set of snapshots has been begun since then that holds each of its volumes, or none is wanted. */
const isPreserved = ({ volumes, evidence }: Host, { mode, preserve = mode }: HostRule, since: number): boolean =>
  preserve === 'none' ||
  volumes.length === 0 ||
  (evidence?.sets.some(
    (set) => Date.parse(set.begunAt) >= since && volumes.every(({ id }) => set.volumes.includes(id)),
  ) ??
    false)

function isolation({ interfaces }: Host, rule: HostRule, world: HostWorld, { account }: Known): Lever[] {
  // What a group that reaches the VPC has to let through is not known then: nothing tells a good one from a poisoned one.
  if (rule.reach === 'vpc' && !world.blocks) return []
  const own = interfaces.filter((one) => !isForeign(one, account))
  const vpcs = [...new Set(own.map((one) => one.vpc))]
  const found = new Map(vpcs.map((vpc) => [vpc, groupFor(vpc, rule.reach, world)]))
  const ours = new Set(world.groups.map((one) => one.id))
  const out = own.filter((one) => one.groups.length !== 1 || one.groups[0] !== found.get(one.vpc)!.clean?.id)
  // Only what was never cut off can have flows that are tracked from before.
  const fresh = rule.untrack ? out.filter((one) => !one.groups.some((group) => ours.has(group))) : []
  const opened = new Map([...new Set(fresh.map((one) => one.vpc))].map((vpc) => [vpc, groupFor(vpc, 'all', world)]))
  const used = new Set(out.map((one) => one.vpc))
  const to = (one: Interface, reach: Reach) => (reach === 'all' ? opened : found).get(one.vpc)?.clean?.id
  return [
    ...vpcs.filter((vpc) => used.has(vpc)).flatMap((vpc) => found.get(vpc)!.levers),
    ...[...opened.values()].flatMap((one) => one.levers),
    ...out.map((one): Lever => {
      const [clean, through] = [to(one, rule.reach), fresh.includes(one) ? (to(one, 'all') ?? '') : undefined]
      return {
        lever: 'isolate',
        of: one.id,
        vpc: one.vpc,
        reach: rule.reach,
        groups: one.groups,
        ...(clean ? { to: clean } : {}),
        ...(through === undefined ? {} : { through }),
      }
    }),
  ]
}

function protections(id: string, { protections: now, volumes, isSpot }: Host, rule: HostRule): Lever[] {
  const protect = (what: 'termination' | 'stop' | 'shutdown'): Lever => ({ lever: 'protect', of: id, what })
  return [
    // Spot instances know neither: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingDisableAPITermination.html
    ...(now && !isSpot
      ? [
          ...(now.termination ? [] : [protect('termination')]),
          ...(now.shutdown === 'stop' ? [] : [protect('shutdown')]),
          // It would keep us from stopping it as well.
          ...(now.stop || rule.contain === 'stop' ? [] : [protect('stop')]),
        ]
      : []),
    ...volumes.flatMap(({ id: of, device, ends }): Lever[] => (ends ? [{ lever: 'keep-volume', of, device }] : [])),
  ]
}

function outOfService(id: string, { scaling, targets }: Host, rule: HostRule): Lever[] {
  const how = rule.scaling
  return [
    ...(scaling && how !== 'leave' && !isAway(scaling.state)
      ? [
          {
            lever: 'leave-scaling' as const,
            of: id,
            group: scaling.group,
            how,
            // At the group's minimum size AWS lets it go only where another is launched in its place.
            replace: scaling.desired <= scaling.least,
          },
        ]
      : []),
    ...(rule.targets === 'leave'
      ? []
      : (targets ?? []).map(
          (one): Lever => ({ lever: 'deregister', of: `${one.group}/${one.id}:${one.port}`, ...one }),
        )),
  ]
}

const addressLever = ({ allocation, association, publicIp }: NonNullable<Host['addresses']>[number]): Lever => ({
  lever: 'detach-address',
  of: allocation,
  association,
  publicIp,
})

/** Sessions end and no new ones are given, both at once: once the profile is gone, nothing tells its role any more. */
function credentials(id: string, { profile, role }: Host, rule: HostRule): Lever[] {
  if (role === undefined) return []
  const denies = role && !role.byTag && isEditable(role) && !role.denials.includes(denialName(id))
  return [
    ...(denies
      ? [
          {
            lever: 'deny-sessions' as const,
            of: role.name,
            role: role.name,
            policy: denialName(id),
            document: denialFor(id, rule.sessions),
            whose: rule.sessions,
          },
        ]
      : []),
    ...(profile
      ? [{ lever: 'drop-profile' as const, of: id, association: profile.association, arn: profile.arn }]
      : []),
  ]
}

function tags(id: string, { tags: now, profile, role }: Host, rule: HostRule): Lever[] {
  const wanted: Record<string, string> = {
    [HOST_TAG]: rule.name,
    ...(rule.also['hand-over'] ? { [HELD_BY_TAG]: rule.also['hand-over'] } : {}),
    ...rule.also.tags,
    // Once the profile is gone, this tells where to look whether the sessions are denied still.
    ...(rule.contain !== 'network-only' && profile && role ? { [ROLE_TAG]: role.name } : {}),
  }
  const missing = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => now[key] !== value))
  return Object.keys(missing).length > 0 ? [{ lever: 'tag', of: id, tags: missing }] : []
}
