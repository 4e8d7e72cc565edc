import { executeAll } from '#shared/execute.ts'
import { iso } from '#shared/kit/iso.ts'
import { lookAt } from '#shared/look.ts'
import type { Step } from '#shared/plan.ts'
import type { Ports, Run } from '#shared/ports.ts'
import { outcomeOf, record } from '#shared/record.ts'
import type { Entry } from '#shared/story.ts'
import { tell } from '#shared/tell.ts'
import {
  claimed,
  claimOf,
  lookUntilBack,
  openStory,
  readRequest,
  stepsTaken,
  stepsUnsure,
  tellHalfDone,
  type UndoAnswer,
} from '#shared/undoing.ts'
import { LAUNCH, launchId } from './accused.ts'
import { type PutBack, puttingBack } from './put-back.ts'
import { halfReleasedNotice, releasedNotice } from './release-notice.ts'
import { suspiciousHost } from './response.ts'
import { type HostWorld, isGone } from './world.ts'

/** What a release looks with: no detector is asked, and nothing for the notice. */
const NOT_READ = new Set([
  'guardduty:GetFindings',
  'logs:FilterLogEvents',
  'ec2:DescribeFlowLogs',
  'ec2:DescribeNetworkAcls',
])
export const releaseReads = suspiciousHost.reads.filter((read) => !NOT_READ.has(read))

/**
 * Lets a host go: puts back what the incident did to it, and looks whether it is back. Refuses where somebody has changed
 * one of these things since (unless forced, which is recorded). From the first transaction on nobody looks after the host
 * any more, and what accused it is left alone for a time: otherwise the next event would cut it off again.
 */
export async function release(asked: unknown, ports: Ports, run: Run): Promise<UndoAnswer> {
  const request = readRequest(asked)
  const { head, entries, by, objection, refuse } = await openStory(request, suspiciousHost.name, ports)
  if (objection) return refuse(objection)
  const taken = stepsTaken(entries)
  const unsure = stepsUnsure(entries)
  if (taken.length + unsure.length === 0 || !head.subject.startsWith('i-'))
    return refuse('nothing was done to a host in this incident, so there is nothing to put back')
  if (!entries.some((entry) => entry.what === 'verified'))
    return refuse('its response has not ended yet: wait for its verdict')

  const { world, memory } = await lookUntilIdle(head.subject, run, ports)
  if (isGone(world.host)) return refuse('the host no longer exists')
  if (world.unread.length > 0) return refuse(`how it is now could not be read: ${world.unread.join('; ')}`)
  const all = toPutBack(world)
  const changed = all.filter((one) => one.state === 'theirs').map(textOf)
  if (changed.length > 0 && !request.force) return refuse('somebody changed it since', changed)

  const due = inOrder(all.filter((one) => one.state === 'ours' || one.state === 'theirs'))
  const now = ports.clock.now()
  const until = iso(now + 1_000 * (request.seconds ?? ports.policy.grace))
  const spare = (permission: string) => ({ permission, until, incident: head.id })
  // That it is started by us makes it no rogue launch: not while it is under way, and not as long as a launch is judged.
  const starts = due.some(({ does }) => does.call === 'ec2:StartInstances')
  const intended: Entry = {
    what: 'undo-intended',
    at: iso(now),
    by,
    reason: request.reason,
    until,
    forced: changed.length > 0,
    changed,
    steps: due,
  }
  await claimed(
    {
      ...claimOf(head, run, now),
      hold: memory.open?.incident === head.id ? 'let-go' : 'leave',
      steps: due,
      entries: [intended],
      cleared: memory.suspicions.map(({ id }) => id),
      graces: [...memory.suspicions.map(({ id }) => id), ...(starts ? [LAUNCH] : [])].map(spare),
    },
    ports,
  )
  const results = await executeAll(due, suspiciousHost.undoes(ports.policy), ports)
  const page = { response: head.response, subject: head.subject }
  await record(
    page,
    head.id,
    due.map((step, i) => outcomeOf(step.id, results[i]!)),
    ports,
  )
  const failures = results.flatMap((result) => (result.what === 'failed' ? [result.fault] : []))
  await tellHalfDone(failures, () => halfReleasedNotice(head, by, failures), ports)
  const isBack = (now: HostWorld) => toPutBack(now).every((one) => one.state !== 'ours')
  const seen = await lookUntilBack(suspiciousHost, head.subject, isBack, ports)
  const after = toPutBack(seen)
  const { host } = seen
  if (starts && host) {
    const judged = ports.policy['suspicious-hosts'].rules.map(({ when }) => when.rogue?.within ?? 0)
    const whole = iso(ports.clock.now() + 1_000 * Math.max(0, ...judged))
    const graces = [{ ...spare(launchId(host)), until: whole }]
    await claimed({ ...claimOf(head, run, ports.clock.now()), graces }, ports)
  }
  const differs = after.filter((one) => one.state !== 'back').map(textOf)
  const isExact = differs.length === 0 && due.every((step) => step.tier === 'exact')
  const undone = {
    what: 'undone' as const,
    at: iso(ports.clock.now()),
    by,
    until,
    fidelity: isExact ? ('exact' as const) : ('best-effort' as const),
    ids: [],
    differs,
  }
  // Told first: once it is written down, a second try would be refused and nobody would hear of it.
  await tell(releasedNotice(head, undone, request, all, changed), ports)
  await ports.ledger.undone(head, undone, { closes: true })
  return undone

  /** What AWS gave no answer for may have been done all the same: where it is as we would have left it, it was. */
  function toPutBack(now: HostWorld): readonly PutBack[] {
    const sure = puttingBack(head, entries, taken, now)
    const known = new Set(sure.map(({ what }) => what))
    const more = puttingBack(head, entries, unsure, now)
    return [...sure, ...more.filter((one) => one.state === 'ours' && !known.has(one.what))]
  }
}

