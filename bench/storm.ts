import { fileURLToPath } from 'node:url'
import { deployedPolicy } from '#deploy/policy.ts'
import type { Head, History } from '#shared/story.ts'
import { booksOf, booksText, percentile, storiesIn } from './books.ts'
import type { Bundles } from './bundles.ts'
import { startChild } from './child.ts'
import type { Cloud, Seen } from './cloud.ts'
import { type Effort, median, type Row, same } from './measure.ts'
import { COUNT, type Kind, REFUSED } from './storm-plan.ts'
import type { Stormed, Told } from './storm-run.ts'

const LATENCY = 20
/** One that lets enough be done for its times to be measured; and the one that ships. */
const wide = deployedPolicy(fileURLToPath(new URL('storm.yml', import.meta.url))).breaker
const shipped = deployedPolicy(fileURLToPath(new URL('../portcullis.yml', import.meta.url))).breaker
/** All is over so many seconds after the last door was opened: some events come six seconds late. */
const TAIL = 10
/** What is counted of an event of each kind. A door is left to a person once the breaker is open. */
const EXPECTED: Readonly<Record<Kind, readonly string[]>> = {
  door: ['settled', 'asked'],
  watched: ['watched'],
  asked: ['asked'],
  spared: ['spared'],
  safe: ['settled'],
  'another-account': ['ignored'],
  failed: ['ignored'],
  malformed: ['thrown'],
  refused: ['thrown'],
}

interface Storm {
  readonly events: number
  readonly seconds: number
  readonly breaker: typeof shipped
}

/** A storm of events on one process of the function, under two breakers. Throws where the books do not balance. */
export async function stormRows({ quick }: Effort, bundles: Bundles, cloud: Cloud): Promise<Row[]> {
  const size = quick ? { events: 400, seconds: 12 } : { events: 2_000, seconds: 60 }
  const what = `storm of ${size.events.toLocaleString('en')} events in ${size.seconds} s`
  const { times, row } = await stormOnce({ ...size, breaker: wide }, bundles.storm, what, bundles, cloud)
  const asShipped = `${what}, under the breaker as shipped`
  const { row: shippedRow } = await stormOnce(
    { ...size, breaker: shipped },
    bundles.stormShipped,
    asShipped,
    bundles,
    cloud,
  )
  return [
    row,
    {
      what: `${what}: first delivery of a door's event to contained, median`,
      target: 1_000,
      unit: 'ms',
      reach: 'at most',
      seen: median(times.contained),
      range: [Math.min(...times.contained), Math.max(...times.contained)],
      of: `${times.contained.length} containments, ${LATENCY} ms added per call; applied after ${median(times.applied).toFixed(0)} ms`,
    },
    {
      what: `${what}: the same, 99th percentile`,
      target: 3_000,
      unit: 'ms',
      reach: 'at most',
      seen: percentile(times.contained, 0.99),
      of: `applied after ${percentile(times.applied, 0.99).toFixed(0)} ms`,
    },
    shippedRow,
  ]
}

async function stormOnce({ breaker, ...size }: Storm, bundle: string, what: string, { runner }: Bundles, cloud: Cloud) {
  await cloud.reset({ groups: COUNT, open: 0, refused: REFUSED, latency: LATENCY })
  const child = await startChild(runner, bundle, cloud.url)
  const ran = await child.run(size).finally(() => child.stop())
  const stormed = ran.answer as Stormed
  const seen = await cloud.seen()
  const incidents = await storiesIn(cloud)

  const books = booksOf(stormed.told, stormed.metrics, seen, EXPECTED)
  const closed = boundsOf(stormed.told, seen, incidents, breaker)
  const deliveries = stormed.told.reduce((sum, { answers }) => sum + answers.length, 0)
  const cancelled = seen.calls.filter(({ call, ok }) => call === 'dynamodb:TransactWriteItems' && !ok).length
  const row: Row = {
    what: `${what}: events a second, the books balanced`,
    target: size.events / (size.seconds + TAIL),
    unit: 'events/s',
    reach: 'at least',
    seen: size.events / (stormed.took / 1_000),
    of: `${deliveries} deliveries: ${booksText(books)}; ${closed} of 160 groups closed, the breaker left the rest to people; ${cancelled} transactions cancelled; ${(ran.cpu / deliveries).toFixed(1)} ms of processor a delivery`,
  }
  return { row, times: timesOf(stormed.told, incidents) }
}

/** The breaker bounds what is done, nothing but doors is taken away, and no door is forgotten. Answers with the groups acted on. */
function boundsOf(
  told: readonly Told[],
  { rules }: Seen,
  incidents: readonly History[],
  { subjects, reserve }: Storm['breaker'],
): number {
  const there = new Set(rules)
  const gone = told.filter(({ rule }) => rule && !there.has(rule))
  const closed = new Set(gone.map(({ group }) => group))
  const open = new Map(incidents.filter(({ head }) => head.status === 'open').map(({ head }) => [head.subject, head]))
  const left = (is: (head: Head | undefined) => boolean, ...kinds: Kind[]) =>
    told.filter(({ kind, rule, group }) => kinds.includes(kind) && there.has(rule!) && !is(open.get(group)))
  same('the rules that were there before', rules.length, 8 * COUNT + told.filter(({ rule }) => there.has(rule!)).length)
  same('what was closed and is no door', [...new Set(gone.map(({ kind }) => kind))], ['door'])
  same(
    'doors of which no person was asked',
    left((head) => head?.left === 'ask breaker.open-ingress', 'door'),
    [],
  )
  same(
    'what is watched in no incident',
    left((head) => head?.left?.startsWith('watch ') ?? false, 'watched'),
    [],
  )
  same(
    'what is asked in no incident',
    left((head) => head?.left?.startsWith('ask ') ?? false, 'asked'),
    [],
  )
  if (closed.size < subjects || closed.size > subjects + reserve)
    throw new Error(`Expected ${subjects} to ${subjects + reserve} groups to be acted on; it were ${closed.size}.`)
  return closed.size
}

/** From the first delivery of the event by which a run acted until the call was answered, and until it was seen to be over. */
function timesOf(told: readonly Told[], incidents: readonly History[]) {
  const due = new Map(told.map((one) => [one.id, one.due]))
  const times = incidents.flatMap(({ entries }) => {
    const byTime = new Map(
      entries.flatMap((one) => (one.what === 'opened' || one.what === 'joined' ? [[one.at, one.by] as const] : [])),
    )
    return entries.flatMap((one) => {
      if (one.what !== 'verified' || one.verdict !== 'contained' || !one.timings.applied) return []
      const from = due.get(byTime.get(one.timings.decided!) ?? '')
      const since = (time: string) => Date.parse(time) - from!
      return from === undefined ? [] : [{ applied: since(one.timings.applied), contained: since(one.timings.verified) }]
    })
  })
  return { applied: times.map(({ applied }) => applied), contained: times.map(({ contained }) => contained) }
}
