import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { calm, invoke, newGroup, open, slack, tcp, until } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'
import { linesOf } from '../support/function-logs.ts'
import { deadLetters } from '../support/mail.ts'
import { ed25519 } from '../support/public-key.ts'
import {
  askInSlack,
  CHANNEL,
  endpoint,
  jump,
  messageThat,
  noBoxes,
  openView,
  press,
  requestOf,
  shown,
  textOf,
  toldAlone,
  USERS,
  useSlack,
  visit,
} from '../support/slack-stage.ts'

/** Slack on a bad day. */

useSlack()
const KEY = ed25519()

let letters = 0
beforeEach(async () => {
  letters = (await deadLetters()).length
})
afterEach(async () => {
  await calm()
  await noBoxes()
  expect((await deadLetters()).slice(letters)).toEqual([])
})

/** The message about a group, once it is as hoped for. */
const about = (group: string, word = /./) =>
  messageThat(
    `${word} of ${group}`,
    (one) => one.channel === CHANNEL && textOf(one).includes(group) && word.test(one.text ?? ''),
    30,
  )

async function newDoor(): Promise<string> {
  const group = await newGroup()
  await open(group)
  return group
}

describe('what Slack sends again', () => {
  const again = { 'X-Slack-Retry-Num': '1', 'X-Slack-Retry-Reason': 'http_timeout' }

  test('a command opens one form', async () => {
    const since = Date.now()
    const before = (await slack.state()).views.length
    const { retries, ...first } = await slack.command({ url: endpoint, command: '/jump', user: USERS.alice, retry: 2 })
    expect([first, ...retries].map(({ status, body }) => [status, body])).toEqual([
      [200, ''],
      [200, ''],
      [200, ''],
    ])
    expect((await slack.state()).views.length).toBe(before + 1)
    const why = async () => {
      // A line that came too late for the log of its own run comes with the next one, here.
      await jump('bob')
      return (await linesOf('answer-slack', since)).flatMap((line) => line.why ?? [])
    }
    expect(await until('both to be counted', why, (all) => all.length === 2)).toEqual(['seen-before', 'seen-before'])
  })

  test('a press does its work once', async () => {
    const { link, id } = await askInSlack('alice', { zone: 'lab', key: KEY })
    await visit(link, 'POST')
    const { channel, ts } = await messageThat(
      'the box',
      (one) => /^READY/.test(one.text ?? '') && textOf(one).includes(id),
    )
    await slack.press({ url: endpoint, user: USERS.alice, message: { channel, ts }, action_id: 'extend', retry: 2 })
    await toldAlone('alice', /^Extended/)
    const { provenAt = '', until: end = '' } = await requestOf(id)
    expect(Math.round((Date.parse(end) - Date.parse(provenAt)) / 60_000)).toBe(120)
    await press('alice', (await slack.state()).messages.find((one) => one.ts === ts)!, 'close')
    await toldAlone('alice', /^Closed/)
  })

  test('what failed the first time is done the second time', async () => {
    await slack.mood({ method: 'views.open', kind: '500', times: 1 })
    const { status, retries, sent } = await slack.command({
      url: endpoint,
      command: '/jump',
      user: USERS.carol,
      retry: 1,
    })
    expect([status, retries.map((one) => one.status)]).toEqual([500, [200]])
    expect(shown(await openView('carol')).callback_id).toBe('jump-request')
    // And not a third time.
    const views = (await slack.state()).views.length
    await fetch(endpoint, { method: 'POST', headers: { ...sent.headers, ...again }, body: sent.body })
    expect((await slack.state()).views.length).toBe(views)
  })
})

