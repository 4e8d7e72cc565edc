import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { linkToken } from '#shared/jump/link.ts'

/** Requests that nobody should send, each with the reason that has to be recorded of it. */

export interface Hostile {
  readonly what: string
  /** Which function has to say why it was refused, and what. */
  readonly by: 'answer-slack' | 'prove-address' | 'operators-api'
  readonly why: string
  readonly method: 'GET' | 'POST'
  /** Below the API's address. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | Buffer
}

/** What there is for them to abuse. */
export interface Prey {
  readonly secret: string
  readonly team: string
  /** The box of alice, which is open, and a link of hers that is good. */
  readonly box: string
  readonly link: string
  /** A request of Slack's that has done its work. */
  readonly done: { readonly headers: Readonly<Record<string, string>>; readonly body: string }
  /** The deployment, as links mean it. */
  readonly place: string
}

const FORM = 'application/x-www-form-urlencoded'
const now = () => Math.floor(Date.now() / 1_000)
const signatureOf = (body: string | Buffer, at: string | number, secret: string): string =>
  createHmac('sha256', secret).update(`v0:${at}:`).update(body).digest('hex')

const word = fc.string({ minLength: 1, maxLength: 40 })
const ulid = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/)
/** Names that mean something to JavaScript's objects. */
const evil = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then')

/** Every kind, in equal parts. */
export const hostile = (prey: Prey): fc.Arbitrary<Hostile> =>
  fc.oneof(...unsigned(prey), ...signed(prey), ...links(prey))

const toSlack = (
  what: string,
  why: string,
  headers: Hostile['headers'],
  body: string | Buffer,
  by: Hostile['by'] = 'answer-slack',
): Hostile => ({ what, why, by, method: 'POST', path: '/slack', headers: { 'content-type': FORM, ...headers }, body })

/** Not Slack's, or not any more. */
function unsigned({ secret, team, done }: Prey): fc.Arbitrary<Hostile>[] {
  const form = word.map((text) =>
    new URLSearchParams({ command: '/jump', team_id: team, user_id: 'U0123ALICE', text }).toString(),
  )
  const made = (
    what: string,
    why: string,
    change: (form: string, at: number, v0: string) => { headers: Hostile['headers']; body?: string | Buffer },
  ) =>
    form.map((text) => {
      const at = now()
      const { headers, body = text } = change(text, at, `v0=${signatureOf(text, at, secret)}`)
      return toSlack(what, why, headers, body)
    })
  const stamped = (at: string | number, signature: string) => ({
    'x-slack-request-timestamp': String(at),
    'x-slack-signature': signature,
  })
  const at = (what: string, why: string, arbitrary: fc.Arbitrary<string | number>) =>
    fc
      .tuple(form, arbitrary)
      .map(([body, time]) => toSlack(what, why, stamped(time, `v0=${signatureOf(body, time, secret)}`), body))
  return [
    made('without any header', 'unsigned', () => ({ headers: {} })),
    made('without a time', 'unsigned', (_, __, v0) => ({ headers: { 'x-slack-signature': v0 } })),
    made('without a signature', 'unsigned', (_, time) => ({ headers: { 'x-slack-request-timestamp': String(time) } })),
    fc
      .tuple(form, word)
      .map(([body, guess]) =>
        toSlack('signed with a guess', 'forged', stamped(now(), `v0=${signatureOf(body, now(), guess)}`), body),
      ),
    made('changed after it was signed', 'forged', (text, time, v0) => ({
      headers: stamped(time, v0),
      body: `${text}&x=1`,
    })),
    made('cut after it was signed', 'forged', (text, time, v0) => ({
      headers: stamped(time, v0),
      body: text.slice(0, -3),
    })),
    made('in base64, signed without', 'forged', (text, time, v0) => ({
      headers: stamped(time, v0),
      body: Buffer.from(text).toString('base64'),
    })),
    made('signed in base64, sent without', 'forged', (text, time) => ({
      headers: stamped(time, `v0=${signatureOf(Buffer.from(text).toString('base64'), time, secret)}`),
    })),
    made('in capitals', 'forged', (_, time, v0) => ({ headers: stamped(time, `v0=${v0.slice(3).toUpperCase()}`) })),
    made('with a longer signature', 'forged', (_, time, v0) => ({ headers: stamped(time, `${v0}00`) })),
    made('with two signatures', 'forged', (_, time, v0) => ({
      headers: { ...stamped(time, v0), 'x-slack-signature': [v0, v0] },
    })),
    made('with two times', 'malformed-timestamp', (_, time, v0) => ({
      headers: { ...stamped(time, v0), 'x-slack-request-timestamp': [String(time), String(time)] },
    })),
    made('of another version', 'unknown-version', (_, time, v0) => ({ headers: stamped(time, `v1=${v0.slice(3)}`) })),
    made('without a version', 'unknown-version', (_, time, v0) => ({ headers: stamped(time, v0.slice(3)) })),
    made('another time than was signed', 'forged', (_, time, v0) => ({ headers: stamped(time - 1, v0) })),
    at(
      'too old',
      'too-old',
      fc.integer({ min: 301, max: 1e9 }).map((age) => now() - age - 30),
    ),
    at(
      'from the future',
      'from-the-future',
      fc.integer({ min: 400, max: 1e9 }).map((age) => now() + age),
    ),
    at(
      'at no time',
      'malformed-timestamp',
      fc
        .constantFrom('NaN', '1e10', '-1', '+1', '0x5f', '1,7', '١٢٣', '1.5', 'now', '123456789012')
        .map((text) => Buffer.from(text).toString('latin1')),
    ),
    fc.constant(toSlack('sent again', 'seen-before', done.headers, done.body)),
    form.map((text) => {
      const body = `${text}&fill=${'x'.repeat(300_000)}`
      return toSlack('too large', 'too-large', stamped(now(), `v0=${signatureOf(body, now(), secret)}`), body)
    }),
  ]
}

