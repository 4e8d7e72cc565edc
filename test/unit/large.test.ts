import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { pack, unpack } from '#shared/aws/pack.ts'
import { undo } from '#shared/responses/open-ingress/undo.ts'
import type { IngressRule } from '#shared/responses/open-ingress/world.ts'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { stage } from '../support/stage.ts'

/** A pre-image that its author made as large as they could: it is written all the same, and says what it lacks. */

const ITEM = 400 * 1024
/** Text that no compression makes smaller. */
const noise = (length: number) => randomBytes(length).toString('base64').slice(0, length)
const rules = (count: number, tags: number, description: number): IngressRule[] =>
  Array.from({ length: count }, (_, i) => ({
    ...door(`sgr-${i}`, 1_000 + i),
    description: noise(description),
    tags: Object.fromEntries(Array.from({ length: tags }, () => [noise(128), noise(256)])),
  }))
const entry = (all: readonly IngressRule[]) => ({
  what: 'opened',
  at: '2026-06-01T12:00:00.000Z',
  before: { rules: all },
})

describe('A pre-image', () => {
  test.each([
    ['of 100 rules with five tags each is whole', rules(100, 5, 20), undefined],
    ['of 1,000 rules with 20 tags each lacks their tags', rules(1_000, 20, 20), 'tags'],
    ['of 2,000 long descriptions too lacks both', rules(2_000, 5, 255), 'tags and descriptions'],
  ])('%s, and fits into an item of DynamoDB.', (_, all, cut) => {
    const packed = pack(entry(all))
    expect(packed.cut).toBe(cut)
    expect(Buffer.byteLength(packed.body as Uint8Array)).toBeLessThan(ITEM)
    const back = unpack(packed) as { cut?: string; before: { rules: IngressRule[] } }
    expect(back.cut).toBe(cut)
    // What lets in is never left out: by that a door is closed, proven and put back.
    expect(back.before.rules.map(({ id, from, cidr }) => [id, from, cidr])).toEqual(
      all.map(({ id, from, cidr }) => [id, from, cidr]),
    )
  })

  test('that lacks something is put back with a word of it: the undo is not called exact.', async () => {
    const world = stage(policyWith(), { 'sg-1': [] })
    const incident = '01JZ0000000000000000000001'
    Object.assign(world.ports, { newId: () => incident })
    await world.open('sg-1', door('sgr-1'))
    const { history } = world.ledger
    world.ledger.history = async (id) => {
      const story = await history(id)
      return story && { ...story, entries: story.entries.map((one) => ({ ...one, cut: 'tags' })) }
    }
    const by = { name: 'lena' }
    const answer = await undo({ incident, reason: 'a demonstration', by }, world.ports, { id: 'u', startedAt: 0 })
    expect(answer).toMatchObject({
      what: 'undone',
      fidelity: 'best-effort',
      differs: [expect.stringContaining('tags or descriptions')],
    })
  })
})
