import { Fault } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import type { Readings } from '#shared/intake/signal-of.ts'
import { judgeAll } from '#shared/judged.ts'
import { lookAt } from '#shared/look.ts'
import type { Ports } from '#shared/ports.ts'
import { keysOf } from '#shared/respond.ts'
import type { Response, World } from '#shared/response.ts'

/** What would be made of an event now, for one subject. */
export interface Drilled {
  readonly subject: string
  readonly decided: readonly { readonly mode: string; readonly because: string; readonly says: string }[]
  readonly plan: readonly { readonly title: string; readonly call: string; readonly input: object }[]
}

/**
 * A drill: looks, judges and plans as for a real event, and answers with what would be done. Nothing is changed, written
 * down or told. Whoever may invoke a responder may run one. Throws `input-invalid` where everything would be looked at: that
 * nothing would be done is not what a drill may say of it.
 */
export async function drill<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  readings: Readings,
  ports: Ports,
): Promise<readonly Drilled[]> {
  const drilled: Drilled[] = []
  for (const reading of readings) {
    if (!('signal' in reading)) continue
    const { signal } = reading
    const where = signal.kind === 'approval' ? [] : response.subjects(signal)
    if (where === 'all')
      throw new Fault(
        'input-invalid',
        'Expected an event that names what it is about; this one hides it, or is a tick: everything would be looked at, which a drill does not do.',
      )
    // The event is taken at its word: nothing is done about it, and it may be made up to try things out.
    const news = signal.kind === 'host-alert' ? [signal.suspicion] : []
    for (const subject of await keysOf(response, where, signal, ports)) {
      const { world, memory } = await lookAt(response, subject, ports, { news, cleared: [] })
      const { decided } = judgeAll(response, world, memory, signal, ports)
      const plan = response.plan(
        decided.filter(({ decision }) => decision.mode !== 'spare').map(({ finding }) => finding),
        world,
      )
      drilled.push({
        subject,
        decided: decided.map(({ decision: { mode, because } }) => ({
          mode,
          because: because.clause,
          says: because.says,
        })),
        plan: plan.map(({ title, does }) => ({ title, call: does.call, input: does.input })),
      })
    }
  }
  return drilled
}
