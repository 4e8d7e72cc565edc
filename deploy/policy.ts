import { readFileSync } from 'node:fs'
import { loadPolicy } from '#shared/policy/load.ts'
import type { Policy } from '#shared/policy/schema.ts'

/** The policy that is deployed. A bad one throws, so it never is. */
export function deployedPolicy(file = process.env.PORTCULLIS_POLICY ?? 'portcullis.yml'): Policy {
  return loadPolicy(readFileSync(file, 'utf8'), file)
}
