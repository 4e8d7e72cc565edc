import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { errorCodeOf } from '#local/answer.ts'
import { type Call, readCall } from '#local/call.ts'
import { rightsOf } from '#local/call-log.ts'
import { isRecorded, recordOf } from '#local/cloudtrail.ts'
import { answerControl } from '#local/control-endpoint.ts'
import { createDoorState } from '#local/door-state.ts'
import { createUpstream } from '#local/forward.ts'
import { type Outcome, outcomeOf } from '#local/outcome.ts'
import { trailEvent } from '#local/trail-event.ts'

/** moto has what a responder does to machines and networks, and what watches them; ministack has the serverless rest. */
const MOTO = new Set(['ec2', 'elasticloadbalancing', 'autoscaling', 'route53', 'cloudtrail', 'config'])

/** Where the door stands and what lies behind it. */
export interface DoorOptions {
  /** 0 for any free one. */
  readonly port: number
  readonly motoPort: number
  readonly ministackPort: number
  readonly account: string
  readonly region: string
}

/** An open door. */
export interface FrontDoor {
  readonly port: number
  close(): Promise<void>
}

/** Opens the one address of the cloud: it routes every call, plays CloudTrail, and breaks what the switches say. */
export async function openFrontDoor(options: DoorOptions): Promise<FrontDoor> {
  const moto = createUpstream(options.motoPort)
  const ministack = createUpstream(options.ministackPort)
  const state = createDoorState(`http://127.0.0.1:${options.ministackPort}/`, options.region)

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [method, url, body] = [incoming.method ?? 'GET', incoming.url ?? '/', await bodyOf(incoming)]
    if (url.startsWith('/_cloud/')) return answerControl(state, method, url, body, outgoing)
    const call = readCall(method, url, incoming.headers, body)
    const [at, started] = [Date.now(), performance.now()]
    const upstream = MOTO.has(call.service) ? moto : ministack
    const outcome = await outcomeOf(call, upstream, state, options.account)
    note(call, outcome, at, performance.now() - started)
    if (outcome.answer) {
      const { status, headers: given, body: content } = outcome.answer
      const headers: typeof given = { ...given, ...requestIdOf(call, content) }
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
    if (!seen || !isRecorded(call)) return
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
      state.bus.stop()
      state.faults.release()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      moto.close()
      ministack.close()
    },
  }
}

/** EC2 says the id of a call in the body and in a header, and CloudTrail too: moto's header has another one. */
function requestIdOf(call: Call, content: Buffer): { 'x-amzn-requestid'?: string } {
  if (call.service !== 'ec2') return {}
  const id = /<request[iI][dD]>([^<]+)</.exec(content.toString('latin1'))?.[1]
  return id ? { 'x-amzn-requestid': id } : {}
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
