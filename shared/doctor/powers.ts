import { bad, type Check, isCheck, ok, unknown } from '#shared/doctor/check.ts'
import { type DoctorOutside, functionName } from '#shared/doctor/outside.ts'
import { awsCode, errorText, isDenied } from '#shared/fault.ts'

/** Has each responder try its powers, within its own role: what stands above a role can't be seen from outside of it. */
export async function powers(outside: DoctorOutside): Promise<readonly Check[]> {
  const answers = await Promise.all(outside.responders.map(({ name }) => powersOf(outside, name)))
  return answers.flat()
}

async function powersOf({ askPowers, stage }: DoctorOutside, name: string): Promise<readonly Check[]> {
  try {
    return judgePowers(name, await askPowers(functionName(stage, name)))
  } catch (error) {
    return [unaskable(name, error)]
  }
}

/** Judges what a function said of its powers: one line where all is well, else one for each that is not. */
export function judgePowers(name: string, answer: unknown): readonly Check[] {
  if (!Array.isArray(answer) || !answer.every(isCheck))
    return [
      unknown(
        `powers of ${name}`,
        `${name} did not say what its powers come to.`,
        'Deploy again: it may be of an older release.',
      ),
    ]
  const wrong = answer.filter(({ state }) => state !== 'ok')
  const fine = answer.length - wrong.length
  return wrong.length > 0
    ? wrong.map((one) => ({ ...one, name: `powers of ${name}: ${one.name}` }))
    : [ok(`powers of ${name}`, `AWS would let ${name} make all ${fine} calls that it may have to make.`)]
}

/** That a function can't be run is worse than that it lacks a power. */
function unaskable(name: string, error: unknown): Check {
  const says = `${name} could not be asked: ${errorText(error)}`
  return isDenied(error)
    ? unknown(
        `powers of ${name}`,
        says,
        "The doctor's own role lacks lambda:InvokeFunction on it, or a policy above denies it.",
      )
    : bad(
        `powers of ${name}`,
        says,
        awsCode(error) === 'TooManyRequestsException'
          ? 'Lambda throttles it: has somebody reserved a concurrency of 0, or is the account out of it?'
          : "Look at the function's log.",
      )
}
