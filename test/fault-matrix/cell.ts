import { setTimeout as pause } from 'node:timers/promises'
import type { Head } from '#shared/story.ts'
import type { Place, Subject } from './place.ts'
import { isIsolating, isRead, WAYS } from './playbook.ts'

/** One cell of the matrix: how its first run ended, what finished it, and in sentences what was not as it has to be. */
export interface Cell {
  readonly call: string
  readonly way: string
  readonly first: string
  readonly finishedBy: 'itself' | 'a retry' | 'a sweep' | 'nothing'
  /** From the finding to the end of it. */
  readonly seconds: number
  readonly wrong: readonly string[]
}

/** Longer than the SDK's longest pause between two tries, and shorter than Lambda's before it tries again. */
const QUIET = 3_000
/** How long a run may take that waits for an answer again and again; and Lambda's retry comes after it. */
const LONG = 60_000
const SHORT = 20_000

export async function cellOf(place: Place, call: string, way: string): Promise<Cell> {
  const { fault, passes } = WAYS[way]!
  const wrong: string[] = []
  const expected = (holds: boolean, sentence: string) => {
    if (!holds) wrong.push(sentence)
  }
  await place.control.break()
  const subject = await place.newSubject()
  await quiet(place)
  const before = await place.picture(subject)
  await place.control.break(fault(call))
  const start = Date.now()
  await place.accuse(subject)

  const told = await firstVerdict(place, subject, passes ? LONG : SHORT)
  const killed = way === 'killed'
  const first = killed ? 'killed' : told ? await wordsOf(place, told) : 'nothing yet'
  if (!passes) {
    expected(isIsolating(call) || (await place.isIsolated(subject)), 'it was not cut off, and could have been')
    const left = told?.verdict === 'partial' && !isRead(call) && !/^dynamodb|^sns/.test(call)
    expected(!left || first.includes(call), `what failed is not named: ${first}`)
    await place.control.break()
  }
  let finishedBy: Cell['finishedBy'] = told?.verdict === 'contained' && !killed ? 'itself' : 'a retry'
  let end = await held(place, subject, passes ? LONG : SHORT)
  if (!end) {
    finishedBy = 'a sweep'
    await place.sweep()
    end = await held(place, subject, 5_000)
  }
  const seconds = (Date.now() - start) / 1_000
  if (!end) {
    const head = await place.headOf(subject)
    return {
      call,
      way,
      first,
      finishedBy: 'nothing',
      seconds,
      wrong: [...wrong, `it ended ${head?.verdict} (${head?.status})`],
    }
  }
  await place.control.break()
  expected(await place.isIsolated(subject), 'it is not cut off in the end')
  const groups = await place.quarantines(subject)
  expected(groups.length === 1, `its VPC has ${groups.length} quarantine groups`)
  await quiet(place)
  const released = await place.release(end)
  expected(released.what === 'undone', `the release ended with ${JSON.stringify(released).slice(0, 300)}`)
  const after = await place.picture(subject)
  for (const [part, was] of Object.entries(before)) {
    const is = JSON.stringify(after[part as keyof typeof after])
    expected(is === JSON.stringify(was), `${part} not as before: ${is}, was ${JSON.stringify(was)}`)
  }
  return { call, way, first, finishedBy, seconds, wrong }
}

/** The first verdict on the host; undefined where its run is over without one. */
async function firstVerdict(place: Place, subject: Subject, patience: number): Promise<Head | undefined> {
  const end = Date.now() + patience
  const before = await functionCalls(place)
  let calls = before
  let since = Date.now()
  while (Date.now() < end) {
    const head = await place.headOf(subject)
    if (head?.verdict) return head
    const now = await functionCalls(place)
    if (now !== calls) since = Date.now()
    calls = now
    if (patience === SHORT && calls > before && Date.now() - since > QUIET) return undefined
    await pause(150)
  }
  return undefined
}

/** The incident once it is contained and held, with nobody at it. */
async function held(place: Place, subject: Subject, patience: number): Promise<Head | undefined> {
  for (const end = Date.now() + patience; Date.now() < end; await pause(200)) {
    const head = await place.headOf(subject)
    if (head?.verdict === 'contained' && head.status === 'held') return head
  }
  return undefined
}

/** Until no function calls anything for a moment: what the set-up did is an event as well. */
async function quiet(place: Place): Promise<void> {
  let calls = -1
  for (const end = Date.now() + 15_000; Date.now() < end; await pause(500)) {
    const now = await functionCalls(place)
    if (now === calls) return
    calls = now
  }
}

const functionCalls = async ({ control }: Place): Promise<number> =>
  (await control.calls()).filter(({ app }) => app !== null).length

/** `partial (ec2:CreateTags)`: the verdict, with the calls that failed. */
async function wordsOf(place: Place, { id, verdict }: Head): Promise<string> {
  const entries = await place.entriesOf(id)
  const steps = new Map(
    entries.flatMap((entry) =>
      entry.what === 'opened' || entry.what === 'joined'
        ? entry.plan.map((step) => [step.id, step.does.call] as const)
        : [],
    ),
  )
  const failed = new Set(entries.flatMap((entry) => (entry.what === 'failed' ? (steps.get(entry.step) ?? []) : [])))
  return failed.size > 0 ? `${verdict} (${[...failed].join(', ')})` : `${verdict}`
}
