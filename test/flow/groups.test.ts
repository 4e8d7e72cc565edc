import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { drill } from '#shared/drill.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { respondTo } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import type { IngressRule, PrefixLists, SecurityGroup } from '#shared/responses/open-ingress/world.ts'
import { fakeWorld } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'

/**
 * Walks `events/groups/`: an event, the group as it is when the event comes, and what has to come of it. Each hit has a
 * near miss: the same situation, but for the one thing that it turns on.
 */
const folder = new URL('../../events/groups/', import.meta.url)
const names = readdirSync(folder).map((name) => name.replace('.json', ''))

interface Case {
  readonly event: { readonly detail?: { readonly eventID?: string } }
  readonly group: SecurityGroup & { readonly rules: readonly IngressRule[]; readonly lists?: PrefixLists }
  /** Other groups that are just like it. */
  readonly alike?: readonly string[]
  readonly policy?: string
  readonly expected: {
    readonly mode: 'act' | 'ask' | 'watch' | 'spare' | 'ignore'
    readonly clause: string | null
    readonly verdict: 'contained' | 'open' | null
    /** What the notice says, among other things; null where there is to be none. */
    readonly says: string | null
  }
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Case

test('Every hit has its near miss, and every near miss its hit.', () => {
  const of = (kind: string) => names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length))
  expect(of('hit-').toSorted()).toEqual(of('miss-').toSorted())
  expect(of('hit-').length * 2).toBe(names.length)
  expect(names.length).toBeGreaterThan(40)
})

test('What comes of a near miss is not what comes of its hit.', () => {
  for (const hit of names.filter((name) => name.startsWith('hit-'))) {
    const miss = read(hit.replace('hit-', 'miss-')).expected
    expect(`${hit} ${miss.mode} ${miss.clause}`).not.toBe(
      `${hit} ${read(hit).expected.mode} ${read(hit).expected.clause}`,
    )
  }
})

function worldOf({ group: { rules, lists = {}, ...group }, alike = [], policy = '' }: Case) {
  const ids = [group.id, ...alike]
  const world = fakeWorld(policyWith(policy), Object.fromEntries(ids.map((id) => [id, [...rules]])))
  for (const id of ids) {
    const now = world.worlds.get(id)!
    world.worlds.set(id, { ...now, group: { ...now.group!, ...group, id } })
  }
  for (const [id, entries] of Object.entries(lists)) if (entries) world.lists.set(id, entries)
  return { ...world, ids }
}

describe.each(names)('%s', (name) => {
  const one = read(name)
  const { mode, clause, verdict, says } = one.expected

  test(`A drill of it says ${mode}${clause ? `, by ${clause}` : ''}.`, async () => {
    const world = worldOf(one)
    const drilled = await drill(openIngress, signalsOf(one.event), world.ports)
    const decided = drilled.flatMap((of) => of.decided)
    if (mode === 'ignore') expect(decided).toEqual([])
    else expect(decided.map((of) => [of.mode, of.because])).toEqual(world.ids.map(() => [mode, clause]))
  })

  test(`It ends ${verdict ?? 'without an incident'}, for every group that it is about.`, async () => {
    const world = worldOf(one)
    await respondTo(openIngress, signalsOf)(one.event, world.ports, world.run)
    const heads = [...world.heads.values()]
    expect(heads.map((head) => head.verdict)).toEqual(verdict ? world.ids.map(() => verdict) : [])
    for (const id of world.ids)
      expect(world.worlds.get(id)!.rules).toHaveLength(mode === 'act' ? 0 : one.group.rules.length)
    expect(world.notices).toHaveLength(says === null ? 0 : world.ids.length)
    for (const notice of world.notices) expect(notice.message.text).toContain(says)
  })
})
