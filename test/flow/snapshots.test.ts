import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Reads } from '#shared/aws/reads.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import type { Outside } from '#shared/response.ts'
import { unpreservedHost } from '#shared/responses/unpreserved-host/response.ts'
import { evidencePolicy, ID, NOW, PLACE, SINCE } from '../support/evidence-world.ts'

/** Walks EBS's news of snapshots in `events/`; what is expected of each stands in the `expected.json` beside them. */
const folder = new URL('../../events/unpreserved-host/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

interface Expected {
  /** The snapshots that are looked at. */
  readonly snapshots: readonly string[]
  /** Whether one of them is evidence, so that its host is looked at. */
  readonly host: boolean
  readonly malformed?: true
}
const expected = read('expected.json') as Record<string, Expected>
const names = readdirSync(folder).filter((name) => name !== 'expected.json')
const response = unpreservedHost(PLACE.bucket)

/** What this account has: `snap-0e…` is evidence, `snap-0b…` a backup, and nothing else is there. */
const reads = {
  'ec2:DescribeSnapshots': async ({ SnapshotIds: [id = ''] = [] }: { SnapshotIds?: string[] }) => {
    if (!/^snap-0[eb]/.test(id)) throw Object.assign(new Error('none'), { name: 'InvalidSnapshot.NotFound' })
    const Tags = id.startsWith('snap-0e')
      ? [
          { Key: 'portcullis:host', Value: ID },
          { Key: 'portcullis:evidence', Value: `${ID}/${SINCE}` },
        ]
      : [{ Key: 'backup', Value: 'daily' }]
    return { Snapshots: [{ SnapshotId: id, Tags }] }
  },
} as unknown as Reads
const outside: Outside = {
  reads,
  policy: evidencePolicy(),
  region: 'eu-central-1',
  now: () => NOW.getTime(),
  sleep: async () => {},
}

test('Every event has an expectation, every expectation an event, and a name says which kind it is.', () => {
  expect(names.toSorted()).toEqual(Object.keys(expected).toSorted())
  for (const [name, { host }] of Object.entries(expected))
    expect(`${name} ${host}`).toMatch(/^hit.* true$|^miss.* false$/)
})

describe.each(names)('%s', (name) => {
  const { snapshots, host, malformed } = expected[name]!
  test(host ? 'It makes us look at the host.' : 'It makes us look at no host.', async () => {
    if (malformed) return void expect(() => signalsOf(read(name))).toThrow('event-malformed')
    const [reading] = signalsOf(read(name))
    if (!reading) throw new Error('expected a reading')
    if (!('signal' in reading)) return void expect(snapshots).toEqual([])
    const where = response.subjects(reading.signal)
    expect(where).toEqual(snapshots.map((snapshot) => ({ snapshot })))
    const found = await Promise.all((where as { snapshot: string }[]).map((one) => response.locate(one, outside)))
    expect([...new Set(found.flat())]).toEqual(host ? [ID] : [])
  })
})
