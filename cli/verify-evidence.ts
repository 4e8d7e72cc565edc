import { Fault, told } from '#shared/fault.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Manifest } from '#shared/responses/unpreserved-host/manifest.ts'
import {
  compareMade,
  compareObject,
  compareSnapshot,
  compareStory,
  type Line,
  manifestsIn,
} from '#shared/responses/unpreserved-host/verify.ts'
import type { History } from '#shared/story.ts'
import { type Asked, ask } from './api.ts'
import { heldAt, standingOf } from './evidence-aws.ts'
import { EXIT } from './exit.ts'

/**
 * Reads the evidence of an incident again, with the caller's own credentials, and says line by line whether it is as it was
 * kept. Exit code 3 where something is not, or can't be read.
 */
export async function verifyEvidence(incident: string, options: Asked & { readonly chain?: string }): Promise<number> {
  const storyOf = (id: string) => ask<History>(options, 'GET', `/incidents/${encodeURIComponent(id)}`)
  const story = await storyOf(incident)
  if (story.head.response !== 'unpreserved-host')
    throw new Fault(
      'input-invalid',
      `Expected an incident of unpreserved-host, in which evidence is kept; ${incident} is one of ${story.head.response}.`,
    )
  const lines = [...(options.chain ? chainLines(story, options.chain) : []), ...(await manifestLines(story, storyOf))]
  const matches = lines.every((line) => line.ok)
  if (options.json) console.log(JSON.stringify({ incident, host: story.head.subject, matches, lines }))
  else {
    for (const { ok, about, says } of lines) console.log(`${ok ? 'ok ' : 'NOT'}  ${about}: ${says}`)
    const wrong = lines.filter((line) => !line.ok).length
    console.log(
      matches ? 'All of it is as it was kept.' : `${wrong} of ${lines.length} lines are not as they should be.`,
    )
  }
  return matches ? EXIT.done : EXIT.refused
}

/** The digest that a notice gave stands outside of the ledger: the story must still hold it. */
const chainLines = ({ digests }: History, chain: string): readonly Line[] => [
  digests.includes(chain)
    ? { ok: true, about: 'story', says: 'holds the digest of the notice' }
    : { ok: false, about: 'story', says: `does not hold the digest of the notice, ${chain}: it was written anew` },
]

async function manifestLines(story: History, storyOf: (id: string) => Promise<History>): Promise<readonly Line[]> {
  const { region } = story.head
  const now = Date.now()
  const [uri, ...others] = manifestsIn(story)
  if (!uri) return [{ ok: false, about: 'manifest.json', says: 'the story does not say that one was written' }]
  const more = others.map((one) => ({ ok: false, about: 'manifest.json', says: `the story names another: ${one}` }))
  const held = await heldAt(uri, region)
  const own = [...more, ...compareObject(uri, held, now)]
  const manifest = held && parsed(held.body)
  if (!manifest) return [...own, { ok: false, about: 'manifest.json', says: 'is no manifest that can be read' }]
  const { quarantine } = manifest
  const [objects, snapshots, cutOff] = await Promise.all([
    mapLimit(manifest.objects, 4, (one) => line(one, async () => compareObject(one, await heldAt(one, region), now))),
    mapLimit([...manifest.snapshots, ...manifest.copies], 8, (one) =>
      line(one.id, async () => compareSnapshot(one, await standingOf(one), manifest)),
    ),
    quarantine
      ? line('quarantine', async () =>
          compareStory('quarantine', quarantine, await orNull(() => storyOf(quarantine.incident))),
        )
      : [],
  ])
  return [
    ...own,
    ...aboutSame(manifest, story),
    ...compareStory('story', manifest.story, story),
    ...compareMade(manifest, story),
    ...objects.flat(),
    ...snapshots.flat(),
    ...cutOff,
    ...manifest.gaps.map(({ kind, what }) => ({ ok: true, about: `gap ${kind}`, says: what })),
  ]
}

const aboutSame = ({ host, story }: Manifest, { head }: History): readonly Line[] =>
  host === head.subject && story.incident === head.id
    ? []
    : [{ ok: false, about: 'manifest.json', says: `is of ${host}, incident ${story.incident}` }]

/** What can't be read is not as it should be; the rest is compared all the same. */
async function line(about: string, comparing: () => Promise<readonly Line[]>): Promise<readonly Line[]> {
  try {
    return await comparing()
  } catch (error) {
    return [{ ok: false, about, says: told(error).message }]
  }
}

async function orNull<T>(asking: () => Promise<T>): Promise<T | null> {
  try {
    return await asking()
  } catch (error) {
    if (error instanceof Fault && error.code === 'incident-unknown') return null
    throw error
  }
}

function parsed(body: string): Manifest | null {
  try {
    const read = JSON.parse(body) as Manifest
    const isOne = read.version === 1 && [read.snapshots, read.copies, read.objects, read.gaps].every(Array.isArray)
    return isOne && Array.isArray(read.story?.entries) ? read : null
  } catch {
    return null
  }
}
