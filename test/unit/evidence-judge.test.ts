import { describe, expect, test } from 'vitest'
import { decide } from '#shared/decision.ts'
import type { EvidenceGap, UnpreservedHost } from '#shared/finding.ts'
import { isDone } from '#shared/responses/unpreserved-host/is-done.ts'
import { judge } from '#shared/responses/unpreserved-host/judge.ts'
import { plan } from '#shared/responses/unpreserved-host/plan.ts'
import { powers } from '#shared/responses/unpreserved-host/powers.ts'
import type { EvidenceSet, EvidenceWorld } from '#shared/responses/unpreserved-host/world.ts'
import type { Suspicion } from '#shared/suspicion.ts'
import {
  accusation,
  COPY,
  circumstances,
  copy,
  evidencePolicy,
  host,
  ID,
  KEY,
  LOCK,
  NOW,
  object,
  SINCE,
  set,
  snapshot,
  world,
} from '../support/evidence-world.ts'

const POLICY = evidencePolicy()
const FULL = evidencePolicy({ evidence: `${COPY}\n${LOCK}` })
const judged = (one: EvidenceWorld, policy = POLICY, suspicions?: readonly Suspicion[], now = NOW) =>
  judge(one, policy, circumstances(suspicions, now))
const needsIn = (found: readonly (UnpreservedHost | EvidenceGap)[]) =>
  found.flatMap((one) => (one.finding === 'unpreserved-host' ? one.needs : []))
const needs = (one: EvidenceWorld, policy = POLICY) =>
  needsIn(judged(one, policy)).map((need) => `${need.need} ${need.of}`)
const gaps = (one: EvidenceWorld, policy = POLICY) =>
  judged(one, policy).flatMap((found) => (found.finding === 'evidence-gap' ? [found.gap.kind] : []))
const modes = (one: EvidenceWorld, policy = POLICY, suspicions?: readonly Suspicion[]) =>
  judged(one, policy, suspicions).map((found) => decide(found, policy).mode)

const BOTH = { snapshots: [snapshot('snap-1', 'vol-1'), snapshot('snap-2', 'vol-2')] }
const COPIES = [copy('snap-3', 'snap-1', 'vol-1'), copy('snap-4', 'snap-2', 'vol-2')]

