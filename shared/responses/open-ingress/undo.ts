import * as z from 'zod/mini'
import { execute } from '#shared/execute.ts'
import { Fault } from '#shared/fault.ts'
import { digest } from '#shared/kit/canonical.ts'
import { iso } from '#shared/kit/iso.ts'
import { LONGEST_GRACE } from '#shared/kit/longest-grace.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Claim, Entry, Head } from '#shared/ledger.ts'
import { lookAt } from '#shared/look.ts'
import type { Step } from '#shared/plan.ts'
import type { Ports, Run } from '#shared/ports.ts'
import { outcomeOf, record } from '#shared/record.ts'
import { tell } from '#shared/tell.ts'
import { halfUndoneNotice, undoNotice } from '#shared/undo-notice.ts'
import { changesSince, differences, renamed, takenAway } from './compare.ts'
import { graceOf } from './grace-of.ts'
import { openIngress } from './response.ts'
import { type GroupWorld, type IngressRule, permissionText } from './world.ts'

const VERIFY = [0, 300, 700, 1_000, 2_000, 3_000, 4_000]

/** What the undo function is asked. */
export const UndoRequest = z.strictObject({
  incident: z.string().check(z.regex(/^[0-9A-Z]{26}$/)),
  reason: z.string().check(z.minLength(3), z.maxLength(500)),
  /** Who says they are asking: as long as there is no operators' API, nothing proves it. */
  by: z.string().check(z.minLength(1), z.maxLength(200)),
  force: z.optional(z.boolean()),
  /** How long the door is left alone afterwards, in seconds: at most 7 days. */
  seconds: z.optional(z.number().check(z.int(), z.gte(60), z.lte(LONGEST_GRACE))),
})
export type UndoRequest = z.infer<typeof UndoRequest>

/** What came of it. `refused` means that nothing was changed. */
export type UndoAnswer =
  | { readonly what: 'refused'; readonly why: string; readonly changed: readonly string[] }
  | Extract<Entry, { what: 'undone' }>

/**
 * Puts back what an incident's steps took away. It looks first, and refuses where somebody has changed the group since
 * (unless forced, which is recorded). What is put back is left alone for a time, recorded in the transaction of its intent:
 * otherwise the next sweep would close it again.
 */
export async function undo(asked: unknown, ports: Ports, run: Run): Promise<UndoAnswer> {
  const request = readRequest(asked)
  const story = await ports.ledger.history(request.incident)
  if (!story)
    throw new Fault('incident-unknown', `Expected the id of an incident in the ledger; ${request.incident} is none.`)
  const { head, entries } = story
  const by = { name: request.by }
  const refuse = async (why: string, changed: readonly string[] = []): Promise<UndoAnswer> => {
    const page = { response: head.response, subject: head.subject }
    await ports.ledger.record(
      page,
      head.id,
      [{ what: 'undo-refused', at: iso(ports.clock.now()), by, why, changed }],
      {},
    )
    return { what: 'refused', why, changed }
  }

  if (head.undone) return refuse(`it was undone at ${head.undone}`)
  const steps = stepsTaken(entries)
  const before = worldBefore(entries)
  const left = worldWeLeft(entries, steps)
  if (steps.length === 0 || !before)
    return refuse('nothing was changed in this incident, so there is nothing to put back')
  if (!left || !entries.some((entry) => entry.what === 'verified'))
    return refuse('its response has not ended yet: wait for its verdict')

  const { world, memory, page } = await lookAt(openIngress, { groupId: head.subject }, ports)
  if (world.group === null) return refuse('the group no longer exists')
  const rules = takenAway(steps, before)
  const begun = memory.intents.some((intent) => intent.incident === head.id && intent.step.title.startsWith(TITLE))
  const now = ports.clock.now()
  // What another undo put back is our own doing too.
  const graced = world.rules.filter((rule) => graceOf(rule, memory.graces, new Date(now)))
  const changed = changesSince(before, left, world, [...(begun ? rules : []), ...graced])
  if (changed.length > 0 && !request.force) return refuse('somebody changed the group since', changed)

  const until = iso(now + 1_000 * (request.seconds ?? ports.policy.grace))
  // Two runs that raced may both have planned the same rule: it is put back once.
  const inverses = steps.flatMap((step) => inversesOf(head, step, rules)).reverse()
  const back = [...new Map(inverses.map((one) => [permissionText(one.rule), one])).values()].reverse()
  const claim = { ...page, head, hold: 'leave' as const, run: run.id, now, until: now, steps: [], entries: [] }
  const intended: Entry = {
    what: 'undo-intended',
    at: iso(now),
    by,
    reason: request.reason,
    until,
    forced: changed.length > 0,
    changed,
    steps: back.map(({ step }) => step),
  }
  const grace = (rule: IngressRule, end: string) => ({
    permission: permissionText(rule),
    until: end,
    incident: head.id,
  })
  const failures: Fault[] = []
  for (const [i, part] of inParts(back).entries()) {
    // The grace stands in the intent's own transaction: whoever sees the rule come back knows that it is to be left alone.
    const graces = part.map(({ rule }) => grace(rule, until))
    const parts = { steps: part.map(({ step }) => step), graces, entries: i === 0 ? [intended] : [] }
    await claimed({ ...claim, ...parts }, ports)
    const results = await mapLimit(part, 4, ({ step }) => execute(step.does, openIngress.undoes, ports))
    const outcomes = part.map(({ step }, k) => outcomeOf(step.id, results[k]!))
    await record(page, head.id, outcomes, ports)
    const failed = part.filter((_, k) => results[k]!.what === 'failed')
    failures.push(...results.flatMap((result) => (result.what === 'failed' ? [result.fault] : [])))
    // What did not come back is not spared: the next to open it would be.
    const over = iso(ports.clock.now())
    if (failed.length > 0) await claimed({ ...claim, graces: failed.map(({ rule }) => grace(rule, over)) }, ports)
  }
  if (failures[0]) {
    ports.metric('StepsFailed', failures.length)
    await tell(halfUndoneNotice(head, by, failures), ports)
    throw failures[0]
  }
  const after = await lookUntilBack(head.subject, rules, ports)
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

function readRequest(asked: unknown): UndoRequest {
  const read = UndoRequest.safeParse(asked)
  if (read.success) return read.data
  const wrong = read.error.issues.map((issue) => `${issue.path.join('.') || 'the request'}: ${issue.message}`)
  throw new Fault(
    'input-invalid',
    `Expected {incident, reason, by, force?, seconds?}; got something else in ${wrong.join('; ')}.`,
  )
}

async function claimed(claim: Claim, ports: Ports): Promise<void> {
  if ((await ports.ledger.claim(claim)) === 'claimed') return
  throw new Fault('claimed-elsewhere', 'Expected to be the only undo of this incident; another one is running.')
}

/** DynamoDB writes at most 100 items in one transaction, and a group can hold 1,000 rules. */
const inParts = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / 40) }, (_, i) => items.slice(40 * i, 40 * i + 40))

