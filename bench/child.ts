import { type ChildProcess, fork } from 'node:child_process'
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
export class Child {
  /** When the process was asked for, and how long the import took. */
  readonly spawned: number
  imported = 0
  private readonly process: ChildProcess
  private readonly inbox: Told[] = []
  private wake: () => void = () => {}
  private gone: string | undefined

  /** @param event where given, the handler is called with it at once, without waiting for a job */
  constructor(runner: string, bundle: string, url: string, event?: unknown) {
    this.spawned = now()
    this.process = fork(runner, [bundle, ...(event === undefined ? [] : [JSON.stringify(event)])], {
      // What the function logs goes nowhere, as it costs what it costs.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: environment(url),
      execArgv: [],
    })
    this.process.on('message', (told: Told) => {
      this.inbox.push(told)
      this.wake()
    })
    this.process.on('exit', (code, signal) => {
      this.gone = `ended with ${signal ?? code}`
      this.wake()
    })
  }

  async ready(): Promise<this> {
    const told = await this.next()
    if (!('imported' in told)) throw new Error('Expected the bundle to be imported first.')
    this.imported = told.imported
    return this
  }

  /** Calls the handler. */
  async run(event: unknown): Promise<Ran> {
    this.process.send({ event } satisfies Job)
    return this.ran()
  }

  /** Waits for the end of a call. */
  async ran(): Promise<Ran> {
    const told = await this.next()
    if ('start' in told) return told
    throw new Error(`Expected the handler to succeed: ${'error' in told ? told.error : 'it is still importing'}`)
  }

  async stop(): Promise<void> {
    if (this.gone) return
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.disconnect()
    await ended
  }

  private async next(): Promise<Told> {
    while (this.inbox.length === 0) {
      if (this.gone) throw new Error(`Expected the measured process to answer; it ${this.gone}.`)
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
    return this.inbox.shift()!
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
})
