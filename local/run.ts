import { type SpawnOptions, spawn } from 'node:child_process'

/** How a command ended, and what it printed: standard output and standard error as they came. */
export interface Ran {
  readonly code: number | string
  readonly output: string
}

/** Runs a command. Never waits in place: the cloud's front door may run in this process, and must go on answering. */
export async function run(
  command: string,
  args: readonly string[],
  options: Omit<SpawnOptions, 'stdio'>,
): Promise<Ran> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'no code'))
  })
  return { code, output }
}
