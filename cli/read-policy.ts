import { readFileSync } from 'node:fs'
import { errorText, Fault } from '#shared/fault.ts'

/** The text of a policy file, for every command that is given one. */
export function policyText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Fault(
      'input-invalid',
      `Expected a policy file at ${file}; reading it failed with ${errorText(error)}`,
      error,
    )
  }
}
