import type { Settled } from '#shared/ending.ts'
import { Fault } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import type { Ports, Run } from '#shared/ports.ts'
import type { Response, World } from '#shared/response.ts'
import { settle } from '#shared/settle.ts'
import type { Signal } from '#shared/signal.ts'
import { tell } from '#shared/tell.ts'

/** Time that a further look takes, and the writing down of it. */
const RESERVE = 45_000

/**
 * Settles one subject, tells people, and lets go of it; where somebody has left word meanwhile, looks again first. Throws
 * what went wrong, once people are told.
 */
export async function settleAndTell<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  subject: string,
  signal: Signal,
  ports: Ports,
  run: Run,
): Promise<Settled> {
  for (;;) {
    const one = await settle(response, subject, signal, ports, run)
    if (one.telling) await tell(await one.telling.notice(), ports)
    const again = (await one.telling?.release()) === 'word' || one.again
    if (one.fault) throw one.fault
    if (!again) return one
    if (ports.clock.left() < RESERVE)
      throw new Fault('not-converging', 'Expected to let go of the subject; there was always one more word about it.')
  }
}
