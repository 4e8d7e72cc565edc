import type { Readable } from 'node:stream'
import { field } from '#shared/kit/loose.ts'

/** Is told of each line, counted from 1, that was to be JSON and is none. */
export type OnBadLine = (line: number, text: string) => void

/**
 * The records of an input, one by one. If its first line is a JSON value in itself, the input is JSON lines and is read as
 * it comes, however long it is; otherwise it is one JSON value over many lines. `{"Records": […]}` and arrays are opened.
 * A bad line among JSON lines is told of and passed over; an input that is neither throws a SyntaxError.
 */
export async function* recordsIn(input: Readable, onBadLine: OnBadLine): AsyncGenerator<unknown> {
  const held: string[] = []
  let [number, first, isLines] = [0, 0, false]
  for await (const line of linesOf(input)) {
    number++
    if (line.trim() === '') {
      if (held.length > 0) held.push(line)
      continue
    }
    const value = held.length === 0 ? parsed(line) : null
    if (value) {
      isLines = true
      yield* opened(value.json)
    } else if (isLines) onBadLine(number, line)
    else {
      if (held.length === 0) first = number
      held.push(line)
    }
  }
  if (held.length > 0) yield* whole(held, (index, line) => onBadLine(first + index, line))
}

/** One value over many lines; or JSON lines after all, of which the first was the bad one. */
function* whole(held: readonly string[], onBad: OnBadLine): Generator<unknown> {
  let value: unknown
  try {
    value = JSON.parse(held.join('\n'))
  } catch (error) {
    const isObject = (line: string) => line.trimStart().startsWith('{') && parsed(line) !== null
    if (!held.some(isObject)) throw error
    for (const [i, line] of held.entries()) {
      const one = parsed(line)
      if (one) yield* opened(one.json)
      else if (line.trim() !== '') onBad(i, line)
    }
    return
  }
  yield* opened(value)
}

/** Lines end at a line feed alone: readline also ends them at U+2028 and U+2029, which JSON allows inside a text. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  // A line may be as long as the input: its parts are joined once.
  const parts: string[] = []
  let isFirst = true
  for await (const chunk of input.setEncoding('utf8') as AsyncIterable<string>) {
    // Files that went through Windows begin with a byte order mark, which JSON does not allow.
    const lines = (isFirst ? chunk.replace(/^\uFEFF/, '') : chunk).split('\n')
    isFirst &&= chunk === ''
    const last = lines.pop()!
    for (const line of lines) yield parts.splice(0).join('') + line
    parts.push(last)
  }
  yield parts.join('')
}

/** The records of a value; of a list, those of each element. */
function* opened(value: unknown): Generator<unknown> {
  if (!Array.isArray(value)) yield* recordsOf(value)
  else for (const one of value) yield* recordsOf(one)
}

function* recordsOf(value: unknown): Generator<unknown> {
  const records = field(value, 'Records')
  if (Array.isArray(records)) yield* records
  else yield value
}

function parsed(line: string): { readonly json: unknown } | null {
  try {
    return { json: JSON.parse(line) }
  } catch {
    return null
  }
}
