import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pack, unpack } from '#shared/aws/pack.ts'
import { summaryOf } from '#shared/describe.ts'
import { digestOf } from '#shared/digests.ts'
import type { OpenIngress } from '#shared/finding.ts'
import { canonical, digest } from '#shared/kit/canonical.ts'
import { quote } from '#shared/kit/quote.ts'
import { noticeOf } from '#shared/notice.ts'
import { undoNotice } from '#shared/undo-notice.ts'
import { always } from '../support/property.ts'
import { storyOf, undoneOf } from '../support/stories.ts'

/** What an attacker would write: line ends of every kind, bidirectional marks, escapes, quotes, invisible characters. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\r\n',
        '\u2028',
        '\u2029',
        '\u0085',
        '\u000b',
        '\u001b[2J',
        '\u0000',
        '"',
        "'",
        '\\',
        '\u007f',
      ),
      fc.constantFrom(
        '\u202e',
        '\u2066',
        '\u200b',
        '\ufeff',
        '\u00ad',
        '\ud800',
        '\udfff',
        '\u{e0041}',
        '🚪',
        'é',
        '中',
      ),
      fc.constantFrom('CONTAINED: all is well', 'Account 999999999999', '  sgr-1: tcp/22', 'x'.repeat(300)),
      fc.string({ unit: 'binary', maxLength: 20 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
const SUBJECT = /^[\x20-\x7e]{1,100}$/

test('Quoted text has no control, format or bidirectional character, no bare quote, and a bounded length.', () => {
  always(2_000, [nasty, fc.integer({ min: 1, max: 200 })], (text, limit) => {
    const quoted = quote(text, limit)
    expect(quoted).not.toMatch(FORBIDDEN)
    expect(quoted).toMatch(/^"[^"]*"$/)
    expect([...quoted].length).toBeLessThanOrEqual(limit + 2)
  })
})

test('Plain text is quoted as it is, up to the limit; one character more is cut and shows it.', () => {
  always(500, [fc.string({ unit: fc.constantFrom(...'abc é中🚪-_./'), maxLength: 90 })], (text) => {
    const size = [...text].length
    expect(quote(text, Math.max(size, 1))).toBe(`"${text}"`)
    if (size > 1) expect(quote(text, size - 1)).toBe(`"${[...text].slice(0, size - 2).join('')}…"`)
  })
})

const lines = (text: string): number => text.split(/[\n\r\u2028\u2029\u0085\v\f]/).length

test("A notice's subject is 1 to 100 printable ASCII characters, whatever an attacker wrote.", () => {
  always(1_000, [nasty, nasty, nasty], (a, b, c) => {
    const notice = noticeOf(storyOf({ actor: a, address: b, description: c }))
    expect(notice.subject).toMatch(SUBJECT)
    expect(noticeOf(storyOf({ summary: a })).subject).toMatch(SUBJECT)
    expect(digestOf([notice], { account: '111122223333', region: 'eu-central-1' }).subject).toMatch(SUBJECT)
    expect(undoNotice(undoneOf({ subject: a }).head, undoneOf({}).undone, { reason: b }, []).subject).toMatch(SUBJECT)
  })
})

test('Attacker-written text adds no line to a notice, and shows only in quotes.', () => {
  const plain = noticeOf(storyOf({ actor: 'x', address: 'x', description: 'x' })).text
  always(1_000, [nasty, nasty, nasty], (a, b, c) => {
    const { text, facts } = noticeOf(storyOf({ actor: a, address: b || 'x', description: c || 'x' }))
    expect(lines(text)).toBe(lines(plain))
    expect(text.replaceAll('\n', '')).not.toMatch(FORBIDDEN)
    const bare = (all: string) => all.replaceAll(/"[^"]*"/g, '""')
    expect(bare(text)).toBe(bare(plain))
    expect(JSON.stringify(facts.actor)).not.toMatch(FORBIDDEN)
  })
})

test('The notice of an undo takes the reason and the name of who asked only in quotes.', () => {
  const told = (by: string, reason: string, seen: string) => {
    const { head, undone } = undoneOf({ by })
    return undoNotice(head, undone, { reason }, [`tcp/22 from 0.0.0.0/0: now present ${quote(seen)}`]).text
  }
  const plain = told('x', 'x', 'x')
  always(500, [nasty, nasty, nasty], (by, reason, seen) => {
    const text = told(by, reason, seen)
    expect(lines(text)).toBe(lines(plain))
    expect(text.replaceAll('\n', '')).not.toMatch(FORBIDDEN)
  })
})

test('A summary names at most three ranges, however many there are.', () => {
  const { cured: decided } = storyOf({})
  const many = Array.from({ length: 50 }, (_, i) => ({
    protocol: 'tcp',
    from: 1 + 3 * i,
    to: 1 + 3 * i,
    ipv4: 1,
    ipv6: 0,
  }))
  const one = { ...decided[0]!, finding: { ...(decided[0]!.finding as OpenIngress), open: many } }
  expect(summaryOf('sg-1', [one])).toBe('tcp/1, tcp/4, tcp/7 and 47 more of sg-1 open to the world')
})

const keys = fc.string({ maxLength: 6 })
const json = fc.jsonValue({ maxDepth: 4 })

test('What is packed comes back as it was, also where it is large enough to be compressed.', () => {
  always(300, [fc.dictionary(keys, json), fc.nat(60_000)], (value, more) => {
    const whole = JSON.parse(JSON.stringify({ ...value, more: 'ab'.repeat(more) })) as object
    const packed = pack(whole)
    expect(packed.cut).toBeUndefined()
    expect(typeof packed.body).toBe(JSON.stringify(whole).length > 32_000 ? 'object' : 'string')
    expect(unpack(packed)).toEqual(whole)
  })
})

test('Equal values have equal canonical texts and digests, whatever the order of their keys; others have not.', () => {
  always(1_000, [fc.dictionary(keys, json), json], (value, other) => {
    const turned = Object.fromEntries(Object.entries(value).reverse())
    expect(canonical(turned)).toBe(canonical(value))
    expect(digest(turned)).toBe(digest(value))
    expect(digest({ ...value, 'another key': other })).not.toBe(digest(value))
    expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
  })
})
