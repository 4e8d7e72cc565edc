import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { ACCOUNT, REGION } from './account.ts'
import type { Job, Told } from './child.ts'
import { now, peakMemory } from './stopwatch.ts'

// Plays Lambda: imports a bundle, then calls its handler with the events that come over IPC. It is bundled as well, so
// that nothing but Node's own start lies before the import.

const [, , bundle, event] = process.argv
const importing = now()
const { handler } = (await import(pathToFileURL(bundle!).href)) as {
  handler?: (event: unknown, context: unknown) => Promise<unknown>
}
tell({ imported: now() - importing })
process.on('message', (job: Job) => void run(job.event))
if (event) await run(JSON.parse(event))

async function run(input: unknown): Promise<void> {
  const start = now()
  const before = process.cpuUsage()
  const deadline = start + 300_000
  const context = {
    awsRequestId: randomUUID(),
    invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:bench`,
    getRemainingTimeInMillis: () => deadline - now(),
  }
  try {
    const answer = await handler!(input, context)
    const { user, system } = process.cpuUsage(before)
    tell({ start, end: now(), cpu: (user + system) / 1_000, peak: peakMemory(), answer })
  } catch (error) {
    tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

function tell(told: Told): void {
  process.send!(told)
}
