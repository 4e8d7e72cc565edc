import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parameterName, parameterSecret } from '#shared/slack/secrets.ts'

/** Secrets in SSM parameters: when they are read, and what comes of it when they can't be. */

const MINUTE = 60_000
/** What SSM answers: a value, or the code of a refusal. */
let value: string | { readonly refused: string }
const asked: unknown[] = []
const server = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += String(part)
  asked.push({ target: request.headers['x-amz-target'], ...(JSON.parse(body) as object) })
  const [status, answer] =
    typeof value === 'string' ? [200, { Parameter: { Value: value } }] : [400, { __type: value.refused, message: 'no' }]
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer))
})

const before = { ...process.env }
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIALOCAL',
    AWS_SECRET_ACCESS_KEY: 'local',
  })
})
afterAll(() => {
  process.env = before
  server.close()
})
beforeEach(() => {
  asked.length = 0
  value = 'one'
})

/** A secret, and a clock for it. */
function secretAt(start = 0) {
  const time = { now: start }
  return { time, ...parameterSecret('/portcullis/prod/slack/bot-token', () => time.now) }
}

test('Each stage has its own.', () => {
  expect(parameterName('prod', 'signing-secret')).toBe('/portcullis/prod/slack/signing-secret')
  expect(parameterName('test', 'bot-token')).toBe('/portcullis/test/slack/bot-token')
})

describe('A secret', () => {
  test('is read once in five minutes, decrypted.', async () => {
    const secret = secretAt()
    expect(await secret.all()).toEqual(['one'])
    value = 'two'
    secret.time.now = 5 * MINUTE - 1
    expect(await secret.all()).toEqual(['one'])
    expect(asked).toEqual([
      { target: 'AmazonSSM.GetParameter', Name: '/portcullis/prod/slack/bot-token', WithDecryption: true },
    ])
    secret.time.now = 5 * MINUTE
    expect(await secret.all()).toEqual(['two'])
  })

  test.each([
    ['a line each', 'new\nold', ['new', 'old']],
    ['with lines of another system, and an empty one', 'new\r\n\r\nold\r\n', ['new', 'old']],
    ['with a space that was pasted too', ' new ', ['new']],
  ])('may be several, %s, the first one first.', async (_, text, all) => {
    value = text
    expect(await secretAt().all()).toEqual(all)
  })

  test('is read anew at once where one turns up that is none of those at hand, but not more than once in ten seconds.', async () => {
    const secret = secretAt()
    await secret.all()
    value = 'two\none'
    secret.time.now = 9_999
    expect(await secret.anew()).toEqual(['one'])
    secret.time.now = 10_000
    expect(await secret.anew()).toEqual(['two', 'one'])
    for (let i = 0; i < 50; i++) await secret.anew()
    expect(asked).toHaveLength(2)
    // What was read anew is good for five minutes from then on.
    secret.time.now = 10_000 + 5 * MINUTE - 1
    expect(await secret.all()).toEqual(['two', 'one'])
    expect(asked).toHaveLength(2)
  })

  test.each(['', ' \n '])(
    'that is empty (%j) is none: it is a fault that names the parameter and no value.',
    async (text) => {
      value = text
      await expect(secretAt().all()).rejects.toMatchObject({
        code: 'slack-failed',
        message: expect.stringContaining('/portcullis/prod/slack/bot-token'),
      })
    },
  )

  test.each(['ParameterNotFound', 'AccessDeniedException'])(
    'that can not be read (%s) is a fault with AWS’s word.',
    async (refused) => {
      value = { refused }
      await expect(secretAt().all()).rejects.toThrow(refused)
    },
  )

  test('that can not be read any more is good for an hour, and then no longer.', async () => {
    const secret = secretAt()
    await secret.all()
    value = { refused: 'AccessDeniedException' }
    secret.time.now = 60 * MINUTE - 1
    expect(await secret.all()).toEqual(['one'])
    expect(await secret.anew()).toEqual(['one'])
    secret.time.now = 60 * MINUTE
    await expect(secret.all()).rejects.toThrow('AccessDeniedException')
    value = 'three'
    expect(await secret.all()).toEqual(['three'])
  })

  test('that was emptied by mistake stays good for that time too.', async () => {
    const secret = secretAt()
    await secret.all()
    value = ''
    secret.time.now = 6 * MINUTE
    expect(await secret.all()).toEqual(['one'])
  })
})
