import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { receive } from '#shared/slack/receive.ts'
import type { Secret } from '#shared/slack/secrets.ts'
import { type Distrust, distrust } from '#shared/slack/signature.ts'
import { policyWith } from '../support/policies.ts'
import { type SignatureCase, slackSays } from '../support/slack-checks.ts'
import { stage } from '../support/stage.ts'

/** Who is believed to be Slack: the same as Slack's own SDK believes, and nobody else. */

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5'
const NOW = 1_531_420_618
const BODY =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
const sign = (body: string | Buffer, timestamp: string | number, secret = SECRET, version = 'v0') =>
  `v0=${createHmac('sha256', secret).update(`${version}:${timestamp}:`).update(body).digest('hex')}`

interface Case {
  readonly body?: string | Buffer
  readonly timestamp?: string
  readonly signature?: string
  readonly secret?: string
  readonly now?: number
}
const at = (age: number): Case => ({ timestamp: String(NOW - age), signature: sign(BODY, NOW - age) })
/** Each with why it is distrusted; null where it is not. */
const CASES: Readonly<Record<string, readonly [Case, Distrust | null]>> = {
  // https://docs.slack.dev/authentication/verifying-requests-from-slack has these very numbers.
  "the example of Slack's documentation": [
    { timestamp: '1531420618', signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503' },
    null,
  ],
  'one of this moment': [at(0), null],
  'one of five minutes ago': [at(300), null],
  'one of a second longer ago': [at(301), 'too-old'],
  'one of a day ago': [at(86_400), 'too-old'],
  'one that is five minutes ahead': [at(-300), null],
  'one that is a second further ahead': [at(-301), 'from-the-future'],
  'an empty body': [{ body: '', signature: sign('', NOW) }, null],
  'a body in many scripts': [{ body: 'text=é ☃ 漢 🚪', signature: sign('text=é ☃ 漢 🚪', NOW) }, null],
  'a body with a letter more': [{ body: `${BODY}x`, signature: sign(BODY, NOW) }, 'forged'],
  'a body with another end of its line': [{ body: `${BODY}\r\n`, signature: sign(`${BODY}\n`, NOW) }, 'forged'],
  'the time of another request': [{ signature: sign(BODY, NOW - 1) }, 'forged'],
  'another secret': [{ signature: sign(BODY, NOW, 'another') }, 'forged'],
  'no secret at all': [
    { signature: `v0=${createHmac('sha256', ' ').update(`v0:${NOW}:${BODY}`).digest('hex')}` },
    'forged',
  ],
  'a signature cut short': [{ signature: sign(BODY, NOW).slice(0, -1) }, 'forged'],
  'a signature with more behind it': [{ signature: `${sign(BODY, NOW)}0` }, 'forged'],
  'a signature in capitals': [{ signature: `v0=${sign(BODY, NOW).slice(3).toUpperCase()}` }, 'forged'],
  'a signature that is none': [{ signature: 'v0=' }, 'forged'],
  'a signature of another version': [{ signature: sign(BODY, NOW).replace('v0', 'v1') }, 'unknown-version'],
  'no signature': [{ signature: '' }, 'unsigned'],
}

const whole = ({
  body = BODY,
  timestamp = String(NOW),
  signature = sign(BODY, NOW),
  secret = SECRET,
  now = NOW,
}: Case) => ({
  body: typeof body === 'string' ? Buffer.from(body) : body,
  timestamp,
  signature,
  secret,
  now,
})
const judge = (one: Case) => {
  const { body, timestamp, signature, secret, now } = whole(one)
  const headers = { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature }
  return distrust(headers, body, [secret], now * 1_000)
}

test.each(Object.entries(CASES))('%s', (_, [one, why]) => {
  expect(judge(one)).toBe(why)
})

test("Slack's own SDK says the same of each.", async () => {
  const signatures = Object.values(CASES).map(([one]): SignatureCase => {
    const { body, ...more } = whole(one)
    return { ...more, body: body.toString('hex') }
  })
  const { signatures: says } = await slackSays({ signatures })
  expect(Object.fromEntries(Object.keys(CASES).map((name, i) => [name, says[i]]))).toEqual(
    Object.fromEntries(Object.entries(CASES).map(([name, [, why]]) => [name, why === null])),
  )
})

test.each(['', ' 1531420618', '1531420618.5', '1e9', '-1', '0x5b47', '١٥٣١٤٢٠٦١٨', '999999999999', '1531420618\n'])(
  'A time that is %j is none.',
  (timestamp) => {
    const why = judge({ timestamp, signature: sign(BODY, timestamp) })
    expect(why).toBe(timestamp === '' ? 'unsigned' : 'malformed-timestamp')
  },
)

test('A body that is no text is signed by its bytes; a signature of other letters than ours is none.', () => {
  const body = Buffer.from([0xff, 0xfe, 0x00, 0x80])
  expect(judge({ body, signature: sign(body, NOW) })).toBe(null)
  expect(judge({ body: Buffer.from('\ufffd\ufffd\0\ufffd'), signature: sign(body, NOW) })).toBe('forged')
  expect(judge({ signature: `v0=${'é'.repeat(32)}` })).toBe('forged')
})

test('Of several secrets each is good, and only these.', () => {
  const headers = { 'x-slack-request-timestamp': String(NOW), 'x-slack-signature': sign(BODY, NOW, 'old') }
  const with_ = (...secrets: string[]) => distrust(headers, Buffer.from(BODY), secrets, NOW * 1_000)
  expect([with_('new', 'old'), with_('old'), with_('new'), with_()]).toEqual([null, null, 'forged', 'forged'])
})

describe('A request', () => {
  const FORM = 'application/x-www-form-urlencoded'
  const command = 'team_id=T0123PORTC&user_id=U0123ALICE&command=%2Fjump&text=lab+a%20reason'
  const press = (payload: unknown) =>
    `payload=${encodeURIComponent(typeof payload === 'string' ? payload : JSON.stringify(payload))}`
  const pressed = { type: 'block_actions', team: { id: 'T0123PORTC' }, user: { id: 'U0123ALICE' } }
  const slack = 'slack: { workspace: T0123PORTC, channel: C0123SECOP }\n'

  function received(
    body: string,
    {
      headers = {},
      base64 = true,
      secrets = [SECRET],
      anew = secrets,
      policy = slack,
      signedWith = SECRET,
    }: {
      headers?: object
      base64?: boolean
      secrets?: string[]
      anew?: string[]
      policy?: string
      signedWith?: string
    } = {},
  ) {
    const world = stage(policyWith(policy), {})
    const seconds = Math.floor(world.time.now / 1_000)
    const reads: string[] = []
    const secret: Secret = {
      all: async () => {
        reads.push('all')
        return secrets
      },
      anew: async () => {
        reads.push('anew')
        return anew
      },
    }
    const event = {
      headers: {
        'X-Slack-Request-Timestamp': String(seconds),
        'X-Slack-Signature': sign(body, seconds, signedWith),
        'Content-Type': FORM,
        ...headers,
      },
      body: base64 ? Buffer.from(body).toString('base64') : body,
      isBase64Encoded: base64,
    }
    return { result: receive(event, secret, world.ports), reads }
  }
  const refusal = async (...given: Parameters<typeof received>) => {
    const result = await received(...given).result
    return 'refused' in result ? `${result.refused} ${result.status}` : null
  }

  test.each([true, false])('is read whole and as it came, in base64 (%s) or as text', async (base64) => {
    const result = await received(command, { base64 }).result
    expect(result).toMatchObject({ user: 'U0123ALICE', payload: null, isCheck: false })
    if ('refused' in result) throw new Error(result.refused)
    expect([result.form.get('command'), result.form.get('text')]).toEqual(['/jump', 'lab a reason'])
    expect(result.body.toString()).toBe(command)
  })

  test('of a button says who pressed in its payload, whatever stands beside it', async () => {
    const result = await received(`${press(pressed)}&team_id=T0OTHER&user_id=U0123BOB00`).result
    expect(result).toMatchObject({ user: 'U0123ALICE', payload: pressed })
  })

  test.each<[string, Parameters<typeof received>, string]>([
    ['without a signature', [command, { headers: { 'X-Slack-Signature': '' } }], 'unsigned 401'],
    ['with a forged one', [command, { signedWith: 'guessed' }], 'forged 401'],
    ['of another workspace', [command.replace('T0123PORTC', 'T0OTHER')], 'other-workspace 403'],
    ['of no workspace', [command.replace('team_id=T0123PORTC&', '')], 'other-workspace 403'],
    ['of another workspace, by its payload', [press({ ...pressed, team: { id: 'T0OTHER' } })], 'other-workspace 403'],
    ['of a payload without one', [`team_id=T0123PORTC&${press({ ...pressed, team: null })}`], 'other-workspace 403'],
    ['where the policy knows no Slack', [command, { policy: '' }], 'other-workspace 403'],
    ['of nobody', [command.replace('user_id=U0123ALICE&', '')], 'nobody 400'],
    [
      'that is JSON',
      ['{"type":"url_verification"}', { headers: { 'Content-Type': 'application/json' } }],
      'no-form 400',
    ],
    ['of a type that only begins like a form', [command, { headers: { 'Content-Type': `${FORM}ed` } }], 'no-form 400'],
    ['of no type', [command, { headers: { 'Content-Type': undefined } }], 'no-form 400'],
    ['with a payload that is no JSON', [press('{')], 'malformed-payload 400'],
    ['with a payload that is a number', [press('7')], 'malformed-payload 400'],
    ['with a payload that is null', [press('null')], 'malformed-payload 400'],
    ['that is larger than Slack sends', [`${command}&x=${'x'.repeat(262_144)}`], 'too-large 413'],
  ])('%s comes to nothing', async (_, given, why) => {
    expect(await refusal(...given)).toBe(why)
  })

  test('says why it is no good by its signature before anything of it is read', async () => {
    expect(await refusal('{', { signedWith: 'guessed', headers: { 'Content-Type': 'text/plain' } })).toBe('forged 401')
  })

  test('that a newer secret signed has the secrets read anew, and only such a one', async () => {
    const newer = received(command, { secrets: ['old'], anew: [SECRET, 'old'] })
    expect(await newer.result).toMatchObject({ user: 'U0123ALICE' })
    expect(newer.reads).toEqual(['all', 'anew'])
    const unsigned = received(command, { headers: { 'X-Slack-Signature': '' } })
    await unsigned.result
    expect(unsigned.reads).toEqual(['all'])
  })

  test('by which Slack looks whether we are there is answered without a workspace', async () => {
    expect(await received('ssl_check=1&token=x').result).toMatchObject({ isCheck: true, user: '' })
  })
})
