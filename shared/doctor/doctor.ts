import { type Check, unknown } from '#shared/doctor/check.ts'
import { clocks } from '#shared/doctor/clocks.ts'
import { configRecorder } from '#shared/doctor/config-recorder.ts'
import { deadLetters } from '#shared/doctor/dead-letters.ts'
import { eventRules } from '#shared/doctor/event-rules.ts'
import { lastEvent } from '#shared/doctor/last-event.ts'
import { lastSweep } from '#shared/doctor/last-sweep.ts'
import type { DoctorOutside, Probe } from '#shared/doctor/outside.ts'
import { policy } from '#shared/doctor/policy.ts'
import { powers } from '#shared/doctor/powers.ts'
import { subscribers } from '#shared/doctor/subscribers.ts'
import { table } from '#shared/doctor/table.ts'
import { trail } from '#shared/doctor/trail.ts'
import { errorText, isDenied } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'

/** What the doctor found, and when. */
export interface Report {
  /** ISO time. */
  readonly at: string
  readonly checks: readonly Check[]
}

/** In the order of the way of an event: from where it is heard to where it is told. */
const probes: Readonly<Record<string, Probe>> = {
  trail,
  'config-recorder': configRecorder,
  'event-rules': eventRules,
  'last-event': lastEvent,
  'last-sweep': lastSweep,
  'dead-letters': deadLetters,
  powers,
  policy,
  subscribers,
  table,
  clocks,
}

/** Looks at everything that Portcullis hears, acts and tells by. It changes nothing, and never throws. */
export async function runDoctor(outside: DoctorOutside): Promise<Report> {
  const at = iso(outside.now())
  const checks = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => {
      try {
        return await probe(outside)
      } catch (error) {
        return unknown(
          name,
          `It could not be looked at: ${errorText(error)}`,
          isDenied(error)
            ? "The doctor's role lacks the right, or a policy above denies it."
            : 'Run the doctor again in some minutes.',
        )
      }
    }),
  )
  return { at, checks: checks.flat() }
}

export const badOnes = ({ checks }: Report): readonly Check[] => checks.filter(({ state }) => state === 'bad')
