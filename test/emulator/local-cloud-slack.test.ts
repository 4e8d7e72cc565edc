import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CreateFunctionCommand, DeleteFunctionCommand } from '@aws-sdk/client-lambda'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Mood, slackOf } from '#local/slack.ts'
import { account, invoke, lambda, slack, slackUrl } from '../support/cloud.ts'

/** What the fake Slack's Web API does, and how it goes wrong on purpose. */

const CHANNEL = 'C0123SECOP'
const TOKEN = 'xoxb-local-bot'
const VIEW = {
  type: 'modal',
  title: { type: 'plain_text', text: 'A box' },
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*Hello*' } }],
}
const refused = (error: string) => ({ ok: false, error })
const post = async (text: string, more: object = {}) =>
  (await slack.api('chat.postMessage', { channel: CHANNEL, text, ...more })).ts as string

beforeEach(() => slack.reset())

async function send(method: string, contentType: string | null, body: string, authorization = `Bearer ${TOKEN}`) {
  const headers = { ...(contentType ? { 'content-type': contentType } : {}), authorization }
  const response = await fetch(`${slackUrl}/api/${method}`, { method: 'POST', headers, body })
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> }
}

test('a function in the cloud finds it', async () => {
  const zipped = `import sys, zipfile
zipfile.ZipFile(sys.stdout.buffer, 'w').writestr('index.js', 'exports.handler = async () => process.env.SLACK_API_URL')`
  const { stdout } = await promisify(execFile)('.venv/bin/python', ['-c', zipped], { encoding: 'buffer' })
  const made = { FunctionName: 'slack-url', Runtime: 'nodejs24.x' as const, Handler: 'index.handler' }
  const Role = `arn:aws:iam::${account}:role/any`
  await lambda.send(new CreateFunctionCommand({ ...made, Role, Code: { ZipFile: stdout } }))
  expect(await invoke('slack-url', {})).toEqual({ error: undefined, answer: `${slackUrl}/api/` })
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'slack-url' }))
})

describe('who may call', () => {
  test.each([
    ['no token', null, 'not_authed'],
    ['a token that never was', 'xoxb-guessed', 'invalid_auth'],
    ['one that is revoked', 'xoxb-old', 'token_revoked'],
    ['a valid one', 'xoxb-new', undefined],
    ['another valid one', TOKEN, undefined],
  ])('%s', async (_, token, error) => {
    await slack.tokens({ bot: TOKEN, next: 'xoxb-new' }, ['xoxb-old'])
    const answer = await slack.api('auth.test', {}, token)
    expect(answer).toMatchObject(error ? refused(error) : { ok: true, team_id: 'T0123PORTC', user_id: 'U0123PORTC' })
    const name = token === TOKEN ? 'bot' : token === 'xoxb-new' ? 'next' : null
    expect((await slack.state()).calls).toMatchObject([{ method: 'auth.test', token: name, answer }])
    expect(JSON.stringify((await slack.state()).calls)).not.toContain('xoxb')
  })
})

