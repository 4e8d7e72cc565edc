import { expect, test } from 'vitest'
import { matches } from '../support/event-pattern.ts'

/** The documentation's own statements, and what makes each of them false. */
test.each<[string, unknown, unknown, unknown]>([
  ['a value among several', { a: ['x', 'y'] }, { a: 'y' }, { a: 'z' }],
  ['a value of a list', { a: ['x'] }, { a: ['w', 'x'] }, { a: ['w'] }],
  ['all fields', { a: ['x'], b: ['y'] }, { a: 'x', b: 'y', c: 'z' }, { a: 'x' }],
  ['what lies deeper', { a: { b: ['x'] } }, { a: { b: 'x' } }, { a: 'x' }],
  [
    'one of a list of objects',
    { a: { b: ['x'], c: ['y'] } },
    { a: [{}, { b: 'x', c: 'y' }] },
    { a: [{ b: 'x' }, { c: 'y' }] },
  ],
  ['a number is no text', { a: [1] }, { a: 1 }, { a: '1' }],
  ['null', { a: [null] }, { a: null }, { a: '' }],
  ['the empty text', { a: [''] }, { a: '' }, { a: null }],
  ['absent', { a: [{ exists: false }] }, { b: 1 }, { a: null }],
  ['there', { a: [{ exists: true }] }, { a: null }, { b: 1 }],
  ['there is a leaf', { a: [{ exists: true }] }, { a: 'x' }, { a: { b: 1 } }],
  ['absent or of a value', { a: [{ exists: false }, 'x'] }, {}, { a: 'y' }],
  ['how it begins', { a: [{ prefix: 'i-' }] }, { a: 'i-1' }, { a: 'vol-i-1' }],
  ['how it ends', { a: [{ suffix: '.png' }] }, { a: 'x.png' }, { a: 'x.png.txt' }],
  ['a wildcard', { a: [{ wildcard: 'i-*:x' }] }, { a: 'i-1.2:x' }, { a: 'i-1:xy' }],
  ['a wildcard is no expression', { a: [{ wildcard: 'a.c*' }] }, { a: 'a.cd' }, { a: 'abcd' }],
  ['anything but', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'z' }, { a: 'x' }],
  ['anything but is there', { a: [{ 'anything-but': 'x' }] }, { a: 'y' }, {}],
  ['anything but what begins so', { a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'yx' }, { a: 'xy' }],
])('a pattern: %s', (_name, pattern, yes, no) => {
  expect([matches(pattern, yes), matches(pattern, no)]).toEqual([true, false])
})

test('what is not known is never taken for a match', () => {
  expect(() => matches({ a: [{ numeric: ['>', 1] }] }, { a: 2 })).toThrow('numeric')
  expect(() => matches({ $or: [{ a: ['x'] }] }, { a: 'x' })).toThrow('$or')
  expect(() => matches({ a: 'x' }, { a: 'x' })).toThrow('lists')
})