/** How often, a second apart, a run that is at the host is waited for: somebody's touch, or a detector's further word. */
const BUSY = 8

/** Looks at the host; while a run is at it, waits for that to let go, and looks again. */
async function lookUntilIdle(host: string, run: Run, ports: Ports) {
  let look = await lookAt(suspiciousHost, host, ports)
  const isBusy = ({ open }: typeof look.memory) =>
    open !== null && open.run !== run.id && open.until > ports.clock.now()
  for (let i = 0; i < BUSY && isBusy(look.memory); i++) {
    await ports.clock.sleep(1_000)
    look = await lookAt(suspiciousHost, host, ports)
  }
  return look
}

/** A host takes requests again when it can answer them, and its group counts on it last. */
const LATE: Readonly<Record<string, readonly string[]>> = {
  'ec2:ModifyNetworkInterfaceAttribute': ['ec2:StartInstances'],
  'ec2:AssociateAddress': ['ec2:StartInstances', 'ec2:ModifyNetworkInterfaceAttribute'],
  'elasticloadbalancing:RegisterTargets': ['ec2:StartInstances', 'ec2:ModifyNetworkInterfaceAttribute'],
  'autoscaling:ExitStandby': ['ec2:StartInstances', 'ec2:ModifyNetworkInterfaceAttribute'],
  'autoscaling:AttachInstances': ['ec2:StartInstances', 'ec2:ModifyNetworkInterfaceAttribute'],
}

function inOrder(all: readonly PutBack[]): readonly Step[] {
  const rank = ({ does }: Step) => LATE[does.call]?.length ?? 0
  const steps = all.map(({ step }) => step).sort((a, b) => rank(a) - rank(b))
  return steps.map((step) => {
    const before = LATE[step.does.call] ?? []
    const after = steps.filter(({ does }) => before.includes(does.call)).map(({ id }) => id)
    return after.length > 0 ? { ...step, after } : step
  })
}

const textOf = ({ what, was, left, now }: PutBack): string => `${what}: before ${was}; we left ${left}; now ${now}`
