import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { makeBundles } from './bundles.ts'
import { cold, depth, warm } from './close.ts'
import { startCloud } from './cloud.ts'
import { explainRate } from './explain-rate.ts'
import { hostStorms } from './host-storm.ts'
import { type Effort, type Row, verdictOf } from './measure.ts'
import { hostDepth, hostWarm } from './quarantine.ts'
import { slashCommand } from './slash-command.ts'
import { importTimes, sizes } from './start-up.ts'
import { stormRows } from './storm.ts'
import { sweepActing, sweepGrowth, sweepWatching } from './sweep.ts'
import { printTable } from './table.ts'

// The figures of Portcullis. Prints a table, or one JSON value with --json; ends with 1 where a figure misses its target
// by more than half (one that is no measurement but a fact: at all), or where a baseline did not do the same work.

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const NAMES = [
  ...(['depth', 'warm', 'cold', 'import', 'size', 'sweep', 'growth', 'acting', 'explain', 'storm'] as const),
  ...(['host-depth', 'host-warm', 'host-storm', 'slash'] as const),
]
type Name = (typeof NAMES)[number]
/** What the short form leaves out takes minutes, or a cloud of its own. */
const LONG: readonly Name[] = ['cold', 'import', 'sweep', 'growth', 'acting', 'explain', 'storm', 'host-storm', 'slash']

const effort: Effort = { pairs: Number(values.pairs ?? (values.quick ? 5 : 30)), quick: values.quick }
const names = NAMES.filter((name) => values.only?.split(',').includes(name) ?? !(values.quick && LONG.includes(name)))
const unknown = values.only?.split(',').find((name) => !NAMES.some((known) => known === name))
if (unknown !== undefined || !(effort.pairs >= 1)) {
  console.error(`Expected --pairs to be at least 1, and --only to name ${NAMES.join(', ')} (several with commas).`)
  process.exit(2)
}

const bundles = await makeBundles()
const cloud = await startCloud()
const measurements: Readonly<Record<Name, () => Row[] | Promise<Row[]>>> = {
  depth: () => depth(bundles, cloud),
  warm: () => warm(effort, bundles, cloud),
  cold: async () => [await cold(effort, bundles, cloud)],
  import: () => importTimes(effort, bundles, cloud),
  size: () => sizes(bundles),
  sweep: () => sweepWatching(effort, bundles, cloud),
  growth: () => sweepGrowth(effort, bundles, cloud),
  acting: async () => [await sweepActing(effort, bundles, cloud)],
  explain: async () => [await explainRate(effort, bundles)],
  storm: () => stormRows(effort, bundles, cloud),
  'host-depth': () => hostDepth(bundles, cloud),
  'host-warm': async () => [await hostWarm(effort, bundles, cloud)],
  'host-storm': () => hostStorms(effort, bundles, cloud),
  slash: () => slashCommand(effort),
}
const rows: Row[] = []
try {
  for (const name of names) {
    if (!values.json) process.stderr.write(`${name} …\n`)
    rows.push(...(await measurements[name]()))
  }
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  cloud.stop()
  rmSync(bundles.folder, { recursive: true, force: true })
}
if (values.json)
  console.log(
    JSON.stringify(
      rows.map((row) => ({ ...row, verdict: verdictOf(row) })),
      null,
      2,
    ),
  )
else printTable(rows)
if (rows.some((row) => verdictOf(row) === 'FAILED')) process.exitCode = 1
