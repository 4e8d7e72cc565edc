import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { controlOf } from '#local/control.ts'

// Puts events from files on the local cloud's bus: `node local/emit.ts FILE… [--url URL]`, with `-` for standard input.
// A file holds one event or an array of them: EventBridge events, or CloudTrail records to wrap.

const DEFAULT_URL = 'http://127.0.0.1:4566'

/** Sends every event of every file and says so, a line each. Throws a sentence for the first that fails. */
async function emit(files: readonly string[], url: string): Promise<void> {
  if (files.length === 0) throw new Error('Expected at least one file: node local/emit.ts FILE… [--url URL]')
  const control = controlOf(url)
  await control.health().catch(() => {
    throw new Error(`Expected the local cloud at ${url}, but nothing answers there: start it with 'npm run demo'.`)
  })
  for (const file of files) {
    for (const event of eventsIn(file)) {
      const { event: sent, fate } = await control.emit(event)
      if (fate !== 'delivered') throw new Error(`Expected the bus to take the event of ${file}, but it is '${fate}'.`)
      console.log(`${file}: ${sent.source} ${sent['detail-type']}`)
    }
  }
}

function eventsIn(file: string): readonly unknown[] {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8')
  try {
    const content: unknown = JSON.parse(text)
    return Array.isArray(content) ? content : [content]
  } catch (error) {
    throw new Error(`Expected JSON in ${file}: ${(error as Error).message}.`)
  }
}

try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { url: { type: 'string' } } })
  await emit(positionals, values.url ?? process.env.AWS_ENDPOINT_URL ?? DEFAULT_URL)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