describe('What is still to be done', () => {
  test('begins with facts and one set of snapshots, side by side', () => {
    expect(needs(world())).toEqual([`facts ${ID}`, `snapshots ${ID}`])
    const [facts, snapshots] = plan(judged(world()), world())
    expect(facts!.does).toMatchObject({ call: 's3:PutObject', input: { Body: { content: 'facts' } } })
    expect(facts!.does.input).toMatchObject({ Key: `123456789012/eu-central-1/${ID}/${SINCE}/facts.json` })
    expect(snapshots!.does).toMatchObject({
      call: 'ec2:CreateSnapshots',
      input: {
        InstanceSpecification: { InstanceId: ID },
        CopyTagsFromSource: 'volume',
        TagSpecifications: [
          {
            ResourceType: 'snapshot',
            Tags: [
              { Key: 'portcullis:host', Value: ID },
              { Key: 'portcullis:evidence', Value: `${ID}/${SINCE}` },
              { Key: 'Name', Value: expect.any(String) },
            ],
          },
        ],
      },
    })
    for (const step of [facts!, snapshots!]) expect([step.undo, step.tier, step.after]).toEqual([[], 'none', undefined])
  })

  test.each<[string, Partial<EvidenceSet>, readonly string[]]>([
    [
      'waits while EC2 is at it',
      { snapshots: [snapshot('snap-1', 'vol-1', { state: 'pending' }), BOTH.snapshots[1]!] },
      [],
    ],
    ['copies and locks what is completed', BOTH, ['copy snap-1', 'copy snap-2', 'lock snap-1', 'lock snap-2']],
    [
      'waits with shares and locks of copies until these are completed',
      { copies: COPIES.map((one) => ({ ...one, state: 'pending' })) },
      ['lock snap-1', 'lock snap-2'],
    ],
    [
      'shares and locks copies that are completed',
      { copies: COPIES },
      ['share snap-3', 'share snap-4', 'lock snap-1', 'lock snap-2', 'lock snap-3', 'lock snap-4'],
    ],
    ['takes only what is missing', { snapshots: [snapshot('snap-1', 'vol-1')] }, [`snapshots ${ID}`]],
    [
      'copies again what EC2 gave up',
      { copies: [{ ...COPIES[0]!, state: 'error' }, COPIES[1]!] },
      ['copy snap-1', 'share snap-4', 'lock snap-1', 'lock snap-2', 'lock snap-4'],
    ],
  ])('%s', (_, more, expected) => {
    expect(needs(world([set(more)]), FULL)).toEqual(expected)
  })

  const locked = { state: 'governance', until: '2026-07-01T00:00:00.000Z' }
  const whole = set({
    snapshots: BOTH.snapshots.map((one) => ({ ...one, lock: locked })),
    copies: COPIES.map((one) => ({ ...one, lock: locked, sharedWith: ['210987654321'] })),
  })
  test('ends with the manifest, once all else is there, and then there is nothing more', () => {
    expect(needs(world([whole]), FULL)).toEqual([`manifest ${ID}`])
    expect(plan(judged(world([whole]), FULL), world([whole]))[0]!.does.input).toMatchObject({
      Body: { content: `manifest ${SINCE}` },
    })
    expect(judged(world([{ ...whole, objects: [object('facts.json'), object('manifest.json')] }]), FULL)).toEqual([])
  })
  test('keeps the manifest back while something could not be read', () => {
    expect(needs(world([whole], { unread: ['locks'] }), FULL)).toEqual([])
    expect(modes(world([whole], { unread: ['locks'] }), FULL)).toEqual(['act'])
  })

  test('excludes volumes that the set holds already from a second call', () => {
    const one = world([set({ snapshots: [snapshot('snap-1', 'vol-1')] })])
    expect(plan(judged(one), one)[0]!.does.input).toMatchObject({
      InstanceSpecification: { InstanceId: ID, ExcludeBootVolume: true },
    })
    const other = world([set({ snapshots: [snapshot('snap-2', 'vol-2')] })])
    expect(plan(judged(other), other)[0]!.does.input).toMatchObject({
      InstanceSpecification: { InstanceId: ID, ExcludeDataVolumeIds: ['vol-2'] },
    })
  })

  test('leaves the tags of volumes that have many, so that ours have room', () => {
    const many = world([], { host: host({ volumes: [{ ...host().volumes[0]!, tags: 46 }] }) })
    expect(plan(judged(many), many)[1]!.does.input).not.toHaveProperty('CopyTagsFromSource')
  })

  test('says of a snapshot under aws/ebs, before it is copied, that only a copy can be shared', () => {
    const one = world([set()])
    const [first, second] = plan(judged(one, FULL), one)
    expect(first!.title).toContain('what is under aws/ebs can not be shared')
    expect(second!.title).not.toContain('aws/ebs')
    expect(first!.does).toMatchObject({
      call: 'ec2:CopySnapshot',
      input: { inRegion: 'eu-west-1', SourceRegion: 'eu-central-1', Encrypted: true, KmsKeyId: KEY },
    })
  })

  test('is another step after a set that failed: an intent that is settled does not stand for it', () => {
    const failed = set({
      snapshots: [snapshot('snap-1', 'vol-1', { state: 'error' })],
      objects: [object('facts.json')],
    })
    const [before] = plan(judged(world()), world()).slice(1)
    const [after] = plan(judged(world([failed])), world([failed]))
    expect(after!.does).toEqual(before!.does)
    expect(after!.id).not.toBe(before!.id)
  })
})

