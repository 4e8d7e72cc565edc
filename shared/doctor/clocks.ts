import { bad, type Check, ok, unknown } from '#shared/doctor/check.ts'
import type { DoctorOutside } from '#shared/doctor/outside.ts'

const NAME = 'clocks'
const GOOD = 5_000
const BAD = 60_000

/**
 * Whether our clock goes with AWS's: expiries, graces and the breaker are counted by ours. (Past five minutes AWS refuses
 * our signatures: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html.)
 */
export async function clocks({ awsTime, notices, now }: DoctorOutside): Promise<Check> {
  const before = now()
  const theirs = await awsTime(notices)
  // The answer was dated somewhere between asking and hearing.
  return judgeClocks(theirs, before, now())
}

/** Judges how far AWS's time lies outside of the time that the call took. A date has a resolution of one second. */
export function judgeClocks(theirs: number, before: number, after: number): Check {
  if (Number.isNaN(theirs)) return unknown(NAME, 'The answer of AWS bore no date.')
  const apart = Math.max(0, before - 1_000 - theirs, theirs - after)
  const says = `Our clock and that of AWS are ${apart < 1_000 ? 'less than 1 s' : `${Math.round(apart / 1_000)} s`} apart.`
  if (apart <= GOOD) return ok(NAME, says)
  const fix = 'Time is kept by Lambda: where it does not come right by itself, ask AWS Support.'
  return apart > BAD ? bad(NAME, says, fix) : unknown(NAME, says, fix)
}