describe('how arguments come', () => {
  const blocks = JSON.stringify(VIEW.blocks)
  const form = 'application/x-www-form-urlencoded'
  const json = 'application/json; charset=utf-8'
  const message = new URLSearchParams({ channel: CHANNEL, text: 'a & b', blocks }).toString()
  test.each([
    ['JSON', 'chat.postMessage', json, JSON.stringify({ channel: CHANNEL, text: 'a & b', blocks: VIEW.blocks }), true],
    ['JSON with JSON in it', 'chat.postMessage', json, JSON.stringify({ channel: CHANNEL, blocks }), true],
    ['a form', 'chat.postMessage', form, message, true],
    ['a form with the token in it', 'users.info', form, `user=U0123ALICE&token=${TOKEN}`, true],
    ['JSON that is none', 'chat.postMessage', json, '{', 'invalid_json'],
    ['JSON that is no object', 'chat.postMessage', json, '[]', 'json_not_object'],
    ['blocks that are no JSON', 'chat.postMessage', form, `channel=${CHANNEL}&blocks=x`, 'invalid_blocks_format'],
    ['JSON where only forms are read', 'users.info', json, '{"user":"U0123ALICE"}', 'user_not_found'],
    ['the same', 'usergroups.users.list', json, '{"usergroup":"S0123ONCAL"}', 'invalid_arguments'],
    ['a method that is not there', 'chat.shout', json, '{}', 'unknown_method'],
  ])('%s', async (_, method, kind, body, expected) => {
    const inBody = body.includes('token=') ? '' : undefined
    const { status, answer } = await send(method, kind, body, inBody)
    expect([status, expected === true ? answer.ok : answer.error]).toEqual([200, expected])
  })

  test('JSON without a charset is warned about, and a misspelt argument is ignored and remembered', async () => {
    const { answer } = await send(
      'chat.postMessage',
      'application/json',
      `{"channel":"${CHANNEL}","text":"a","blcks":1}`,
    )
    expect(answer).toMatchObject({ ok: true, warning: 'missing_charset' })
    const violation = { where: 'chat.postMessage', messages: ['unknown argument: blcks'] }
    expect((await slack.state()).violations).toMatchObject([violation])
  })
})

describe('what it knows', () => {
  test.each([
    ['users.info', 'user=U0123BOB00', { ok: true, user: { id: 'U0123BOB00', name: 'bob', deleted: false } }],
    ['users.info', 'user=U0', refused('user_not_found')],
    ['usergroups.users.list', 'usergroup=S0123ONCAL', { ok: true, users: ['U0123ALICE', 'U0123BOB00'] }],
    ['usergroups.users.list', 'usergroup=S0', refused('no_such_subteam')],
    ['conversations.open', 'users=U0123ALICE', { ok: true, channel: { id: 'D0123ALICE' } }],
    ['conversations.open', 'users=U0', refused('user_not_found')],
    ['conversations.open', '', refused('users_list_not_supplied')],
  ])('%s %s', async (method, body, expected) => {
    expect((await send(method, 'application/x-www-form-urlencoded', body)).answer).toMatchObject(expected)
  })
})

describe('messages', () => {
  test('are posted, changed and answered in a thread; each version stays', async () => {
    const ts = await post('one', { metadata: { event_type: 'incident', event_payload: { id: 'i-1' } } })
    const reply = await post('a reply', { thread_ts: ts, reply_broadcast: true })
    const blocks = [{ type: 'divider', block_id: 'line' }]
    const changed = await slack.api('chat.update', { channel: CHANNEL, ts, text: 'two', blocks })
    expect(changed).toMatchObject({ ok: true, channel: CHANNEL, ts, text: 'two', message: { blocks, text: 'two' } })
    await slack.api('chat.update', { channel: CHANNEL, ts, text: 'three' })
    await slack.api('chat.postEphemeral', { channel: CHANNEL, user: 'U0123BOB00', text: 'for you' })
    const { messages, ephemerals, violations } = await slack.state()
    expect(messages).toMatchObject([
      { ts, text: 'three', blocks, replies: [reply], versions: [{ text: 'one' }, { text: 'two' }, { text: 'three' }] },
      { ts: reply, thread_ts: ts, reply_broadcast: true },
    ])
    expect(messages[0]!.metadata).toEqual({ event_type: 'incident', event_payload: { id: 'i-1' } })
    expect(ephemerals).toMatchObject([{ user: 'U0123BOB00', text: 'for you' }])
    expect(violations).toEqual([])
  })

  test.each([
    ['chat.postMessage', { channel: 'C0', text: 'a' }, 'channel_not_found'],
    ['chat.postMessage', { channel: 'C0123OPS00', text: 'a' }, 'not_in_channel'],
    ['chat.postMessage', { channel: CHANNEL }, 'no_text'],
    ['chat.postMessage', { channel: CHANNEL, text: 'a'.repeat(40_001) }, 'msg_too_long'],
    ['chat.postMessage', { channel: CHANNEL, text: 'a', thread_ts: '1.2' }, 'thread_not_found'],
    ['chat.postMessage', { channel: CHANNEL, text: 'a', metadata: { event_type: 'a' } }, 'invalid_metadata_format'],
    ['chat.update', { channel: CHANNEL, ts: '1.2', text: 'a' }, 'message_not_found'],
    ['chat.update', { channel: '#security', ts: '1.2', text: 'a' }, 'channel_not_found'],
    ['chat.postEphemeral', { channel: CHANNEL, user: 'U0', text: 'a' }, 'user_not_in_channel'],
  ])('%s %j', async (method, args, error) => {
    await slack.settings({
      channels: [
        { id: CHANNEL, name: 'security' },
        { id: 'C0123OPS00', name: 'ops', is_member: false },
      ],
    })
    expect(await slack.api(method, args)).toMatchObject(refused(error))
  })

  test('also go to a channel by its name, and to a person', async () => {
    expect(await slack.api('chat.postMessage', { channel: '#security', text: 'a' })).toMatchObject({ channel: CHANNEL })
    const direct = await slack.api('chat.postMessage', { channel: 'U0123ALICE', text: 'a' })
    expect(direct).toMatchObject({ ok: true, channel: 'D0123ALICE' })
  })
})