describe('What can not be had', () => {
  test.each<[string, Partial<EvidenceWorld>, Partial<EvidenceSet>, string | undefined, readonly string[]]>([
    ['disks of the instance store', { host: host({ disks: ['1 × 75 GB ssd'] }) }, {}, undefined, ['instance-store']],
    ['a host without volumes', { host: host({ volumes: [] }) }, { snapshots: [] }, undefined, ['no-volumes']],
    [
      'a host that is ended',
      { host: host({ state: 'terminated', volumes: [] }) },
      { snapshots: [] },
      undefined,
      ['gone'],
    ],
    ['a host that EC2 has forgotten', { host: null }, { snapshots: [] }, undefined, ['gone']],
    ['facts that EC2 did not tell', {}, { objects: [object('facts.json', ['console: denied'])] }, undefined, ['facts']],
    ['what could not be read', { unread: ['locks'] }, {}, undefined, ['unread']],
    ['what EC2 is at', {}, { snapshots: [snapshot('snap-1', 'vol-1', { state: 'pending' })] }, undefined, ['pending']],
    ['a key of another region', {}, {}, 'copy: { key: "arn:aws:kms:eu-west-1:123456789012:key/1" }', ['uncopyable']],
    ['a share of copies under a key that AWS manages', { keys: { [KEY]: true } }, {}, COPY, ['unshareable']],
    [
      'copies that EC2 gave up three times',
      {},
      { copies: ['a', 'b', 'c'].map((id) => copy(id, 'snap-1', 'vol-1', { state: 'error' })) },
      COPY,
      ['failed'],
    ],
  ])('is named: %s', (_, more, inSet, evidence, expected) => {
    expect(gaps(world([set(inSet)], more), evidencePolicy({ evidence: evidence ?? '' }))).toEqual(expected)
  })

  test('does not keep the rest from being done', () => {
    const store = host({ disks: ['1 × 75 GB ssd'] })
    expect(needs(world([], { host: store }))).toEqual([`facts ${ID}`, `snapshots ${ID}`])
    const ended = world([], { host: host({ state: 'terminated', volumes: [] }) })
    expect(needs(ended)).toEqual([`facts ${ID}`])
    const forgotten = world([set({ objects: [] })], { host: null })
    expect(needs(forgotten)).toEqual([`manifest ${ID}`])
  })

  test('is over once the manifest states it; what passes by itself never is', () => {
    const objects = [object('facts.json'), object('manifest.json')]
    const found = judged(world([set({ objects })], { host: host({ disks: ['a disk'] }), unread: ['keys'] }))
    expect(found).toMatchObject([{ gap: { kind: 'unread' } }, { gap: { kind: 'instance-store' }, over: true }])
    expect('over' in found[0]!).toBe(false)
  })

  test('is given up after three sets that failed, and the manifest says so', () => {
    const failed = (count: number) =>
      set({ snapshots: Array.from({ length: count }, (_, i) => snapshot(`snap-${i}`, 'vol-1', { state: 'error' })) })
    expect(needs(world([failed(2)]))).toEqual([`snapshots ${ID}`])
    expect(needs(world([failed(3)]))).toEqual([`manifest ${ID}`])
    expect(gaps(world([failed(3)]))).toEqual(['failed'])
  })
})

describe('What is done about it', () => {
  test('is what the rule says: preserve, or else its mode', () => {
    expect(modes(world())).toEqual(['act'])
    expect(modes(world(), evidencePolicy({ rule: 'preserve: watch' }))).toEqual(['watch'])
    expect(judged(world(), evidencePolicy({ rule: 'preserve: none' }))).toEqual([])
    expect(judged(world(), POLICY, [])).toEqual([])
    expect(judged(world(), POLICY, [accusation({ severity: 4 })])).toEqual([])
  })

  test('is a question where only others than the detector accuse, or the host is protected', () => {
    const imported = accusation({ from: 'security-hub', forgeable: true })
    expect(modes(world(), POLICY, [imported])).toEqual(['ask'])
    expect(modes(world(), evidencePolicy({ hosts: `protected: { instances: [${ID}] }` }))).toEqual(['ask'])
  })

  test('is no question for a node or one of few: nothing is taken from it', () => {
    expect(modes(world([], { host: host({ tags: { 'eks:nodegroup-name': 'workers' } }) }))).toEqual(['act'])
  })

  test('is no question any more once it is begun', () => {
    const ask = evidencePolicy({ rule: 'preserve: ask' })
    expect(modes(world(), ask)).toEqual(['ask'])
    expect(modes(world([set()]), ask)).toEqual(['act'])
    const imported = accusation({ from: 'security-hub', forgeable: true })
    expect(modes(world([set()]), POLICY, [imported])).toEqual(['act'])
    expect(modes(world([set()]), evidencePolicy({ rule: 'preserve: watch' }))).toEqual(['watch'])
  })

  test('waits, by decision, for EC2', () => {
    const pending = world([set({ snapshots: BOTH.snapshots.map((one) => ({ ...one, state: 'pending' })) })])
    const [gap] = judged(pending)
    expect(decide(gap!, POLICY)).toMatchObject({ mode: 'watch', because: { clause: 'gap.pending' } })
  })

  test('takes no more rights than the policy can come to', () => {
    expect(powers(POLICY)).toEqual(['s3:PutObject', 'ec2:CreateSnapshots'])
    expect(powers(FULL)).toEqual([
      's3:PutObject',
      'ec2:CreateSnapshots',
      'ec2:CopySnapshot',
      'ec2:ModifySnapshotAttribute',
      'ec2:LockSnapshot',
    ])
    expect(powers(evidencePolicy({ rule: 'preserve: watch' }))).toEqual([])
  })
})

