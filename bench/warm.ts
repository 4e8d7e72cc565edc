import type { Bundles } from './bundles.ts'
import { type Child, startChild } from './child.ts'
import type { Cloud, Seen, Start } from './cloud.ts'
import { type Effort, pairs, type Row, ratioRow } from './measure.ts'

const WARM_UP = 5

/** One of two that do the same: its bundle, and what it is called with. */
interface Side {
  readonly bundle: string
  readonly event: () => object
}

export interface Race {
  readonly what: string
  readonly target: number
  readonly from: Start
  readonly ours: Side
  readonly bare: Side
  /** When what counts was done. */
  readonly doneAt: (seen: Seen) => number
  /** Throws where the two did not come to the same. */
  readonly sameEnd: (ours: Seen, bare: Seen) => void
}

/** From the handler's start until it was done, in processes that have done it before, against the bare SDK. */
export async function warmRow(
  { what, target, from, ours, bare, doneAt, sameEnd }: Race,
  { pairs: count }: Effort,
  { runner }: Bundles,
  cloud: Cloud,
): Promise<Row> {
  const [our, other] = await Promise.all([
    startChild(runner, ours.bundle, cloud.url),
    startChild(runner, bare.bundle, cloud.url),
  ])
  const run = async (child: Child, event: object) => {
    await cloud.reset(from)
    const { start } = await child.run(event)
    const seen = await cloud.seen()
    return { took: doneAt(seen) - start, seen }
  }
  const runOurs = () => run(our, ours.event())
  const runBare = () => run(other, bare.event())
  try {
    await pairs(WARM_UP, runOurs, runBare)
    const ran = await pairs(count, runOurs, runBare)
    for (const [i, one] of ran.ours.entries()) sameEnd(one.seen, ran.bare[i]!.seen)
    const took = (those: readonly { took: number }[]) => those.map((one) => one.took)
    return ratioRow(what, target, took(ran.ours), took(ran.bare), 'ms')
  } finally {
    await Promise.all([our.stop(), other.stop()])
  }
}
