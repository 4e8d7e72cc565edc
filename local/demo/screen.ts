import { isDeepStrictEqual } from 'node:util'

/** What the demo writes, and whether what it says came true. At most 100 columns; colour only on a terminal. */
export interface Screen {
  /** The one-line title of an act. */
  act(title: string): void
  say(text: string): void
  /** A command as a person would type it. */
  command(text: string): void
  /** A command for the reader to copy, without a prompt. */
  toPaste(text: string): void
  /** What a command printed. */
  output(text: string): void
  /** A stage of a timeline: milliseconds since the door was opened, its name, what is known of it. */
  stage(ms: number | null, name: string, text: string): void
  /** One thing that must be so. Says what was expected and what came where it is not. */
  check(claim: string, seen: unknown, expected: unknown): void
  table(head: readonly string[], rows: readonly (readonly string[])[]): void
  /** How many checks there were, and how many failed. */
  readonly score: { readonly checks: number; readonly failed: number }
}

const WIDTH = 100
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const

/** Writes to a stream until it is over. `NO_COLOR` is respected (https://no-color.org). */
export function createScreen(stream: NodeJS.WriteStream, over: AbortSignal): Screen {
  const coloured = stream.isTTY === true && !process.env.NO_COLOR
  const styled = (style: keyof typeof STYLES, text: string) =>
    coloured ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text
  const score = { checks: 0, failed: 0 }
  const write = (line = '') => {
    // What an interrupted act still says is about a cloud that is going down.
    if (!over.aborted) stream.write(`${line}\n`)
  }
  const hang = (first: string, indent: number, text: string, style?: keyof typeof STYLES) => {
    wrapped(text, WIDTH - indent).forEach((line, i) => {
      write((i === 0 ? first : ' '.repeat(indent)) + (style ? styled(style, line) : line))
    })
  }
  const commandLines = (text: string, prompt: string) => {
    broken(text, WIDTH - 6).forEach((line, i, lines) => {
      const more = i < lines.length - 1 ? ' \\' : ''
      write(`${i === 0 ? prompt : '      '}${styled('bold', line)}${more}`)
    })
  }
  return {
    score,
    act(title) {
      write()
      write(styled('bold', title))
    },
    say: (text) => hang('  ', 2, text),
    command: (text) => commandLines(text, `  ${styled('cyan', '$')} `),
    toPaste: (text) => commandLines(text, '  '),
    output(text) {
      for (const line of text.trimEnd().split('\n')) line === '' ? write() : hang('    ', 6, line, 'dim')
    },
    stage(ms, name, text) {
      const at = ms === null ? '' : `${ms < 0 ? '−' : '+'}${Math.abs(Math.round(ms))} ms`
      hang(`  ${at.padStart(9)}  ${styled('cyan', name.padEnd(9))}  `, 24, text)
    },
    check(claim, seen, expected) {
      const ok = isDeepStrictEqual(seen, expected)
      score.checks++
      hang(`  ${ok ? styled('green', '✓') : styled('red', '✗')} `, 4, claim)
      if (ok) return
      score.failed++
      hang('    expected ', 13, shown(expected), 'red')
      hang('    but got  ', 13, shown(seen), 'red')
    },
    table(head, rows) {
      const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)))
      const line = (row: readonly string[]) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd()
      write(styled('bold', line(head)))
      for (const row of rows) write(line(row))
    },
  }
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'))

/** Breaks a line between words; a word that is longer than the line is broken within. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (let rest = text; ; ) {
    if (rest.length <= width) return [...lines, rest]
    const space = rest.lastIndexOf(' ', width)
    const at = space > width / 2 ? space : width
    lines.push(rest.slice(0, at))
    rest = rest.slice(at).trimStart()
  }
}

/** Breaks a command before an option, so that it can still be pasted. */
function broken(command: string, width: number): string[] {
  if (command.length <= width) return [command]
  const at = command.lastIndexOf(' --', width - 2)
  return at <= 0 ? [command] : [command.slice(0, at), ...broken(command.slice(at + 1), width - 2)]
}
