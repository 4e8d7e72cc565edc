import { statSync } from 'node:fs'
import type { Bundles } from './bundles.ts'
import { startChild } from './child.ts'
import type { Cloud } from './cloud.ts'
import { type Effort, pairs, type Row, ratioRow } from './measure.ts'

/** How long the import of the function takes, each time in a fresh process. */
export async function importTime({ pairs: count }: Effort, bundles: Bundles, cloud: Cloud): Promise<Row> {
  const run = async (bundle: string) => {
    const child = await startChild(bundles.runner, bundle, cloud.url)
    await child.stop()
    return child.imported
  }
  const [ours, bare] = [() => run(bundles.watching), () => run(bundles.bare['bare-ec2'])]
  await pairs(1, ours, bare)
  const took = await pairs(count, ours, bare)
  return ratioRow("import of the function's bundle, against the bare EC2 client's", 1.5, took.ours, took.bare, 'ms')
}

/** The size of the function's bundle. */
export function size(bundles: Bundles): Row {
  const kib = (file: string) => statSync(file).size / 1024
  return {
    what: 'bundle of close-open-ingress, minified',
    target: 560,
    unit: 'KiB',
    reach: 'at most',
    exact: true,
    seen: kib(bundles.watching),
    of: `the bare EC2 client alone is ${kib(bundles.bare['bare-ec2']).toFixed(0)} KiB`,
  }
}
