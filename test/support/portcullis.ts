import { spawn } from 'node:child_process'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { ROOT } from '#local/cloud.ts'
import { signedFetch } from '../../cli/sigv4.ts'
import { env, options, region, url } from './cloud.ts'
import { STAGE } from './cloud-setup.ts'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

/**
 * Runs a command to its end, with nothing in its environment but the cloud. Never one of the `Sync` calls: what answers
 * the command may live in this very process.
 */
export function ran(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const { PATH, HOME } = process.env
  const child = spawn(command, args, { cwd: ROOT, env: { PATH, HOME, ...env, PORTCULLIS_STAGE: STAGE, ...more } })
  let [out, error] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text
  })
  return new Promise((resolve, reject) =>
    child.once('error', reject).once('close', (code) => resolve({ code, out, error })),
  )
}

/** The command itself. */
export const portcullis = (...args: string[]): Promise<Ran> => ran(process.execPath, ['bin/portcullis.js', ...args])

/** The command, as a user of that name with a key of their own. */
export const as =
  (name: string) =>
  (...args: string[]): Promise<Ran> =>
    ran(process.execPath, ['bin/portcullis.js', ...args], {
      AWS_ACCESS_KEY_ID: `AKIALOCAL${name.toUpperCase()}`.padEnd(20, '0'),
    })

/** The error that a command printed as JSON. */
export const errorIn = (out: string) => (JSON.parse(out) as { error: { code: string; message: string } }).error

/** Where the API is: the operators', Slack's, and the pages behind links. */
export async function apiUrl(): Promise<string> {
  const stack = new DescribeStacksCommand({ StackName: `portcullis-${STAGE}` })
  const { Stacks } = await new CloudFormationClient(options).send(stack)
  const id = Stacks![0]!.Outputs!.find((output) => output.OutputKey === 'OperatorsApi')!.OutputValue
  return `${url}/_aws/execute-api/${id}/$default`
}

/** Asks the operators' API without a signature. */
export async function unsigned(method: string, path: string, headers: Record<string, string> = {}, body?: object) {
  const response = await fetch((await apiUrl()) + path, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return { status: response.status, body: await response.text() }
}

/** Asks it with the signature of the tests' own key, but a body that the command would never send. */
export async function signed(path: string, body: object) {
  Object.assign(process.env, env)
  const response = await signedFetch(new URL((await apiUrl()) + path), 'POST', JSON.stringify(body), region)
  return { status: response.status, body: await response.text() }
}
