import { createHash } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { account, calm, control, counted, entriesOf, ledger, options, region, until } from '../support/cloud.ts'
import {
  AWAY,
  accuse,
  away,
  copiesOf,
  evidenceKey,
  hosts,
  incidentsOf,
  locksOf,
  manifestOf,
  OTHER,
  objectsOf,
  snapshotsOf,
  sweepEvidence,
  usersOf,
  verdictOf,
} from '../support/evidence.ts'
import { hostFinding } from '../support/guard-duty.ts'
import { mailbox } from '../support/mail.ts'
import { newRole } from '../support/roles.ts'

// One run takes several rounds, each with a look of its own.
vi.setConfig({ testTimeout: 150_000 })
beforeAll(evidenceKey)
afterEach(calm)

const sha = (text: string) => createHash('sha256').update(text).digest('hex')
const calls = async (action: string) =>
  (await control.calls()).filter((one) => one.app === 'preserve-host' && one.action === action)

/** Sweeps until nothing more is to be done: the news of copies comes in their own region. */
async function kept(id: string) {
  const [first] = await until(
    'an incident',
    () => incidentsOf(id),
    (all) => all[0]?.verdict !== undefined,
    50,
  )
  for (let i = 0; i < 6; i++) {
    const [head] = await incidentsOf(id)
    if (head!.status === 'closed') return head!
    await sweepEvidence()
  }
  throw new Error(`Expected the evidence of ${id} to be kept; ${JSON.stringify((await incidentsOf(id))[0] ?? first)}`)
}

test('an accused host: facts and one set of snapshots, then copies, locks and shares, and the manifest last', async () => {
  const mail = await mailbox()
  const { profile } = await newRole(options)
  const host = await hosts.newHost({ volumes: 1, encrypted: true, profile })
  await accuse(host.id)
  const head = await kept(host.id)
  expect(head).toMatchObject({ response: 'unpreserved-host', verdict: 'contained' })

  const snapshots = await snapshotsOf(host.id)
  expect(snapshots.map((one) => one.VolumeId).sort()).toEqual([...host.volumes].sort())
  const { since } = await manifestOf(host.id)
  for (const one of snapshots)
    expect(one.Tags).toEqual(
      expect.arrayContaining([
        { Key: 'portcullis:host', Value: host.id },
        { Key: 'portcullis:evidence', Value: `${host.id}/${since}` },
      ]),
    )
  const copies = await copiesOf(host.id)
  expect(copies).toHaveLength(2)
  for (const copy of copies) expect(await usersOf(copy.SnapshotId!)).toEqual([OTHER])
  expect(
    await locksOf(
      hosts.ec2,
      snapshots.map((one) => one.SnapshotId!),
    ),
  ).toEqual(['governance', 'governance'])
  expect(
    await locksOf(
      away,
      copies.map((one) => one.SnapshotId!),
    ),
  ).toEqual(['governance', 'governance'])

  const objects = await objectsOf(host.id)
  expect(objects.map((one) => one.key.split('/').at(-1)).sort()).toEqual(['facts.json', 'manifest.json'])
  const facts = JSON.parse(objects.find((one) => one.key.endsWith('facts.json'))!.text)
  expect(facts).toMatchObject({ host: host.id, gaps: [] })
  expect(Object.keys(facts)).toEqual(
    expect.arrayContaining([
      'instance',
      'interfaces',
      'groups',
      'group rules',
      'route tables',
      'network ACLs',
      'profile',
    ]),
  )
  expect(facts.volumes.Volumes).toHaveLength(2)

  const manifest = await manifestOf(host.id)
  expect(manifest.snapshots.map((one) => one.id).sort()).toEqual(snapshots.map((one) => one.SnapshotId).sort())
  expect(manifest.copies.every((one) => one.region === AWAY && one.encrypted && one.lock?.state === 'governance')).toBe(
    true,
  )
  const stored = objects.find((one) => one.key.endsWith('facts.json'))!
  expect(manifest.objects).toEqual([expect.stringContaining(`versionId=${stored.version}#sha256=${sha(stored.text)}`)])
  const story = (await ledger.history(head.id))!
  expect(story.broken).toEqual([])
  for (const one of manifest.story.entries) expect(story.digests).toContain(one.digest)
  expect(story.digests).toContain(manifest.story.chain)
  // The ledger holds the digest of the manifest, and so does the notice.
  const text = objects.find((one) => one.key.endsWith('manifest.json'))!.text
  expect(JSON.stringify(story.entries)).toContain(sha(text))
  const notices = (await mail.read()).filter((one) => one.facts.incident === head.id)
  expect(notices.at(-1)!.facts.text).toContain(sha(text))
})

test('a repeated finding and a sweep find nothing more to do', async () => {
  const host = await hosts.newHost()
  const id = `finding-${host.id}`
  const at = new Date()
  await accuse(host.id, { id, at })
  await kept(host.id)
  const before = await objectsOf(host.id)
  await accuse(host.id, { id, at })
  await sweepEvidence()
  expect(await objectsOf(host.id)).toEqual(before)
  expect(await snapshotsOf(host.id)).toHaveLength(1)
  expect(await incidentsOf(host.id)).toHaveLength(1)
})

