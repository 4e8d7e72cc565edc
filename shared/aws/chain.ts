import { createHash } from 'node:crypto'
import { pack, unpack } from '#shared/aws/pack.ts'
import type { Item } from '#shared/aws/table.ts'
import type { Entry } from '#shared/story.ts'

/**
 * The entries of an incident, chained: each holds the digest of the one that its writer saw last. Runs that are at an
 * incident side by side each go on from what they saw, so the chain may branch; it has one root, and every link holds.
 * (docs/decisions/0011)
 */

/** The digest of an entry as it is stored, and of all that came before it. */
function digestOf(incident: string, after: string, body: unknown): string {
  const bytes = typeof body === 'string' ? body : Buffer.from(body as Uint8Array)
  return createHash('sha256').update(`${incident}\n${after}\n`).update(bytes).digest('hex')
}

/** The entries as items of the table, each after the one before, the first after `tip`; and the new tip. */
export function chained(
  incident: string,
  entries: readonly Entry[],
  tip: string,
  newId: () => string,
): { readonly items: readonly object[]; readonly tip: string } {
  let after = tip
  const items = entries.map((entry) => {
    const packed = pack(entry)
    const hash = digestOf(incident, after, packed.body)
    const item = {
      pk: `incident#${incident}`,
      sk: `entry#${newId()}`,
      what: entry.what,
      at: entry.at,
      after,
      hash,
      ...packed,
    }
    after = hash
    return item
  })
  return { items, tip: after }
}

/** Reads a story back, and says where its links do not hold. */
export function unchained(
  incident: string,
  items: readonly Item[],
): { readonly entries: readonly Entry[]; readonly digests: readonly string[]; readonly broken: readonly string[] } {
  const digests = items.map((item) => digestOf(incident, String(item.after ?? ''), item.body))
  const known = new Set(digests)
  const roots = items.filter((item) => item.after === '').length
  const broken = items.flatMap((item, i) => {
    const name = `entry ${i + 1} (${String(item.what)} at ${String(item.at)})`
    if (item.hash !== digests[i]) return [`${name} is not what was written`]
    return item.after === '' || known.has(String(item.after)) ? [] : [`what came before ${name} is missing`]
  })
  if (roots !== 1) broken.push(`expected one beginning of the story; there are ${roots}`)
  return {
    entries: items.map((item) => unpack(item) as Entry),
    digests,
    broken,
  }
}
