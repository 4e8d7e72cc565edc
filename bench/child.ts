import { fork } from 'node:child_process'
import { devNull } from 'node:os'
import { REGION } from './account.ts'
import { now } from './stopwatch.ts'

export interface Job {
  readonly event: unknown
}

/** One call of the handler: when it began and ended (milliseconds, monotonic), and what the process used. */
export interface Ran {
  readonly start: number
  readonly end: number
  /** Processor time of all threads during the call; milliseconds. */
  readonly cpu: number
  /** The most memory that the process has ever held; MiB. */
  readonly peak: number
  /** What the handler answered. */
  readonly answer?: unknown
}
export type Told = { readonly imported: number } | Ran | { readonly error: string }

/** A process that has imported a bundle. */
export interface Child {
  /** When the process was asked for, and how long the import took. */
  readonly spawned: number
  readonly imported: number
  /** Calls the handler. */
  run(event: unknown): Promise<Ran>
  /** Waits for the end of a call. */
  ran(): Promise<Ran>
  stop(): Promise<void>
}

/** @param event where given, the handler is called with it at once, without waiting for a job */
export async function startChild(runner: string, bundle: string, url: string, event?: unknown): Promise<Child> {
  const spawned = now()
  const child = fork(runner, [bundle, ...(event === undefined ? [] : [JSON.stringify(event)])], {
    // What the function logs goes nowhere, as it costs what it costs.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: environment(url),
    execArgv: [],
  })
  const inbox: Told[] = []
  let wake: () => void = () => {}
  let gone: string | undefined
  child.on('message', (told: Told) => {
    inbox.push(told)
    wake()
  })
  child.on('exit', (code, signal) => {
    gone = `ended with ${signal ?? code}`
    wake()
  })

  async function next(): Promise<Told> {
    while (inbox.length === 0) {
      if (gone) throw new Error(`Expected the measured process to answer; it ${gone}.`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return inbox.shift()!
  }

  async function ran(): Promise<Ran> {
    const told = await next()
    if ('start' in told) return told
    throw new Error(`Expected the handler to succeed: ${'error' in told ? told.error : 'it is still importing'}`)
  }

  const first = await next()
  if (!('imported' in first)) throw new Error('Expected the bundle to be imported first.')
  return {
    spawned,
    imported: first.imported,
    ran,
    run(asked) {
      child.send({ event: asked } satisfies Job)
      return ran()
    },
    async stop() {
      if (gone) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await ended
    },
  }
}

/** What a function has in Lambda, and nothing of whoever runs the bench. */
const environment = (url: string): Record<string, string> => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_SDK_UA_APP_ID: 'close-open-ingress',
  LEDGER: 'bench-ledger',
  NOTICES: 'arn:aws:sns:eu-west-1:123456789012:bench',
  STAGE: 'bench',
  // What only some functions are told; none of it is called here.
  PUBLIC_URL: 'https://bench.example.com',
  ENDER: 'arn:aws:lambda:eu-central-1:123456789012:function:bench',
  SCHEDULE_ROLE: 'arn:aws:iam::123456789012:role/bench',
  DEAD_LETTERS: 'arn:aws:sqs:eu-central-1:123456789012:bench',
})
