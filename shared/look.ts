import { errorText, Fault, isDenied } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import type { Memory, Page } from '#shared/ledger.ts'
import type { Ports } from '#shared/ports.ts'
import type { Outside, Response, World } from '#shared/response.ts'

/** What is there and what the ledger knows of it, read side by side. */
export interface Look<W extends World> {
  readonly world: W
  readonly memory: Memory
  readonly page: Page
}

/** The outside as a response sees it. */
export const outsideOf = ({ reads, policy, clock: { now, sleep } }: Ports): Outside => ({ reads, policy, now, sleep })

/** Looks at one subject. Throws `read-denied` or `read-failed`: a look that fails is never "nothing there". */
export async function lookAt<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subject: string,
  ports: Ports,
  scanned?: W,
): Promise<Look<W>> {
  const page = { response: response.name, subject }
  const [world, memory] = await Promise.all([
    scanned ?? asRead(() => response.observe(subject, outsideOf(ports))),
    ports.ledger.recall(page),
  ])
  return { world, memory, page }
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
