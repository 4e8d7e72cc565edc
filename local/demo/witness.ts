import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Cloud, ROOT } from '#local/cloud.ts'

/** An inbound rule as the witness sees it: `tcp/22 from 0.0.0.0/0 "description" [tag=value]`. */
export interface SeenRule {
  readonly id: string
  readonly says: string
}

export interface SeenInterface {
  readonly id: string
  readonly groups: readonly string[]
  readonly rules: number
}

/** A rule over time, in epoch milliseconds. `closed` is null where it was still there at the last look. */
export interface Sighting extends SeenRule {
  readonly opened: number
  readonly closed: number | null
}

/** A notice as a subscriber got it. */
export interface Received {
  readonly subject: string
  readonly facts: Readonly<Record<string, unknown>> & { readonly text: string }
}

/** A second pair of eyes: boto3 straight on the emulators, with no code of the responder's (`local/witness.py`). */
export interface Witness {
  rules(group: string): Promise<readonly SeenRule[]>
  /** The interfaces of a host: the groups of each, and how many rules these have together. */
  interfaces(host: string): Promise<readonly SeenInterface[]>
  /** Looks at a group every few milliseconds until `seen` asks what it saw. */
  watch(group: string): Promise<void>
  seen(group: string): Promise<readonly Sighting[]>
  /** Subscribes a queue to the topic. */
  subscribe(topic: string): Promise<void>
  /** What has come to the queue since the last time. */
  notices(): Promise<readonly Received[]>
  stop(): Promise<void>
}

interface Reply {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

/** Starts the witness. It ends when its input does, so also with this process. */
export function startWitness(cloud: Cloud): Witness {
  const child = spawn(
    join(ROOT, '.venv/bin/python'),
    ['-B', join(ROOT, 'local/witness.py'), cloud.motoUrl, cloud.ministackUrl, cloud.region],
    // A group of its own: Ctrl-C in the terminal is not for the witness, which ends when its input does.
    { stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  )
  const waiting = new Map<number, (reply: Reply) => void>()
  let asked = 0
  let over: string | undefined
  const ended = new Promise<void>((resolve) => {
    const end = (why: string) => {
      over = why
      for (const [id, settle] of waiting) settle({ id, error: why })
      resolve()
    }
    child.once('error', (error) => end(error.message))
    child.once('close', (code, signal) => end(`it ended with ${signal ?? `code ${code}`}`))
  })
  child.stdin.on('error', () => {})
  createInterface(child.stdout).on('line', (line) => {
    const reply = JSON.parse(line) as Reply
    waiting.get(reply.id)?.(reply)
    waiting.delete(reply.id)
  })

  async function ask<Answer>(what: string, ...about: readonly string[]): Promise<Answer> {
    const id = ++asked
    const reply = await new Promise<Reply>((resolve) => {
      if (over !== undefined) return resolve({ id, error: over })
      waiting.set(id, resolve)
      child.stdin.write(`${JSON.stringify({ id, ask: what, about })}\n`)
    })
    if (reply.error !== undefined) throw new Error(`Expected the witness to answer '${what}', but: ${reply.error}`)
    return reply.answer as Answer
  }

  return {
    rules: (group) => ask('rules', group),
    interfaces: (host) => ask('interfaces', host),
    watch: (group) => ask('watch', group),
    seen: (group) => ask('seen', group),
    subscribe: (topic) => ask('subscribe', topic),
    notices: () => ask('notices'),
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