describe('no notice is lost', () => {
  const moods = [
    ['500', { kind: '500', times: 2 }],
    ['answers that come too late', { kind: 'slow', ms: 3_000, times: 1 }],
    ['connections that end', { kind: 'drop', times: 2 }],
    ['more failures than one run takes', { kind: '500', times: 5 }],
    ['a wait longer than one run takes', { kind: '429', retryAfter: 60, times: 1 }],
    ['an error of its own', { kind: 'error', error: 'internal_error', times: 1 }],
    ['an answer that is lost after the message was posted', { kind: '500', after: true, times: 1 }],
  ] as const
  test.each(moods)('chat.postMessage meets %s', async (_what, mood) => {
    await slack.mood({ method: 'chat.postMessage', ...mood })
    const group = await newDoor()
    await about(group, /^CONTAINED/)
  })

  test('429: it waits for as long as Slack says', async () => {
    await slack.mood({ method: 'chat.postMessage', kind: '429', retryAfter: 2, times: 1 })
    const group = await newDoor()
    await about(group)
    const calls = (await slack.state()).calls.filter((one) => one.method === 'chat.postMessage')
    const taken = calls.findIndex((one) => one.status === 200 && JSON.stringify(one.args).includes(group))
    const refused = calls.find((one) => one.status === 429 && JSON.stringify(one.args).includes(group))
    // The mood may have met another message that was on its way: then that one waited.
    const first = refused ?? calls.find((one) => one.status === 429)
    expect(first).toBeDefined()
    if (refused) expect(calls[taken]!.at - refused.at).toBeGreaterThanOrEqual(2)
  })

  test('chat.update fails: the message is brought up to date by the next try', async () => {
    const group = await newGroup()
    await open(group, [tcp(9100)])
    const message = await about(group, /^OPEN/)
    await slack.mood({ method: 'chat.update', kind: '500', times: 5 })
    await open(group, [tcp(9101)])
    const updated = await messageThat('both ports', (one) => one.ts === message.ts && textOf(one).includes('9101'), 30)
    expect(updated.versions.length).toBeGreaterThan(1)
  })

  test('news that is delivered several times at once, as SNS may, is one message', async () => {
    const [incident, word] = ['01J00000000000000000000000'.replace(/0{6}$/, String(Date.now()).slice(-6)), ed25519()]
    const facts = {
      text: `OPEN: ${word}`,
      incident,
      response: 'open-ingress',
      timings: { verified: new Date().toISOString() },
    }
    const records = [{ Sns: { Message: JSON.stringify(facts), MessageAttributes: {} } }]
    const runs = await Promise.all([1, 2, 3].map(() => invoke(`portcullis-${STAGE}-tell-slack`, { Records: records })))
    // Who comes while another is at it fails, and is tried again by Lambda.
    expect(runs.some(({ error }) => error === undefined)).toBe(true)
    const all = (await slack.state()).messages.filter(
      (one) => !one.thread_ts && textOf(one).includes(word.slice(0, 60)),
    )
    expect(all).toHaveLength(1)
  })

  test('a message that somebody deleted is posted anew', async () => {
    const group = await newGroup()
    await open(group, [tcp(9100)])
    const message = await about(group, /^OPEN/)
    await slack.mood({ method: 'chat.update', kind: 'error', error: 'message_not_found', times: 1 })
    await open(group, [tcp(9101)])
    const anew = await messageThat('a new one', (one) => one.ts !== message.ts && textOf(one).includes(group), 30)
    expect(textOf(anew)).toContain('9101')
  })
})

test('whoever asked is not in the workspace any more: the channel is told all the same', async () => {
  const { settings } = await slack.state()
  const { link, id } = await askInSlack('carol', { zone: 'lab', key: KEY })
  await slack.settings({ users: settings.users.filter((one) => one.name !== 'carol') })
  try {
    await visit(link, 'POST')
    await messageThat(
      'the box',
      (one) => one.channel === CHANNEL && /^READY/.test(one.text ?? '') && textOf(one).includes(id),
    )
    const kept = await until('what could not be told', deadLetters, (all) => all.length > letters, 30)
    expect(kept.at(-1)!.sentence).toMatch(/channel_not_found/)
  } finally {
    await slack.settings({ users: settings.users })
    letters = (await deadLetters()).length
  }
})
