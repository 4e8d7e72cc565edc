import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '#local/cloud.ts'
import { type JumpEstate, policyFor } from '#local/jump-estate.ts'

/**
 * The policy that the demo deploys: the shipped one, with its rules armed and a zone for jump boxes. `PORTCULLIS_POLICY` names another file, which
 * is deployed as it is: with the shipped one, which only watches, the demo's checks must fail.
 */
export function demoPolicy(estate: JumpEstate): string {
  if (process.env.PORTCULLIS_POLICY) return process.env.PORTCULLIS_POLICY
  const shipped = readFileSync(join(ROOT, 'portcullis.yml'), 'utf8')
  const armed = shipped.replace(/^(\s*mode: )watch\b/gm, '$1act')
  if (armed === shipped) throw new Error("Expected portcullis.yml to hold a rule of 'mode: watch' to arm; found none.")
  const file = join(ROOT, '.local/portcullis.demo.yml')
  policyFor(estate, join(ROOT, 'local/demo/jump-zone.yml'), file)
  writeFileSync(file, `${armed}\n${readFileSync(file, 'utf8')}`)
  return file
}
