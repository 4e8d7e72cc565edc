import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { BoxAnswer } from '#shared/operators/jumps.ts'
import { ledger } from '../support/cloud.ts'
import { as, errorIn, signed, unsigned } from '../support/portcullis.ts'
import { ed25519, privateKey } from '../support/public-key.ts'
import { askInSlack, boxOf, noBoxes, requestOf, useSlack, visit } from '../support/slack-stage.ts'

/** Jump boxes at the command line, where the address is the one that the call came from. */

useSlack()
afterEach(noBoxes)

const folder = mkdtempSync(join(tmpdir(), 'portcullis-key-'))
const KEY = ed25519()
const fileOf = (name: string, content: string) => {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}
const key = fileOf('key.pub', `${KEY} me@laptop\n`)

const jump = (user: string, ...args: string[]) => as(user)('jump', ...args)
const opening = (zone: string, ...more: string[]) => ['open', '--zone', zone, '--reason', 'look at the logs', ...more]
const answer = (out: string) => JSON.parse(out) as BoxAnswer

async function opened(user: string, zone = 'lab'): Promise<BoxAnswer> {
  const { code, out, error } = await jump(user, ...opening(zone, '--key', key, '--json'))
  expect({ code, error }).toEqual({ code: 0, error: '' })
  return answer(out)
}

test('open, show, extend, close: as JSON', async () => {
  const box = await opened('alice')
  expect(box).toMatchObject({ joined: false, verdict: 'ready', instead: ['session-manager'] })
  const { id, person, address = '', by } = box.request
  expect({ person, by: by.name }).toEqual({ person: 'alice', by: 'arn:aws:iam::123456789012:user/alice' })
  // From where the call came, as API Gateway says.
  expect(address).toBe(`${by.from}/32`)
  const { group, instance } = await boxOf(id)
  expect(group?.IpPermissions).toMatchObject([{ FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: address }] }])
  expect(box.connection).toMatchObject({
    ssh: `ssh ec2-user@${instance!.PublicIpAddress}`,
    instance: instance!.InstanceId,
    hostKey: expect.stringContaining(`--instance-id ${instance!.InstanceId}`),
  })

  const shown = answer((await jump('alice', 'show', id, '--json')).out)
  expect(shown).toEqual({ ...box, joined: undefined })
  const longer = answer((await jump('alice', 'extend', id, '--for', '30m', '--json')).out)
  expect(Date.parse(longer.standing.until) - Date.parse(box.standing.until)).toBe(1_800_000)
  const end = (await boxOf(id)).instance!.Tags!.find(({ Key }) => Key === 'portcullis:until')!.Value
  expect(end).toBe(longer.standing.until)

  const over = answer((await jump('alice', 'close', id, '--json')).out)
  expect(over).toMatchObject({ verdict: 'gone', standing: { state: 'over' } })
  expect(over).not.toHaveProperty('connection')
  expect((await boxOf(id)).group).toBeUndefined()
})

test('the same in words, and the key that was given last is used', async () => {
  await askInSlack('alice', { zone: 'lab', key: KEY })
  await noBoxes()
  const open = await jump('alice', ...opening('lab'))
  expect(open).toMatchObject({ code: 0, error: '' })
  const [id = ''] = /^[0-9A-Z]{26}/.exec(open.out) ?? []
  expect((await requestOf(id)).key).toBe(KEY)
  expect(open.out).toMatch(/^[0-9A-Z]{26}: ready\n {2}alice in lab, 60 minutes: look at the logs\n/)
  expect(open.out).toMatch(/\n {2}until \S+, from 203\.0\.113\.\d+\/32 alone\n {2}ssh ec2-user@\S+\n/)
  expect(open.out).toContain('better than a box: session-manager')
  expect((await jump('alice', 'show', id)).out).toContain(': ready')
  expect((await jump('alice', 'close', id)).out).toMatch(
    /: gone[\s\S]*It is over: arn:aws:iam::123456789012:user\/alice closed it/,
  )
})

test('who asks again joins the open box; others have their own', async () => {
  const first = await opened('alice')
  const again = await opened('alice')
  expect(again).toMatchObject({ joined: true, request: { id: first.request.id }, connection: first.connection })
  const other = await opened('bob')
  expect(other.request.id).not.toBe(first.request.id)
  expect(other.connection?.instance).not.toBe(first.connection?.instance)
})

test('what was asked in Slack, and not proven, is proven by the command', async () => {
  const { link, id } = await askInSlack('alice', { zone: 'lab', key: KEY })
  const box = await opened('alice')
  expect(box).toMatchObject({ joined: true, verdict: 'ready', request: { id } })
  expect(await visit(link)).toMatchObject({ status: 410 })
})

