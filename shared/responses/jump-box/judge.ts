import type { BlockedBox, Circumstances, OverdueBox, WantedBox } from '#shared/finding.ts'
import { type BoxRequest, standingOf } from '#shared/jump/box-request.ts'
import { mayAsk, zoneOf } from '#shared/jump/zone.ts'
import type { Policy, Zone } from '#shared/policy/schema.ts'
import { differences, hasRemains, remainsOf } from './differences.ts'
import { type Place, wantedOf } from './wanted.ts'
import { type BoxWorld, isEnding } from './world.ts'

export type BoxFinding = WantedBox | OverdueBox | BlockedBox

/** EC2's reads are eventually consistent: for so long (milliseconds) what was launched may not show. */
const UNSEEN = 300_000

/**
 * What is wrong with a box: it is wanted and not as it has to be, or nobody wants it any more and something of it is there.
 * A box whose instance is over, by whatever hand, is over: none is launched twice for one request.
 */
export function judge(
  world: BoxWorld,
  policy: Policy,
  { request, approvedAt, taken, former = [], now }: Circumstances,
  place: Place,
): readonly BoxFinding[] {
  if (!request) return overdue(world, undefined, 'nobody asked for it')
  const zone = zoneOf(request.zone, policy)
  if (!zone) return overdue(world, request, `the policy has no zone ${request.zone} any more`)
  if (!mayAsk(request.person, zone, policy))
    return overdue(world, request, `the policy lets ${request.person} have none in ${zone.name} any more`)
  const standing = standingOf(request, approvedAt, zone.approval?.within, now.getTime())
  if (standing.state !== 'wanted') return overdue(world, request, standing.why ?? 'its address is not proven')
  const launch = taken.find(({ call }) => call === 'ec2:RunInstances')
  const { instance } = world
  const isOver = instance ? isEnding(instance) : launch && launch.at < now.getTime() - UNSEEN
  // EC2 forgets what has ended after an hour, and our time may not be up by then: the ledger does not forget.
  if (isOver || former.some(({ call }) => call === 'ec2:RunInstances'))
    return overdue(world, request, 'it was shut down')
  if (instance && instance.rootDevice !== zone['root-device'])
    return overdue(
      world,
      request,
      `its image has the root device ${instance.rootDevice}, not ${zone['root-device']}: its volume may not be encrypted; set root-device in zone ${zone.name}`,
    )
  // Whoever cut it off keeps its evidence: until it is released, nothing is changed about it.
  if (instance?.quarantined) return []
  if (instance?.state === 'stopping' || instance?.state === 'stopped')
    return overdue(world, request, 'somebody has stopped it')
  const stranger = strangerAt(zone, world)
  if (stranger) return overdue(world, request, stranger)
  const blocked = instance ? undefined : blockedBy(zone, world)
  if (blocked) return [{ finding: 'blocked-box', subject: world.subject, lapsed: [], request, why: blocked }]
  return missing(world, request, zone, approvedAt ?? request.provenAt ?? request.at, standing.until, place, !!launch)
}

function missing(
  world: BoxWorld,
  request: BoxRequest,
  zone: Zone,
  since: string,
  until: string,
  place: Place,
  launched: boolean,
): readonly WantedBox[] {
  const wanted = wantedOf(request, zone, until, since, place)
  const differs = differences(wanted, world, launched)
  if (differs.length === 0) return []
  const longest = new Date(Date.parse(since) + 1_000 * zone.longest).toISOString()
  return [{ finding: 'wanted-box', subject: world.subject, lapsed: [], request, wanted, differs, longest }]
}

/** More could reach the box than its request says: nobody is asked what that is good for. */
function strangerAt({ joins = [] }: Zone, { instance, group }: BoxWorld): string | undefined {
  if (!instance || !group) return undefined
  const own = new Set([group.id, ...joins])
  const other = Object.entries(instance.interfaces).find(([, groups]) => groups.some((one) => !own.has(one)))
  return other && `somebody has put ${other[0]} into other groups than its own`
}

/** A group that a box joins lets nothing in and nothing out by itself: else more would reach the box than the request says. */
function blockedBy({ name, joins = [] }: Zone, { joined }: BoxWorld): string | undefined {
  for (const group of joins) {
    const rules = joined[group] ?? null
    if (rules === null) return `${group}, which boxes of zone ${name} join, does not exist`
    if (rules > 0)
      return `${group}, which boxes of zone ${name} join, has ${rules} rule(s): it must have none, since they would hold for the box`
  }
  return undefined
}

function overdue(world: BoxWorld, request: BoxRequest | undefined, why: string): readonly OverdueBox[] {
  const remains = remainsOf(world)
  if (!hasRemains(remains)) return []
  const { instance, group } = world
  return [
    {
      finding: 'overdue-box',
      subject: world.subject,
      lapsed: [],
      remains,
      why,
      ...(request ? { of: { person: request.person, zone: request.zone, reason: request.reason } } : {}),
      instance: instance?.id ?? null,
      group: group?.id ?? null,
    },
  ]
}
