import { randomUUID } from 'node:crypto'
import { DETECTOR, hostId, SCALING } from './account.ts'
import type { Bundles } from './bundles.ts'
import type { Hosts } from './canned-host-state.ts'
import { startChild } from './child.ts'
import { sameClaim, sizesOf } from './claim.ts'
import { type Cloud, callsOf, type Seen, type Start } from './cloud.ts'
import { depthOf } from './depth.ts'
import { accused } from './events.ts'
import { type Effort, type Row, same } from './measure.ts'
import { warmRow } from './warm.ts'

const LATENCY = 20
const CUT = 'ec2:ModifyNetworkInterfaceAttribute'
/** What only reads, and what is written into the ledger. */
const NO_STEP = /:(Describe|Get|List|Query|TransactWriteItems|Publish)/

/** A host with a few others, and one that hangs on more. */
const PLAIN: Hosts = { count: 4, interfaces: 1, vpcs: 1, ready: true, embedded: false }
const EMBEDDED: Hosts = { count: 4, interfaces: 3, vpcs: 2, ready: true, embedded: true }
const from = (hosts: Hosts, latency = LATENCY): Start => ({ groups: 1, open: 0, hosts, latency })

/** How deep the chain of calls is until no interface has a way out any more. */
export async function hostDepth(bundles: Bundles, cloud: Cloud): Promise<Row[]> {
  const what = 'depth of the chain of AWS calls, handler start to all interfaces isolated'
  const row = async (of: string, target: number, hosts: Hosts, finding?: string) => {
    const seen = await cutOnce(bundles, cloud, hosts, finding)
    return depthOf(`${what}: ${of}`, target, seen, isolatedAt(seen, hosts))
  }
  const many = '3 interfaces in 2 VPCs, Auto Scaling'
  return [
    await row('the VPC has its quarantine group', 3, PLAIN),
    await row('it has none', 6, { ...PLAIN, ready: false }),
    await row(`${many}, credentials too`, 3, EMBEDDED, 'trojan'),
    await row(`${many}, neither VPC has its group`, 6, { ...EMBEDDED, ready: false }, 'trojan'),
  ]
}

/** From the handler's start until the last interface was isolated, in processes that have done it before. */
export async function hostWarm(effort: Effort, bundles: Bundles, cloud: Cloud): Promise<Row> {
  const sizes = sizesOf(await cutOnce(bundles, cloud, EMBEDDED))
  const what = `handler start to all of 3 interfaces isolated, warm, ${LATENCY} ms added per call, against the bare SDK`
  const ours = { bundle: bundles.quarantining, event: () => accused(hostId(0)) }
  const bare = { bundle: bundles.bare['bare-quarantine'], event: () => bareEvent(sizes) }
  const doneAt = (seen: Seen) => isolatedAt(seen, EMBEDDED)
  const race = { what, target: 1.25, from: from(EMBEDDED), ours, bare, doneAt, sameEnd }
  return warmRow(race, effort, bundles, cloud)
}

/** One host cut off by a process that is warm, with enough latency that what runs side by side is seen to. */
async function cutOnce(bundles: Bundles, cloud: Cloud, hosts: Hosts, finding = 'miner'): Promise<Seen> {
  const child = await startChild(bundles.runner, bundles.quarantining, cloud.url)
  try {
    for (const latency of [0, 60]) {
      await cloud.reset(from(hosts, latency))
      await child.run(accused(hostId(0), `${finding}-${randomUUID()}`))
    }
    return await cloud.seen()
  } finally {
    await child.stop()
  }
}

/** When the last change of an interface was answered. Throws where one was left, or was changed twice. */
function isolatedAt({ calls, cuts, groupsOf, quarantine }: Seen, { interfaces }: Hosts): number {
  const own = cuts.filter((one) => one.host === hostId(0))
  same('the interfaces that were changed, each once', new Set(own.map((one) => one.interface)).size, interfaces)
  same('the changes of interfaces', cuts.length, interfaces)
  const left = own.filter((one) => !groupsOf[one.interface]!.every((id) => quarantine.includes(id)))
  same('the interfaces that are not in a quarantine group', left, [])
  return Math.max(...calls.filter((one) => one.call === CUT && one.ok).map((one) => one.end))
}

const bareEvent = (sizes: readonly number[]) => ({
  host: hostId(0),
  detector: DETECTOR,
  finding: `miner-${randomUUID()}`,
  group: SCALING,
  id: `run#${randomUUID()}`,
  sizes,
})

/** The same calls were made in the first round, as much was written, and the same is cut off. */
function sameEnd(ours: Seen, bare: Seen): void {
  // Its outcome is written once its last step has ended, and no sooner.
  const record = ours.calls.filter((one) => one.call === 'dynamodb:TransactWriteItems')[1]!
  const steps = ours.calls.filter((one) => !NO_STEP.test(one.call) && one.start < record.start)
  const end = Math.max(...steps.map((one) => one.end))
  same('the calls', callsOf({ calls: ours.calls.filter((one) => one.start < end) }), callsOf(bare))
  same('the groups of the interfaces', ours.groupsOf, bare.groupsOf)
  sameClaim(ours, bare)
}
