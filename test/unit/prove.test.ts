import { describe, expect, test } from 'vitest'
import { ACCOUNT, MINUTE } from '../support/box-stage.ts'
import { linkStage as asked, HERE, ME, OLDER, OTHER, SECRET } from '../support/link-stage.ts'

describe('Who only looks', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'post', ''])(
    '(%s) is shown who asks for what, and from where they come; nothing is claimed.',
    async (method) => {
      const there = await asked()
      const { statusCode, body } = await there.send(method)
      expect(statusCode).toBe(200)
      for (const text of ['alice', 'lab', 'look at the logs', '60 minutes', ME, 'method="post"'])
        expect(body).toContain(text)
      expect(there.now()).not.toHaveProperty('address')
      expect([there.begun, there.calls, there.refusals]).toEqual([[], [], []])
    },
  )

  test('may look from anywhere, as a preview does: the one who presses is let in.', async () => {
    const there = await asked()
    await there.send('GET', there.token(), OTHER)
    await there.post()
    expect(there.now().address).toBe(`${ME}/32`)
  })

  test('is told, once it is proven, that it is.', async () => {
    const there = await asked()
    await there.post()
    expect((await there.get()).body).toContain('Your address is proven')
  })
})

describe('Who presses the button', () => {
  test('is let in from there, and the box is opened by the look that this begins.', async () => {
    const there = await asked()
    const { statusCode, body } = await there.post()
    expect([statusCode, body]).toEqual([200, expect.stringContaining('The box is being opened')])
    expect(there.now()).toMatchObject({ address: `${ME}/32`, provenAt: '2026-06-01T12:00:00.250Z' })
    expect(there.begun).toMatchObject([{ portcullis: 'approved', subject: there.id }])
    await there.invoke(there.begun[0]!)
    expect(there.rulesOf(there.id)[0]).toBe(`in tcp 22-22 ${ME}/32`)
  })

  test('over IPv6 is let in from that one address.', async () => {
    const there = await asked()
    await there.post('2001:db8::7')
    expect(there.now().address).toBe('2001:db8::7/128')
  })

  test('again from there is told the same, and nothing changes.', async () => {
    const there = await asked()
    const first = await there.post()
    const { version, provenAt } = there.now()
    there.time.now += MINUTE
    expect(await there.post()).toEqual(first)
    expect(there.now()).toMatchObject({ version, provenAt })
    for (const look of there.begun) await there.invoke(look)
    expect(there.launches).toHaveLength(1)
  })

  test.each(['GET', 'POST'])('and is another than the first (%s), is refused, and that is kept.', async (method) => {
    const there = await asked()
    await there.post()
    const { statusCode, body } = await there.send(method, there.token(), OTHER)
    expect([statusCode, body]).toEqual([410, expect.stringContaining('used from another address')])
    // Where the first came from is not told to the second.
    expect(body).not.toContain(ME)
    expect(there.now().address).toBe(`${ME}/32`)
    expect(there.whys()).toEqual([`link used from ${OTHER}`])
  })

  test('with another at the very same time: one of them is let in, and the other is refused.', async () => {
    const there = await asked()
    there.time.still = true
    const pages = await Promise.all([ME, OTHER, ME, OTHER, '203.0.113.8'].map((from) => there.post(from)))
    const [first] = pages
      .map(({ statusCode }, i) => (statusCode === 200 ? [ME, OTHER, ME, OTHER, '203.0.113.8'][i] : undefined))
      .filter(Boolean)
    expect(there.now().address).toBe(`${first}/32`)
    expect(pages.every(({ statusCode }) => statusCode === 200 || statusCode === 410)).toBe(true)
    expect(there.now().version).toBe(2)
  })

  test('is told that somebody else has to approve it, where the zone wants that.', async () => {
    const there = await asked({ zone: 'vault', person: 'carol' })
    expect((await there.get()).body).toContain('ask for approval')
    expect((await there.post()).body).toContain('Somebody else has to approve it now')
  })

  test('says where they come from by no header: only the gateway does.', async () => {
    const there = await asked()
    const headers = {
      'x-forwarded-for': OTHER,
      forwarded: `for=${OTHER}`,
      'x-real-ip': OTHER,
      'cf-connecting-ip': OTHER,
    }
    const { body } = await there.send('POST', there.token(), ME, {
      headers,
      body: `address=${OTHER}`,
      queryStringParameters: { address: OTHER },
    })
    expect(there.now().address).toBe(`${ME}/32`)
    expect(body).not.toContain(OTHER)
  })

  test.each(['', '127.0.0.1', '169.254.169.254', '::1', 'fe80::1', '0.0.0.0/0', 'unknown'])(
    'from %j, which is nobody’s, is refused.',
    async (from) => {
      const there = await asked()
      expect((await there.post(from)).statusCode).toBe(400)
      expect(there.now()).not.toHaveProperty('address')
      expect(there.whys()).toEqual([`link no-address from ${from}`])
    },
  )
})

