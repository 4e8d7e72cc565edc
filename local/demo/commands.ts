import { join } from 'node:path'
import { type Cloud, ROOT } from '#local/cloud.ts'
import { type Ran, run } from '#local/run.ts'

/** Runs the unmodified AWS CLI against the cloud, as the holder of that access key. */
export const aws = (cloud: Cloud, key: string, args: readonly string[]): Promise<Ran> =>
  ranBy(join(ROOT, '.venv/bin/aws'), args, cloud, key)

/** Runs the `portcullis` command against the cloud, as the holder of that access key. */
export const portcullis = (cloud: Cloud, key: string, args: readonly string[]): Promise<Ran> =>
  ranBy(process.execPath, [join(ROOT, 'bin/portcullis.js'), ...args], cloud, key)

function ranBy(command: string, args: readonly string[], cloud: Cloud, key: string): Promise<Ran> {
  const { PATH = '', HOME = '/', LANG = 'C.UTF-8' } = process.env
  return run(command, args, { cwd: ROOT, env: { PATH, HOME, LANG, ...cloud.env, AWS_ACCESS_KEY_ID: key } })
}
