import { Fault } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Claim } from '#shared/ledger.ts'
import { lookAt } from '#shared/look.ts'
import type { Notice } from '#shared/notice.ts'
import type { Step } from '#shared/plan.ts'
import type { Ports } from '#shared/ports.ts'
import type { Response, World } from '#shared/response.ts'
import { type Entry, type Head, type History, type Person, stepsPlanned } from '#shared/story.ts'
import { storyOf } from '#shared/story-of.ts'
import { tell } from '#shared/tell.ts'
import { UndoRequest } from './undo-request.ts'

/** What taking back what an incident did has in common, whatever was done. */

/** What came of it. `refused` means that nothing was changed. */
export type UndoAnswer =
  | { readonly what: 'refused'; readonly why: string; readonly changed: readonly string[] }
  | Extract<Entry, { what: 'undone' }>

/** Throws `input-invalid` where it is no request to take something back. */
export function readRequest(asked: unknown): UndoRequest {
  const read = UndoRequest.safeParse(asked)
  if (read.success) return read.data
  const wrong = read.error.issues.map((issue) => `${issue.path.join('.') || 'the request'}: ${issue.message}`)
  throw new Fault(
    'input-invalid',
    `Expected {incident, reason, by, chain?, force?, seconds?}; got something else in ${wrong.join('; ')}.`,
  )
}

export interface Undoing extends History {
  readonly by: Person
  /** Why it is refused whatever the world looks like; null where nothing speaks against it. */
  readonly objection: string | null
  readonly refuse: (why: string, changed?: readonly string[]) => Promise<UndoAnswer>
}

/**
 * The story of the incident, as far as it can be believed: whoever can write the ledger could have us open a door, so only
 * what chains, back to what people were told, is believed. Throws `incident-unknown`.
 */
export async function openStory(request: UndoRequest, response: string, ports: Ports): Promise<Undoing> {
  const story = await storyOf(request.incident, ports)
  const { head } = story
  const by: Person = { name: request.by.name, ...(request.by.from ? { from: request.by.from } : {}) }
  const refuse = async (why: string, changed: readonly string[] = []): Promise<UndoAnswer> => {
    const page = { response: head.response, subject: head.subject }
    const entry: Entry = { what: 'undo-refused', at: iso(ports.clock.now()), by, why, changed }
    await ports.ledger.record(page, head.id, [entry], {})
    return { what: 'refused', why, changed }
  }
  return { ...story, by, objection: objectionTo(story, request, response), refuse }
}

function objectionTo({ head, broken, digests }: History, { chain }: UndoRequest, response: string): string | null {
  if (head.response !== response) return `what ${head.response} does is not taken back in this way`
  if (broken.length > 0) return `its story is not as it was written: ${broken.slice(0, 3).join('; ')}`
  if (chain && !digests.includes(chain))
    return 'its story does not hold the digest that the notice gave: it has been rewritten'
  return head.undone ? `it was undone at ${head.undone}` : null
}

/** The steps whose outcome is known to be in the world, each once, in the order in which they were planned. */
export function stepsTaken(entries: readonly Entry[]): Step[] {
  const made = new Set(
    entries.flatMap((entry) => (entry.what === 'done' || entry.what === 'found-done' ? [entry.step] : [])),
  )
  return stepsPlanned(entries).filter((step) => made.has(step.id))
}

/** The steps that were begun and of which nothing was heard, or no good answer: only the world tells whether they were taken. */
export function stepsUnsure(entries: readonly Entry[]): Step[] {
  const open = new Set<string>()
  for (const entry of entries) {
    if (entry.what === 'intended' || (entry.what === 'failed' && entry.code === 'step-failed')) open.add(entry.step)
    // What was refused, or left out, was not taken.
    else if ('step' in entry) open.delete(entry.step)
  }
  return stepsPlanned(entries).filter((step) => open.has(step.id))
}

export async function claimed(claim: Claim, ports: Ports): Promise<void> {
  if ((await ports.ledger.claim(claim)) === 'claimed') return
  throw new Fault(
    'claimed-elsewhere',
    'Expected to be the only one at this incident; another run is at it. Ask again in a minute.',
  )
}

/** What an undo claims beside its steps: the incident is left alone. */
export const claimOf = (head: Head, run: { readonly id: string }, now: number): Claim => ({
  response: head.response,
  subject: head.subject,
  head,
  hold: 'leave',
  run: run.id,
  now,
  until: now,
  steps: [],
  entries: [],
})

/** The pauses of the look after an undo, 11 s in all. */
const VERIFY = [0, 300, 700, 1_000, 2_000, 3_000, 4_000]

/** EC2's reads are eventually consistent: looks until what was put back shows, or time is up. */
export async function lookUntilBack<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subject: string,
  isBack: (world: W) => boolean,
  ports: Ports,
): Promise<W> {
  let world: W
  let pause = 0
  do {
    await ports.clock.sleep(VERIFY[pause++]!)
    world = (await lookAt(response, subject, ports)).world
  } while (pause < VERIFY.length && !isBack(world))
  return world
}

/** Tells people what could not be put back, and throws the first fault; does nothing where there is none. */
export async function tellHalfDone(failures: readonly Fault[], notice: () => Notice, ports: Ports): Promise<void> {
  if (!failures[0]) return
  ports.metric('StepsFailed', failures.length)
  await tell(notice(), ports)
  throw failures[0]
}
