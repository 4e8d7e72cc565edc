import * as z from 'zod/mini'
import { Fault } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'
import { quote } from '#shared/kit/quote.ts'
import type { Disarmed } from '#shared/ledger.ts'
import { ascii, type Notice } from '#shared/notice.ts'
import type { Ports } from '#shared/ports.ts'
import type { Person } from '#shared/story.ts'
import { tell } from '#shared/tell.ts'
import { Reason } from '#shared/undo-request.ts'
import { RESPONDERS } from './invoke.ts'

const Switching = z.strictObject({
  reason: Reason,
  response: z.optional(z.enum(Object.keys(RESPONDERS))),
})

/** Which responses are switched off, by whom and why. */
export interface Switches {
  readonly disarmed: Readonly<Record<string, Disarmed | null>>
}

/** Where each response's kill switch stands. */
export async function switches({ ledger }: Ports): Promise<Switches> {
  const names = Object.keys(RESPONDERS)
  const guards = await Promise.all(names.map((name) => ledger.guard(name)))
  return { disarmed: Object.fromEntries(names.map((name, i) => [name, guards[i]!.disarmed])) }
}

/**
 * The kill switch: off (`disarm`) or on again, for one response or for all. It holds from the very next claim on, since
 * every intent's transaction depends on it; a change that is on its way to AWS already is not called back.
 */
export async function setSwitch(to: 'disarm' | 'arm', body: unknown, by: Person, ports: Ports): Promise<Switches> {
  const asked = Switching.safeParse(body)
  if (!asked.success)
    throw new Fault(
      'input-invalid',
      `Expected {reason, response?} with a response of ${Object.keys(RESPONDERS).join(', ')}.`,
    )
  const { reason, response } = asked.data
  const responses = response ? [response] : Object.keys(RESPONDERS)
  const at = iso(ports.clock.now())
  for (const one of responses)
    await ports.ledger.setDisarmed(one, to === 'disarm' ? { by, at, reason } : null, by, reason)
  await tell(noticeOf(to, responses, reason, by, at, ports), ports)
  return switches(ports)
}

function noticeOf(
  to: 'disarm' | 'arm',
  responses: readonly string[],
  reason: string,
  by: Person,
  at: string,
  { account, region, stage }: Ports,
): Notice {
  const which = responses.join(', ')
  const text =
    to === 'disarm'
      ? [
          `DISARMED: ${which} changes nothing from now on; what it would have done, it asks.`,
          `By ${quote(by.name, 200)} from ${quote(by.from ?? '?', 45)}: ${quote(reason, 200)}`,
          `Arm it again: npx portcullis arm --stage ${stage} --reason "…"`,
        ]
      : [`ARMED: ${which} does again what the policy says.`, `By ${quote(by.name, 200)}: ${quote(reason, 200)}`]
  return {
    subject: ascii(`Portcullis ${to === 'disarm' ? 'disarmed' : 'armed'}: ${which}`),
    text: [...text, `Account ${account}, region ${region}.`].join('\n'),
    importance: to === 'disarm' ? 'critical' : 'important',
    facts: { switched: to, responses, by, reason: quote(reason, 500), at, account, region },
  }
}