const TITLE = 'Put back'

/** The inverses of a step, each with the rule it puts back, as steps of their own: with an intent, a power and an entry. */
function inversesOf(head: Head, step: Step, rules: readonly IngressRule[]): { step: Step; rule: IngressRule }[] {
  const ids = 'SecurityGroupRuleIds' in step.does.input ? (step.does.input.SecurityGroupRuleIds ?? []) : []
  return step.undo.flatMap((does, i) => {
    const rule = rules.find((one) => one.id === ids[i])
    const id = digest({ undoes: head.id, step: step.id, does }).slice(0, 32)
    const title = `${TITLE} an inbound rule of ${head.subject}`
    return rule ? [{ rule, step: { id, title, does, undo: [], tier: 'none' as const } }] : []
  })
}

/** The steps whose outcome is known to be in the world, each once, in the order in which they were planned. */
function stepsTaken(entries: readonly Entry[]): Step[] {
  const made = new Set(
    entries.flatMap((entry) => (entry.what === 'done' || entry.what === 'found-done' ? [entry.step] : [])),
  )
  const planned = entries.flatMap((entry) => (entry.what === 'opened' || entry.what === 'joined' ? entry.plan : []))
  return [...new Map(planned.map((step) => [step.id, step])).values()].filter((step) => made.has(step.id))
}

/** The group as it was when the incident opened, with the rules that were added and revoked while it lasted. */
function worldBefore(entries: readonly Entry[]): GroupWorld | undefined {
  const worlds = entries.flatMap((entry) =>
    entry.what === 'opened' || entry.what === 'joined' ? [entry.before as GroupWorld] : [],
  )
  // Of what was seen twice, the first is what was there before.
  const seen = worlds.flatMap((world) => world.rules).reverse()
  const rules = new Map(seen.map((rule) => [permissionText(rule), rule]))
  return worlds[0] && { ...worlds[0], rules: [...rules.values()] }
}

/** The group as our last step left it: what that step found, without what our steps revoked. */
function worldWeLeft(entries: readonly Entry[], steps: readonly Step[]): GroupWorld | undefined {
  const made = new Set(steps.map((step) => step.id))
  const last = entries.findLast(
    (entry) => (entry.what === 'opened' || entry.what === 'joined') && entry.plan.some((step) => made.has(step.id)),
  )
  const before = last && 'before' in last ? (last.before as GroupWorld) : undefined
  const gone = new Set(before && takenAway(steps, before))
  return before && { ...before, rules: before.rules.filter((rule) => !gone.has(rule)) }
}

/** EC2's reads are eventually consistent: look until what was put back shows, or time is up. */
async function lookUntilBack(groupId: string, rules: readonly IngressRule[], ports: Ports): Promise<GroupWorld> {
  let world: GroupWorld
  let pause = 0
  do {
    await ports.clock.sleep(VERIFY[pause++]!)
    world = (await lookAt(openIngress, { groupId }, ports)).world
  } while (pause < VERIFY.length && renamed(rules, world).some(({ is }) => is === ''))
  return world
}
