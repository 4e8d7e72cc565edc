import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Cloud, ROOT } from '#local/cloud.ts'

/** How a command ended, and what it printed: standard output and standard error as they came. */
export interface Ran {
  readonly code: number | string
  readonly output: string
}

/** Runs the unmodified AWS CLI against the cloud, as the holder of that access key. */
export const aws = (cloud: Cloud, key: string, args: readonly string[]): Promise<Ran> =>
  run(join(ROOT, '.venv/bin/aws'), args, cloud, key)

/** Runs the `portcullis` command against the cloud, as the holder of that access key. */
export const portcullis = (cloud: Cloud, key: string, args: readonly string[]): Promise<Ran> =>
  run(process.execPath, [join(ROOT, 'bin/portcullis.js'), ...args], cloud, key)

/** Never waits in place: the cloud's front door runs in this process, and must go on answering. */
async function run(command: string, args: readonly string[], cloud: Cloud, key: string): Promise<Ran> {
  const { PATH = '', HOME = '/', LANG = 'C.UTF-8' } = process.env
  const env = { PATH, HOME, LANG, ...cloud.env, AWS_ACCESS_KEY_ID: key }
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'no code'))
  })
  return { code, output }
}
