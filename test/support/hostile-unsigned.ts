import fc from 'fast-check'
import { type Hostile, now, type Prey, signatureOf, toSlack, word } from './hostile-parts.ts'

/** Not Slack's, or not any more. */
export function unsigned({ secret, team, done }: Prey): fc.Arbitrary<Hostile>[] {
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
