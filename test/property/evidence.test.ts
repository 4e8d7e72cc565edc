import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Policy } from '#shared/policy/schema.ts'
import { isDone } from '#shared/responses/unpreserved-host/is-done.ts'
import { judge } from '#shared/responses/unpreserved-host/judge.ts'
import { plan } from '#shared/responses/unpreserved-host/plan.ts'
import { powers } from '#shared/responses/unpreserved-host/powers.ts'
import type { EvidenceSet, EvidenceWorld, Need, Snapshot } from '#shared/responses/unpreserved-host/world.ts'
import {
  COPY,
  circumstances,
  copy,
  evidencePolicy,
  host,
  LOCK,
  object,
  snapshot,
  world,
} from '../support/evidence-world.ts'

const POLICIES = ['', COPY, LOCK, `${COPY}\n${LOCK}`, 'copy: { region: eu-west-1 }'].map((evidence) =>
  evidencePolicy({ evidence }),
)
const needsOf = (one: EvidenceWorld, policy: Policy): readonly Need[] =>
  judge(one, policy, circumstances()).flatMap((found) => (found.finding === 'unpreserved-host' ? found.needs : []))

/** Does what is needed, to the only set there is; what EC2 makes is pending at first, and some of it fails. */
function after(one: EvidenceWorld, needs: readonly Need[], fails: () => boolean): EvidenceWorld {
  let id = one.sets.flatMap((each) => [...each.snapshots, ...each.copies]).length
  const since = needs.flatMap((need) => ('since' in need ? [need.since] : []))[0] ?? one.sets[0]!.since
  let set: EvidenceSet = one.sets[0] ?? { since, snapshots: [], copies: [], objects: [] }
  const state = () => (fails() ? 'error' : 'pending')
  for (const need of needs)
    switch (need.need) {
      case 'facts':
      case 'manifest':
        set = { ...set, objects: [...set.objects, object(`${need.need}.json`)] }
        break
      case 'snapshots': {
        // A set fails as one.
        const all = state()
        const fresh = need.volumes.map((volume) => snapshot(`snap-${++id}`, volume, { state: all }))
        set = { ...set, snapshots: [...set.snapshots, ...fresh] }
        break
      }
      case 'copy':
        set = { ...set, copies: [...set.copies, copy(`snap-${++id}`, need.of, need.volume, { state: state() })] }
        break
      case 'share':
        set = {
          ...set,
          copies: set.copies.map((each) => (each.id === need.of ? { ...each, sharedWith: [need.account] } : each)),
        }
        break
      case 'lock': {
        const lock = { state: need.mode, until: '2026-07-01T00:00:00.000Z' }
        const locked = <T extends Snapshot>(each: T): T => (each.id === need.of ? { ...each, lock } : each)
        set = { ...set, snapshots: set.snapshots.map(locked), copies: set.copies.map(locked) }
      }
    }
  return { ...one, sets: [set] }
}

/** EC2 comes to the end of what is pending. */
const settled = (one: EvidenceWorld): EvidenceWorld => {
  const end = <T extends Snapshot>(each: T): T => (each.state === 'pending' ? { ...each, state: 'completed' } : each)
  return {
    ...one,
    sets: one.sets.map((set) => ({ ...set, snapshots: set.snapshots.map(end), copies: set.copies.map(end) })),
  }
}

const hosts = fc.record({ volumes: fc.integer({ min: 0, max: 5 }), disks: fc.boolean() }).map(({ volumes, disks }) =>
  host({
    volumes: Array.from({ length: volumes }, (_, i) => ({ ...host().volumes[0]!, id: `vol-${i}`, isRoot: i === 0 })),
    disks: disks ? ['a disk'] : [],
  }),
)

test('whatever fails on the way, it comes to a manifest; then nothing is planned, and there is one set', () => {
  fc.assert(
    fc.property(
      hosts,
      fc.constantFrom(...POLICIES),
      fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
      (own, policy, luck) => {
        const fails = () => luck.next().value === 0
        let one = world([], { host: own })
        for (let round = 0; round < 20; round++) {
          const needs = needsOf(one, policy)
          // The order: the manifest by itself and last; what turns on snapshots only once all of them are completed.
          if (needs.some((need) => need.need === 'manifest')) expect(needs).toHaveLength(1)
          const live = one.sets.flatMap((set) => set.snapshots.filter((each) => each.state !== 'error'))
          if (needs.some((need) => ['copy', 'lock', 'share'].includes(need.need)))
            expect(live.every((each) => each.state === 'completed')).toBe(true)
          const steps = plan(judge(one, policy, circumstances()), one)
          expect(new Set(steps.map((step) => step.id)).size).toBe(steps.length)
          for (const step of steps) {
            expect(powers(policy)).toContain(step.does.call)
            expect(isDone(step, one)).toBe(false)
          }
          const next = after(one, needs, fails)
          // What has been asked for is not asked for again while EC2 is at it.
          const pending = needsOf(next, policy).filter((need) => need.need === 'snapshots')
          if (next.sets[0]!.snapshots.some((each) => each.state === 'pending')) expect(pending).toEqual([])
          one = settled(next)
          if (needsOf(one, policy).length === 0) break
        }
        expect(needsOf(one, policy)).toEqual([])
        const [set] = one.sets
        expect(set!.objects.map((each) => each.name)).toEqual(['facts.json', 'manifest.json'])
        const live = set!.snapshots.filter((each) => each.state === 'completed')
        expect(new Set(live.map((each) => each.volume)).size).toBe(live.length)
        const copies = set!.copies.filter((each) => each.state === 'completed')
        expect(new Set(copies.map((each) => each.copyOf)).size).toBe(copies.length)
        // What is not there is stated.
        const gaps = judge(one, policy, circumstances()).map((found) => ('gap' in found ? found.gap.kind : 'need'))
        if (live.length < own.volumes.length) expect(gaps).toContain('failed')
        expect(gaps.includes('instance-store')).toBe(own.disks.length > 0)
      },
    ),
    { numRuns: 300 },
  )
})
