import type { Bundles } from './bundles.ts'
import { startChild } from './child.ts'
import type { Explained } from './explain-run.ts'
import { type Effort, median, type Row } from './measure.ts'

/** How many records a second one core explains, its start apart. */
export async function explainRate({ pairs: passes, quick }: Effort, bundles: Bundles): Promise<Row> {
  const child = await startChild(bundles.runner, bundles.explain, 'http://127.0.0.1:1')
  try {
    const { answer } = await child.run({ records: quick ? 10_000 : 20_000, passes: Math.min(passes, 10) })
    const { rates, judged, modes, bytes } = answer as Explained
    const counts = Object.entries(modes).map(([mode, count]) => `${count.toLocaleString('en')} ${mode}`)
    return {
      what: 'explain: records per second and core, from text to text, start-up apart',
      target: 20_000,
      unit: 'records/s',
      reach: 'at least',
      seen: median(rates),
      range: [Math.min(...rates), Math.max(...rates)],
      of: `${(judged * 100).toFixed(0)} % judged (${counts.join(', ')}), ${bytes.toFixed(0)} bytes a record`,
    }
  } finally {
    await child.stop()
  }
}
