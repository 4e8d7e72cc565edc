import { type Entry, type History, stepsPlanned } from '#shared/story.ts'
import type { Manifest, StoryPart } from './manifest.ts'
import { COPY_OF, type Copy, EVIDENCE, HOST, type Snapshot, VOLUME } from './world.ts'

/** One line of what was compared: whether it is as it was kept. */
export interface Line {
  readonly ok: boolean
  readonly about: string
  readonly says: string
}

const yes = (about: string, says: string): Line => ({ ok: true, about, says })
const no = (about: string, says: string): Line => ({ ok: false, about, says })

/** An object as it is in the bucket now; null where it, or this version of it, is gone. */
export interface Held {
  readonly body: string
  readonly uri: string
  /** The version that is read by whoever names none: '' where a delete marker lies on top. */
  readonly newest: string
  readonly lock: { readonly mode: string; readonly until: string } | null
}

/** A snapshot as EC2 has it now; null where it is gone. */
export interface Standing extends Omit<Copy, 'copyOf'> {
  readonly tags: Readonly<Record<string, string>>
}

/** Where the story says that the manifest lies: in the outcome of the call that stored it, and in what the next look found. */
export function manifestsIn({ entries }: History): readonly string[] {
  const named = entries.flatMap((entry) => [...createdBy(entry), ...provenBy(entry)])
  return [...new Set(named.filter((one) => /^s3:\/\/.+\/manifest\.json\?versionId=.*#sha256=[0-9a-f]{64}$/.test(one)))]
}

const createdBy = (entry: Entry): readonly string[] => (entry.what === 'done' ? (entry.created ?? []) : [])
const provenBy = (entry: Entry): readonly string[] => {
  const { manifest } = (entry.what === 'verified' ? (entry.proof ?? {}) : {}) as { readonly manifest?: unknown }
  return typeof manifest === 'string' ? [manifest] : []
}

/** The parts of `s3://bucket/key?versionId=…#sha256=…`. */
export function partsOf(uri: string): { bucket: string; key: string; version: string; digest: string } {
  const [, bucket = '', key = '', version = '', digest = ''] =
    /^s3:\/\/([^/]+)\/(.+)\?versionId=(.*)#sha256=([0-9a-f]*)$/.exec(uri) ?? []
  return { bucket, key, version, digest }
}

/** An object against what was written down of it when it was stored. */
export function compareObject(uri: string, held: Held | null, now: number): readonly Line[] {
  const { key, version, digest } = partsOf(uri)
  const about = key.split('/').at(-1) ?? key
  if (!held) return [no(about, `version ${version} is gone from the bucket`)]
  const found = partsOf(held.uri).digest
  const { lock } = held
  return [
    found === digest
      ? yes(about, `is what was stored (sha256 ${digest})`)
      : no(about, `is not what was stored: its sha256 is ${found}, and was ${digest}`),
    held.newest === version
      ? yes(about, 'nothing was put over it')
      : no(
          about,
          held.newest === '' ? 'somebody deleted it; this version is left' : `version ${held.newest} lies over it`,
        ),
    lock === null
      ? no(about, 'no lock shows (seeing it takes s3:GetObjectRetention)')
      : yes(about, `${Date.parse(lock.until) > now ? 'locked' : 'was locked'} until ${lock.until} (${lock.mode})`),
  ]
}

/** What the manifest says of an incident against the incident's story as the ledger has it now. */
export function compareStory(about: string, part: StoryPart, story: History | null): readonly Line[] {
  if (!story) return [no(about, `the ledger knows no incident ${part.incident}`)]
  const known = new Set(story.digests)
  const missing = part.entries.filter(({ digest }) => !known.has(digest))
  return [
    ...(story.broken.length > 0
      ? story.broken.map((line) => no(about, line))
      : [yes(about, `its ${story.entries.length} entries chain`)]),
    ...(missing.length > 0
      ? missing.map((one) => no(about, `the ledger no longer holds what was written at ${one.at}: ${one.says}`))
      : [yes(about, `holds the ${part.entries.length} entries of the manifest`)]),
    known.has(part.chain)
      ? yes(about, `holds the digest ${part.chain}`)
      : no(about, `does not hold the digest ${part.chain}`),
  ]
}

/** A snapshot, or a copy of one, against what the manifest says of it. */
export function compareSnapshot(
  kept: Snapshot | Copy,
  standing: Standing | null,
  { host, since }: Pick<Manifest, 'host' | 'since'>,
): readonly Line[] {
  const about = `${kept.id} (${kept.region})`
  if (!standing) return [no(about, 'is gone')]
  const copyOf = 'copyOf' in kept ? kept.copyOf : undefined
  const { tags } = standing
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['state', kept.state, standing.state],
    ['size', kept.size, standing.size],
    ['encryption', kept.encrypted, standing.encrypted],
    ['key', kept.key, standing.key],
    ['begun', kept.begunAt, standing.begunAt],
    ['volume', kept.volume, copyOf ? tags[VOLUME] : standing.volume],
    [`tag ${HOST}`, host, tags[HOST]],
    [`tag ${EVIDENCE}`, `${host}/${since}`, tags[EVIDENCE]],
    ...(copyOf ? ([[`tag ${COPY_OF}`, copyOf, tags[COPY_OF]]] as const) : []),
    ...('sharedWith' in kept
      ? ([
          ['shared with', [...kept.sharedWith!].sort().join(), [...(standing.sharedWith ?? [])].sort().join()],
        ] as const)
      : []),
  ]
  const differ = facts.filter(([, was, is]) => was !== is)
  const size = `${kept.size} GiB of ${kept.volume}${kept.encrypted ? ', encrypted' : ''}`
  return [
    ...(differ.length > 0
      ? differ.map(([what, was, is]) => no(about, `${what} was ${String(was)}, and is ${String(is)}`))
      : [yes(about, `is there: ${size}`)]),
    ...compareLock(about, kept, standing),
  ]
}

const STRENGTH = ['expired', 'governance', 'compliance-cooloff', 'compliance']

/** A lock may have become stronger or longer, never weaker or shorter; that it ran out in its time is no tampering. */
function compareLock(about: string, { lock: was }: Snapshot, { lock: is }: Standing): readonly Line[] {
  if (!was) return []
  if (!is) return [no(about, `its lock (${was.state} until ${was.until}) is gone`)]
  const ranOut = is.state === 'expired' && is.until >= was.until
  if (is.until < was.until) return [no(about, `its lock was until ${was.until}, and is until ${is.until}`)]
  if (!ranOut && STRENGTH.indexOf(is.state) < STRENGTH.indexOf(was.state))
    return [no(about, `its lock was ${was.state}, and is ${is.state}`)]
  return [yes(about, ranOut ? `its lock ran out at ${is.until}` : `locked until ${is.until} (${is.state})`)]
}

/** Whether the ledger knows of having made the snapshots that the manifest names. */
export function compareMade({ snapshots, copies }: Manifest, { entries }: History): readonly Line[] {
  const made = new Set(entries.flatMap(createdBy))
  const plans = stepsPlanned(entries)
  const found = new Set(entries.flatMap((entry) => (entry.what === 'found-done' ? [entry.step] : [])))
  // A run that died had no time to write down what it made.
  const foundOne = (call: string) => plans.some((step) => found.has(step.id) && step.does.call === call)
  const strangers = [
    ...snapshots.filter(({ id }) => !made.has(id) && !foundOne('ec2:CreateSnapshots')),
    ...copies.filter(({ id }) => !made.has(id) && !foundOne('ec2:CopySnapshot')),
  ]
  return strangers.length > 0
    ? strangers.map(({ id }) => no(id, 'the ledger knows nothing of making it'))
    : [yes('snapshots', `the ledger holds how these ${snapshots.length + copies.length} were made`)]
}
