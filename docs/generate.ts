import { readFileSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { doctorRights } from '#deploy/doctor-role.ts'
import { deployedPolicy } from '#deploy/policy.ts'
import { type FunctionRights, functionRights, impliedRights } from '#deploy/rights.ts'
import { FAULTS } from '#shared/fault.ts'
import { PolicySchema } from '#shared/policy/schema.ts'
import { powersTable } from '../cli/powers.ts'

/** Writes the documents that are made from the code; with `--check`, fails where one of them is not fresh. */

const GENERATED = '<!-- Made by docs/generate.ts out of the code: change that. -->'

const documents: Readonly<Record<string, string>> = {
  'docs/portcullis.schema.json': `${JSON.stringify(z.toJSONSchema(PolicySchema, { io: 'input' }), null, 2)}\n`,
  'docs/powers.md': `${powers()}\n`,
  'docs/faults.md': `${faults()}\n`,
}

const stale = Object.entries(documents).filter(([file, text]) => read(file) !== text)
if (process.argv.includes('--check')) {
  for (const [file] of stale)
    console.error(`${file} is not what docs/generate.ts makes of the code: run "npm run docs".`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else for (const [file, text] of stale) writeFileSync(file, text)

function powers(): string {
  const rows = powersTable(deployedPolicy('portcullis.yml')).map(
    (row) => `| \`${row.call}\` | ${row.does} | ${row.heldBy.join(', ')} | ${row.resources.map(code).join(', ')} |`,
  )
  const functions = Object.entries({ ...functionRights(deployedPolicy('portcullis.yml')), doctor: doctorRights }).map(
    ([name, rights]) =>
      `| \`${name}\` | ${[...rights.reads, ...secretsOf(rights)].map(code).join(', ')} | ${rights.powers.map(code).join(', ')} | ${rights.ledger.map(code).join(', ')} |`,
  )
  const implied = new Set(
    impliedRights.map((right) => `| \`${right.action}\` | ${right.because} | [AWS](${right.source}) |`),
  )
  return [
    '# What it can do to an account',
    GENERATED,
    'These are all the calls that can change anything outside its own ledger, log and dead-letter queue (`shared/mutations/`).',
    table('| call | what it does | held by | on |', rows),
    '## The rights of each function',
    'Under the policy as it ships, which narrows nothing: where a rule of the policy has `narrow`, `close-open-ingress` also holds `ec2:AuthorizeSecurityGroupIngress`, and `undo-open-ingress` `ec2:RevokeSecurityGroupIngress`. Where it has zones for jump boxes, `keep-jump-boxes` holds the calls that open and end them, on what the zones name and on what it has made itself (`deploy/box-bounds.ts`): `npx portcullis powers` shows it.',
    table('| function | looks with | changes with | keeps its ledger with |', functions),
    '## Implied rights',
    'Rights that a call drags along without showing up as a call of its own; reviewed by hand.',
    table('| right | why | source |', [...implied]),
  ].join('\n\n')
}

/** Each of Slack's secrets is a parameter of its own, and only these are read. */
function secretsOf({ secrets = [] }: FunctionRights): string[] {
  return secrets.map((one) => `ssm:GetParameter (${one})`)
}

function faults(): string {
  const rows = Object.entries(FAULTS).map(
    ([code, { retryable, means }]) => `| \`${code}\` | ${means} | ${retryable ? 'yes' : 'no'} |`,
  )
  return [
    '# Faults',
    GENERATED,
    'What can go wrong, one code each. Whatever is thrown goes back to Lambda: the event is retried twice, then kept in the dead-letter queue, and an alarm rings. A dead letter holds the event and, in `responsePayload.errorMessage`, the code and a sentence.',
    table('| code | means | may the same call succeed later? |', rows),
  ].join('\n\n')
}

function code(text: string): string {
  return `\`${text}\``
}

function table(header: string, rows: readonly string[]): string {
  const columns = header.split('|').length - 2
  return [header, `|${'---|'.repeat(columns)}`, ...rows].join('\n')
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
