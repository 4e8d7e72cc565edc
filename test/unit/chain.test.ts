import { describe, expect, test } from 'vitest'
import { chained, unchained } from '#shared/aws/chain.ts'
import type { Item } from '#shared/aws/table.ts'
import { undo } from '#shared/responses/open-ingress/undo.ts'
import type { Entry, History } from '#shared/story.ts'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { stage } from '../support/stage.ts'

const ID = '01JZ0000000000000000000001'
const entry = (step: string): Entry => ({ what: 'intended', at: '2026-06-01T12:00:00.000Z', step })
const ids = () => {
  let serial = 0
  return () => String(++serial).padStart(4, '0')
}

/** A story as the table holds it. */
function told(steps: readonly string[] = ['a', 'b', 'c', 'd']): Item[] {
  return chained(ID, steps.map(entry), '', ids()).items as Item[]
}
const at = (items: readonly Item[], i: number, change: Partial<Item>): Item[] =>
  items.map((item, k) => (k === i ? ({ ...item, ...change } as Item) : item))
const body = (step: string) => JSON.stringify(entry(step))
const broken = (items: readonly Item[]) => unchained(ID, items).broken

describe('A story', () => {
  test('that is as it was written has no broken link, and comes back as it was told.', () => {
    const { entries, digests, broken } = unchained(ID, told())
    expect(broken).toEqual([])
    expect(entries).toEqual(['a', 'b', 'c', 'd'].map(entry))
    expect(new Set(digests).size).toBe(4)
  })

  test('that is told in several parts goes on from the tip of the part before.', () => {
    const newId = ids()
    const first = chained(ID, ['a', 'b'].map(entry), '', newId)
    const second = chained(ID, ['c'].map(entry), first.tip, newId)
    const items = [...first.items, ...second.items] as Item[]
    expect(broken(items)).toEqual([])
    expect(unchained(ID, items).digests.at(-1)).toBe(second.tip)
  })

  test('may branch where two runs are at it side by side: every link holds.', () => {
    const newId = ids()
    const root = chained(ID, [entry('a')], '', newId)
    const one = chained(ID, ['b', 'c'].map(entry), root.tip, newId)
    const other = chained(ID, ['d', 'e'].map(entry), root.tip, newId)
    expect(broken([...root.items, ...one.items, ...other.items] as Item[])).toEqual([])
  })

  const [a, b, c, d] = told() as [Item, Item, Item, Item]
  test.each<[string, readonly Item[], string[]]>([
    ['an entry was changed', at(told(), 1, { body: body('x') }), ['entry 2 (intended at', 'what came before entry 3']],
    ['an entry was changed, and its digest with it', at(told(), 1, rewritten(b, 'x')), ['what came before entry 3']],
    ['its beginning was changed', at(told(), 0, rewritten(a, 'x')), ['what came before entry 2']],
    ['an entry was taken out', [a, c, d], ['what came before entry 2']],
    ['its beginning was taken out', [b, c, d], ['what came before entry 1', 'there are 0']],
    ['two entries were taken out', [a, d], ['what came before entry 2']],
    [
      'an entry was put in that is not what its digest says',
      [a, b, { ...c, sk: 'entry#x', after: 'nowhere' } as Item, c, d],
      ['entry 3 (intended at'],
    ],
    [
      'an entry was put in that comes after nothing here',
      [...told(), ...(chained(ID, [entry('x')], 'nowhere', ids()).items as Item[])],
      ['what came before entry 5'],
    ],
    ['another beginning was put in', [a, b, c, d, ...told(['x'])], ['there are 2']],
    [
      'a whole story of another incident stands in its place',
      chained('other', [entry('a')], '', ids()).items as Item[],
      ['entry 1 (intended at'],
    ],
    ['nothing is left of it', [], ['there are 0']],
  ])('is named as broken where %s.', (_, items, expected) => {
    const found = broken(items)
    expect(found).toHaveLength(expected.length)
    for (const [i, words] of expected.entries()) expect(found[i]).toContain(words)
  })
})

/** An entry whose writer knew how to make a digest, but not what comes after it. */
function rewritten(item: Item, step: string): Partial<Item> {
  const [made] = chained(ID, [entry(step)], String(item.after), ids()).items as [Item]
  return { body: made.body, hash: made.hash }
}

describe('An undo', () => {
  const by = { name: 'lena', from: '198.51.100.7' }
  async function closed(change: (story: History) => Partial<History> = () => ({})) {
    const world = stage(policyWith(), { 'sg-1': [] })
    Object.assign(world.ports, { newId: () => ID })
    await world.open('sg-1', door('sgr-1'))
    const { history } = world.ledger
    world.ledger.history = async (incident) => {
      const story = await history(incident)
      return story && { ...story, ...change(story) }
    }
    const ask = (more: object = {}) =>
      undo({ incident: ID, reason: 'a demonstration', by, ...more }, world.ports, { id: 'undo', startedAt: 0 })
    return { ...world, ask, digest: '0123456789abcdef'.repeat(4) }
  }

  test('of a story that is not as it was written is refused, and nothing is opened.', async () => {
    const world = await closed(() => ({ broken: ['entry 1 (opened at …) is not what was written'] }))
    expect(await world.ask()).toMatchObject({
      what: 'refused',
      why: expect.stringContaining('is not what was written'),
    })
    expect(world.left('sg-1')).toEqual([])
    expect(world.entries.get(ID)!.at(-1)).toMatchObject({ what: 'undo-refused', by })
  })

  test('of such a story is refused also where it is forced.', async () => {
    const world = await closed(() => ({ broken: ['there are 2'] }))
    expect(await world.ask({ force: true })).toMatchObject({ what: 'refused' })
    expect(world.left('sg-1')).toEqual([])
  })

  test('with the digest of the notice is refused where the story does not hold it: it was written anew.', async () => {
    const world = await closed()
    expect(await world.ask({ chain: world.digest, force: true })).toMatchObject({
      what: 'refused',
      why: expect.stringContaining('does not hold the digest that the notice gave'),
    })
    expect(world.left('sg-1')).toEqual([])
  })

  test('with the digest of the notice is carried out where the story holds it, wherever in it.', async () => {
    const world = await closed((story) => ({ digests: ['0123456789abcdef'.repeat(4), ...story.digests] }))
    expect(await world.ask({ chain: world.digest })).toMatchObject({ what: 'undone', fidelity: 'exact' })
    expect(world.worlds.get('sg-1')!.rules).toMatchObject([{ from: 22, cidr: '0.0.0.0/0' }])
  })

  test.each([
    ['is none', 'chain-3'],
    ['is cut', '0123456789abcdef'],
    ['is no text', 7],
  ])('with a digest that %s is told so.', async (_, chain) => {
    const world = await closed()
    await expect(world.ask({ chain })).rejects.toMatchObject({ code: 'input-invalid' })
    expect(world.left('sg-1')).toEqual([])
  })

  test('by somebody whom the body of a request names more of than is asked is told so.', async () => {
    const world = await closed()
    await expect(world.ask({ by: { ...by, role: 'admin' } })).rejects.toMatchObject({ code: 'input-invalid' })
  })
})
