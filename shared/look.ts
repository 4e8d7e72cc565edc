import { errorText, Fault, isDenied } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import type { Memory, Page } from '#shared/ledger.ts'
import type { Ports } from '#shared/ports.ts'
import type { Outside, Response, World } from '#shared/response.ts'
import type { Signal } from '#shared/signal.ts'
import type { Suspicion } from '#shared/suspicion.ts'

/** Why the subject is suspicious, beyond what the ledger holds: confirmed news, and what no longer stands. */
export interface Doubts {
  readonly news: readonly Suspicion[]
  readonly cleared: readonly string[]
}

export const NO_DOUBTS: Doubts = { news: [], cleared: [] }

/** What is there and what the ledger knows of it, read side by side. */
export interface Look<W extends World> {
  readonly world: W
  readonly memory: Memory
  readonly page: Page
}

/** The outside as a response sees it. */
export const outsideOf = ({ reads, policy, region, clock: { now, sleep } }: Ports): Outside => ({
  reads,
  policy,
  region,
  now,
  sleep,
})

/** Looks at one subject. Throws `read-denied` or `read-failed`: a look that fails is never "nothing there". */
export async function lookAt<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subject: string,
  ports: Ports,
  doubts = NO_DOUBTS,
  scanned?: W | Promise<W>,
): Promise<Look<W>> {
  const page = { response: response.name, subject }
  const [world, memory] = await Promise.all([
    scanned ?? asRead(() => response.observe(subject, outsideOf(ports))),
    ports.ledger.recall(page),
  ])
  return { world, memory: { ...memory, suspicions: withDoubts(memory.suspicions, doubts) }, page }
}

/**
 * The first look of a run: as short as the response allows. What accuses the subject is asked anew, the event's beside the
 * reads, and in a sweep what the ledger holds.
 */
export async function firstLook<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subject: string,
  signal: Signal,
  ports: Ports,
  scanned?: W,
): Promise<Look<W> & { readonly doubts: Doubts; readonly isGlance: boolean }> {
  const outside = outsideOf(ports)
  const confirmed = (all: readonly Suspicion[]) =>
    all.length > 0 && response.confirm ? asRead(() => response.confirm!(all, outside)) : Promise.resolve(all)
  const isGlance = scanned === undefined && response.glance !== undefined
  const reading = isGlance ? asRead(() => response.glance!(subject, outside)) : scanned
  const [look, news] = await Promise.all([
    lookAt(response, subject, ports, NO_DOUBTS, reading),
    confirmed(signal.kind === 'host-alert' ? [signal.suspicion] : []),
  ])
  const known = look.memory.suspicions
  const standing = signal.kind === 'tick' ? await confirmed(known) : known
  const cleared = known.filter(({ id }) => !standing.some((one) => one.id === id)).map(({ id }) => id)
  const doubts = { news, cleared }
  return { ...look, memory: { ...look.memory, suspicions: withDoubts(known, doubts) }, doubts, isGlance }
}

/** What is known again is known since it was first. */
function withDoubts(known: readonly Suspicion[], { news, cleared }: Doubts): readonly Suspicion[] {
  const first = (id: string) => known.find((one) => one.id === id)?.at
  return [
    ...news.map((one) => ({ ...one, at: first(one.id) ?? one.at })),
    ...known.filter(({ id }) => !cleared.includes(id) && !news.some((one) => one.id === id)),
  ]
}

/** Reads, and answers with `instead` where reading fails, having said so in the log. */
export async function readOr<T, E>(instead: E, reading: () => Promise<T>, { log }: Ports): Promise<T | E> {
  try {
    return await reading()
  } catch (error) {
    log('warn', 'The second look failed', { error: errorText(error) })
    return instead
  }
}

/** Gives AWS's refusal or failure to answer a code of ours, and a sentence. */
export function asReadFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  return isDenied(error)
    ? new Fault('read-denied', `Expected to be allowed to look; AWS answered ${errorText(error)}`, error)
    : new Fault('read-failed', `Expected to see what is there; AWS answered ${errorText(error)}`, error)
}

export async function asRead<T>(reading: () => Promise<T>): Promise<T> {
  try {
    return await reading()
  } catch (error) {
    throw asReadFault(error)
  }
}
