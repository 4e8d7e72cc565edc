import type { Bundles } from './bundles.ts'
import { type Ran, startChild } from './child.ts'
import { type Cloud, callsOf, type Seen, type Start } from './cloud.ts'
import { tick } from './events.ts'
import { alike, type Effort, median, pairs, type Row, ratioRow, same } from './measure.ts'

const SIZES = [1_250, 2_500, 5_000, 10_000]
const OPEN = 50
/** What an item of the baseline's transaction has beside its padding. */
const WRAPPING = 125

interface Swept extends Ran {
  readonly took: number
  readonly seen: Seen
}

/** One sweep in a fresh process. */
async function sweepOnce(bundles: Bundles, bundle: string, cloud: Cloud, event: object, start: Partial<Start> = {}) {
  await cloud.reset({ groups: 5_000, open: OPEN, latency: 0, ...start })
  const child = await startChild(bundles.runner, bundle, cloud.url)
  try {
    const ran = await child.run(event)
    return { ...ran, took: ran.end - ran.start, seen: await cloud.seen() } satisfies Swept
  } finally {
    await child.stop()
  }
}

const reads = ({ calls }: Seen): string => callsOf({ calls: calls.filter(({ call }) => call.startsWith('ec2:')) })

/**
 * The sweep that runs every quarter of an hour, and the first one ever, which writes an incident for each of the 50 open
 * doors; both against the reads alone.
 */
export async function sweepWatching({ pairs: count }: Effort, bundles: Bundles, cloud: Cloud): Promise<Row[]> {
  const runBare = () => sweepOnce(bundles, bundles.bare['bare-sweep'], cloud, {}, { keepLedger: true })
  const first = () => sweepOnce(bundles, bundles.watching, cloud, tick())
  const again = () => sweepOnce(bundles, bundles.watching, cloud, tick(), { keepLedger: true })
  // The first one leaves the ledger as the second finds it.
  await first()
  const steady = await pairs(count, again, runBare)
  const firsts = await pairs(Math.min(count, 10), first, runBare)
  for (const { ours, bare } of [steady, firsts]) {
    for (const [i, { seen }] of ours.entries()) {
      same('what was read', reads(seen), reads(bare[i]!.seen))
      same('the rules that are left', seen.rules, bare[i]!.seen.rules)
    }
  }
  const what = 'sweep of 5,000 groups, 50 open, watching, against the bare reads:'
  const firstOf = `${what} time of the very first, which also writes 50 incidents`
  const time = ratioRow(`${what} time`, 1.3, took(steady.ours), took(steady.bare), 'ms')
  const firstTime = ratioRow(firstOf, 1.3, took(firsts.ours), took(firsts.bare), 'ms')
  return [
    { ...time, of: `${time.of}; ${processorTime(steady)}; calls: ${callsOf(steady.ours[0]!.seen)}` },
    ratioRow(`${what} peak memory`, 1.25, peak(steady.ours), peak(steady.bare), 'MiB'),
    { ...firstTime, of: `${firstTime.of}; ${processorTime(firsts)}; calls: ${callsOf(firsts.ours[0]!.seen)}` },
  ]
}

