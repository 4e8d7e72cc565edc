import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { errorCodeOf } from '#local/answer.ts'
import { type Call, readCall } from '#local/call.ts'
import { rightsOf } from '#local/call-log.ts'
import { isRecorded, recordOf } from '#local/cloudtrail.ts'
import { answerControl } from '#local/control-endpoint.ts'
import { createDoorState } from '#local/door-state.ts'
import { createUpstream } from '#local/forward.ts'
import { createInstanceNews, NEWS } from '#local/instance-news.ts'
import { type Outcome, outcomeOf } from '#local/outcome.ts'
import { emulatorOf } from '#local/routes.ts'
import { snapshotNews } from '#local/snapshot-news.ts'
import { trailEvent } from '#local/trail-event.ts'

/** Where the door stands and what lies behind it. */
export interface DoorOptions {
  /** 0 for any free one. */
  readonly port: number
  readonly motoPort: number
  readonly ministackPort: number
  readonly account: string
  readonly region: string
  /** What the functions' session tokens hold besides their process, so that a run can be ended. */
  readonly workerWord?: string
}

/** An open door. */
export interface FrontDoor {
  readonly port: number
  close(): Promise<void>
}

/** Opens the one address of the cloud: it routes every call, plays CloudTrail, and breaks what the switches say. */
export async function openFrontDoor(options: DoorOptions): Promise<FrontDoor> {
  const upstreams = { moto: createUpstream(options.motoPort), ministack: createUpstream(options.ministackPort) }
  const busUrl = `http://127.0.0.1:${options.ministackPort}/`
  const state = createDoorState(busUrl, options.region, options.workerWord ?? '')
  const { account, region } = options
  const news = createInstanceNews({ ...state, moto: upstreams.moto, account, region })

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [method, url, body] = [incoming.method ?? 'GET', incoming.url ?? '/', await bodyOf(incoming)]
    if (url.startsWith('/_cloud/')) return answerControl(state, news, method, url, body, outgoing)
    const call = readCall(method, url, incoming.headers, body)
    const [at, started] = [Date.now(), performance.now()]
    const upstream = upstreams[emulatorOf(call)]
    const outcome = await outcomeOf(call, upstream, state, options.account)
    note(call, outcome, at, performance.now() - started)
    // Before the caller has its answer: who empties the log of events afterwards empties it of these too.
    await news.hear(outcome.seen)
    if (outcome.answer) {
      const { status, headers: given, body: content } = outcome.answer
      const { [NEWS]: _news, ...kept } = given
      const headers: typeof given = { ...kept, ...requestIdOf(call, content) }
      outgoing.writeHead(status, { ...headers, 'content-length': headers['content-length'] ?? content.length } as never)
      outgoing.end(method === 'HEAD' ? undefined : content)
    } else incoming.socket.destroy()
    trail(call, outcome)
  }

  function note(call: Call, { answer }: Outcome, at: number, durationMs: number): void {
    const { service, action, app, accessKey } = call
    const told = answer
      ? { status: answer.status, errorCode: errorCodeOf(answer) }
      : { status: 0, errorCode: 'ConnectionReset' }
    state.calls.push({ at, service, action, ...rightsOf(call), app, accessKey, ...told, durationMs })
  }

  function trail(call: Call, { seen }: Outcome): void {
    if (!seen) return
    snapshotNews(call, seen, upstreams.moto, state, options.region)
    if (isRecorded(call))
      state.bus.send(trailEvent(recordOf(call, seen, options.account, call.region ?? options.region, new Date())))
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: Error) => {
      // The caller has its answer; what failed is the record of it, and a test waiting for that must see why.
      if (outgoing.writableEnded) return console.error(`The front door could not record a call: ${error.stack}`)
      if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-type': 'text/plain' })
      outgoing.end(`The front door could not pass the call on: ${error.message}\n`)
    })
  })
  // SDKs keep their connections: closing an idle one races with their next call.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(taken ? new Error(`Expected port ${options.port} to be free: is another local cloud running?`) : error)
    })
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      state.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      for (const upstream of Object.values(upstreams)) upstream.close()
    },
  }
}

/** In XML a call's id stands in the body, in a header, and in CloudTrail's record: moto's header may have another one. */
function requestIdOf(call: Call, content: Buffer): { 'x-amzn-requestid'?: string } {
  if (call.protocol !== 'ec2' && call.protocol !== 'query') return {}
  const id = /<[rR]equest[iI][dD]>([^<]+)</.exec(content.toString('latin1'))?.[1]
  return id ? { 'x-amzn-requestid': id } : {}
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
