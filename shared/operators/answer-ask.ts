import * as z from 'zod/mini'
import { Fault } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Page } from '#shared/ledger.ts'
import type { PolicyPerson } from '#shared/policy/schema.ts'
import type { Ports } from '#shared/ports.ts'
import type { Entry, Head, Person } from '#shared/story.ts'
import { storyOf } from '#shared/story-of.ts'
import { Reason } from '#shared/undo-request.ts'
import { approval, begin, RESPONDERS, run } from './invoke.ts'
import { type Members, requireApprover } from './may-answer.ts'

const Word = z.strictObject({
  plan: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  reason: Reason,
})

/** Who answers: as IAM or Slack vouches for them, and as the policy knows them. */
export interface Answerer {
  readonly by: Person
  readonly person: PolicyPerson | undefined
  readonly members: Members
}

/** What came of an answer: the verdict, or (`stale`) that nothing was done, since what was approved is not what is asked. */
export interface Answered {
  readonly what: 'approved' | 'declined' | 'stale'
  readonly incident: string
  readonly verdict?: Head['verdict']
  readonly left?: string
  /** The plan that is asked for now; absent where nothing is asked any more. */
  readonly plan?: string
}

/**
 * A person's word on an ask. It is written by compare-and-set: the first word counts, and only for the very plan that is
 * asked. Approving then has the responder look again; where it would do something else by now, nothing is done and the new
 * plan is asked.
 */
export async function answerAsk(
  incident: string,
  state: 'approved' | 'declined',
  body: unknown,
  { by, person, members }: Answerer,
  ports: Ports,
): Promise<Answered> {
  const word = Word.safeParse(body)
  if (!word.success) throw new Fault('input-invalid', 'Expected {plan, reason}: the hash in the notice, and why.')
  const { ledger, clock } = ports
  const { head } = await storyOf(incident, ports)
  const page: Page = { response: head.response, subject: head.subject }
  await requireApprover(head, person, members, ports)
  const now = clock.now()
  const { plan: hash, reason } = word.data
  const entry: Extract<Entry, { by: Person; hash: string }> = { what: state, at: iso(now), by, hash, reason }
  if (!(await ledger.answer(page, { incident, hash, state, now }, entry)))
    throw await refusal(page, incident, hash, ports)
  const look = approval(`approval-${incident}-${hash}`, head.subject, iso(now), head)
  if (state === 'declined') {
    // Nobody waits for that look: it tells those who are still asked that they are not any more.
    await begin(RESPONDERS[head.response] ?? '', look, ports)
    return { what: 'declined', incident }
  }
  await run(RESPONDERS[head.response] ?? '', look, ports)
  const [after, ask] = await Promise.all([storyOf(incident, ports), ledger.askOf(page)])
  const { status, verdict, left } = after.head
  const plan = ask?.state === 'asked' && ask.hash !== hash ? ask.hash : undefined
  // A box that is gone, and was never opened, was closed by whoever asked for it.
  const isMoot = plan !== undefined || (ask === null && status === 'open') || verdict === 'gone'
  return {
    what: isMoot && !isDone(after.entries, hash) ? 'stale' : 'approved',
    incident,
    ...(verdict ? { verdict } : {}),
    ...(left ? { left } : {}),
    ...(plan ? { plan } : {}),
  }
}

/** Whether anything was done since this plan was approved. */
const isDone = (entries: readonly Entry[], hash: string): boolean =>
  entries
    .slice(entries.findLastIndex((entry) => entry.what === 'approved' && entry.hash === hash) + 1)
    .some(({ what }) => what === 'done' || what === 'found-done')

/** Why the word does not count. */
async function refusal(page: Page, incident: string, hash: string, { ledger, clock }: Ports): Promise<Fault> {
  const [ask, { disarmed }] = await Promise.all([ledger.askOf(page), ledger.guard(page.response)])
  const refused = (sentence: string) => new Fault('answer-refused', sentence)
  if (ask?.incident !== incident)
    return refused('Nothing is asked in this incident: it is over, or never needed anybody.')
  if (ask.state !== 'asked')
    return refused(`It was ${ask.state} by ${ask.by?.name ?? 'somebody'} at ${ask.decidedAt}: the first word counts.`)
  if (ask.hash !== hash) return refused(`The plan has changed: what is asked now is ${ask.hash}. Look at it first.`)
  if (disarmed)
    return refused(`${disarmed.by.name} disarmed ${page.response} at ${disarmed.at}: ${disarmed.reason}. Arm it first.`)
  if (ask.expires <= clock.now()) return refused('The ask has expired; the next sweep asks anew.')
  return refused('Somebody else answered at the same time. Look again.')
}
