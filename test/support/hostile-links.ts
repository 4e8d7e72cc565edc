import fc from 'fast-check'
import { linkToken } from '#shared/jump/link.ts'
import { FORM, type Hostile, now, type Prey, ulid, word } from './hostile-parts.ts'

/** Links that nobody was given. */
export function links({ secret, box, link, place }: Prey): fc.Arbitrary<Hostile>[] {
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