describe('A link that is no good', () => {
  const cases: [string, (there: Awaited<ReturnType<typeof asked>>) => string, number, string][] = [
    ['cut', (there) => there.token().slice(0, -3), 404, 'malformed'],
    ['empty', () => '', 404, 'malformed'],
    ['a path', () => '../../etc/passwd', 404, 'malformed'],
    ['forged', (there) => there.token({}, 'guessed'), 404, 'forged'],
    ['of another stage', (there) => there.token({}, SECRET, HERE.replace('prod', 'dev')), 404, 'forged'],
    ['of another account', (there) => there.token({}, SECRET, HERE.replace(ACCOUNT, '999999999999')), 404, 'forged'],
    ['signed, and of no request', (there) => there.token({ request: '01JQ0000000000000000000000' }), 404, 'unknown'],
  ]
  test.each(cases.flatMap((one) => ['GET', 'POST'].map((method) => [...one, method] as const)))(
    '(%s) is refused, counted, and claims nothing.',
    async (_what, given, status, why, method) => {
      const there = await asked()
      const { statusCode, body } = await there.send(method, given(there))
      expect([statusCode, body]).toEqual([status, expect.stringContaining('This is no link of ours')])
      expect(there.metrics).toEqual(['RequestsRefused'])
      expect(there.logs.map(({ level, about }) => [level, about])).toEqual([['warn', { why, from: ME }]])
      // Of whatever is sent to us, only what is known to be about one of ours is kept beside it.
      expect(there.refusals).toEqual([])
      expect([there.now().address, there.begun]).toEqual([undefined, []])
    },
  )

  test.each(['GET', 'POST'])('since it has expired (%s) is refused, and kept with its request.', async (method) => {
    const there = await asked()
    there.time.now += 10 * MINUTE
    expect(await there.send(method)).toMatchObject({ statusCode: 410, body: expect.stringContaining('expired') })
    expect(there.refusals).toMatchObject([{ response: 'jump-box', subject: there.id, from: ME, why: 'link expired' }])
    expect(there.metrics).toEqual(['RequestsRefused'])
  })

  test('though it says that it is good for longer than its request does.', async () => {
    const there = await asked()
    there.time.now += 11 * MINUTE
    const later = there.token({ ends: Math.floor(there.time.now / 1_000) + 600 })
    expect((await there.send('POST', later)).statusCode).toBe(410)
    expect(there.now()).not.toHaveProperty('address')
  })

  test.each(['GET', 'POST'])(
    'since its request was closed (%s): whoever comes is told that, proven or not.',
    async (method) => {
      for (const isProven of [false, true]) {
        const there = await asked()
        if (isProven) await there.post()
        await there.close(there.id)
        there.begun.length = 0
        const { statusCode, body } = await there.send(method)
        expect([statusCode, body]).toEqual([410, expect.stringContaining('alice closed it')])
        expect(there.begun).toEqual([])
      }
    },
  )

  test('while a secret takes another’s place is still good, and what is forged has the secret read anew once.', async () => {
    const there = await asked()
    there.rotate(SECRET, OLDER)
    expect((await there.send('GET', there.token({}, OLDER))).statusCode).toBe(200)
    expect(there.askedAnew()).toBe(0)
    there.rotate(SECRET)
    expect((await there.send('GET', there.token({}, OLDER))).statusCode).toBe(404)
    expect(there.askedAnew()).toBe(1)
  })
})
