import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** An emulator's process, with all that it starts. */
export interface Child {
  stop(): Promise<void>
}

/** What to start, and how to see that it is ready. */
export interface ChildOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly log: string
  /** Answers any HTTP status once it is ready. */
  readonly ready: string
  readonly timeoutMs: number
}

/** Starts a process in a group of its own and waits until it answers. It dies with this process, however that ends. */
export async function startChild(options: ChildOptions): Promise<Child> {
  // Emptied, then appended to: a second cloud of this checkout may write to the same file.
  writeFileSync(options.log, '')
  const log = openSync(options.log, 'a')
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    // The child never gets a byte from us: it watches for the end of this pipe.
    stdio: ['pipe', log, log],
    detached: true,
  })
  closeSync(log)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`))
  })
  let reason: string | undefined
  void ended.then((why) => {
    reason = why
  })

  async function stop(): Promise<void> {
    if (child.pid !== undefined && reason === undefined) {
      // Nothing in an emulator is worth saving: the whole group, with its Lambda workers, goes at once.
      process.kill(-child.pid, 'SIGKILL')
      await ended
    }
  }

  const until = Date.now() + options.timeoutMs
  while (Date.now() < until && reason === undefined) {
    if (await answers(options.ready)) return { stop }
    await sleep(25)
  }
  await stop()
  const tail = readFileSync(options.log, 'utf8').split('\n').slice(-15).join('\n')
  const why = reason ?? `it did not answer within ${options.timeoutMs} ms`
  throw new Error(`Expected ${options.name} to start, but ${why}. Its log (${options.log}) ends:\n${tail}`)
}

/** A loopback port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(2000) })).arrayBuffer()
    return true
  } catch {
    return false
  }
}
