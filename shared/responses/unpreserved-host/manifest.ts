import type { Step } from '#shared/plan.ts'
import type { Ports } from '#shared/ports.ts'
import { type Entry, type History, stepsPlanned } from '#shared/story.ts'
import { gapsOf } from './needs.ts'
import type { Copy, EvidenceWorld, Gap, Snapshot, Volume } from './world.ts'

/** What is kept of a host since one moment: the last thing that is stored of a set. `portcullis evidence verify` reads it. */
export interface Manifest {
  readonly version: 1
  readonly host: string
  readonly account: string
  readonly region: string
  readonly since: string
  readonly writtenAt: string
  readonly volumes: readonly Volume[]
  readonly snapshots: readonly Snapshot[]
  readonly copies: readonly Copy[]
  /** `s3://bucket/key?versionId=…#sha256=…` */
  readonly objects: readonly string[]
  readonly gaps: readonly Gap[]
  readonly story: StoryPart
  /** The incident that the host was cut off in, where there is one that is open or held. */
  readonly quarantine: StoryPart | null
}

/** What happened in an incident until then, and the digests by which that can't be changed unseen. */
export interface StoryPart {
  readonly incident: string
  /** The digest of its last entry. */
  readonly chain: string
  readonly entries: readonly { readonly at: string; readonly says: string; readonly digest: string }[]
}

export async function manifest(
  world: EvidenceWorld,
  since: string,
  incident: string,
  { ledger, policy, account, region, clock }: Ports,
): Promise<string> {
  const { subject, host, sets } = world
  const set = sets.find((one) => one.since === since) ?? { since, snapshots: [], copies: [], objects: [] }
  const quarantine = await ledger.recall({ response: 'suspicious-host', subject })
  const told = quarantine.open ? await ledger.history(quarantine.open.incident) : null
  const story = await ledger.history(incident)
  if (!story) throw new Error(`the ledger does not know incident ${incident}`)
  const made: Manifest = {
    version: 1,
    host: subject,
    account,
    region,
    since,
    writtenAt: new Date(clock.now()).toISOString(),
    volumes: host?.volumes ?? [],
    snapshots: set.snapshots,
    copies: set.copies,
    objects: set.objects.map(({ uri }) => uri),
    gaps: gapsOf(world, set, policy['suspicious-hosts'].evidence),
    story: partOf(story),
    quarantine: told ? partOf(told) : null,
  }
  return `${JSON.stringify(made, null, 1)}\n`
}

function partOf({ head, entries, digests }: History): StoryPart {
  const titles = new Map(stepsPlanned(entries).map((step) => [step.id, step]))
  return {
    incident: head.id,
    chain: digests.at(-1) ?? '',
    entries: entries.map((entry, i) => ({ at: entry.at, says: said(entry, titles), digest: digests[i] ?? '' })),
  }
}

/** Who did what, in a line. */
function said(entry: Entry, steps: ReadonlyMap<string, Step>): string {
  const about = 'step' in entry ? `: ${steps.get(entry.step)?.title ?? entry.step}` : ''
  switch (entry.what) {
    case 'opened':
    case 'joined':
      return `${entry.what} by event ${entry.by}: ${entry.decided.map(({ decision }) => `${decision.mode} by ${decision.because.clause}`).join('; ')}`
    case 'done':
      return `done${about}${entry.requestId ? ` (request ${entry.requestId})` : ''}${entry.created ? `, made ${entry.created.join(', ')}` : ''}`
    case 'failed':
      return `failed${about} (${entry.code})`
    case 'approved':
    case 'declined':
    case 'undo-intended':
    case 'undone':
    case 'undo-refused':
      return `${entry.what} by ${entry.by.name}${entry.by.from ? ` from ${entry.by.from}` : ''}`
    case 'verified':
      return `verified: ${entry.verdict}`
    default:
      return `${entry.what}${about}`
  }
}
