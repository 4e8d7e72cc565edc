import { describe, expect, test } from 'vitest'
import type { Hostility, SlackAnswer } from '#local/slack.ts'
import { slack, slackUrl } from '../support/cloud.ts'
import { app, type Heard, isSigned, lastForm, type Reply, useSlackApp } from '../support/slack-app.ts'

/** Slash commands of the fake Slack: what reaches an app, signed or not, and what its answers do, now and later. */

const CHANNEL = 'C0123SECOP'
const plain = (text: string) => ({ type: 'plain_text', text })
const VIEW = { type: 'modal', title: plain('A box'), blocks: [{ type: 'section', text: plain('Hello') }] }

useSlackApp(slack)

const typed = () => slack.command({ url: app.url })
const respond = async (to: string | null, body: unknown) => {
  const response = await fetch(to!, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
  return [response.status, await response.text()]
}

test('a command comes as Slack sends it', async () => {
  const text = 'open prod ✓ & <@U1>'
  const answer = await slack.command({
    url: `${app.url}/commands?a=b`,
    command: '/jump',
    text,
    user: 'U0123BOB00',
    channel: 'D0123BOB00',
  })
  expect(answer).toMatchObject({ status: 200, body: '', late: false, ms: expect.any(Number) })
  expect(lastForm()).toEqual({
    token: 'local-verification-token',
    team_id: 'T0123PORTC',
    team_domain: 'portcullis-local',
    channel_id: 'D0123BOB00',
    channel_name: 'directmessage',
    user_id: 'U0123BOB00',
    user_name: 'bob',
    command: '/jump',
    text,
    api_app_id: 'A0123PORTC',
    is_enterprise_install: 'false',
    response_url: answer.response_url,
    trigger_id: answer.trigger_id,
  })
  const { path, headers } = app.heard[0]!
  expect(path).toBe('/slack/commands?a=b')
  expect(headers).toMatchObject({
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': expect.stringMatching(/^Slackbot 1\.0/),
    'x-slack-request-timestamp': expect.stringMatching(/^\d+$/),
  })
  expect(headers).not.toHaveProperty('x-slack-retry-num')
})

describe('signatures and hostility', () => {
  const now = Math.floor(Date.now() / 1_000)
  test.each<[string, Hostility, boolean, Partial<Record<keyof Heard, unknown>>]>([
    ['as it should be', {}, true, {}],
    [
      'of another time',
      { at: now - 301 },
      true,
      { headers: expect.objectContaining({ 'x-slack-request-timestamp': `${now - 301}` }) },
    ],
    ['of no time', { at: '1e9' }, true, { headers: expect.objectContaining({ 'x-slack-request-timestamp': '1e9' }) }],
    ['by another', { secret: 'guessed' }, false, {}],
    ['changed', { tamper: true }, false, { body: expect.stringMatching(/&tampered=1$/) }],
    ['replaced', { tamper: 'a=b' }, false, { body: 'a=b' }],
    ['anything at all', { body: 'text=%zz' }, true, { body: 'text=%zz' }],
    [
      'without a signature',
      { headers: { 'x-slack-signature': null } },
      false,
      { headers: expect.not.objectContaining({ 'x-slack-signature': expect.anything() }) },
    ],
    [
      'of another type',
      { headers: { 'Content-Type': 'text/plain' } },
      true,
      { headers: expect.objectContaining({ 'content-type': 'text/plain' }) },
    ],
  ])('%s', async (_, hostile, isRight, heard) => {
    await slack.secret('a secret of this test')
    const { sent } = await slack.command({ url: app.url, text: 'a', ...hostile })
    expect(app.heard).toMatchObject([{ body: sent.body, ...heard }])
    expect(isSigned(app.heard[0]!, 'a secret of this test')).toBe(isRight)
  })

  test('a retry says so, and has the same body', async () => {
    app.reply({ status: 500, text: 'broken' })
    const answer = await slack.command({ url: app.url, retry: 2 })
    expect(answer).toMatchObject({ status: 500, body: 'broken', retries: [{ status: 500 }, { status: 500 }] })
    expect(app.heard.map(({ headers }) => headers['x-slack-retry-num'])).toEqual([undefined, '1', '2'])
    expect(app.heard[2]!.headers['x-slack-retry-reason']).toBe('http_timeout')
    expect(new Set(app.heard.map(({ body }) => body)).size).toBe(1)
    expect(app.heard.every((one) => isSigned(one, 'local-signing-secret'))).toBe(true)
  })

  test('any body can be signed', async () => {
    const headers = await slack.sign({ body: 'a=ü', at: 5, secret: 's' })
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    expect(isSigned({ path: '', headers: lower, body: 'a=ü' }, 's')).toBe(true)
    expect(headers['X-Slack-Request-Timestamp']).toBe('5')
  })
})

describe('the answer to a command', () => {
  test.each<[string, Reply, 'messages' | 'ephemerals' | null, number]>([
    ['nothing', {}, null, 0],
    ['a text', { text: 'ok *you*' }, 'ephemerals', 0],
    ['a message', { json: { text: 'hi' } }, 'ephemerals', 0],
    ['one for all', { json: { text: 'hi', response_type: 'in_channel' } }, 'messages', 0],
    ['an error', { status: 500, text: 'no' }, null, 0],
    ['wrong blocks', { json: { blocks: [{ type: 'hider' }] } }, null, 1],
    ['an unknown field', { json: { text: 'hi', respons_type: 'in_channel' } }, 'ephemerals', 1],
  ])('%s', async (_, reply, shown, violations) => {
    app.reply(reply)
    await typed()
    const state = await slack.state()
    expect([state.messages.length, state.ephemerals.length]).toEqual([
      Number(shown === 'messages'),
      Number(shown === 'ephemerals'),
    ])
    expect(state.violations).toHaveLength(violations)
    if (shown)
      expect(state[shown]).toMatchObject([
        { via: 'command', channel: CHANNEL, text: reply.text ?? (reply.json as { text: string }).text },
      ])
  })

  test('that comes after three seconds does nothing', async () => {
    app.reply({ text: 'too late', waitMs: 3_100 })
    expect(await typed()).toMatchObject({ status: 200, late: true })
    expect((await slack.state()).ephemerals).toEqual([])
  })
})

describe('a trigger', () => {
  test.each<[string, (given: SlackAnswer) => Promise<unknown> | unknown, string]>([
    ['is used once', ({ trigger_id }) => slack.api('views.open', { trigger_id, view: VIEW }), 'exchanged_trigger_id'],
    ['expires after three seconds', () => slack.wait(3.1), 'expired_trigger_id'],
    ['goes with a reset', () => slack.reset(), 'invalid_trigger_id'],
  ])('%s', async (_, before, error) => {
    const given = await typed()
    await before(given)
    expect(await slack.api('views.open', { trigger_id: given.trigger_id, view: VIEW })).toMatchObject({
      ok: false,
      error,
    })
  })
})

describe('a response URL', () => {
  test('answers five times', async () => {
    const { response_url } = await typed()
    for (const text of ['1', '2', '3', '4', '5']) expect(await respond(response_url, { text })).toEqual([200, 'ok'])
    expect(await respond(response_url, { text: '6' })).toEqual([404, '{"ok": false, "error": "used_url"}'])
    const { ephemerals, responses } = await slack.state()
    expect(ephemerals.map(({ text, user }) => [text, user])).toEqual(
      ['1', '2', '3', '4', '5'].map((text) => [text, 'U0123ALICE']),
    )
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 404])
  })

  test('answers for half an hour', async () => {
    const { response_url } = await typed()
    await slack.wait(30 * 60 - 5)
    expect(await respond(response_url, { text: 'a' })).toEqual([200, 'ok'])
    await slack.wait(10)
    expect(await respond(response_url, { text: 'b' })).toEqual([404, '{"ok": false, "error": "expired_url"}'])
    expect(await respond(`${slackUrl}/response/guessed`, { text: 'c' })).toEqual([
      404,
      expect.stringContaining('expired_url'),
    ])
  })

  test.each<[string, unknown, number, object]>([
    ['shows it to all', { text: 'b', response_type: 'in_channel' }, 200, { messages: [{ text: 'a' }, { text: 'b' }] }],
    [
      'replaces',
      { text: 'b', replace_original: true },
      200,
      { messages: [{ text: 'b', versions: [{ text: 'a' }, {}] }] },
    ],
    ['takes away', { delete_original: true }, 200, { messages: [{ text: 'a', deleted: true }] }],
    [
      'is checked',
      { blocks: [{ type: 'hider' }] },
      400,
      { violations: [{ where: 'response_url' }], messages: [{ text: 'a' }] },
    ],
    ['is JSON', 'text=a', 400, { violations: [{ where: 'response_url' }], messages: [{ text: 'a' }] }],
  ])('%s', async (_, body, status, expected) => {
    const row = { type: 'actions', elements: [{ type: 'button', action_id: 'go', text: plain('Go') }] }
    const { ts } = await slack.api('chat.postMessage', { channel: CHANNEL, text: 'a', blocks: [row] })
    const { response_url } = await slack.press({
      url: app.url,
      message: { channel: CHANNEL, ts: ts as string },
      action_id: 'go',
    })
    expect((await respond(response_url, body))[0]).toBe(status)
    expect(await slack.state()).toMatchObject(expected)
  })

  test('is in a bad mood too', async () => {
    const { response_url } = await typed()
    await slack.mood({ method: 'response_url', kind: '429', retryAfter: 3, times: 1 })
    const response = await fetch(response_url!, { method: 'POST', body: '{"text":"a"}' })
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3'])
    expect(await respond(response_url, { text: 'a' })).toEqual([200, 'ok'])
  })
})
