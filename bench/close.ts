import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { groupId, LIST } from './account.ts'
import type { Bundles } from './bundles.ts'
import { startChild } from './child.ts'
import { sameClaim, sizesOf } from './claim.ts'
import { appliedAt, type Cloud, type Seen, type Start } from './cloud.ts'
import { depthOf } from './depth.ts'
import { extended, opened } from './events.ts'
import { type Effort, pairs, type Row, ratioRow, same } from './measure.ts'
import { warmRow } from './warm.ts'

const LATENCY = 20

/** One open group among a few. */
const START = { groups: 20, open: 1, latency: LATENCY }
/** The same, open by a customer's prefix list. */
const LISTED = { ...START, listed: true }

/** How deep the chain of calls is up to the revoke. */
export async function depth(bundles: Bundles, cloud: Cloud): Promise<Row[]> {
  const what = 'depth of the chain of AWS calls, handler start to applied'
  const listed = () => opened({ from: { list: LIST } })
  const { armed, everything, narrowing } = bundles
  return [
    depthTo(what, 3, await closeOnce(armed, bundles, cloud)),
    depthTo(`${what}, by a customer's prefix list`, 4, await closeOnce(armed, bundles, cloud, listed, LISTED)),
    depthTo(`${what}, a prefix list was changed`, 4, await closeOnce(armed, bundles, cloud, extended, LISTED)),
    depthTo(`${what}, everything on`, 3, await closeOnce(everything, bundles, cloud)),
    // What is allowed instead has to be there before the wide rule goes: nobody is locked out in between.
    depthTo(`${what}, everything on, narrowing`, 4, await closeOnce(narrowing, bundles, cloud)),
    depthTo(`${what}, the same by a prefix list`, 5, await closeOnce(narrowing, bundles, cloud, listed, LISTED)),
  ]
}
const depthTo = (what: string, target: number, seen: Seen) => depthOf(what, target, seen, appliedAt(seen))

/** From the handler's start until the revoke was answered, in processes that have done it before. */
export async function warm(effort: Effort, bundles: Bundles, cloud: Cloud): Promise<Row[]> {
  const what = `handler start to applied, warm, ${LATENCY} ms added per call, against the bare SDK`
  return [
    await warmBy(bundles.armed, what, effort, bundles, cloud),
    await warmBy(bundles.everything, `${what}, everything on`, effort, bundles, cloud),
  ]
}

async function warmBy(bundle: string, what: string, effort: Effort, bundles: Bundles, cloud: Cloud) {
  const sizes = sizesOf(await closeOnce(bundle, bundles, cloud))
  const ours = { bundle, event: () => opened() }
  const bare = { bundle: bundles.bare['bare-close'], event: () => bareEvent(sizes) }
  return warmRow({ what, target: 1.2, from: START, ours, bare, doneAt: appliedAt, sameEnd }, effort, bundles, cloud)
}

/** From the start of the process until the revoke was answered. */
export async function cold({ pairs: count }: Effort, bundles: Bundles, cloud: Cloud): Promise<Row> {
  const sizes = sizesOf(await closeOnce(bundles.armed, bundles, cloud))
  const run = async (bundle: string, event: object) => {
    await cloud.reset({ ...START, latency: 0 })
    const child = await startChild(bundles.runner, bundle, cloud.url, event)
    await child.ran()
    await child.stop()
    const seen = await cloud.seen()
    return { took: appliedAt(seen) - child.spawned, seen }
  }
  const runOurs = () => run(bundles.armed, opened())
  const runBare = () => run(bundles.bare['bare-close'], bareEvent(sizes))
  await pairs(1, runOurs, runBare)
  const ran = await pairs(count, runOurs, runBare)
  for (const [i, one] of ran.ours.entries()) sameEnd(one.seen, ran.bare[i]!.seen)
  const took = (those: readonly { took: number }[]) => those.map((one) => one.took)
  const what = 'cold: process start to applied, bundled, same comparison'
  return ratioRow(what, 1.3, took(ran.ours), took(ran.bare), 'ms')
}

/** One close by a process that is warm, with enough latency that what runs side by side is seen to. */
async function closeOnce(
  bundle: string,
  { runner }: Bundles,
  cloud: Cloud,
  event = () => opened(),
  from: Start = START,
): Promise<Seen> {
  const child = await startChild(runner, bundle, cloud.url)
  try {
    for (const latency of [0, 60]) {
      // What was read of a prefix list is good for two seconds; the measured run is to read it.
      if (from.listed && latency > 0) await setTimeout(2_100)
      await cloud.reset({ ...from, latency })
      await child.run(event())
    }
    return await cloud.seen()
  } finally {
    await child.stop()
  }
}

const bareEvent = (sizes: readonly number[]) => ({ group: groupId(0), id: `run#${randomUUID()}`, sizes })

/** The same rules are left, and as much was written before the revoke. */
function sameEnd(ours: Seen, bare: Seen): void {
  same('the rules that are left', ours.rules, bare.rules)
  sameClaim(ours, bare)
}
