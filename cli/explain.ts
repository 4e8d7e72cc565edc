import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'
import { armed, explain } from '#shared/explain.ts'
import { errorText, Fault } from '#shared/fault.ts'
import { loadPolicy } from '#shared/policy/load.ts'
import { EXIT } from './exit.ts'
import { policyText } from './read-policy.ts'
import { recordsIn } from './records-in.ts'

const SHIPPED = fileURLToPath(new URL('../portcullis.yml', import.meta.url))

interface Options {
  readonly policy?: string
  readonly asDeployed?: boolean
}

/**
 * Prints one JSON line per record of the files, in order. Returns the exit code: 2 where something could not be read as
 * JSON, after everything that could be read has been.
 */
export async function explainFiles(files: readonly string[], options: Options): Promise<number> {
  if (files.filter((name) => name === '-').length > 1)
    throw new Fault('input-invalid', 'Expected standard input (-) to be named once; it is named more often.')
  const file = options.policy ?? SHIPPED
  const written = loadPolicy(policyText(file), file)
  const policy = options.asDeployed ? written : armed(written)
  const now = new Date()
  let code: number = EXIT.done
  const bad = (sentence: string) => {
    console.error(sentence)
    code = EXIT.usage
  }
  for (const name of files) {
    const badLine = (line: number, text: string) =>
      bad(`${name}:${line}: expected a JSON value on this line, as on others; got ${JSON.stringify(text.slice(0, 80))}`)
    try {
      for await (const record of recordsIn(await opened(name), badLine))
        await print(`${JSON.stringify(explain(record, policy, now))}\n`)
    } catch (error) {
      bad(`${name}: expected JSON, JSON lines or {"Records": […]}, plain or gzipped; ${errorText(error)}`)
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
