import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Secret } from '#shared/slack/secrets.ts'
import { isResponseUrl, respondLate, webApi } from '#shared/slack/web-api.ts'
import { workspaceOf } from '#shared/slack/workspace.ts'

/** Calls to Slack, against a server that answers as it is told. */

interface Got {
  readonly path: string
  readonly type: string | undefined
  readonly token: string | undefined
  readonly body: string
}
type Answer =
  | object
  | { readonly status: number; readonly headers?: Record<string, string>; readonly text?: string }
  | 'drop'
/** What is answered, one after the other; the last one for good. */
let answers: Answer[]
const got: Got[] = []

const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
  let body = ''
  for await (const part of request) body += String(part)
  const { authorization, 'content-type': type } = request.headers
  got.push({ path: request.url ?? '', type, token: authorization?.replace('Bearer ', ''), body })
  const answer = answers.length > 1 ? answers.shift()! : answers[0]!
  if (answer === 'drop') return void request.socket.destroy()
  const { status, headers = {}, text } = 'status' in answer ? answer : { status: 200, text: JSON.stringify(answer) }
  response.writeHead(status, headers).end(text ?? '')
})
let port: number
const before = process.env.SLACK_API_URL
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  process.env.SLACK_API_URL = `http://127.0.0.1:${port}/api/`
})
afterAll(() => {
  if (before === undefined) delete process.env.SLACK_API_URL
  else process.env.SLACK_API_URL = before
  server.close()
})
beforeEach(() => {
  got.length = 0
  answers = [{ ok: true }]
})

const secret = (all: readonly string[], anew = all): Secret => ({ all: async () => all, anew: async () => anew })
const web = webApi(secret(['xoxb-1']), 2)
const bad = (error: string) => ({ ok: false, error })
const tokens = () => got.map(({ token }) => token)

describe('A method', () => {
  test('that changes something is sent as JSON, with the token in its header', async () => {
    answers = [{ ok: true, ts: '1.2' }]
    expect(await web.call('chat.postMessage', { channel: 'C1', text: 'a & b' })).toEqual({ ok: true, ts: '1.2' })
    expect(got).toEqual([
      {
        path: '/api/chat.postMessage',
        type: 'application/json; charset=utf-8',
        token: 'xoxb-1',
        body: '{"channel":"C1","text":"a & b"}',
      },
    ])
  })

  test.each(['usergroups.users.list', 'users.info', 'auth.test'])(
    'that only reads is sent as a form: %s',
    async (method) => {
      await web.call(method, { usergroup: 'S1 & S2' })
      expect(got[0]).toMatchObject({
        type: expect.stringContaining('application/x-www-form-urlencoded'),
        body: 'usergroup=S1+%26+S2',
      })
    },
  )

  test("that Slack does not take is a fault with Slack's words, and is not tried again", async () => {
    answers = [
      { ...bad('invalid_blocks'), response_metadata: { messages: ['[ERROR] one', '[ERROR] two', 'three', 'four'] } },
    ]
    const call = web.call('chat.postMessage', {})
    await expect(call).rejects.toMatchObject({ code: 'slack-failed' })
    await expect(call).rejects.toThrow(
      'Expected Slack to take chat.postMessage; it answered invalid_blocks; [ERROR] one; [ERROR] two; three',
    )
    await expect(call).rejects.not.toThrow('four')
    expect(got).toHaveLength(1)
  })

  test.each<[string, Answer, string]>([
    ['nothing that can be read', { status: 200, text: 'upstream' }, 'Expected Slack to answer chat.postMessage'],
    ['no object', { status: 200, text: '7' }, 'no word of why'],
    ['a page', { status: 404, text: '<html>' }, 'it answered 404'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 'it answered 302'],
  ])('that is answered with %s is a fault, and never says the token', async (_, answer, says) => {
    answers = [answer]
    const error = await webApi(secret(['xoxb-secret']), 1)
      .call('chat.postMessage', {})
      .catch((one: Error) => one)
    expect(String(error)).toContain(says)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error)).not.toContain('xoxb-secret')
  })
})

describe('What may pass is tried again:', () => {
  test.each<[string, Answer]>([
    ['a throttle, after as long as Slack says', { status: 429, headers: { 'retry-after': '0' } }],
    ['an error of Slack’s own', { status: 500 }],
    ['a gateway that has nobody behind it', { status: 503, text: 'no' }],
    ['a connection that is dropped', 'drop'],
  ])('%s', async (_, first) => {
    answers = [first, { ok: true, n: 2 }]
    expect(await web.call('chat.postMessage', { text: 'x' })).toEqual({ ok: true, n: 2 })
    expect(got.map(({ body }) => body)).toEqual(['{"text":"x"}', '{"text":"x"}'])
  })

  test.each<[string, Answer, string]>([
    ['a throttle', { status: 429, headers: { 'retry-after': '0' } }, 'it wants to be asked again in 0 s'],
    ['an error', { status: 500 }, 'it answered 500'],
    ['a drop', 'drop', 'Expected Slack to answer chat.postMessage'],
  ])('%s that stays is a fault, after as many tries as there is time for', async (_, answer, says) => {
    answers = [answer]
    await expect(web.call('chat.postMessage', {})).rejects.toThrow(says)
    expect(got).toHaveLength(2)
    got.length = 0
    await expect(webApi(secret(['xoxb-1']), 1).call('chat.postMessage', {})).rejects.toThrow(says)
    expect(got).toHaveLength(1)
  })

  test('a throttle that waits for what Slack says', async () => {
    answers = [{ status: 429, headers: { 'retry-after': '1' } }, { ok: true }]
    const started = Date.now()
    await web.call('chat.postMessage', {})
    expect(Date.now() - started).toBeGreaterThanOrEqual(990)
  })

  test.each(['21', '3600', 'soon'])('a throttle of %s s is left to the retry of the event', async (after) => {
    answers = [{ status: 429, headers: { 'retry-after': after } }]
    await expect(web.call('chat.postMessage', {})).rejects.toMatchObject({ code: 'slack-failed' })
    expect(got).toHaveLength(1)
  })
})

