import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, startChild } from '#local/child.ts'
import { type FrontDoor, openFrontDoor } from '#local/front-door.ts'
import { KEYS } from '#local/principals.ts'

/** A running cloud on this machine's loopback. */
export interface Cloud {
  /** The front door: the endpoint of every service. */
  readonly url: string
  readonly region: string
  readonly account: string
  /** The emulators behind the door. Calls made here are not logged, recorded or broken. */
  readonly motoUrl: string
  readonly ministackUrl: string
  /** A Slack of this machine's own, for `slackOf`. The functions find it under `SLACK_API_URL`. */
  readonly slackUrl: string
  /** What makes an unmodified SDK, CLI or deployment use this cloud, and nothing else. */
  readonly env: Readonly<Record<string, string>>
  /** Ends every process of the cloud. */
  stop(): Promise<void>
}

/** How to start it. */
export interface CloudOptions {
  /** The front door's port; a free one without it. */
  readonly port?: number
  /** First delay before Lambda repeats a failed asynchronous call; the second is twice as long. AWS: 60 s. */
  readonly retryDelaySeconds?: number
  /** How many functions may run at once; without it 10, the quota of a new AWS account. Beyond that they are throttled. */
  readonly concurrency?: number
}

export const REGION = 'eu-central-1'
export const ACCOUNT = '123456789012'

/** The repository's root: the emulators live in its `.venv`, Node 24 in its `node_modules`. */
export const ROOT = join(import.meta.dirname, '..')

/** Starts both emulators, a Slack and the front door. Takes a second or two. */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const [motoPort, ministackPort, slackPort] = await Promise.all([freePort(), freePort(), freePort()])
  const place = { account: ACCOUNT, region: REGION }
  const workerWord = randomBytes(12).toString('hex')
  const door = await openFrontDoor({ port: options.port ?? 0, motoPort, ministackPort, ...place, workerWord })
  const url = `http://127.0.0.1:${door.port}`
  mkdirSync(join(ROOT, '.local'), { recursive: true })
  // Outside the repository: the functions' code is unpacked there, and would find our package.json and node_modules.
  const scratch = mkdtempSync(join(tmpdir(), 'portcullis-'))
  const { retryDelaySeconds: retryDelay = 1, concurrency = 10 } = options
  const ports = { motoPort, ministackPort, slackPort }
  const children = await startAll({ door, scratch, ...ports, retryDelay, concurrency, workerWord })
  return {
    url,
    ...place,
    motoUrl: `http://127.0.0.1:${motoPort}`,
    ministackUrl: `http://127.0.0.1:${ministackPort}`,
    slackUrl: `http://127.0.0.1:${slackPort}`,
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: KEYS.deploy,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      // Without these an SDK may find the machine's own profile, or wait for a metadata service that is not there.
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
    async stop() {
      await Promise.all([...children.map((child) => child.stop()), door.close()])
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}

async function startAll(given: {
  readonly door: FrontDoor
  readonly scratch: string
  readonly motoPort: number
  readonly ministackPort: number
  readonly slackPort: number
  readonly retryDelay: number
  readonly concurrency: number
  readonly workerWord: string
}): Promise<Child[]> {
  const { door, scratch, motoPort, ministackPort, slackPort, retryDelay, concurrency, workerWord } = given
  // A clean environment: what the caller has set (NODE_OPTIONS, proxies, profiles) would leak into the functions.
  const common = {
    // Lambda runs the first `node` on ministack's path.
    PATH: `${join(ROOT, 'node_modules/.bin')}:${join(ROOT, '.venv/bin')}:/usr/local/bin:/usr/bin:/bin`,
    HOME: process.env.HOME ?? '/',
    LANG: 'C.UTF-8',
    TMPDIR: scratch,
    AWS_DEFAULT_REGION: REGION,
    PYTHONUNBUFFERED: '1',
  }
  const started = await Promise.allSettled([
    start(
      'moto',
      { ...common, MOTO_PORT: String(motoPort), MOTO_ACCOUNT: ACCOUNT },
      `http://127.0.0.1:${motoPort}/moto-api/`,
    ),
    start(
      'ministack',
      {
        ...common,
        MINISTACK_OWN_PORT: String(ministackPort),
        GATEWAY_PORT: String(door.port),
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        MINISTACK_REGION: REGION,
        MINISTACK_ACCOUNT_ID: ACCOUNT,
        // Every call of a function comes back through the front door.
        AWS_ENDPOINT_URL: `http://127.0.0.1:${door.port}`,
        // The functions' workers inherit all of this.
        SLACK_API_URL: `http://127.0.0.1:${slackPort}/api/`,
        LAMBDA_ASYNC_RETRY_BASE_SECONDS: String(retryDelay),
        WORKER_WORD: workerWord,
        // Many more workers at once than 10 is also more than a laptop bears.
        LAMBDA_ACCOUNT_CONCURRENCY: String(concurrency),
        // The emulator's own Lambda worker uses `url.parse`, and says so in every function's log.
        NODE_OPTIONS: '--disable-warning=DEP0169',
        // Not ours to use, and they would listen on every interface.
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
      },
      `http://127.0.0.1:${ministackPort}/_ministack/health`,
    ),
    start('slack', { ...common, SLACK_PORT: String(slackPort) }, `http://127.0.0.1:${slackPort}/_slack/health`),
  ])
  const children: Child[] = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = started.find((result) => result.status === 'rejected')
  if (failed) {
    await Promise.all([...children.map((child) => child.stop()), door.close()])
    rmSync(scratch, { recursive: true, force: true })
    throw failed.reason
  }
  return children
}

function start(name: string, env: Readonly<Record<string, string>>, ready: string): Promise<Child> {
  return startChild({
    name,
    command: join(ROOT, '.venv/bin/python'),
    // -B: no byte code of ours beside the sources.
    args: ['-B', join(ROOT, 'local', `${name}_launcher.py`)],
    env,
    cwd: ROOT,
    log: join(ROOT, '.local', `${name}.log`),
    ready,
    timeoutMs: 30_000,
  })
}
