import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Fault } from '#shared/fault.ts'
import type { Page } from '#shared/jump/page.ts'
import { prove } from '#shared/jump/prove.ts'
import { boxPolicy, ZONES } from '../support/box-policy.ts'
import { HOUR } from '../support/box-stage.ts'
import { linkStage as asked, ME, OLDER, OTHER, SECRET } from '../support/link-stage.ts'

describe('What fails on our side', () => {
  test('is told so, may be tried again, and claims nothing.', async () => {
    const there = await asked()
    const recall = there.ports.ledger.recall
    const fault = async () => {
      throw new Fault('ledger-unreachable', 'Expected DynamoDB to answer; it did not.')
    }
    Object.assign(there.ports.ledger, { recall: fault })
    expect(await there.post()).toMatchObject({ statusCode: 503, body: expect.stringContaining('That did not work') })
    Object.assign(there.ports.ledger, { recall })
    expect((await there.post()).statusCode).toBe(200)
  })

  test('also where it is the refusal that can not be kept: it is a page, and never an opened door.', async () => {
    const there = await asked()
    const failing = async () => {
      throw new Fault('ledger-unreachable', 'Expected DynamoDB to answer; it did not.')
    }
    await there.post()
    Object.assign(there.ports.ledger, { refused: failing })
    expect((await there.post(OTHER)).statusCode).toBe(503)
    there.time.now += HOUR
    expect((await there.get()).statusCode).toBe(503)
    expect(there.now().address).toBe(`${ME}/32`)
  })

  test('a look that could not be begun is begun by pressing again.', async () => {
    const there = await asked()
    const { mutations } = there.ports
    const failing = { alreadySo: [], send: () => Promise.reject(new Error('throttled')) }
    Object.assign(there.ports, { mutations: { ...mutations, 'lambda:InvokeFunction': failing } })
    expect((await there.post()).statusCode).toBe(500)
    Object.assign(there.ports, { mutations })
    expect((await there.post()).statusCode).toBe(200)
    expect(there.begun).toHaveLength(1)
  })

  test.each([undefined, null, {}, { requestContext: 7 }, { pathParameters: { token: {} } }, [], 'GET'])(
    'an event of no form (%j) is a link that is none.',
    async (event) => {
      const there = await asked()
      const page = prove({ all: async () => [SECRET], anew: async () => [SECRET] })
      expect((await page(event, there.ports)).statusCode).toBe(404)
    },
  )
})

describe('The page', () => {
  const evil = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>&amp;'

  test('writes out what people wrote, and lets none of it be anything else.', async () => {
    const there = await asked({ reason: evil })
    const shown = structuredClone(there.now())
    // A policy lets nobody be called so; the page does not rely on it.
    there.requests.set(there.id, { ...shown, person: evil, zone: evil })
    for (const { body } of [await there.get(), await there.post(), await there.post(OTHER)]) {
      expect(body).not.toMatch(/<script|<img/)
      expect(
        body
          .match(/<(?!\/)(\w+)/g)!
          .every((tag) => /^<(html|head|meta|title|style|body|main|h1|dl|dt|dd|p|form|button)$/.test(tag)),
      ).toBe(true)
    }
    expect((await there.send('GET', there.token(), ME)).body).toContain('&lt;script')
  })

  test('runs nothing, loads nothing and is framed by nobody; its one style is the one that its policy names.', async () => {
    const there = await asked({ policy: boxPolicy({ zones: { lab: ZONES.lab! } }) })
    const pages = [await there.get(), await there.post(), await there.post(OTHER), await there.send('GET', 'x')]
    for (const { headers, body } of pages) {
      const style = /<style>([\s\S]*)<\/style>/.exec(body)![1]!
      const hash = createHash('sha256').update(style).digest('base64')
      expect(headers['content-security-policy']).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
      )
      expect(headers).toMatchObject({
        ...{ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
        ...{ 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'x-robots-tag': 'noindex' },
      })
      expect(body).not.toMatch(/https?:|\bsrc=|<script|\bstyle="|\bon\w+="/)
      expect(body).toMatch(/^<!doctype html><html lang="en">/)
    }
  })

  test('and the log hold no token and no secret, whatever comes.', async () => {
    const there = await asked()
    const tokens = [there.token(), there.token({}, 'guessed'), there.token({}, OLDER), 'x'.repeat(90)]
    const pages: Page[] = []
    for (const token of tokens)
      for (const method of ['GET', 'POST'])
        for (const from of [ME, OTHER]) pages.push(await there.send(method, token, from))
    const all = JSON.stringify([pages, there.logs, there.refusals, there.begun, there.metrics])
    for (const token of tokens) expect(all).not.toContain(token.slice(-20))
    for (const secret of [SECRET, OLDER]) expect(all).not.toContain(secret)
  })
})
