import type { Readable } from 'node:stream'
import { field } from '#shared/kit/loose.ts'

/**
 * The records of an input, one by one. If its first line is a JSON value in itself, the input is JSON lines and is read as
 * it comes, however long it is; otherwise it is one JSON value over many lines. `{"Records": […]}` and arrays are opened.
 */
export async function* recordsIn(input: Readable): AsyncGenerator<unknown> {
  const held: string[] = []
  let lines = false
  for await (const line of linesOf(input)) {
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

/** Lines end at a line feed alone: readline also ends them at U+2028 and U+2029, which JSON allows inside a text. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  // A line may be as long as the input: its parts are joined once.
  const parts: string[] = []
  for await (const chunk of input.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = chunk.split('\n')
    const last = lines.pop()!
    for (const line of lines) yield parts.splice(0).join('') + line
    parts.push(last)
  }
  yield parts.join('')
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
