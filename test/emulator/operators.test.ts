import { afterEach, describe, expect, test } from 'vitest'
import type { History } from '#shared/story.ts'
import {
  account,
  calm,
  closed,
  control,
  doors,
  entriesOf,
  incidentsOf,
  newGroup,
  open,
  sweep,
  tcp,
  until,
  verdictOf,
} from '../support/cloud.ts'
import { mailbox } from '../support/mail.ts'
import { errorIn, portcullis, signed, unsigned } from '../support/portcullis.ts'

afterEach(calm)

/** A door that the policy asks about, and what stands in its notice. */
async function askedDoor(port = 9100): Promise<{ group: string; id: string; plan: string }> {
  const mail = await mailbox()
  const group = await newGroup()
  await open(group, [tcp(port)])
  const { id } = await verdictOf(group, 'open')
  const told = await until(
    'the ask to be told',
    () => mail.read().then((all) => all.filter((one) => one.facts.subject === group)),
    (all) => all.length > 0,
  )
  const { hash } = told[0]!.facts.ask as { hash: string }
  return { group, id, plan: hash }
}

describe('asking', () => {
  test('what is asked stays open until a person approves it, and then is carried out', async () => {
    const { group, id, plan } = await askedDoor()
    expect(await doors(group)).toEqual(['tcp/9100 0.0.0.0/0'])
    const said = await portcullis('approve', id, '--plan', plan, '--reason', 'nobody needs it', '--json')
    expect(said).toMatchObject({ code: 0, error: '' })
    expect(JSON.parse(said.out)).toEqual({ what: 'approved', incident: id, verdict: 'contained' })
    expect(await doors(group)).toEqual([])
    const approved = (await entriesOf(id)).find((entry) => entry.what === 'approved')
    expect(approved).toMatchObject({ reason: 'nobody needs it', hash: plan })
    // Who and from where are what the gateway says.
    expect(approved).toMatchObject({
      by: { name: expect.stringContaining(':assumed-role/deploy/'), from: expect.any(String) },
    })
  })

  test('what is asked no longer is not done, and its approval does not lie in wait', async () => {
    const { group, id, plan } = await askedDoor()
    await control.share({ id: group, owner: '210987654321' })
    const said = await portcullis('approve', id, '--plan', plan, '--reason', 'nobody needs it', '--json')
    expect(said.code).toBe(3)
    expect(JSON.parse(said.out)).toEqual({
      what: 'stale',
      incident: id,
      verdict: 'open',
      left: 'watch groups.foreign-owned',
    })
    await control.share({ id: group, owner: account })
    await sweep()
    expect(await doors(group)).toEqual(['tcp/9100 0.0.0.0/0'])
    const { head } = JSON.parse((await portcullis('show', id, '--json')).out) as History
    expect(head).toMatchObject({ status: 'open', left: 'ask open-ingress.rules.asked-range' })
  })

  test('the first word counts', async () => {
    const { group, id, plan } = await askedDoor()
    expect(await portcullis('decline', id, '--plan', plan, '--reason', 'we need it')).toMatchObject({ code: 0 })
    const late = await portcullis('approve', id, '--plan', plan, '--reason', 'close it', '--json')
    expect(late.code).toBe(3)
    expect(errorIn(late.out)).toMatchObject({ code: 'answer-refused', message: expect.stringContaining('declined by') })
    await sweep()
    expect(await doors(group)).toEqual(['tcp/9100 0.0.0.0/0'])
    expect((await incidentsOf(group))[0]).toMatchObject({ status: 'open', left: 'ask open-ingress.rules.asked-range' })
  })

  test('of two that approve at once, one is first; the door is closed once', async () => {
    const { group, id, plan } = await askedDoor()
    const said = await Promise.all(
      ['one', 'two'].map((reason) => portcullis('approve', id, '--plan', plan, '--reason', `it is ${reason}`)),
    )
    expect(said.map((one) => one.code).sort()).toEqual([0, 3])
    await closed(group)
    expect((await entriesOf(id)).filter((entry) => entry.what === 'approved')).toHaveLength(1)
  })

  test('an approval of a plan that has changed since does nothing, and says what is asked now', async () => {
    const { group, id, plan } = await askedDoor()
    await open(group, [tcp(9101)])
    await until(
      'the new plan to be asked',
      () => entriesOf(id),
      (entries) => entries.filter((entry) => entry.what === 'asked').length > 1,
    )
    const said = await portcullis('approve', id, '--plan', plan, '--reason', 'close it', '--json')
    expect(said.code).toBe(3)
    expect(errorIn(said.out).message).toMatch(/^The plan has changed: what is asked now is [0-9a-f]{32}/)
    expect(await doors(group)).toEqual(['tcp/9100 0.0.0.0/0', 'tcp/9101 0.0.0.0/0'])
  })
})