describe('Of several tokens', () => {
  test.each(['invalid_auth', 'token_revoked', 'token_expired', 'account_inactive', 'not_authed'])(
    'the next one is tried where Slack says %s of one',
    async (word) => {
      answers = [bad(word), { ok: true }]
      await webApi(secret(['new', 'old']), 1).call('chat.postMessage', {})
      expect(tokens()).toEqual(['new', 'old'])
    },
  )

  test('only the first is used where Slack says something else', async () => {
    answers = [bad('channel_not_found')]
    await expect(webApi(secret(['new', 'old']), 1).call('chat.postMessage', {})).rejects.toThrow('channel_not_found')
    expect(tokens()).toEqual(['new'])
  })

  test('they are read anew where none is good, and only then', async () => {
    answers = [bad('token_revoked'), { ok: true }]
    await webApi(secret(['old'], ['newer']), 1).call('chat.postMessage', {})
    expect(tokens()).toEqual(['old', 'newer'])
  })

  test('it is a fault where none is good after that either', async () => {
    answers = [bad('invalid_auth')]
    await expect(webApi(secret(['old'], ['newer']), 1).call('chat.postMessage', {})).rejects.toThrow('invalid_auth')
    expect(tokens()).toEqual(['old', 'newer'])
  })
})

describe('A late answer goes to Slack alone', () => {
  test.each([
    ['https://hooks.slack.com/actions/T0/1/abc', true],
    ['https://hooks.slack.com:443/actions/T0/1/abc', true],
    ['HTTPS://HOOKS.SLACK.COM/actions', true],
    ['https://hooks.slack.com.evil.example/actions', false],
    ['https://evil.example/hooks.slack.com', false],
    ['https://evil.example/?https://hooks.slack.com/', false],
    ['https://hooks.slack.com@evil.example/actions', false],
    ['https://hooks.slack.com:pw@evil.example/actions', false],
    ['https://user:pw@hooks.slack.com/actions', false],
    ['https://hooks.slack.com:444/actions', false],
    ['https://hooks.slack.com./actions', false],
    ['https://xhooks.slack.com/actions', false],
    ['https://hooks-slack.com/actions', false],
    ['https://evil.example\\@hooks.slack.com/actions', false],
    ['https://evil.example#@hooks.slack.com/', false],
    ['https://hooks.slack.com%2eevil.example/', false],
    ['https://hooks.slack.com\u3002evil.example/', false],
    ['http://hooks.slack.com/actions', false],
    ['ftp://hooks.slack.com/actions', false],
    ['//hooks.slack.com/actions', false],
    ['file:///etc/passwd', false],
    ['http://169.254.169.254/latest/meta-data', false],
    ['http://127.0.0.1:1/commands', false],
    ['', false],
  ])('%s: %s', async (url, is) => {
    expect(isResponseUrl(url)).toBe(is)
    if (!is) await expect(respondLate(url, { text: 'x' })).rejects.toThrow('one of Slack’s own addresses')
    expect(got).toEqual([])
  })

  const url = () => `http://127.0.0.1:${port}/commands/1`
  test('as JSON, without a token', async () => {
    answers = [{ status: 200, text: 'ok' }]
    await workspaceOf(web).respond(url(), 'Done: <it>')
    expect(got).toEqual([
      {
        path: '/commands/1',
        type: 'application/json',
        token: undefined,
        body: JSON.stringify({ text: 'Done: <it>', response_type: 'ephemeral', replace_original: false }),
      },
    ])
  })

  test.each<[string, Answer]>([
    ['dropped', 'drop'],
    ['throttled', { status: 429 }],
    ['an error', { status: 500 }],
  ])('and again where that was %s', async (_, first) => {
    answers = [first, { status: 200 }]
    await respondLate(url(), { text: 'x' })
    expect(got).toHaveLength(2)
  })

  test.each([404, 410, 403])('and not again where it is used up: %i', async (status) => {
    answers = [{ status }]
    await expect(respondLate(url(), { text: 'x' })).rejects.toThrow(String(status))
    expect(got).toHaveLength(1)
  })

  test('and goes nowhere else from there', async () => {
    answers = [{ status: 307, headers: { location: `http://localhost:${port}/elsewhere` } }]
    await expect(respondLate(url(), { text: 'x' })).rejects.toMatchObject({ code: 'slack-failed' })
    expect(got.map(({ path }) => path)).not.toContain('/elsewhere')
  })
})

test('Who is in a user group, as ids.', async () => {
  answers = [{ ok: true, users: ['U1', 'U2'] }]
  expect(await workspaceOf(web).members('S0123ONCAL')).toEqual(['U1', 'U2'])
  expect(got[0]).toMatchObject({ path: '/api/usergroups.users.list', body: 'usergroup=S0123ONCAL' })
})