describe('bad moods', () => {
  test.each<[Mood, { status: number; body: object; retryAfter?: string; carriedOut?: boolean }]>([
    [
      { kind: '429', retryAfter: 7 },
      { status: 429, body: refused('ratelimited'), retryAfter: '7' },
    ],
    [{ kind: '500' }, { status: 500, body: refused('internal_error') }],
    [
      { kind: '500', after: true },
      { status: 500, body: refused('internal_error'), carriedOut: true },
    ],
    [
      { kind: 'error', error: 'missing_scope' },
      { status: 200, body: refused('missing_scope') },
    ],
    [
      { kind: 'slow', ms: 300 },
      { status: 200, body: { ok: true }, carriedOut: true },
    ],
  ])('%j', async (mood, expected) => {
    await slack.mood({ ...mood, method: 'chat.postMessage', times: 1 })
    expect(await slack.api('auth.test')).toMatchObject({ ok: true })
    const begun = performance.now()
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json; charset=utf-8' }
    const body = JSON.stringify({ channel: CHANNEL, text: 'a' })
    const response = await fetch(`${slackUrl}/api/chat.postMessage`, { method: 'POST', headers, body })
    expect(response.status).toBe(expected.status)
    expect(response.headers.get('retry-after')).toBe(expected.retryAfter ?? null)
    expect(await response.json()).toMatchObject(expected.body)
    expect(performance.now() - begun > 290).toBe(mood.kind === 'slow')
    expect((await slack.state()).messages).toHaveLength(expected.carriedOut ? 1 : 0)
    expect(await slack.api('chat.postMessage', { channel: CHANNEL, text: 'b' })).toMatchObject({ ok: true })
  })

  test.each([false, true])('a dropped connection; carried out: %s', async (after) => {
    await slack.mood({ kind: 'drop', after, times: 1 })
    await expect(slack.api('chat.postMessage', { channel: CHANNEL, text: 'a' })).rejects.toThrow('fetch failed')
    const { messages, calls } = await slack.state()
    expect([messages.length, calls.length, calls[0]!.status]).toEqual([after ? 1 : 0, 1, 0])
  })

  test('a wish that is not understood is refused in a sentence', async () => {
    await expect(slack.mood({ kind: 'sulk' as '429' })).rejects.toThrow(/^Expected a mood of kind 429, .*; got .*sulk/)
    await expect(slack.settings({ people: [] } as object)).rejects.toThrow(/^Expected settings among .*; got people/)
    await expect(slackOf(`${slackUrl}/_slack`).reset()).rejects.toThrow(/Expected one of GET health/)
  })
})