test('disarmed, it asks instead of acting, at once; armed again, the next sweep acts', async () => {
  const mail = await mailbox()
  expect(await portcullis('disarm', '--reason', 'a migration tonight')).toMatchObject({ code: 0 })
  try {
    const group = await newGroup()
    await open(group)
    const { id, left } = await verdictOf(group, 'open')
    expect(left).toBe('ask kill switch')
    expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
    const asked = (await entriesOf(id)).find((entry) => entry.what === 'asked')!
    const plan = (asked as { hash: string }).hash
    const refused = await portcullis('approve', id, '--plan', plan, '--reason', 'now', '--json')
    expect(refused.code).toBe(3)
    expect(errorIn(refused.out).message).toContain('disarmed open-ingress')

    expect(await portcullis('arm', '--reason', 'the migration is over')).toMatchObject({ code: 0 })
    await sweep()
    await closed(group)
  } finally {
    await portcullis('arm', '--reason', 'end of the test')
  }
  const subjects = (await mail.read()).map((one) => one.subject)
  expect(subjects).toContain(
    'Portcullis disarmed: open-ingress, suspicious-host, impaired-defences, unpreserved-host, jump-box',
  )
  expect(subjects).toContain(
    'Portcullis armed: open-ingress, suspicious-host, impaired-defences, unpreserved-host, jump-box',
  )
})

describe('who may ask', () => {
  test('a request that is not signed is refused, whatever it says of itself', async () => {
    const forged = {
      'x-local-caller': '{"userArn":"arn:aws:iam::123456789012:user/root"}',
      'x-forwarded-for': '10.0.0.1',
    }
    for (const path of ['/incidents', '/switches', '/doctor'])
      expect(await unsigned('GET', path, forged)).toMatchObject({ status: 403 })
    expect(await unsigned('POST', '/disarm', forged, { reason: 'let me in' })).toMatchObject({ status: 403 })
  })

  const named = { by: { name: 'arn:aws:iam::123456789012:user/otto', from: '192.0.2.1' } }

  test('a name in the body of an undo is refused, not recorded', async () => {
    const group = await newGroup()
    await open(group)
    const { id } = await verdictOf(group, 'contained')
    const forged = await signed(`/incidents/${id}/undo`, { reason: 'it was meant', ...named })
    expect(forged.status).toBe(400)
    expect(errorIn(forged.body).code).toBe('input-invalid')
    expect(await doors(group)).toEqual([])
    expect((await entriesOf(id)).map((entry) => entry.what)).toEqual(['opened', 'intended', 'done', 'verified'])
    // The same without the name is carried out, in the name of whoever signed it.
    expect(await signed(`/incidents/${id}/undo`, { reason: 'it was meant' })).toMatchObject({ status: 200 })
    const story = JSON.parse((await portcullis('show', id, '--json')).out) as History
    expect(story.broken).toEqual([])
    const by = story.entries.flatMap((entry) => (entry.what === 'undo-intended' ? [entry.by] : []))
    expect(by).toMatchObject([
      { name: expect.stringContaining('deploy'), from: expect.stringMatching(/^203\.0\.113\./) },
    ])
  })

  test('a name in the body of an approval, or of a switch, is refused, and nothing comes of it', async () => {
    const { group, id, plan } = await askedDoor()
    for (const [path, body] of [
      [`/incidents/${id}/approve`, { plan, reason: 'close it' }],
      [`/incidents/${id}/decline`, { plan, reason: 'leave it' }],
      ['/disarm', { reason: 'a migration' }],
    ] as const)
      expect(await signed(path, { ...body, ...named })).toMatchObject({ status: 400 })
    expect(await doors(group)).toEqual(['tcp/9100 0.0.0.0/0'])
    expect((await entriesOf(id)).map((entry) => entry.what)).not.toContain('approved')
    expect(JSON.parse((await portcullis('doctor', '--json')).out)).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ name: 'policy', state: 'ok' })]),
    })
  })
})

test('the digest of the notice must still be in the story that an undo is made from', async () => {
  const mail = await mailbox()
  const group = await newGroup()
  await open(group)
  const { id } = await verdictOf(group, 'contained')
  const [told] = await until(
    'the notice',
    () => mail.read().then((all) => all.filter((one) => one.facts.subject === group)),
    (all) => all.length > 0,
  )
  const chain = told!.facts.chain as string
  const wrong = await portcullis(
    'undo',
    id,
    '--reason',
    'it was meant',
    '--chain',
    chain.replace(/^./, (c) => (c === '0' ? '1' : '0')),
  )
  expect(wrong).toMatchObject({ code: 3, error: expect.stringContaining('rewritten') })
  expect(await doors(group)).toEqual([])
  expect(await portcullis('undo', id, '--reason', 'it was meant', '--chain', chain)).toMatchObject({ code: 0 })
  expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
})