/** Signed, as Slack itself would if somebody could make it; and yet nothing may come of it. */
function signed({ secret, team, box }: Prey): fc.Arbitrary<Hostile>[] {
  const send = (
    what: string,
    why: string,
    body: string | Buffer,
    by?: Hostile['by'],
    more: Hostile['headers'] = {},
  ) => {
    const at = now()
    const headers = {
      'x-slack-request-timestamp': String(at),
      'x-slack-signature': `v0=${signatureOf(body, at, secret)}`,
    }
    return toSlack(what, why, { ...headers, ...more }, body, by)
  }
  // What makes each body another one: else it would be taken for a copy.
  const salt = fc.uuid()
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
  const payload = (value: unknown) => form({ payload: typeof value === 'string' ? value : JSON.stringify(value) })
  const from = (user: string, more: object, of = team) => ({ team: { id: of }, user: { id: user }, ...more })
  const press = (user: string, value: string, trigger_id: string) =>
    payload(from(user, { type: 'block_actions', trigger_id, actions: [{ action_id: 'x', type: 'button', value }] }))
  const words = (user: string, metadata: object, nonce: string) =>
    payload(
      from(user, {
        type: 'view_submission',
        nonce,
        view: {
          callback_id: 'word',
          private_metadata: JSON.stringify(metadata),
          state: { values: { reason: { reason: { value: 'because I can' } } } },
        },
      }),
    )
  const request = (user: string, zone: string, nonce: string) =>
    payload(
      from(user, {
        type: 'view_submission',
        nonce,
        view: {
          callback_id: 'jump-request',
          state: {
            values: {
              zone: { zone: { selected_option: { value: zone } } },
              reason: { reason: { value: 'let me in' } },
              key: { key: { value: 'ssh-ed25519 AAAA' } },
            },
          },
        },
      }),
    )
  return [
    fc
      .tuple(salt, fc.stringMatching(/^T[A-Z0-9]{9}$/))
      .map(([text, other]) =>
        send(
          'of another workspace',
          'other-workspace',
          form({ command: '/jump', team_id: other, user_id: 'U0123ALICE', text }),
        ),
      ),
    fc
      .tuple(salt, fc.stringMatching(/^T[A-Z0-9]{9}$/))
      .map(([nonce, other]) =>
        send(
          'pressed in another workspace',
          'other-workspace',
          payload(from('U0123ALICE', { nonce, type: 'block_actions' }, other)),
        ),
      ),
    salt.map((text) =>
      send('of no workspace', 'other-workspace', form({ command: '/jump', user_id: 'U0123ALICE', text })),
    ),
    salt.map((text) => send('of nobody', 'nobody', form({ command: '/jump', team_id: team, text }))),
    fc
      .tuple(salt, fc.stringMatching(/^U[A-Z0-9]{9}$/))
      .map(([text, user]) =>
        send('of a stranger', 'unknown-person', form({ command: '/jump', team_id: team, user_id: user, text })),
      ),
    fc
      .tuple(salt, evil)
      .map(([text, user]) =>
        send('of no name', 'unknown-person', form({ command: '/jump', team_id: team, user_id: user, text })),
      ),
    salt.map((text) =>
      send(
        'as JSON',
        'no-form',
        JSON.stringify({ command: '/jump', team_id: team, user_id: 'U0123ALICE', text }),
        undefined,
        { 'content-type': 'application/json' },
      ),
    ),
    salt.map((text) =>
      send(
        'as plain text',
        'no-form',
        form({ command: '/jump', team_id: team, user_id: 'U0123ALICE', text }),
        undefined,
        { 'content-type': 'text/plain' },
      ),
    ),
    fc
      .tuple(salt, fc.constantFrom('{', '[', 'null', '1', '"x"', 'undefined', '{"a":}', '\u0000'))
      .map(([nonce, text]) =>
        send('with a payload that is none', 'malformed-payload', `${payload(text)}&nonce=${nonce}`),
      ),
    fc
      .tuple(salt, evil)
      .map(([nonce, name]) =>
        send(
          'with names that mean something',
          'other-workspace',
          payload(`{"${name}":{"team":{"id":"${team}"},"id":"${team}"},"nonce":"${nonce}"}`),
        ),
      ),
    fc
      .tuple(salt, evil)
      .map(([nonce, name]) =>
        send('of a kind that is none', 'unknown-kind', payload(from('U0123ALICE', { type: name, nonce }))),
      ),
    fc
      .tuple(salt, fc.json({ maxDepth: 3 }))
      .map(([nonce, value]) => send('a button of any value', 'unknown-button', press('U0123ALICE', value, nonce))),
    fc
      .tuple(salt, evil, ulid)
      .map(([nonce, name, id]) =>
        send(
          'a button with more than it may hold',
          'unknown-button',
          press('U0123ALICE', `{"what":"close","box":"${id}","${name}":{"may":["operate"]}}`, nonce),
        ),
      ),
    fc
      .tuple(salt, word)
      .map(([nonce, id]) =>
        send(
          'a button of no id',
          'unknown-button',
          press('U0123ALICE', JSON.stringify({ what: 'close', box: `${id}!` }), nonce),
        ),
      ),
    fc
      .tuple(salt, fc.integer({ min: 2_000, max: 20_000 }))
      .map(([nonce, deep]) =>
        send(
          'a button that is very deep',
          'unknown-button',
          press('U0123ALICE', '['.repeat(deep) + ']'.repeat(deep), nonce),
        ),
      ),
    fc
      .tuple(salt, evil)
      .map(([nonce, name]) =>
        send(
          'a form that is none',
          'unknown-form',
          payload(from('U0123ALICE', { nonce, type: 'view_submission', view: { callback_id: name } })),
        ),
      ),
    fc
      .tuple(salt, fc.constantFrom('vault', 'moon', '__proto__'))
      .map(([nonce, zone]) =>
        send('for a zone that is not theirs', 'zone-not-theirs', request('U0123BOB00', zone, nonce)),
      ),
    salt.map((nonce) =>
      send(
        'a press on another’s box',
        'box-refused',
        press('U0123CAROL', JSON.stringify({ what: 'close', box }), nonce),
        'operators-api',
      ),
    ),
    salt.map((nonce) =>
      send(
        'a longer time for another’s box',
        'box-refused',
        press('U0123BOB00', JSON.stringify({ what: 'extend', box }), nonce),
        'operators-api',
      ),
    ),
    fc
      .tuple(salt, ulid)
      .map(([nonce, id]) =>
        send(
          'a press on no box',
          'box-unknown',
          press('U0123ALICE', JSON.stringify({ what: 'close', box: id }), nonce),
          'operators-api',
        ),
      ),
    fc
      .tuple(salt, ulid)
      .map(([nonce, incident]) =>
        send(
          'an undo by who may not',
          'slack-refused',
          words('U0123BOB00', { what: 'undo', incident }, nonce),
          'operators-api',
        ),
      ),
    fc
      .tuple(salt, ulid)
      .map(([nonce, incident]) =>
        send(
          'an approval of nothing',
          'incident-unknown',
          words('U0123ALICE', { what: 'approve', incident, plan: '0'.repeat(32) }, nonce),
          'operators-api',
        ),
      ),
    fc
      .tuple(salt, evil)
      .map(([nonce, response]) =>
        send(
          'a switch that is none',
          'input-invalid',
          words('U0123ALICE', { what: 'disarm', response }, nonce),
          'operators-api',
        ),
      ),
  ]
}

