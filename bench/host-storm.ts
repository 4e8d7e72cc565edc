import type { History } from '#shared/story.ts'
import { booksOf, booksText, percentile, storiesIn } from './books.ts'
import type { Bundles } from './bundles.ts'
import { startChild } from './child.ts'
import type { Cloud, Seen } from './cloud.ts'
import { EACH, INNOCENT, type Kind, type Size } from './host-storm-plan.ts'
import type { Stormed, Told } from './host-storm-run.ts'
import { type Effort, median, type Row, same } from './measure.ts'

const LATENCY = 20
const INTERFACES = 2
const VPCS = 2
/** So many hosts an hour where the policy says nothing. */
const BREAKER = 5
/** What is counted of an event of each kind. A host is left to a person once the breaker is open. */
const EXPECTED: Readonly<Record<Kind, readonly string[]>> = {
  accused: ['settled', 'asked'],
  archived: ['settled'],
  forged: ['settled'],
  mild: ['settled'],
  sample: ['ignored'],
  'another-account': ['ignored'],
}

/** Some findings about each of many hosts, and 40 that accuse nobody. Throws where the books do not balance. */
export async function hostStorms({ quick }: Effort, bundles: Bundles, cloud: Cloud): Promise<Row[]> {
  const hosts = quick ? 40 : 100
  const what = (seconds: number) => `storm of ${EACH * hosts} findings on ${hosts} hosts in ${seconds} s`
  // Of the first one no times are taken: it may be dense, and the hosts race for quarantine groups that are not there yet.
  // The second one is not to fill a processor.
  const [dense, sparse] = [hosts / 5, 0.6 * hosts]
  const bounded = await storm(
    bundles.hostStorms.bounded,
    { hosts, seconds: dense, ready: false },
    BREAKER,
    bundles,
    cloud,
  )
  const all = await storm(bundles.hostStorms.unbounded, { hosts, seconds: sparse, ready: true }, hosts, bundles, cloud)
  const measured = { unit: 'ms', reach: 'at most' } as const
  return [
    {
      what: `${what(dense)}, breaker at ${BREAKER}: hosts cut off, the books balanced`,
      target: BREAKER,
      unit: 'hosts',
      reach: 'at most',
      exact: true,
      seen: bounded.times.length,
      of: `${bounded.of}; people were asked about the other ${hosts - BREAKER}`,
    },
    {
      what: `${what(sparse)}, breaker raised: hosts cut off, each once, the books balanced`,
      target: hosts,
      unit: 'hosts',
      reach: 'at least',
      exact: true,
      seen: all.times.length,
      of: all.of,
    },
    {
      ...measured,
      what: `${what(sparse)}: a host's first delivery to all its interfaces isolated, median`,
      target: 1_000,
      seen: median(all.times),
      range: [Math.min(...all.times), Math.max(...all.times)],
      of: `${all.times.length} hosts with ${INTERFACES} interfaces each, ${LATENCY} ms added per call`,
    },
    {
      ...measured,
      what: `${what(sparse)}: the same, 99th percentile`,
      target: 3_000,
      seen: percentile(all.times, 0.99),
      of: '',
    },
  ]
}

interface Weather extends Size {
  /** The VPCs have their quarantine groups. */
  readonly ready: boolean
}

/** One storm on one process of the function. */
async function storm(bundle: string, { ready, ...size }: Weather, count: number, bundles: Bundles, cloud: Cloud) {
  const hosts = { count: size.hosts + INNOCENT, interfaces: INTERFACES, vpcs: VPCS, ready, embedded: false }
  await cloud.reset({ groups: 1, open: 0, hosts, latency: LATENCY })
  const child = await startChild(bundles.runner, bundle, cloud.url)
  const ran = await child.run(size).finally(() => child.stop())
  const { told, metrics } = ran.answer as Stormed
  const seen = await cloud.seen()
  const incidents = await storiesIn(cloud)
  const books = booksOf(told, metrics, seen, EXPECTED)
  const deliveries = told.reduce((sum, { answers }) => sum + answers.length, 0)
  boundsOf(told, count, seen, incidents)
  return {
    times: timesOf(told, seen),
    of: `${deliveries} deliveries: ${booksText(books)}; ${(ran.cpu / deliveries).toFixed(1)} ms of processor a delivery`,
  }
}

/** So many hosts are cut off, each interface once; all others are as they were, and people are asked about the accused. */
function boundsOf(told: readonly Told[], count: number, seen: Seen, incidents: readonly History[]): void {
  const { cuts, groupsOf, quarantine } = seen
  const accused = new Set(told.filter(({ kind }) => kind === 'accused').map(({ host }) => host))
  const cut = new Set(cuts.map(({ host }) => host))
  same('the hosts that were cut off', cut.size, count)
  same('the quarantine groups, one a VPC', quarantine.length, VPCS)
  same(
    'hosts that were cut off and are not accused',
    [...cut].filter((host) => !accused.has(host)),
    [],
  )
  same('how often interfaces were changed, all in all', cuts.length, count * INTERFACES)
  const isolated = Object.entries(groupsOf).filter(([, groups]) => groups.every((id) => quarantine.includes(id)))
  same('the interfaces in quarantine', isolated.map(([id]) => id).sort(), cuts.map((one) => one.interface).sort())
  const heads = incidents.map(({ head }) => head)
  same('the hosts with incidents, each with one', heads.map(({ subject }) => subject).sort(), [...accused].sort())
  const held = heads.filter(({ status }) => status === 'held').map(({ subject }) => subject)
  same('the hosts that are held', held.sort(), [...cut].sort())
  const asked = heads.filter(({ status, left }) => status === 'open' && left === 'ask breaker.suspicious-host')
  same('the hosts that people are asked about', asked.length, accused.size - count)
}

/** From the first delivery of a host's first finding until its last interface was isolated; milliseconds. */
function timesOf(told: readonly Told[], { cuts }: Seen): number[] {
  const due = Map.groupBy(
    told.filter(({ kind }) => kind === 'accused'),
    ({ host }) => host,
  )
  return [...Map.groupBy(cuts, ({ host }) => host)].map(
    ([host, own]) => Math.max(...own.map(({ at }) => at)) - Math.min(...due.get(host)!.map((one) => one.due)),
  )
}