describe('Which set is meant', () => {
  const sinceIn = (one: EvidenceWorld, suspicions: readonly Suspicion[], now = NOW) =>
    judged(one, POLICY, suspicions, now).flatMap((found) => ('since' in found ? [found.since] : []))[0]
  const done = set({ objects: [object('facts.json'), object('manifest.json')] })
  const LATER = new Date('2026-06-09T12:00:00Z')

  test('is named by the first accusation', () => {
    const second = accusation({ id: 'finding-2', at: '2026-06-01T09:00:00Z' })
    expect(sinceIn(world(), [accusation(), second])).toBe('2026-06-01T09:00:00.000Z')
  })
  test('stays the one that is begun, though an older accusation comes', () => {
    const second = accusation({ id: 'finding-2', at: '2026-06-01T09:00:00Z' })
    expect(sinceIn(world([set({ snapshots: [] })]), [accusation(), second])).toBe(SINCE)
  })
  test('is not one that somebody made up by tags alone', () => {
    const made = set({ since: '2026-06-01T11:30:00.000Z', objects: [] })
    expect(sinceIn(world([made]), [accusation()])).toBe(SINCE)
    const known = set({ objects: [], snapshots: [] })
    expect(sinceIn(world([made, known]), [accusation(), accusation({ id: '2', at: '2026-06-01T09:00:00Z' })])).toBe(
      SINCE,
    )
  })
  test('is another where a person asks after it was finished, or a detector a day later', () => {
    const person = accusation({ id: 'person:1', from: 'person', at: '2026-06-01T11:00:00.000Z' })
    expect(sinceIn(world([done]), [accusation(), person])).toBe('2026-06-01T11:00:00.000Z')
    const soon = accusation({ id: 'finding-2', at: '2026-06-01T18:00:00Z' })
    expect(judged(world([done]), POLICY, [accusation(), soon], LATER)).toEqual([])
    const late = accusation({ id: 'finding-2', at: '2026-06-03T18:00:00Z' })
    expect(sinceIn(world([done]), [accusation(), late], LATER)).toBe('2026-06-03T18:00:00.000Z')
  })
  test('is another where a person asks again, though EC2 cuts the time of the first snapshots to the second of the first ask', () => {
    const first = accusation({ id: 'person:1', from: 'person', at: '2026-06-01T10:05:00.093Z' })
    const again = accusation({ id: 'person:2', from: 'person', at: '2026-06-01T10:05:07.000Z' })
    const kept = { ...done, since: '2026-06-01T10:05:00.093Z' }
    expect(judged(world([kept]), POLICY, [first])).toEqual([])
    expect(sinceIn(world([kept]), [first, again])).toBe('2026-06-01T10:05:07.000Z')
  })
  test.each(['no time', '9999-01-01T00:00:00Z', '+275760-09-13T00:00:00.001Z', '../../x'])(
    'is not named by what a detector may have made up: %s',
    (at) => {
      expect(sinceIn(world(), [accusation({ at })])).toBe(host().launchedAt)
      expect(sinceIn(world(), [accusation({ at }), accusation({ id: 'finding-2' })])).toBe(SINCE)
    },
  )
})

describe('A step is done', () => {
  const steps = (one: EvidenceWorld) => plan(judged(one, FULL), one)
  test('only where the world shows it', () => {
    const [facts, snapshots] = steps(world())
    expect([isDone(facts!, world()), isDone(snapshots!, world())]).toEqual([false, false])
    const half = world([set({ snapshots: [snapshot('snap-1', 'vol-1')], objects: [] })])
    expect([isDone(facts!, half), isDone(snapshots!, half)]).toEqual([false, false])
    const whole = world([set({ snapshots: BOTH.snapshots.map((one) => ({ ...one, state: 'pending' })) })])
    expect([isDone(facts!, whole), isDone(snapshots!, whole)]).toEqual([true, true])
    const other = world([set({ since: '2026-05-01T10:00:00.000Z' })])
    expect([isDone(facts!, other), isDone(snapshots!, other)]).toEqual([false, false])
  })
  test('of a copy, a share and a lock as well', () => {
    const before = world([set({ copies: COPIES })])
    const copying = steps(world([set()]))[0]!
    expect([isDone(copying, world([set()])), isDone(copying, before)]).toEqual([false, true])
    const [share] = steps(before)
    const shared = world([set({ copies: [{ ...COPIES[0]!, sharedWith: ['210987654321'] }] })])
    expect([isDone(share!, before), isDone(share!, shared)]).toEqual([false, true])
    const lock = steps(before).find((one) => one.does.call === 'ec2:LockSnapshot')!
    const lockedAs = (state: string) =>
      world([set({ snapshots: [snapshot('snap-1', 'vol-1', { lock: { state, until: SINCE } })] })])
    expect(['expired', 'governance', 'compliance'].map((state) => isDone(lock, lockedAs(state)))).toEqual([
      false,
      true,
      true,
    ])
  })
})