/** Links that nobody was given. */
function links({ secret, box, link, place }: Prey): fc.Arbitrary<Hostile>[] {
  const [request = '', ends = '', mac = ''] = link.split('/').at(-1)!.split('.')
  const method = fc.constantFrom('GET', 'POST') as fc.Arbitrary<'GET' | 'POST'>
  const open = (what: string, why: string, token: fc.Arbitrary<string>) =>
    fc.tuple(method, token, word).map(
      ([how, one, body]): Hostile => ({
        ...{ what, why, by: 'prove-address', method: how, path: `/jump/${one}` },
        ...(how === 'POST' ? { headers: { 'content-type': FORM }, body } : { headers: {}, body: '' }),
      }),
    )
  const later = Number(ends) + 600
  const letters = fc.stringMatching(/^[\w-]{43}$/)
  return [
    open('any text', 'malformed', fc.stringMatching(/^[\w-]{1,60}$/)),
    open(
      'encoded text',
      'malformed',
      fc
        .string({ minLength: 1, maxLength: 40 })
        .map((text) => encodeURIComponent(`x${text}`).replace(/%2F|%5C|\.+/gi, '_')),
    ),
    open(
      'very long text',
      'malformed',
      fc.integer({ min: 1_000, max: 6_000 }).map((size) => 'A'.repeat(size)),
    ),
    open(
      'cut',
      'malformed',
      fc.integer({ min: 1, max: 42 }).map((less) => `${request}.${ends}.${mac.slice(0, -less)}`),
    ),
    open(
      'longer',
      'malformed',
      fc.stringMatching(/^[\w-]{1,9}$/).map((more) => `${request}.${ends}.${mac}${more}`),
    ),
    open(
      'any signature',
      'forged',
      letters.map((one) => `${request}.${ends}.${one}`),
    ),
    open(
      'for a later time',
      'forged',
      fc.integer({ min: 1, max: 1e6 }).map((more) => `${request}.${later + more}.${mac}`),
    ),
    open(
      'for another request',
      'forged',
      ulid.map((id) => `${id}.${ends}.${mac}`),
    ),
    open('for another’s box', 'forged', fc.constant(`${box}.${ends}.${mac}`)),
    open(
      'signed with a guess',
      'forged',
      word.map((guess) => linkToken({ request, ends: later }, guess, place)),
    ),
    open(
      'of another stage',
      'forged',
      fc.stringMatching(/^[a-z]{1,8}$/).map((stage) => linkToken({ request, ends: later }, secret, `${place}${stage}`)),
    ),
    open(
      'of no request',
      'unknown',
      ulid.map((id) => linkToken({ request: id, ends: later }, secret, place)),
    ),
    open(
      'that has ended',
      'expired',
      fc.integer({ min: 1, max: 1e6 }).map((ago) => linkToken({ request, ends: now() - ago }, secret, place)),
    ),
  ]
}
