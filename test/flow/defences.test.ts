import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { drill } from '#shared/drill.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { respondTo } from '#shared/respond.ts'
import { impairedDefences } from '#shared/responses/impaired-defences/response.ts'
import { type Defences, defenceReads } from '../support/defence-reads.ts'
import { fakeWorld } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'

/**
 * Walks `events/impaired-defences/`: a call that may make us deaf or blind, what we see by as it is afterwards, and what has
 * to come of it. Each hit has a near miss: the same call, but for the one thing that it turns on.
 */
const folder = new URL('../../events/impaired-defences/', import.meta.url)
const names = readdirSync(folder).map((name) => name.replace('.json', ''))
const response = impairedDefences('prod', 'eu-central-1')

interface Case extends Defences {
  readonly event: object
  readonly policy?: string
  readonly expected: {
    readonly mode: 'ask' | 'watch' | 'ignore'
    readonly clause: string | null
    readonly verdict: 'open' | null
    /** What the notice says, among other things; null where there is to be none. */
    readonly says: string | null
  }
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Case

function worldOf({ policy = '', ...there }: Case) {
  const world = fakeWorld(policyWith(policy), {})
  Object.assign(world.ports, { reads: defenceReads(there) })
  // A first sweep tells all in one digest: this world has been swept before.
  world.sweeps.set('impaired-defences', { startedAt: 1, completedAt: 1 })
  return world
}

test('Every hit has its near miss, every near miss its hit, and something else comes of it.', () => {
  const of = (kind: string) => names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length))
  expect(of('hit-').toSorted()).toEqual(of('miss-').toSorted())
  expect(of('hit-').length * 2).toBe(names.length)
  expect(names.length).toBeGreaterThan(15)
  for (const name of of('hit-'))
    expect([name, read(`miss-${name}`).expected.mode]).not.toEqual([name, read(`hit-${name}`).expected.mode])
})

describe.each(names)('%s', (name) => {
  const one = read(name)
  const { mode, clause, verdict, says } = one.expected

  test(`A drill of it says ${mode}${clause ? `, by ${clause}` : ''}.`, async () => {
    const drilled = await drill(response, signalsOf(one.event), worldOf(one).ports)
    const decided = drilled.flatMap((of) => of.decided.map((by) => [by.mode, by.because]))
    expect(decided).toEqual(mode === 'ignore' ? [] : [[mode, clause]])
  })

  test(`It ends ${verdict ?? 'without an incident'}, and nothing is switched on by itself.`, async () => {
    const world = worldOf(one)
    await respondTo(response, signalsOf)(one.event, world.ports, world.run)
    expect([...world.heads.values()].map((head) => head.verdict)).toEqual(verdict ? [verdict] : [])
    expect(world.asks.size).toBe(mode === 'ask' ? 1 : 0)
    expect(world.notices).toHaveLength(says === null ? 0 : 1)
    for (const notice of world.notices) expect(notice.message.text).toContain(says)
  })
})