/** How time and memory grow with the number of groups: by the group, ten thousand must cost no more than 2,500. */
export async function sweepGrowth({ pairs: count, quick }: Effort, bundles: Bundles, cloud: Cloud): Promise<Row[]> {
  const repeats = quick ? 2 : Math.min(count, 7)
  const sizes = quick ? [2_500, 10_000] : SIZES
  const found: { groups: number; took: number[]; peak: number[] }[] = []
  for (const groups of sizes) {
    const start = { groups, open: groups / 100 }
    await sweepOnce(bundles, bundles.watching, cloud, tick(), start)
    const ran: Swept[] = []
    for (let i = 0; i < repeats; i++)
      ran.push(await sweepOnce(bundles, bundles.watching, cloud, tick(), { ...start, keepLedger: true }))
    found.push({ groups, took: ran.map((one) => one.took), peak: ran.map((one) => one.peak) })
  }
  const grown = (figures: 'took' | 'peak') => {
    const at = (groups: number) => median(found.find((one) => one.groups === groups)![figures]) / groups
    return at(10_000) / at(2_500)
  }
  const shown = (figures: 'took' | 'peak', unit: string) =>
    found.map((one) => `${one.groups.toLocaleString('en')}: ${median(one[figures]).toFixed(0)} ${unit}`).join(', ')
  const row = { target: 1.15, unit: '×', reach: 'at most' } as const
  return [
    {
      ...row,
      what: 'sweep, linear in groups: time by the group, 10,000 against 2,500',
      seen: grown('took'),
      of: `${shown('took', 'ms')}; one in 100 open`,
    },
    {
      ...row,
      what: 'sweep, linear in groups: peak memory by the group, 10,000 against 2,500',
      seen: grown('peak'),
      of: shown('peak', 'MiB'),
    },
  ]
}

/** The sweep that closes what it finds, against the same calls at the same concurrency. */
export async function sweepActing({ pairs: count }: Effort, bundles: Bundles, cloud: Cloud): Promise<Row> {
  // Two closes may draw the same token of the breaker: one of them looks again. Such a sweep is left out, as it makes more
  // calls than the baseline.
  const runOurs = async (): Promise<Swept> => {
    const swept = await sweepOnce(bundles, bundles.armed, cloud, tick())
    return swept.seen.calls.every((call) => call.ok) ? swept : runOurs()
  }
  const model = modelOf((await runOurs()).seen)
  const runBare = () => sweepOnce(bundles, bundles.bare['bare-sweep-act'], cloud, model)
  const ran = await pairs(count, runOurs, runBare)
  for (const [i, { seen }] of ran.ours.entries()) {
    const bare = ran.bare[i]!.seen
    same('the calls', callsOf(seen), callsOf(bare))
    same('the rules that are left', seen.rules, bare.rules)
    alike('the bytes that were sent', bytes(seen), bytes(bare))
  }
  const what = 'the same sweep, acting, against the same calls at the same concurrency'
  const row = ratioRow(what, 1.3, took(ran.ours), took(ran.bare), 'ms')
  return { ...row, of: `${row.of}; ${processorTime(ran)}; calls: ${callsOf(ran.ours[0]!.seen)}` }
}

/** How large what we write is, by kind of transaction, for the baseline to write as much. */
function modelOf({ calls }: Seen): object {
  const writes = calls.filter(({ call }) => call === 'dynamodb:TransactWriteItems')
  const ofCount = (count: number) =>
    writes
      .filter(({ items }) => items.length === count)
      .toSorted((a, b) => a.bytes - b.bytes)
      .map(({ items }) => items.map((size) => Math.max(0, size - WRAPPING)))
  const at = (count: number, share: number) => {
    const those = ofCount(count)
    return those[Math.floor(those.length * share)] ?? []
  }
  return {
    sizes: {
      claim: at(8, 1 / 2),
      // Of those with two items the smaller half says what came of the step, the larger the verdict.
      record: at(2, 1 / 4),
      verified: at(2, 3 / 4),
      release: at(3, 1 / 2),
      sweep: at(1, 1 / 2),
    },
    text: calls.find(({ call }) => call === 'sns:Publish')?.bytes ?? 0,
  }
}

const took = (those: readonly Swept[]): number[] => those.map((one) => one.took)
const peak = (those: readonly Swept[]): number[] => those.map((one) => one.peak)

/** Processor time, which other work on the machine disturbs less than the clock's. */
function processorTime({ ours, bare }: { ours: readonly Swept[]; bare: readonly Swept[] }): string {
  const ratios = ours.map((one, i) => one.cpu / bare[i]!.cpu)
  return `processor time ${median(ratios).toFixed(2)} ×`
}

const bytes = ({ calls }: Seen): number => calls.reduce((sum, call) => sum + call.bytes, 0)
