import { expect, test } from 'vitest'
import type { Reads } from '#shared/aws/reads.ts'
import { tooSoon } from '#shared/claiming.ts'
import type { Intent, Memory } from '#shared/ledger.ts'
import type { Step } from '#shared/plan.ts'
import type { Ports } from '#shared/ports.ts'
import { judge } from '#shared/responses/unpreserved-host/judge.ts'
import { unpreservedHost } from '#shared/responses/unpreserved-host/response.ts'
import type { EvidenceWorld } from '#shared/responses/unpreserved-host/world.ts'
import { settle } from '#shared/settle.ts'
import type { Approval } from '#shared/signal.ts'
import {
  accusation,
  evidencePolicy,
  host,
  ID,
  object,
  PLACE,
  SINCE,
  set,
  snapshot,
  world,
} from '../support/evidence-world.ts'
import { fakeWorld } from '../support/fake-world.ts'

const ONE = host({ volumes: [host().volumes[0]!] })

/**
 * Evidence of one host in memory, over the real loop: what is made shows only after `lag` more looks. Two runs share it.
 */
function stage(lag: number) {
  const there = fakeWorld(evidencePolicy(), {})
  const made: string[] = []
  const stored: string[] = []
  let stale = 0
  const kept = (): EvidenceWorld => {
    const shown = stale-- > 0 ? [] : made
    const snapshots = shown.map((id) => snapshot(id, 'vol-1'))
    const objects = stored.map((name) => object(name as 'facts.json'))
    return world([set({ snapshots, objects })], { host: ONE })
  }
  const response = { ...unpreservedHost(PLACE.bucket), observe: async () => kept(), judge, content: async () => '{}' }
  const make = async () => {
    made.push(`snap-${made.length + 1}`)
    stale = lag
    return { Snapshots: [{ SnapshotId: made.at(-1)! }], $metadata: {} }
  }
  const put = async ({ Key = '' }: { Key?: string }) => {
    stored.push(Key.split('/').at(-1)!)
    return { stored: Key, $metadata: {} }
  }
  Object.assign(there.ports.mutations, {
    'ec2:CreateSnapshots': {
      alreadySo: [],
      send: make,
      created: ({ Snapshots }: { Snapshots: { SnapshotId: string }[] }) => Snapshots.map((one) => one.SnapshotId),
    },
    's3:PutObject': { alreadySo: [], send: put },
  })
  const ports: Ports = { ...there.ports, reads: {} as Reads }
  const signal: Approval = {
    kind: 'approval',
    id: 'x',
    account: '123456789012',
    region: 'eu-central-1',
    at: new Date(there.time.now),
    subject: ID,
  }
  const run = (id: string) => settle(response, ID, signal, ports, { id, startedAt: there.time.now })
  return {
    ...there,
    ports,
    made,
    stored,
    run,
    lag(looks: number) {
      stale = looks
    },
  }
}

test('two runs side by side make one set, and so does one that comes later to a read that lies behind', async () => {
  const there = stage(2)
  await there.ports.ledger.suspect({ response: 'unpreserved-host', subject: ID }, [accusation({ at: SINCE })])
  await Promise.all([there.run('a'), there.run('b')])
  expect(there.made).toEqual(['snap-1'])
  // Nothing shows for a while, although it was made: it is looked for, and not made again.
  there.stored.length = 0
  there.lag(6)
  await there.run('c').catch(() => {})
  expect(there.made).toEqual(['snap-1'])
})

test('a set that somebody has deleted is made again, once it would have shown', async () => {
  const there = stage(0)
  await there.ports.ledger.suspect({ response: 'unpreserved-host', subject: ID }, [accusation({ at: SINCE })])
  await there.run('a')
  there.made.length = 0
  there.stored.length = 0
  there.time.now += 61_000
  await there.run('b')
  expect(there.made).toEqual(['snap-1'])
})

test.each<[string, Partial<Intent>, boolean]>([
  ['was just taken', { state: 'done', at: 50_000 }, true],
  ['has just failed: nobody knows whether it was taken', { state: 'failed', at: 50_000 }, true],
  ['was begun by a run that died', { state: 'intended', at: 45_000 }, true],
  ['is being taken: the claim will be lost', { state: 'intended', at: 75_000 }, false],
  ['was kept from being taken', { state: 'not-done', at: 50_000 }, false],
  ['was taken a while ago, and nothing shows', { state: 'done', at: 10_000 }, false],
])('a step that must not be taken twice and %s', (_, more, expected) => {
  const step = { id: 's', once: true } as Step
  const memory = { intents: [{ step, ...more }] } as unknown as Memory
  expect(tooSoon(step, memory, 80_000)).toBe(expected)
  expect(tooSoon({ id: 's' } as Step, memory, 80_000)).toBe(false)
})
