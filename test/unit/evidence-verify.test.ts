import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Manifest } from '#shared/responses/unpreserved-host/manifest.ts'
import {
  compareMade,
  compareObject,
  compareSnapshot,
  compareStory,
  type Held,
  type Line,
  manifestsIn,
  type Standing,
} from '#shared/responses/unpreserved-host/verify.ts'
import type { Entry, History } from '#shared/story.ts'
import { copy, ID, KEY, SINCE, snapshot } from '../support/evidence-world.ts'

const wrong = (lines: readonly Line[]) => lines.filter((one) => !one.ok).map((one) => one.says)
const NOW = Date.parse('2026-06-10T00:00:00Z')

describe('An object', () => {
  const digest = createHash('sha256').update('text').digest('hex')
  const uri = `s3://bucket/a/b/facts.json?versionId=v1#sha256=${digest}`
  const lock = { mode: 'GOVERNANCE', until: '2026-09-01T00:00:00.000Z' }
  const held: Held = { body: 'text', uri, newest: 'v1', lock }
  test('that is as it was stored has nothing wrong', () => {
    expect(wrong(compareObject(uri, held, NOW))).toEqual([])
  })
  test.each<[string, Held | null, string]>([
    ['another text', { ...held, uri: uri.replace(/.$/, (c) => (c === '0' ? '1' : '0')) }, 'is not what was stored'],
    ['a newer version over it', { ...held, newest: 'v2' }, 'version v2 lies over it'],
    ['a delete marker over it', { ...held, newest: '' }, 'somebody deleted it'],
    ['no lock', { ...held, lock: null }, 'no lock shows'],
    ['its version gone', null, 'version v1 is gone'],
  ])('is found to have %s', (_, one, says) => {
    expect(wrong(compareObject(uri, one, NOW))).toEqual([expect.stringContaining(says)])
  })
  test('whose lock has run out in its time is no tampering, and is said', () => {
    const lines = compareObject(uri, { ...held, lock: { ...lock, until: '2026-06-02T00:00:00.000Z' } }, NOW)
    expect([wrong(lines), lines.at(-1)!.says]).toEqual([[], expect.stringContaining('was locked until')])
  })
})

describe('A snapshot', () => {
  const LOCK = { state: 'governance', until: '2026-07-01T00:00:00.000Z' }
  const kept = snapshot('snap-1', 'vol-1', { lock: LOCK })
  const tags = { 'portcullis:host': ID, 'portcullis:evidence': `${ID}/${SINCE}` }
  const standing: Standing = { ...kept, tags }
  const about = { host: ID, since: SINCE }
  test('that is as it was kept has nothing wrong, nor where its lock is longer or stronger', () => {
    expect(wrong(compareSnapshot(kept, standing, about))).toEqual([])
    const more = { state: 'compliance', until: '2027-07-01T00:00:00.000Z' }
    expect(wrong(compareSnapshot(kept, { ...standing, lock: more }, about))).toEqual([])
    const over = compareSnapshot(kept, { ...standing, lock: { ...LOCK, state: 'expired' } }, about)
    expect([wrong(over), over.at(-1)!.says]).toEqual([[], 'its lock ran out at 2026-07-01T00:00:00.000Z'])
  })
  test.each<[string, Partial<Standing> | null, string]>([
    ['to be gone', null, 'is gone'],
    ['of another size', { size: 1 }, 'size was 8, and is 1'],
    ['no longer encrypted', { encrypted: false }, 'encryption was true, and is false'],
    ['under another key', { key: KEY }, 'key was'],
    ['of another volume', { volume: 'vol-9' }, 'volume was vol-1, and is vol-9'],
    ['begun at another time', { begunAt: SINCE }, 'begun was'],
    ['in another state', { state: 'recoverable' }, 'state was completed'],
    ['without its tag', { tags: { 'portcullis:host': ID } }, 'tag portcullis:evidence was'],
    ['for another host', { tags: { ...tags, 'portcullis:host': 'i-9' } }, 'tag portcullis:host was'],
    ['unlocked', { lock: null }, 'is gone'],
    ['locked for less long', { lock: { ...LOCK, until: '2026-06-20T00:00:00.000Z' } }, 'its lock was until'],
  ])('is found %s', (_, more, says) => {
    expect(wrong(compareSnapshot(kept, more && { ...standing, ...more }, about))).toEqual([
      expect.stringContaining(says),
    ])
  })
  test('that was locked more strongly is found', () => {
    const strong = { ...kept, lock: { ...LOCK, state: 'compliance' } }
    expect(wrong(compareSnapshot(strong, standing, about))).toEqual(['its lock was compliance, and is governance'])
  })

  const twin = copy('snap-2', 'snap-1', 'vol-1', { sharedWith: ['210987654321'] })
  const twinTags = { ...tags, 'portcullis:copy-of': 'snap-1', 'portcullis:volume': 'vol-1' }
  const there: Standing = { ...twin, volume: 'vol-ffffffff', tags: twinTags }
  test('that is a copy is known by its tags, and by who may use it', () => {
    expect(wrong(compareSnapshot(twin, there, about))).toEqual([])
    const shared = { ...there, sharedWith: ['210987654321', 'all'] }
    expect(wrong(compareSnapshot(twin, shared, about))).toEqual([
      'shared with was 210987654321, and is 210987654321,all',
    ])
    const other = { ...there, tags: { ...twinTags, 'portcullis:copy-of': 'snap-9' } }
    expect(wrong(compareSnapshot(twin, other, about))).toEqual(['tag portcullis:copy-of was snap-1, and is snap-9'])
  })
})