describe('one set, never two', () => {
  test('where the answer is lost, what was made is found by its tags', async () => {
    await control.break({ service: 'ec2', action: 'CreateSnapshots', kind: 'error-after', times: 1 })
    const host = await hosts.newHost({ volumes: 1 })
    await accuse(host.id)
    await kept(host.id)
    expect(await snapshotsOf(host.id)).toHaveLength(2)
  })

  test('where the run is killed right after, the next one takes it up', async () => {
    await control.break({ service: 'ec2', action: 'CreateSnapshots', kind: 'kill-after', times: 1 })
    const host = await hosts.newHost({ volumes: 1 })
    await accuse(host.id)
    await until(
      'the snapshots',
      () => snapshotsOf(host.id),
      (all) => all.length > 0,
    )
    await control.change({ faults: [] })
    await until(
      'the incident to be over',
      async () => {
        await sweepEvidence()
        return incidentsOf(host.id)
      },
      ([head]) => head?.status === 'closed',
      50,
    )
    expect(await snapshotsOf(host.id)).toHaveLength(2)
    expect(await copiesOf(host.id)).toHaveLength(2)
  })
})

test('while EC2 is at it the verdict is open, by that; its news brings the rest', async () => {
  await control.change({ snapshotMs: 1_500 })
  const host = await hosts.newHost()
  await accuse(host.id)
  const open = await verdictOf(host.id, 'open')
  expect(open.left).toBe('watch gap.pending')
  // No sweep: the news of the set begins the copies.
  await until(
    'the copies',
    () => copiesOf(host.id),
    (all) => all.length === 1,
    50,
  )
  await control.change({ snapshotMs: 0 })
  expect((await kept(host.id)).id).toBe(open.id)
  expect(await calls('CreateSnapshots')).not.toEqual([])
})

test('what EC2 gives up is tried three times, then stated in the manifest and in the verdict', async () => {
  await control.change({ snapshotsFail: true })
  const host = await hosts.newHost()
  await accuse(host.id)
  await until(
    'an incident',
    () => incidentsOf(host.id),
    (all) => all.length > 0,
    50,
  )
  const head = await kept(host.id)
  expect(head).toMatchObject({ verdict: 'open', left: 'watch gap.failed', status: 'closed' })
  expect(await snapshotsOf(host.id)).toHaveLength(3)
  expect((await manifestOf(host.id)).gaps).toMatchObject([{ kind: 'failed' }])
  await control.change({ snapshotsFail: false })
  await accuse(host.id)
  await sweepEvidence()
  expect(await incidentsOf(host.id)).toHaveLength(1)
})

test('a part of the facts that is denied is a gap, stated where it counts; the rest is kept', async () => {
  await control.deny('GetConsoleOutput')
  const host = await hosts.newHost()
  await accuse(host.id)
  const head = await kept(host.id)
  expect(head).toMatchObject({ verdict: 'open', left: 'watch gap.facts' })
  expect((await manifestOf(host.id)).gaps).toEqual([
    { kind: 'facts', what: expect.stringContaining('console: UnauthorizedOperation') },
  ])
  expect((await entriesOf(head.id)).some((entry) => entry.what === 'failed')).toBe(false)
})

test('a finding of a kind that no rule takes, and a sample, keep nothing', async () => {
  const host = await hosts.newHost()
  // Where it is not known who launched it, the rule about launches would ask.
  await until(
    'the launch to be heard of',
    () => ledger.recall({ response: 'unpreserved-host', subject: host.id }),
    ({ origins }) => origins.length > 0,
    50,
  )
  const type = 'Behavior:EC2/NetworkPortUnusual'
  const [kind, sample] = ['a', 'b'].map((letter) => `${letter}-${host.id}`)
  await control.emit(
    hostFinding({ account, region, instance: host.id, id: kind!, type: 'UnauthorizedAccess:EC2/SSHBruteForce' }),
  )
  await control.emit(hostFinding({ account, region, instance: host.id, id: sample!, type, sample: true }))
  await until(
    'both to be counted',
    () => counted('unpreserved-host'),
    (books) => [kind!, sample!].every((id) => [...books.keys()].some((one) => one.includes(id))),
    50,
  )
  expect(await incidentsOf(host.id)).toEqual([])
  expect(await snapshotsOf(host.id)).toEqual([])
})

test('a host whose rule stops it is stopped once its snapshots are begun, and its evidence names the quarantine', async () => {
  const host = await hosts.newHost()
  await control.emit(hostFinding({ account, region, instance: host.id, type: 'Impact:EC2/WinRMBruteForce' }))
  await kept(host.id)
  await until(
    'the host to be stopped',
    () => hosts.instance(host.id),
    ({ State }) => State?.Name === 'stopped',
    50,
  )
  const { quarantine, snapshots } = await manifestOf(host.id)
  expect(snapshots).toHaveLength(1)
  const [head] = (await ledger.incidents('held', 1_000)).filter((one) => one.subject === host.id)
  expect(quarantine).toMatchObject({ incident: head!.id })
  expect((await ledger.history(head!.id))!.digests).toContain(quarantine!.chain)
})
