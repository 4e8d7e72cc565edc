import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linkToken, placeOf, readLink } from '#shared/jump/link.ts'
import { always } from '../support/property.ts'

const PLACE = '123456789012/eu-central-1/prod'
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5'
const link = { request: '01JQ0000000000000000000000', ends: 1_780_315_800 }
const NOW = 1_000 * (link.ends - 600)
const token = linkToken(link, SECRET, PLACE)
const read = (given: string, { secrets = [SECRET], place = PLACE, now = NOW } = {}) =>
  readLink(given, secrets, place, now)

test('A link says which request it is for and until when, and fits into a path as it is.', () => {
  expect(read(token)).toEqual({ link })
  expect(encodeURIComponent(token)).toBe(token)
  expect(token).not.toContain(SECRET)
})

describe('Until when', () => {
  test.each([
    [1_000 * link.ends - 1, { link }],
    [1_000 * link.ends, { why: 'expired', request: link.request }],
    [1_000 * link.ends + 86_400_000, { why: 'expired', request: link.request }],
  ])('at %i.', (now, says) => expect(read(token, { now })).toEqual(says))

  test('is signed: nobody makes it later.', () => {
    const later = token.replace(String(link.ends), String(link.ends + 1))
    expect(read(later)).toEqual({ why: 'forged' })
    // And what is forged is not said to be expired: that would be believing what it says.
    expect(read(later, { now: 1_000 * link.ends * 2 })).toEqual({ why: 'forged' })
  })
})

describe('A link is no good', () => {
  test.each([
    ['of another stage', '123456789012/eu-central-1/dev'],
    ['of another region', '123456789012/eu-west-1/prod'],
    ['of another account', '123456789013/eu-central-1/prod'],
  ])('%s.', (_what, place) => expect(read(linkToken(link, SECRET, place))).toEqual({ why: 'forged' }))

  test('signed with the secret itself, or with nothing.', () => {
    const text = `${link.request}.${link.ends}`
    for (const key of [SECRET, '', PLACE])
      expect(read(`${text}.${createHmac('sha256', key).update(text).digest('base64url')}`)).toEqual({ why: 'forged' })
    expect(read(linkToken(link, '', PLACE))).toEqual({ why: 'forged' })
  })

  test('put together of two that are.', () => {
    const other = linkToken({ ...link, request: '01JQ0000000000000000000001' }, SECRET, PLACE)
    expect(read(`${link.request}.${link.ends}.${other.split('.')[2]}`)).toEqual({ why: 'forged' })
  })

  const malformed = [
    '',
    '.',
    '..',
    link.request,
    token.slice(0, -1),
    token.slice(1),
    `${token}x`,
    `${token}=`,
    `${token}\n`,
    ` ${token}`,
    `${token}.${token}`,
    token.toLowerCase(),
    token.replaceAll('.', '%2E'),
    token.replace('.', '..'),
    token.replace(String(link.ends), `0${link.ends}`),
    token.replace(String(link.ends), `-${link.ends}`.slice(0, 10)),
    token.replace(String(link.ends), '1e99999999'),
    token.replace(link.request, '__proto__'),
    token.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
    '\0'.repeat(82),
    'A'.repeat(1_000_000),
  ]
  test.each(malformed.map((one) => [JSON.stringify(one.slice(0, 90)), one]))('%s.', (_shown, given) => {
    const answer = read(given)
    expect('why' in answer && ['malformed', 'forged'].includes(answer.why)).toBe(true)
    expect(answer).not.toHaveProperty('request')
  })
})

test('While one secret takes another’s place, both are good; then only the new one.', () => {
  const [old, is] = [SECRET, 'the-next-one']
  const both = { secrets: [is, old] }
  expect(read(linkToken(link, old, PLACE), both)).toEqual({ link })
  expect(read(linkToken(link, is, PLACE), both)).toEqual({ link })
  expect(read(linkToken(link, old, PLACE), { secrets: [is] })).toEqual({ why: 'forged' })
  expect(read(token, { secrets: [] })).toEqual({ why: 'forged' })
})

test('Every change of a single character is refused.', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ %'
  for (let i = 0; i < token.length; i++)
    for (const letter of letters) {
      if (letter === token[i]) continue
      expect(read(token.slice(0, i) + letter + token.slice(i + 1))).toHaveProperty('why')
      expect(read(token.slice(0, i) + letter + token.slice(i))).toHaveProperty('why')
    }
  for (let i = 0; i < token.length; i++) expect(read(token.slice(0, i) + token.slice(i + 1))).toHaveProperty('why')
})

test('Whatever is sent is answered, and nothing but ours is taken.', () => {
  const form = fc.stringMatching(/^[0-9A-Z]{26}\.\d{10}\.[\w-]{43}$/)
  always(150, [fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), form)], (given) =>
    expect(read(given)).toHaveProperty('why'),
  )
})

test('A deployment is its account, region and stage.', () => {
  expect(placeOf({ account: '123456789012', region: 'eu-central-1', stage: 'prod' })).toBe(PLACE)
})
