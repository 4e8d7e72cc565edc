import { statSync } from 'node:fs'
import type { Bundles } from './bundles.ts'
import { startChild } from './child.ts'
import type { Cloud } from './cloud.ts'
import { type Effort, pairs, type Row, ratioRow } from './measure.ts'

/**
 * What each function may weigh (KiB), and how long its import may take against the bare EC2 client's. A door waits for
 * the first, and Slack for three seconds for the second; the others are waited for by a person or by nobody.
 */
const LIMITS: Readonly<Record<string, readonly [number, number]>> = {
  'close-open-ingress': [560, 1.5],
  'answer-slack': [500, 2],
}
const OTHERS = [640, 2] as const
/**
 * A host hangs on more than EC2: these have five to seven clients more than the one that closes doors (Auto Scaling, load
 * balancers, IAM, GuardDuty, SSM and others), some 20 to 60 KiB and 10 ms each. A host waits for that once in a cold start;
 * that is little beside the minutes in which GuardDuty finds anything. A jump box hangs on Scheduler and Route 53 beside all
 * that is done to hosts; it takes EC2 longer to launch one.
 */
const OF_HOSTS = [800, 2.2] as const
const isOfHosts = (name: string) => /-(instance|host|boxes)$/.test(name)
const limitsOf = (name: string) => LIMITS[name] ?? (isOfHosts(name) ? OF_HOSTS : OTHERS)

/** How long the import of each function takes, each time in a fresh process. */
export async function importTimes({ pairs: count }: Effort, bundles: Bundles, cloud: Cloud): Promise<Row[]> {
  const run = async (bundle: string) => {
    const child = await startChild(bundles.runner, bundle, cloud.url)
    await child.stop()
    return child.imported
  }
  const rows: Row[] = []
  for (const [name, bundle] of Object.entries(bundles.functions)) {
    const [ours, bare] = [() => run(bundle), () => run(bundles.bare['bare-ec2'])]
    await pairs(1, ours, bare)
    const took = await pairs(name in LIMITS ? count : Math.min(count, 10), ours, bare)
    const what = `import of ${name}, against the bare EC2 client's`
    rows.push(ratioRow(what, limitsOf(name)[1], took.ours, took.bare, 'ms'))
  }
  return rows
}

/** The size of each function's bundle. */
export function sizes(bundles: Bundles): Row[] {
  const kib = (file: string) => statSync(file).size / 1024
  return Object.entries(bundles.functions).map(([name, bundle]) => ({
    what: `bundle of ${name}, minified`,
    target: limitsOf(name)[0],
    unit: 'KiB',
    reach: 'at most',
    exact: true,
    seen: kib(bundle),
    of: `the bare EC2 client alone is ${kib(bundles.bare['bare-ec2']).toFixed(0)} KiB`,
  }))
}
