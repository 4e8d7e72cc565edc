import { DeleteItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateTagsCommand,
  DeleteSnapshotCommand,
  ModifySnapshotAttributeCommand,
  UnlockSnapshotCommand,
} from '@aws-sdk/client-ec2'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Line } from '#shared/responses/unpreserved-host/verify.ts'
import { calm, control, dynamodb, entriesOf, TABLE, until } from '../support/cloud.ts'
import {
  away,
  BUCKET,
  copiesOf,
  evidenceKey,
  hosts,
  incidentsOf,
  manifestOf,
  objectsOf,
  s3,
  snapshotsOf,
  sweepEvidence,
} from '../support/evidence.ts'
import { errorIn, portcullis } from '../support/portcullis.ts'

beforeAll(evidenceKey)
afterEach(calm)

/** A host whose evidence a person had kept. */
async function preserved(): Promise<{ host: string; incident: string }> {
  const host = await hosts.newHost({ volumes: 1, encrypted: true })
  const said = await portcullis('preserve', host.id, '--reason', 'it looks odd', '--json')
  expect(said).toMatchObject({ code: 0, error: '' })
  const { incident } = JSON.parse(said.out) as { incident: { id: string } }
  await until(
    'the evidence to be kept',
    async () => {
      await sweepEvidence()
      return incidentsOf(host.id)
    },
    ([head]) => head?.status === 'closed',
    50,
  )
  return { host: host.id, incident: incident.id }
}

async function verified(incident: string, ...more: readonly string[]) {
  const { code, out } = await portcullis('evidence', 'verify', incident, '--json', ...more)
  const { matches, lines } = JSON.parse(out) as { matches: boolean; lines: readonly Line[] }
  expect(code).toBe(matches ? 0 : 3)
  return { code, wrong: lines.filter((one) => !one.ok).map((one) => `${one.about}: ${one.says}`), lines }
}

test('what a person had kept is as it was kept; each kind of tampering is found', async () => {
  const { host, incident } = await preserved()
  expect(await verified(incident)).toMatchObject({ code: 0, wrong: [] })
  const people = (await portcullis('evidence', 'verify', incident)).out
  expect(people).toContain('All of it is as it was kept.')
  const accusation = (await entriesOf(incident))[0]!
  expect(JSON.stringify(accusation)).toContain('it looks odd')

  // A chain that was never in the story.
  expect((await verified(incident, '--chain', '0'.repeat(64))).wrong).toEqual([
    expect.stringContaining('it was written anew'),
  ])

  // Each of these is found by itself, beside those before it.
  const facts = (await objectsOf(host)).find((one) => one.key.endsWith('facts.json'))!
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: facts.key, Body: '{}' }))
  expect((await verified(incident)).wrong).toEqual([expect.stringMatching(/^facts\.json: version .+ lies over it$/)])
  const manifest = (await objectsOf(host)).find((one) => one.key.endsWith('manifest.json'))!
  await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: manifest.key }))
  expect((await verified(incident)).wrong).toContain('manifest.json: somebody deleted it; this version is left')
  await s3.send(
    new DeleteObjectCommand({
      Bucket: BUCKET,
      Key: facts.key,
      VersionId: facts.version,
      BypassGovernanceRetention: true,
    }),
  )
  expect((await verified(incident)).wrong).toContain(`facts.json: version ${facts.version} is gone from the bucket`)

  const [one, two] = (await snapshotsOf(host)).map((each) => each.SnapshotId!)
  await hosts.ec2.send(
    new CreateTagsCommand({ Resources: [one!], Tags: [{ Key: 'portcullis:evidence', Value: 'another' }] }),
  )
  expect((await verified(incident)).wrong).toContainEqual(
    expect.stringMatching(new RegExp(`^${one}.*: tag portcullis:evidence was .*, and is another$`)),
  )
  await hosts.ec2.send(new UnlockSnapshotCommand({ SnapshotId: two! }))
  expect((await verified(incident)).wrong).toContainEqual(
    expect.stringMatching(new RegExp(`^${two}.*its lock .* is gone`)),
  )
  await hosts.ec2.send(new DeleteSnapshotCommand({ SnapshotId: two! }))
  expect((await verified(incident)).wrong).toContainEqual(expect.stringMatching(new RegExp(`^${two} .*: is gone$`)))

  const [copy] = (await copiesOf(host)).map((each) => each.SnapshotId!)
  const stranger = { Add: [{ UserId: '999999999999' }] }
  await away.send(
    new ModifySnapshotAttributeCommand({
      SnapshotId: copy!,
      Attribute: 'createVolumePermission',
      CreateVolumePermission: stranger,
    }),
  )
  expect((await verified(incident)).wrong).toContainEqual(
    expect.stringMatching(new RegExp(`^${copy}.*: shared with was 210987654321, and is 210987654321,999999999999$`)),
  )
}, 240_000)

test('a story that was changed, or has lost an entry, is found', async () => {
  const { incident } = await preserved()
  const { Items } = await dynamodb.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :entry)',
      ExpressionAttributeValues: { ':pk': { S: `incident#${incident}` }, ':entry': { S: 'entry#' } },
    }),
  )
  const { pk, sk, body } = Items![1]!
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: TABLE,
      Key: { pk: pk!, sk: sk! },
      UpdateExpression: 'SET body = :body',
      ExpressionAttributeValues: { ':body': { S: '{"what":"intended","at":"2020-01-01T00:00:00.000Z","step":"x"}' } },
    }),
  )
  expect(body).toBeDefined()
  expect((await verified(incident)).wrong).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^story: entry 2 .* is not what was written$/),
      expect.stringMatching(/^story: the ledger no longer holds what was written at /),
    ]),
  )
  await dynamodb.send(new DeleteItemCommand({ TableName: TABLE, Key: { pk: pk!, sk: sk! } }))
  expect((await verified(incident)).wrong).toEqual(
    expect.arrayContaining([expect.stringMatching(/^story: what came before entry \d+ .* is missing$/)]),
  )
}, 240_000)

test('who asks for a host that is none, or verifies what is no evidence, is told so', async () => {
  const said = await portcullis('preserve', 'i-0000000000000dead', '--reason', 'a test', '--json')
  expect(said).toMatchObject({ code: 0 })
  expect(JSON.parse(said.out)).toEqual({ host: 'i-0000000000000dead' })
  const wrong = await portcullis('preserve', 'sg-1', '--reason', 'a test', '--json')
  expect(wrong.code).toBe(2)
  expect(errorIn(wrong.out).message).toContain('a host such as')
  const none = await portcullis('evidence', 'verify', 'NONE', '--json')
  expect(none.code).toBe(2)
})

test('what was asked for again is kept again: a person wants what is there now', async () => {
  const { host } = await preserved()
  const first = await manifestOf(host)
  expect((await control.calls()).some((one) => one.app === 'preserve-host' && one.action === 'PutObject')).toBe(true)
  const { code, error } = await portcullis('preserve', host, '--reason', 'once more')
  // On a busy machine the API stops waiting before the run has ended, which goes on by itself.
  expect(code === 0 ? '' : error).toMatch(/^($|under-way: )/)
  await until(
    'a second set',
    async () => {
      await sweepEvidence()
      return incidentsOf(host)
    },
    (all) => all.length === 2 && all.every((one) => one.status === 'closed'),
    50,
  )
  expect(await snapshotsOf(host)).toHaveLength(4)
  expect((await objectsOf(host)).filter((one) => one.key.includes(first.since))).toHaveLength(2)
  expect(await objectsOf(host)).toHaveLength(4)
}, 240_000)
