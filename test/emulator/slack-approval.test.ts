import { afterEach, describe, expect, test } from 'vitest'
import { boxPage } from '#shared/jump/ask-for-box.ts'
import { entriesOf, ledger, slack, until } from '../support/cloud.ts'
import { as } from '../support/portcullis.ts'
import { ed25519 } from '../support/public-key.ts'
import {
  askInSlack,
  boxOf,
  buttonsOf,
  CHANNEL,
  direct,
  endpoint,
  look,
  messageThat,
  noBoxes,
  openView,
  press,
  pressWithReason,
  requestOf,
  shown,
  submit,
  textOf,
  toldAlone,
  USERS,
  type User,
  useSlack,
  visit,
} from '../support/slack-stage.ts'

/** A zone in which somebody else has to approve a jump box, all of it in Slack. */

useSlack()
const KEY = ed25519()
afterEach(noBoxes)

/** Somebody asks for a box in the vault, and has proven their address. */
async function ask(user: User) {
  const reason = `a look at ${Math.random().toString(36).slice(2)}`
  const { link, id } = await askInSlack(user, { zone: 'vault', key: KEY, reason })
  expect((await visit(link)).body).toContain('This is my address: ask for approval')
  expect((await visit(link, 'POST')).body).toContain('Somebody else has to approve it now')
  const about = (word: RegExp, channel = CHANNEL) =>
    messageThat(
      `${word} in ${channel}`,
      (one) => one.channel === channel && textOf(one).includes(reason) && word.test(one.text ?? ''),
    )
  const message = await about(/^WAITING/)
  const incident = /Incident `([0-9A-Z]{26})`/.exec(textOf(message))![1]!
  return { id, link, reason, message, incident, about }
}

const ends = (since: string, minutes: number) =>
  new Date(1_000 * (Math.floor(Date.parse(since) / 1_000) + 60 * minutes)).toISOString()
const decided = async (id: string) => (await ledger.askOf(boxPage(id)))!

describe('who may approve', () => {
  test.each([
    ['bob', 'by name'],
    ['alice', 'by the user group'],
  ] as const)('%s may, %s: first a form asks why, then the box opens', async (user, _how) => {
    const { id, message, about, incident } = await ask('carol')
    expect(message.text).toMatch(
      /^WAITING: jump box of carol in vault, ".*", is left as it is by jump-boxes\.zones\.vault \(ask\)/,
    )
    expect(buttonsOf(message)).toEqual(['Approve', 'Decline'])
    // Nobody approves their own: who asked is told, and has nothing to press.
    expect(buttonsOf(await about(/^WAITING/, direct('carol')))).toEqual([])
    expect(await boxOf(id)).toEqual({ group: undefined, instance: undefined })

    await press(user, message, 'approve')
    expect(shown(await openView(user))).toMatchObject({ callback_id: 'word', title: { text: 'Approve' } })
    expect((await decided(id)).state).toBe('asked')
    const { provenAt = '' } = await requestOf(id)
    await submit(user, { reason: 'carol told me why' })
    await toldAlone(user, /^Approved: ready/)
    const ready = await about(/^READY/)
    // The same message, as it stands now.
    expect(ready.ts).toBe(message.ts)
    expect(buttonsOf(ready)).toEqual(['Extend', 'Close'])
    expect(buttonsOf(await about(/^READY/, direct('carol')))).toEqual(['Extend', 'Close'])
    const { instance } = await boxOf(id)
    expect(textOf(ready)).toContain(`ssh -p 2222 admin@${instance!.PrivateIpAddress}`)
    // Who had to wait does not lose the time.
    const { decidedAt = '' } = await decided(id)
    expect(Date.parse(decidedAt)).toBeGreaterThan(Date.parse(provenAt))
    expect(textOf(ready)).toContain(`It ends at ${ends(decidedAt, 30)}`)
    expect((await entriesOf(incident)).find((entry) => entry.what === 'approved')).toMatchObject({
      by: { name: user, from: `Slack ${USERS[user]}` },
      reason: 'carol told me why',
    })
  })

  test.each([
    ['whoever asked', 'carol', 'carol', /^Not done: Expected somebody who may approve/],
    ['whoever asked, who may approve for others', 'alice', 'alice', /^Not done: Nobody approves their own request/],
    [
      'somebody whom the zone does not name',
      'carol',
      'alice',
      /^Not done: Zone vault names who approves, and alice is not/,
    ],
    ['a stranger', 'carol', 'mallory', /under people in the policy/],
  ] as const)('%s may not, and is told why', async (_who, asker, user, word) => {
    const { id, message } = await ask(asker)
    const { usergroups } = (await slack.state()).settings
    await slack.settings({ usergroups: { S0123ONCAL: [USERS.bob] } })
    try {
      expect(await press(user, message, 'approve')).toMatchObject({ status: 200 })
      if (user !== 'mallory') await submit(user, { reason: 'I want it' })
      await toldAlone(user, word)
    } finally {
      await slack.settings({ usergroups })
    }
    expect((await decided(id)).state).toBe('asked')
    expect(await boxOf(id)).toEqual({ group: undefined, instance: undefined })
  })
})

