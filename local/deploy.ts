import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type Cloud, ROOT } from '#local/cloud.ts'
import { KEYS, SECRET } from '#local/principals.ts'
import { run } from '#local/run.ts'

/** What to deploy. */
export interface DeployOptions {
  readonly stage: string
  /** Further environment of the deployment itself, not of the functions. */
  readonly env?: Readonly<Record<string, string>>
  /** `--param="name=value"`. */
  readonly params?: Readonly<Record<string, string>>
  /** A folder for the package: made by `packageTo`, it is deployed as it is, out of the same `cwd`. */
  readonly folder?: string
  /** The folder of serverless.yml; without it, a working copy of the repository. */
  readonly cwd?: string
  /** Ends the deployment. */
  readonly signal?: AbortSignal
}

/** Deploys the service to the local cloud, with the very template that goes to AWS. Throws with the output's end. */
export function deployTo(cloud: Cloud, options: DeployOptions): Promise<void> {
  return serverless('deploy', cloud, options)
}

/** Makes a package that can be deployed later. */
export function packageTo(cloud: Cloud, options: DeployOptions): Promise<void> {
  return serverless('package', cloud, options)
}

/** Takes the service away again. What the template retains stays. */
export function removeFrom(cloud: Cloud, options: DeployOptions): Promise<void> {
  return serverless('remove', cloud, options)
}

async function serverless(
  command: string,
  cloud: Cloud,
  { stage, env, params, folder, cwd, signal }: DeployOptions,
): Promise<void> {
  const heard = command === 'deploy' ? { noticesQueue: await mailboxOf(stage, cloud) } : {}
  // serverless takes no empty value: what is given as empty is left out.
  const set = Object.entries({ ...heard, ...params }).filter(([, value]) => value !== '')
  const given = set.map(([name, value]) => `--param=${name}=${value}`)
  const args = [
    join(ROOT, 'node_modules/.bin/serverless'),
    command,
    '--stage',
    stage,
    '--region',
    cloud.region,
    ...given,
    ...(folder ? ['--package', folder] : []),
  ]
  const { AWS_PROFILE: _profile, AWS_SESSION_TOKEN: _token, NODE_OPTIONS: _options, ...inherited } = process.env
  const { code, output } = await run(join(ROOT, 'node_modules/.bin/node'), args, {
    cwd: cwd ?? workingCopy(`${stage}-${process.pid}`),
    ...(signal ? { signal } : {}),
    env: {
      ...inherited,
      PATH: `${join(ROOT, 'node_modules/.bin')}:${join(ROOT, '.venv/bin')}:${process.env.PATH ?? ''}`,
      ...cloud.env,
      // The stack is asked for its progress every 5 s as shipped, which is most of the time of a local deployment.
      SLS_AWS_MONITORING_FREQUENCY: '250',
      SLS_TELEMETRY_DISABLED: '1',
      SLS_NOTIFICATIONS_MODE: 'off',
      ...env,
      // Named from where the caller stands, not from the working copy.
      ...(env?.PORTCULLIS_POLICY ? { PORTCULLIS_POLICY: resolve(env.PORTCULLIS_POLICY) } : {}),
    },
  })
  if (code === 0) return
  const tail = output.trimEnd().split('\n').slice(-40).join('\n')
  throw new Error(`Expected 'serverless ${command}' to succeed, but it ended with ${code}:\n${tail}`)
}

/**
 * A folder that looks like the repository, with its own `dist/` and `.serverless/`. What is built here is often armed, and
 * must never get into the hands of a deployment to AWS that runs beside it.
 */
export function workingCopy(name: string): string {
  const folder = join(ROOT, '.local', 'deploy', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const own = new Set(['.git', '.local', '.serverless', '.venv', 'dist'])
  for (const entry of readdirSync(ROOT, { withFileTypes: true })) {
    const [from, to] = [join(ROOT, entry.name), join(folder, entry.name)]
    // serverless does not take a link for its configuration file.
    if (entry.isFile()) copyFileSync(from, to)
    else if (!own.has(entry.name)) symlinkSync(from, to)
  }
  return folder
}

/** A queue that hears the notices of this stage: what nobody would hear of is not armed. */
async function mailboxOf(stage: string, { url, region, account }: Cloud): Promise<string> {
  const QueueName = `mail-${stage}`
  const credentials = { accessKeyId: KEYS.deploy, secretAccessKey: SECRET }
  await new SQSClient({ endpoint: url, region, credentials }).send(new CreateQueueCommand({ QueueName }))
  return `arn:aws:sqs:${region}:${account}:${QueueName}`
}
