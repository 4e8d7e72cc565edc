import { Agent, type IncomingMessage, request } from 'node:http'
import type { Answer } from '#local/answer.ts'
import type { Call } from '#local/call.ts'
import { HINTS } from '#local/hints.ts'

/** Passes calls on to one emulator over kept connections. */
export interface Upstream {
  send(call: Call, more?: Readonly<Record<string, string>>): Promise<Answer>
  close(): void
}

/** Makes the way to the emulator on that loopback port. */
export function createUpstream(port: number): Upstream {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })

  function once(call: Call, more: Readonly<Record<string, string>>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      // `host` stays the caller's: virtual-host S3 and advertised addresses depend on it.
      const { connection: _connection, 'transfer-encoding': _chunked, expect: _expect, ...kept } = call.headers
      // These are the door's own to give: see the hints.
      for (const name of HINTS) delete kept[name]
      const headers = { ...kept, ...more, 'content-length': call.body.length }
      const sent = request(
        { host: '127.0.0.1', port, method: call.method, path: call.url, headers, agent },
        (answer) => {
          whole(answer).then(resolve, reject)
        },
      )
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that the emulator closed just now: nothing was processed.
        if (sent.reusedSocket && error.code === 'ECONNRESET') once(call, more).then(resolve, reject)
        else reject(error)
      })
      sent.end(call.body)
    })
  }

  return { send: (call, more = {}) => once(call, more), close: () => agent.destroy() }
}

async function whole(answer: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part as Buffer)
  const headers: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && name !== 'connection' && name !== 'transfer-encoding' && name !== 'keep-alive') {
      headers[name] = value
    }
  }
  return { status: answer.statusCode ?? 502, headers, body: Buffer.concat(parts) }
}
