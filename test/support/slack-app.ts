import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Slack } from '#local/slack.ts'

/** A request as it came. */
export interface Heard {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What the app answers next; without anything, an empty 200. */
export interface Reply {
  readonly status?: number
  readonly json?: unknown
  readonly text?: string
  readonly waitMs?: number
}

/** An app on this machine that Slack sends to. */
export interface SlackApp {
  readonly url: string
  readonly heard: Heard[]
  /** The answer from now on. */
  reply(answer: Reply): void
  stop(): Promise<void>
}

/** Starts an app that hears everything, checks nothing, and answers what it is told. */
export async function startSlackApp(): Promise<SlackApp> {
  const heard: Heard[] = []
  let next: Reply = {}
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', async () => {
      const { status = 200, json, text, waitMs = 0 } = next
      heard.push({
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(parts).toString('utf8'),
      })
      await sleep(waitMs)
      const kind = json === undefined ? 'text/plain' : 'application/json; charset=utf-8'
      outgoing.writeHead(status, { 'content-type': kind }).end(json === undefined ? (text ?? '') : JSON.stringify(json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack`,
    heard,
    reply(answer) {
      next = answer
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Whether a request is signed with that secret, by Slack's documentation and no code of Slack's. */
export function isSigned({ headers, body }: Heard, secret: string): boolean {
  const base = `v0:${headers['x-slack-request-timestamp']}:${body}`
  return headers['x-slack-signature'] === `v0=${createHmac('sha256', secret).update(base).digest('hex')}`
}

/** The app of this file's tests; before each of them it and Slack have forgotten everything. */
export let app: SlackApp

/** Starts the app for this file's tests. */
export function useSlackApp(slack: Slack): void {
  beforeAll(async () => {
    app = await startSlackApp()
  })

  afterAll(() => app?.stop())

  beforeEach(async () => {
    await slack.reset()
    app.heard.length = 0
    app.reply({})
  })
}

/** The fields of the last form that came. */
export const lastForm = (): Readonly<Record<string, string>> =>
  Object.fromEntries(new URLSearchParams(app.heard.at(-1)!.body))

/** The payload in it. */
export const lastPayload = (): unknown => JSON.parse(lastForm().payload!)
