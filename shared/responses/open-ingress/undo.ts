import { execute } from '#shared/execute.ts'
import type { Fault } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import { lookAt } from '#shared/look.ts'
import type { Ports, Run } from '#shared/ports.ts'
import { outcomeOf, record } from '#shared/record.ts'
import type { Entry } from '#shared/story.ts'
import { tell } from '#shared/tell.ts'
import { halfUndoneNotice, undoNotice } from '#shared/undo-notice.ts'
import {
  claimed,
  claimOf,
  lookUntilBack,
  openStory,
  readRequest,
  stepsTaken,
  tellHalfDone,
  type UndoAnswer,
} from '#shared/undoing.ts'
import { changesSince, differences, renamed, takenAway } from './compare.ts'
import { graceOf } from './grace-of.ts'
import { openIngress } from './response.ts'
import { allowedBy, PUT_BACK, removals, removedIds, reopenings, worldBefore, worldWeLeft } from './undo-story.ts'
import { type GroupWorld, type IngressRule, permissionText } from './world.ts'

const NOT_READ = new Set(['ec2:DescribeNetworkInterfaces', 'ec2:DescribeManagedPrefixLists'])
/** What an undo looks with: nothing for the notice, which tells of the rules alone. */
export const undoReads = openIngress.reads.filter((read) => !NOT_READ.has(read))

/**
 * Puts back what an incident's steps took away. It looks first, and refuses where somebody has changed the group since
 * (unless forced, which is recorded). What is put back is left alone for a time, recorded in the transaction of its intent:
 * otherwise the next sweep would close it again.
 */
export async function undo(asked: unknown, ports: Ports, run: Run): Promise<UndoAnswer> {
  const request = readRequest(asked)
  const { head, entries, by, objection, refuse } = await openStory(request, openIngress.name, ports)
  if (objection) return refuse(objection)
  const steps = stepsTaken(entries)
  const before = worldBefore(entries, steps)
  const left = worldWeLeft(entries, steps)
  if (steps.some(({ does }) => !('GroupId' in does.input) || does.input.GroupId !== head.subject))
    return refuse('its plan is about another group than its head')
  if (steps.length === 0 || !before)
    return refuse('nothing was changed in this incident, so there is nothing to put back')
  if (!left || !entries.some((entry) => entry.what === 'verified'))
    return refuse('its response has not ended yet: wait for its verdict')

  const { world, memory, page } = await lookAt(openIngress, head.subject, ports)
  if (world.group === null) return refuse('the group no longer exists')
  const rules = takenAway(steps, before)
  const narrower = removals(head, steps, entries)
  const begun = memory.intents.some((intent) => intent.incident === head.id && intent.step.title.startsWith(PUT_BACK))
  const now = ports.clock.now()
  // What another undo put back is our own doing too.
  const graced = world.rules.filter((rule) => graceOf(rule, memory.graces, new Date(now)))
  const changed = changesSince(before, left, world, [...(begun ? [...rules, ...allowedBy(steps)] : []), ...graced])
  if (changed.length > 0 && !request.force) return refuse('somebody changed the group since', changed)

  const until = iso(now + 1_000 * (request.seconds ?? ports.policy.grace))
  // What was allowed instead goes last: nobody is locked out in between.
  const parts = [...inParts(reopenings(head, steps, rules)), ...inParts(narrower)]
  const claim = claimOf(head, run, now)
  const intended: Entry = {
    what: 'undo-intended',
    at: iso(now),
    by,
    reason: request.reason,
    until,
    forced: changed.length > 0,
    changed,
    steps: parts.flat().map(({ step }) => step),
  }
  const powers = openIngress.undoes(ports.policy)
  const grace = (rule: IngressRule, end: string) => ({
    permission: permissionText(rule),
    until: end,
    incident: head.id,
  })
  const failures: Fault[] = []
  for (const [i, part] of parts.entries()) {
    // The grace stands in the intent's own transaction: whoever sees the rule come back knows that it is to be left alone.
    const graces = part.flatMap(({ rule }) => (rule ? [grace(rule, until)] : []))
    const own = { steps: part.map(({ step }) => step), graces, entries: i === 0 ? [intended] : [] }
    await claimed({ ...claim, ...own }, ports)
    const results = await mapLimit(part, 4, ({ step }) => execute(step.does, powers, ports))
    const outcomes = part.map(({ step }, k) => outcomeOf(step.id, results[k]!))
    await record(page, head.id, outcomes, ports)
    const failed = part.filter((_, k) => results[k]!.what === 'failed')
    failures.push(...results.flatMap((result) => (result.what === 'failed' ? [result.fault] : [])))
    // What did not come back is not spared: the next to open it would be.
    const over = iso(ports.clock.now())
    const ended = failed.flatMap(({ rule }) => (rule ? [grace(rule, over)] : []))
    if (ended.length > 0) await claimed({ ...claim, graces: ended }, ports)
  }
  await tellHalfDone(failures, () => halfUndoneNotice(head, by, failures), ports)
  const gone = narrower.flatMap(removedIds)
  const isBack = (seen: GroupWorld) =>
    renamed(rules, seen).every(({ is }) => is !== '') && seen.rules.every((rule) => !gone.includes(rule.id ?? ''))
  const after = await lookUntilBack(openIngress, head.subject, isBack, ports)
  const cut = entries.some((entry) => 'cut' in entry) ? ['some tags or descriptions: there were too many to keep'] : []
  const differs = [...differences(before, after), ...cut]
  const undone = {
    what: 'undone' as const,
    at: iso(ports.clock.now()),
    by,
    until,
    fidelity: differs.length === 0 ? ('exact' as const) : ('best-effort' as const),
    ids: renamed(rules, after),
    differs,
  }
  // Told first: once it is written down, a second try would be refused and nobody would hear of it.
  await tell(undoNotice(head, undone, request, changed), ports)
  await ports.ledger.undone(head, undone)
  return undone
}

/** DynamoDB writes at most 100 items in one transaction, and a group can hold 1,000 rules. */
const inParts = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / 40) }, (_, i) => items.slice(40 * i, 40 * i + 40))