test('a zone that wants an approval waits for it, and says how it is given', async () => {
  const { code, out } = await jump('carol', ...opening('vault', '--key', key))
  expect(code).toBe(0)
  const [, incident = ''] = /Somebody else has to approve it: npx portcullis show ([0-9A-Z]{26})/.exec(out) ?? []
  const story = JSON.parse((await as('bob')('show', incident, '--json')).out) as {
    entries: { what: string; hash?: string }[]
  }
  const { hash = '' } = story.entries.find((entry) => entry.what === 'asked')!
  const approve = (user: string) =>
    as(user)('approve', incident, '--plan', hash, '--reason', 'carol told me why', '--json')
  // IAM lets any of them here: the zone does not.
  const own = await approve('carol')
  expect([own.code, errorIn(own.out)]).toEqual([
    3,
    { code: 'answer-refused', message: 'Nobody approves their own request.' },
  ])
  const stranger = await approve('otto')
  expect([stranger.code, errorIn(stranger.out).code]).toEqual([3, 'answer-refused'])
  expect(await approve('bob')).toMatchObject({ code: 0 })
  const [id = ''] = /^[0-9A-Z]{26}/.exec(out) ?? []
  const box = answer((await jump('carol', 'show', id, '--json')).out)
  expect(box).toMatchObject({
    verdict: 'ready',
    connection: { ssh: expect.stringMatching(/^ssh -p 2222 admin@10\.77\.1\.\d+$/) },
  })
  await jump('carol', 'close', id)
})

describe('refused', () => {
  const cases: [string, string, string[], number, string, RegExp][] = [
    [
      'whom the zone does not name',
      'bob',
      opening('vault', '--key', key),
      2,
      'input-invalid',
      /zones you may have a box in: lab/,
    ],
    [
      'whom the policy does not know',
      'otto',
      opening('lab', '--key', key),
      3,
      'box-refused',
      /none of them has arn:aws:iam::123456789012:user\/otto/,
    ],
    [
      'a private key',
      'alice',
      opening('lab', '--key', fileOf('private', privateKey())),
      2,
      'input-invalid',
      /never leaves your machine/,
    ],
    [
      'a file that is none',
      'alice',
      opening('lab', '--key', join(folder, 'none')),
      2,
      'input-invalid',
      /can't be read/,
    ],
    ['no reason', 'alice', ['open', '--zone', 'lab'], 2, 'input-invalid', /required option '--reason/],
    ['no such box', 'alice', ['show', '01J00000000000000000000000'], 2, 'box-unknown', /is none/],
    ['an id that is none', 'alice', ['close', 'box-1'], 2, 'box-unknown', /is none/],
    [
      'an extension by no time',
      'alice',
      ['extend', '01J00000000000000000000000', '--for', 'soon'],
      2,
      'input-invalid',
      /Expected --for/,
    ],
  ]
  test.each(cases)('%s: %s', async (_what, user, args, code, fault, word) => {
    const before = await ledger.requestOf('alice', 'lab')
    const said = await jump(user, ...args, '--json')
    expect([said.code, errorIn(said.out).code]).toEqual([code, fault])
    expect(errorIn(said.out).message).toMatch(word)
    expect(said.error).toMatch(word)
    expect(await ledger.requestOf('alice', 'lab')).toBe(before)
  })

  test('another’s box, unless it is closed with --any; the story says who did', async () => {
    const { request } = await opened('alice')
    for (const args of [
      ['close', request.id],
      ['extend', request.id, '--for', '30m'],
    ]) {
      const said = await jump('bob', ...args, '--json')
      expect([said.code, errorIn(said.out).code]).toEqual([3, 'box-refused'])
      expect(errorIn(said.out).message).toContain('It is the box of alice')
    }
    expect((await boxOf(request.id)).instance?.State?.Name).toBe('running')
    expect(answer((await jump('bob', 'close', request.id, '--any', '--json')).out)).toMatchObject({ verdict: 'gone' })
    expect((await requestOf(request.id)).closed).toMatchObject({ by: { name: 'arn:aws:iam::123456789012:user/bob' } })
  })

  test('an extension beyond what the zone lets', async () => {
    const { request, standing } = await opened('alice')
    const { out } = await jump('alice', 'extend', request.id, '--for', '5h', '--json')
    expect(Date.parse(answer(out).standing.until) - Date.parse(standing.until)).toBe(3_600_000)
    const more = await jump('alice', 'extend', request.id, '--for', '1m', '--json')
    expect([more.code, errorIn(more.out).code]).toEqual([3, 'box-refused'])
  })

  test('an address or a person in the body, and what nobody signed', async () => {
    const body = { zone: 'lab', reason: 'look at the logs', key: KEY }
    for (const more of [{ address: '198.51.100.1/32' }, { person: 'alice' }, { by: { name: 'alice' } }])
      expect(await signed('/jumps', { ...body, ...more })).toMatchObject({ status: 400 })
    expect(await unsigned('POST', '/jumps', { 'x-forwarded-for': '198.51.100.1' }, body)).toMatchObject({ status: 403 })
  })
})
