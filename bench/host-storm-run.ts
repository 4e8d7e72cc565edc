import { randomUUID } from 'node:crypto'
import { handler as quarantine } from '../functions/quarantine-instance/handler.ts'
import { atMost, countMetrics, deliver, sweepLater } from './deliver.ts'
import { accused } from './events.ts'
import { type Finding, findings, type Kind, type Size } from './host-storm-plan.ts'

/** What became of one event of a finding. */
export interface Told {
  readonly id: string
  readonly kind: Kind
  readonly host: string
  /** When it was first delivered; milliseconds since 1970. */
  readonly due: number
  /** What the handler answered to each delivery. */
  readonly answers: readonly string[]
}

export interface Stormed {
  readonly told: readonly Told[]
  /** How often each metric of an outcome was written. */
  readonly metrics: Readonly<Record<string, number>>
}

/** One process plays all environments of the function: more at once would wait for its processor, and time out in the clients. */
const respond = atMost(8, quarantine)
/** A storm of findings: calls the function's handler when they are due, however many are under way; then the clock ticks. */
export async function handler(size: Size): Promise<Stormed> {
  const metrics = countMetrics()
  const begun = Date.now()
  const told = await Promise.all(findings(size).map((one) => happen(one, begun)))
  await sweepLater(respond)
  return { told, metrics }
}

async function happen({ kind, host, id, update, deliveries }: Finding, begun: number): Promise<Told> {
  const event = accused(host, id, update) as { account: string; detail: { accountId: string; updatedAt: string } }
  if (kind === 'another-account') event.detail.accountId = '999999999999'
  const answers = await Promise.all(deliveries.map((at) => deliver(respond, event, begun + at, randomUUID())))
  return { id: `${id}@${event.detail.updatedAt}`, kind, host, due: begun + Math.min(...deliveries), answers }
}
