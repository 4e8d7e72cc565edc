import { bad, type Check, ok } from '#shared/doctor/check.ts'
import type { DoctorOutside } from '#shared/doctor/outside.ts'
import { quote } from '#shared/kit/quote.ts'
import { span } from '#shared/kit/span.ts'
import type { Disarmed } from '#shared/ledger.ts'
import { armedOf, modesOf } from '#shared/policy/modes.ts'
import type { Policy } from '#shared/policy/schema.ts'

/** An exemption's end is told this long before. */
const SOON = 14 * 86_400_000

/** Who switched what off. */
export interface Off {
  readonly response: string
  readonly disarmed: Disarmed
}

/** What the policy does, whether somebody switched it off, and which exemptions end. */
export async function policy({ policy: written, ledger, responses, now }: DoctorOutside): Promise<readonly Check[]> {
  const guards = await Promise.all(
    responses.map(async (response) => ({ response, disarmed: (await ledger.guard(response)).disarmed })),
  )
  const off = guards.filter((guard): guard is Off => guard.disarmed !== null)
  return [judgeArmed(written, off), judgeExemptions(written, now())]
}

/** Judges whether what is armed would act. */
export function judgeArmed(written: Policy, off: readonly Off[]): Check {
  const modes = modesOf(written)
  const says = `${armedOf(written).length > 0 ? 'Armed' : 'Watching'}: ${modes.map(({ name, mode }) => `${name} ${mode}${mode === 'watch' ? 'es' : 's'}`).join(', ')}.`
  if (off.length === 0) return ok('policy', says)
  // The reason is a person's own words.
  const words = off.map(
    ({ response, disarmed: { by, at, reason } }) =>
      `${response} was switched off by ${quote(by.name, 200)} at ${at}: ${quote(reason, 200)}`,
  )
  return bad(
    'policy',
    `${words.join('; ')}. What it would have done it asks, and nobody can approve. (${says})`,
    'When the reason is gone, switch it on again: npx portcullis arm.',
  )
}

/** Judges which exemptions end soon. What they spare is judged again then: a door may close that somebody relies on. */
export function judgeExemptions({ exemptions }: Policy, now: number): Check {
  const left = ({ expires }: (typeof exemptions)[number]) => Date.parse(expires) - now
  const lapsed = exemptions.filter((one) => left(one) < 0)
  const soon = exemptions.filter((one) => left(one) >= 0 && left(one) <= SOON)
  const told = [
    ...soon.map((one) => `${one.name} (${one.owner}) ends in ${span(left(one))}`),
    ...lapsed.map((one) => `${one.name} (${one.owner}) has lapsed and spares nothing`),
  ].join('; ')
  if (soon.length > 0)
    return bad('exemptions', `${told}.`, 'Ask the owner: close what it spares, or give it a new end in portcullis.yml.')
  if (lapsed.length > 0) return ok('exemptions', `${told}.`, 'Take it out of portcullis.yml.')
  return ok(
    'exemptions',
    exemptions.length > 0 ? `None of ${exemptions.length} ends within 14 days.` : 'There are none.',
  )
}
