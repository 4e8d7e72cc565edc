import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '#local/cloud.ts'
import { workingCopy } from '#local/deploy.ts'

export interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: unknown
}

export interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      {
        readonly Type: string
        readonly DeletionPolicy?: string
        readonly Properties?: Readonly<Record<string, unknown>>
      }
    >
  >
}

let copies = 0

/** The template that `serverless package` makes for AWS, without asking AWS anything. */
export async function packaged(
  params: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Template> {
  return JSON.parse(readFileSync(await packagedFile(params, env), 'utf8')) as Template
}

/** The same as a file. */
export async function packagedFile(
  params: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'portcullis-package-'))
  process.once('exit', () => rmSync(out, { recursive: true, force: true }))
  const given = Object.entries(params).map(([name, value]) => `--param=${name}=${value}`)
  // What serverless has to say of an error, it says on its standard output.
  await promisify(execFile)(
    join(ROOT, 'node_modules/.bin/serverless'),
    ['package', '--stage', 'prod', '--package', out, ...given],
    {
      cwd: workingCopy(`package-${process.pid}-${++copies}`),
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: 'none',
        AWS_SECRET_ACCESS_KEY: 'none',
        AWS_REGION: 'eu-central-1',
        SLS_TELEMETRY_DISABLED: '1',
        SLS_NOTIFICATIONS_MODE: 'off',
        ...env,
      },
    },
  ).catch((error: { stdout?: string }) => {
    throw new Error(error.stdout ?? String(error))
  })
  return join(out, 'cloudformation-template-update-stack.json')
}

/** The statements of a role in the template. */
export function statementsOfRole(template: Template, role: string): readonly Statement[] {
  const { Policies } = template.Resources[role]!.Properties as {
    Policies: { PolicyDocument: { Statement: Statement[] } }[]
  }
  return Policies.flatMap((policy) => policy.PolicyDocument.Statement)
}