test('of two who approve at once, one is first, and one box opens', async () => {
  const { id, message, about, incident } = await ask('carol')
  await press('bob', message, 'approve')
  await press('alice', message, 'approve')
  await Promise.all([submit('bob', { reason: 'fine by me' }), submit('alice', { reason: 'fine by me too' })])
  await about(/^READY/)
  const told = await until(
    'both to be told',
    async () => (await slack.state()).ephemerals.slice(-2).map((one) => one.text ?? ''),
    (all) => all.some((one) => /^Approved/.test(one)) && all.some((one) => /the first word counts/.test(one)),
  )
  expect(told).toHaveLength(2)
  expect((await entriesOf(incident)).filter((entry) => entry.what === 'approved')).toHaveLength(1)
  const { instance } = await boxOf(id)
  expect(instance?.State?.Name).toBe('running')
})

test('declined, nothing opens; it stands in the message, and who asked may ask anew', async () => {
  const { id, reason, message, about } = await ask('carol')
  await pressWithReason('bob', message, 'decline', 'not today')
  await toldAlone('bob', /^Declined/)
  for (const channel of [CHANNEL, direct('carol')]) {
    const declined = await messageThat(
      'that it was declined',
      (one) => one.channel === channel && /bob declined this/.test(textOf(one)) && textOf(one).includes(reason),
    )
    expect(buttonsOf(declined)).toEqual([])
  }
  // What is pressed in an old window comes too late.
  const late = { channel: message.channel, ts: message.ts, version: 0 }
  await slack.press({ url: endpoint, user: USERS.alice, message: late, action_id: 'approve' })
  await submit('alice', { reason: 'I say yes' })
  await toldAlone('alice', /^Not done: It was declined by bob at .*: the first word counts/)
  await look(id)
  expect(await boxOf(id)).toEqual({ group: undefined, instance: undefined })
  expect((await about(/./)).ts).toBe(message.ts)
  expect((await askInSlack('carol', { zone: 'vault', key: KEY })).id).not.toBe(id)
})

describe('an approval of what is wanted no more', () => {
  test('does nothing, where the request has just been closed', async () => {
    const { id, message } = await ask('carol')
    const request = await requestOf(id)
    const closed = { at: new Date().toISOString(), by: { name: 'carol' } }
    expect(await ledger.changeRequest({ ...request, closed, version: request.version + 1 })).toBe(true)
    await pressWithReason('bob', message, 'approve', 'fine by me')
    await toldAlone('bob', /^Not done: The request is over: carol closed it/)
    expect(await boxOf(id)).toEqual({ group: undefined, instance: undefined })
  })

  test('is refused, where people were told already', async () => {
    const { id, message, about } = await ask('carol')
    await press('bob', message, 'approve')
    expect(await as('carol')('jump', 'close', id)).toMatchObject({ code: 0 })
    const gone = await about(/^GONE/)
    expect(gone.ts).toBe(message.ts)
    expect(buttonsOf(gone)).toEqual([])
    await submit('bob', { reason: 'fine by me' })
    await toldAlone('bob', /^Not done: The request is over/)
    expect(await boxOf(id)).toEqual({ group: undefined, instance: undefined })
  })
})
