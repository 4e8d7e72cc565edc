import type { SuspiciousHost, UnreadyVpc } from '#shared/finding.ts'
import type { Call, Step } from '#shared/plan.ts'
import { groupSteps, type MadeGroup } from './group-steps.ts'
import type { Lever } from './lever.ts'
import { stepsOf } from './lever-steps.ts'
import { step } from './step.ts'
import type { HostWorld, Reach } from './world.ts'

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
