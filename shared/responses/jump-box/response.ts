import type { Circumstances } from '#shared/finding.ts'
import { standingOf } from '#shared/jump/box-request.ts'
import { zoneOf } from '#shared/jump/zone.ts'
import type { Outside, Response, Surroundings } from '#shared/response.ts'
import { connectionOf } from './connection.ts'
import { isDone } from './is-done.ts'
import { type BoxFinding, judge } from './judge.ts'
import { locate, observe, scan } from './observe.ts'
import { plan } from './plan.ts'
import { powers } from './powers.ts'
import type { Place } from './wanted.ts'
import { type BoxWorld, isEnding } from './world.ts'

/** Where to look: at the box of an instance that has ended. */
export interface BoxSubject {
  readonly instance: string
}

/** Jump boxes: opened for whoever may have one, kept as they have to be, and ended when nobody wants them any more. */
export function jumpBox(place: Place): Response<BoxSubject, BoxWorld, BoxFinding> {
  const { stage } = place
  return {
    name: 'jump-box',
    swept: 'BoxSweepsCompleted',
    reads: [
      'ec2:DescribeInstances',
      'ec2:DescribeSecurityGroups',
      'scheduler:GetSchedule',
      'scheduler:ListSchedules',
      'route53:ListResourceRecordSets',
    ],
    powers,
    undoes: () => [],
    subjects: (signal) => {
      if (signal.kind === 'tick') return 'all'
      return signal.kind === 'instance-ended' ? [{ instance: signal.instance }] : []
    },
    locate: (where, outside) => locate(where, stage, outside),
    observe: (subject, outside) => observe(subject, stage, outside),
    scan: (outside) => scan(stage, outside),
    judge: (world, policy, circumstances) => judge(world, policy, circumstances, place),
    plan,
    isDone,
    origins: () => [],
    holds: ({ instance }) => instance !== null && !isEnding(instance),
    breaker: (policy) => ({ subjects: policy['jump-boxes'].breaker.boxes, reserve: 0 }),
    isOwed: ({ finding }) => finding === 'overdue-box',
    // What is approved is the request, not the calls: when it ends is only known once somebody has approved it.
    asks: (findings) =>
      findings.flatMap((one) => {
        if (one.finding !== 'wanted-box') return []
        const { id, person, zone, reason, seconds, key, address } = one.request
        return [{ id, person, zone, reason, seconds, key, address }]
      }),
    patience: (findings, policy) => {
      const [first] = findings.flatMap((one) => (one.finding === 'wanted-box' ? [one.request] : []))
      const within = first ? zoneOf(first.zone, policy)?.approval?.within : undefined
      return within === undefined ? undefined : { expire: within, remind: within }
    },
    verdict: (plain, { instance, group }) => {
      if (plain === 'contained') return instance && !isEnding(instance) ? 'ready' : 'gone'
      return plain === 'open' && instance?.state === 'shutting-down' && group ? 'ending' : plain
    },
    unseen: (signal, { instance }) =>
      signal.kind === 'instance-ended' && instance?.id === signal.instance && !isEnding(instance),
    surroundings,
  }
}

/** What whoever asked wants to know: how to get in, until when, or why it is over. */
async function surroundings(
  world: BoxWorld,
  { policy, now, region }: Outside,
  { request, approvedAt }: Pick<Circumstances, 'request' | 'approvedAt'>,
): Promise<Surroundings> {
  if (!request) return { lines: [], facts: {} }
  const zone = zoneOf(request.zone, policy)
  const standing = standingOf(request, approvedAt, zone?.approval?.within, now())
  const isOpen = world.instance !== null && !isEnding(world.instance)
  const connection = zone && isOpen ? connectionOf(request, zone, region, world) : null
  const lines = connection
    ? [
        `Connect: ${connection.ssh}`,
        `Compare the host's key first, about a minute after the launch: ${connection.hostKey}`,
      ]
    : standing.state === 'over' && !isOpen
      ? [
          `It is over: ${standing.why}.`,
          ...(world.instance ? ['Whoever was still in it was cut off: connections end with the instance.'] : []),
        ]
      : []
  const { id, person, slack, zone: where, reason } = request
  const jump = { id, person, ...(slack ? { slack } : {}), zone: where, reason, standing, ...(connection ?? {}) }
  return { lines, facts: { jump } }
}
