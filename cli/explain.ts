import { createReadStream, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'
import { armed, explain } from '#shared/explain.ts'
import { errorText } from '#shared/fault.ts'
import { loadPolicy } from '#shared/policy/load.ts'
import { recordsIn } from './records-in.ts'

const SHIPPED = fileURLToPath(new URL('../portcullis.yml', import.meta.url))

/**
 * Prints one JSON line per record of the files, in order. Returns the exit code: 2 where an input could not be read as
 * JSON, after everything that could be read has been.
 */
export async function explainFiles(
  files: readonly string[],
  options: { readonly policy?: string; readonly asDeployed?: boolean },
): Promise<number> {
  const file = options.policy ?? SHIPPED
  const written = loadPolicy(readFileSync(file, 'utf8'), file)
  const policy = options.asDeployed ? written : armed(written)
  let code = 0
  for (const name of files) {
    try {
      for await (const record of recordsIn(await opened(name)))
        await print(`${JSON.stringify(explain(record, policy))}\n`)
    } catch (error) {
      console.error(`${name}: expected JSON, JSON lines or {"Records": […]}, plain or gzipped; ${errorText(error)}`)
      code = 2
    }
  }
  return code
}

/** The input as a stream, unpacked where its first two bytes are gzip's. */
async function opened(name: string): Promise<Readable> {
  const input: Readable = name === '-' ? process.stdin : createReadStream(name)
  await new Promise<void>((resolve, reject) =>
    input.once('readable', resolve).once('error', reject).once('end', resolve),
  )
  const head = input.read() as Buffer | null
  if (head === null) return input
  input.unshift(head)
  return head[0] === 0x1f && head[1] === 0x8b ? pipe(input) : input
}

function pipe(input: Readable): Readable {
  const plain = createGunzip()
  input.once('error', (error) => plain.destroy(error))
  return input.pipe(plain)
}

/** Waits where the reader is slower than we are, so that memory stays bounded. */
function print(line: string): Promise<void> | undefined {
  if (process.stdout.write(line)) return undefined
  return new Promise((resolve) => process.stdout.once('drain', resolve))
}