const at = '2026-06-01T10:00:00.000Z'
const done = (step: string, ...created: readonly string[]): Entry => ({ what: 'done', at, step, created })
const history = (
  entries: readonly Entry[],
  digests = entries.map((_, i) => `d${i}`),
  broken: string[] = [],
): History => ({
  head: {} as History['head'],
  entries,
  digests,
  broken,
})

describe('The story', () => {
  const part = { incident: 'I', chain: 'd1', entries: ['d0', 'd1'].map((digest) => ({ at, says: 'x', digest })) }
  const entries = [done('1'), done('2'), done('3')]
  test('that has only gone on since has nothing wrong', () => {
    expect(wrong(compareStory('story', part, history(entries)))).toEqual([])
  })
  test.each<[string, History | null, string]>([
    ['gone', null, 'the ledger knows no incident I'],
    ['not to chain', history(entries, ['d0', 'd1', 'd2'], ['entry 1 is not what was written']), 'entry 1 is not'],
    ['to lack an entry', history(entries, ['d9', 'd1', 'd2']), 'no longer holds what was written'],
  ])('is found %s', (_, story, says) => {
    expect(wrong(compareStory('story', part, story))).toEqual([expect.stringContaining(says)])
  })
  test('that was written anew lacks all of it', () => {
    expect(wrong(compareStory('story', part, history(entries, ['a', 'b', 'c'])))).toHaveLength(3)
  })

  const hex = 'a'.repeat(64)
  const uri = `s3://bucket/x/manifest.json?versionId=1#sha256=${hex}`
  test('says where the manifest lies: who stored it, or who found it', () => {
    const verified = { what: 'verified', at, proof: { manifest: uri } } as unknown as Entry
    expect(manifestsIn(history([done('1', uri), verified]))).toEqual([uri])
    expect(manifestsIn(history([verified]))).toEqual([uri])
    expect(manifestsIn(history([done('1', uri.replace('1#', '2#')), verified]))).toHaveLength(2)
    expect(manifestsIn(history([done('1', uri.replace('manifest', 'facts'), 'snap-1')]))).toEqual([])
  })

  test('holds how each snapshot was made, or that it was found', () => {
    const manifest = { snapshots: [snapshot('snap-1', 'vol-1')], copies: [copy('snap-2', 'snap-1', 'vol-1')] }
    const made = (...more: readonly Entry[]) => wrong(compareMade(manifest as unknown as Manifest, history(more)))
    expect(made(done('1', 'snap-1'), done('2', 'snap-2'))).toEqual([])
    expect(made(done('1', 'snap-1'))).toEqual(['the ledger knows nothing of making it'])
    const plan = [{ id: '2', does: { call: 'ec2:CopySnapshot' } }]
    const opened = { what: 'opened', at, plan, decided: [] } as unknown as Entry
    expect(made(opened, done('1', 'snap-1'), { what: 'found-done', at, step: '2' })).toEqual([])
  })
})
