import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Context } from 'aws-lambda'
import { ACCOUNT, REGION } from './account.ts'
import { tick } from './events.ts'

/** Plays EventBridge and Lambda for a storm: delivers events to a handler, and again what it throws. */

/** Lambda takes up what was thrown twice, after a minute and two; here sooner. */
const RETRIES = [1_000, 2_000]
const QUARTER_OF_AN_HOUR = 900_000

type Handler = (event: never, context: Context) => Promise<unknown>

/** Delivers an event so many milliseconds after a moment; answers with an outcome, or `thrown`. */
export async function deliver(handler: Handler, event: object, at: number, id: string): Promise<string> {
  await setTimeout(Math.max(0, at - Date.now()))
  // Lambda calls again with the same id.
  const context = contextOf(id)
  for (let i = 0; ; i++) {
    try {
      return String(await handler(event as never, context))
    } catch {
      if (RETRIES[i] === undefined) return 'thrown'
      await setTimeout(RETRIES[i])
    }
  }
}

/** Lets so many calls of a handler run at once, as the limit of a Lambda function's concurrency does; the others wait in line. */
export function atMost<E, C, A>(most: number, handler: (event: E, context: C) => Promise<A>) {
  const waiting: (() => void)[] = []
  let free = most
  return async (event: E, context: C): Promise<A> => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await handler(event, context)
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}

/** The clock ticks, when nobody holds an incident any more. */
export async function sweepLater(handler: Handler): Promise<void> {
  const { now } = Date
  Date.now = () => now() + QUARTER_OF_AN_HOUR
  await handler(tick() as never, contextOf(randomUUID()))
}

function contextOf(awsRequestId: string): Context {
  const deadline = Date.now() + 300_000
  return {
    awsRequestId,
    invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:bench`,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  } as Context
}

/** Counts the metrics of outcomes from here on, and keeps the process quiet: what is thrown in a storm is meant to be. */
export function countMetrics(): Readonly<Record<string, number>> {
  const metrics: Record<string, number> = {}
  console.log = (line: string) => {
    const name = /"Name":"(Settled|Asked|Watched|Spared|Ignored)"/.exec(line)?.[1]?.toLowerCase()
    if (name) metrics[name] = (metrics[name] ?? 0) + 1
  }
  console.error = () => {}
  console.warn = () => {}
  return metrics
}
