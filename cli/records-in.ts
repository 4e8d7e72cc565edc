import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { field } from '#shared/kit/loose.ts'

/**
 * The records of an input, one by one. If its first line is a JSON value in itself, the input is JSON lines and is read as
 * it comes, however long it is; otherwise it is one JSON value over many lines. `{"Records": […]}` and arrays are opened.
 */
export async function* recordsIn(input: Readable): AsyncGenerator<unknown> {
  const held: string[] = []
  let lines = false
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue
    if (held.length === 0) {
      const value = parsed(line)
      if (value) {
        lines = true
        yield* opened(value.json)
        continue
      }
      if (lines) throw new SyntaxError(`this line is no JSON: ${line.slice(0, 80)}`)
    }
    held.push(line)
  }
  if (held.length > 0) yield* opened(JSON.parse(held.join('\n')))
}

function* opened(value: unknown): Generator<unknown> {
  const records = field(value, 'Records')
  if (Array.isArray(records)) yield* records
  else if (Array.isArray(value)) yield* value
  else yield value
}

function parsed(line: string): { readonly json: unknown } | null {
  try {
    return { json: JSON.parse(line) }
  } catch {
    return null
  }
}
