import { bad, type Check, ok } from '#shared/doctor/check.ts'
import type { DoctorOutside } from '#shared/doctor/outside.ts'
import { span } from '#shared/kit/span.ts'

const NAME = 'last-sweep'
/** A sweep that is due every hour ends some minutes after it. */
const LATE = 3_600_000 + 300_000

/** Whether each response's sweep came to its end within the last hour. */
export async function lastSweep({ ledger, responses, now }: DoctorOutside): Promise<Check> {
  const states = await Promise.all(
    responses.map(async (response) => ({ response, completedAt: (await ledger.sweep(response))?.completedAt ?? 0 })),
  )
  return judgeSweeps(states, now())
}

/** Judges when sweeps last came to their end; 0 for never. */
export function judgeSweeps(
  states: readonly { readonly response: string; readonly completedAt: number }[],
  now: number,
): Check {
  const words = ({ response, completedAt }: (typeof states)[number]) =>
    completedAt === 0
      ? `the sweep of ${response} never came to its end`
      : `the sweep of ${response} came to its end ${span(now - completedAt)} ago`
  const late = states.filter(({ completedAt }) => now - completedAt > LATE)
  return late.length > 0
    ? bad(
        NAME,
        sentence(late.map(words)),
        "Look at the function's log: does it fail, or is there more to look at than it gets through?",
      )
    : ok(NAME, sentence(states.map(words)))
}

const sentence = (parts: readonly string[]): string => {
  const text = parts.join('; ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
