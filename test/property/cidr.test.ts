import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalCidr, parseCidr } from '#shared/kit/cidr.ts'
import { publicPart, publicSpace, publicUnion } from '#shared/kit/public-space.ts'
import { always } from '../support/property.ts'
import { slowCidr, slowPublic, slowSpace } from '../support/slow-exposure.ts'

const octet = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 256 }).map(String) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 300 }).map((n) => `0${n}`) },
  { weight: 1, arbitrary: fc.constantFrom('', '0x7f', '-1', '1e2', '00000000255') },
)
const ipv4 = fc.array(octet, { minLength: 3, maxLength: 5 }).map((parts) => parts.slice(0, 5).join('.'))
const ipv4Right = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'))
const group = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16)) },
  { weight: 1, arbitrary: fc.constantFrom('0', 'ffff', 'FFFF', '00ab', '12345', 'g') },
)
const ipv6 = fc
  .tuple(fc.array(group, { maxLength: 8 }), fc.constantFrom('::', ':', '::'), fc.array(group, { maxLength: 8 }))
  .map(([head, middle, tail]) => `${head.join(':')}${middle}${tail.join(':')}`)
const mapped = fc
  .tuple(fc.constantFrom('::ffff:', '::fffe:', '0:0:0:0:0:FFFF:', '::'), ipv4Right)
  .map((two) => two.join(''))
const length = fc.oneof(fc.integer({ min: 0, max: 33 }), fc.integer({ min: 94, max: 130 })).map(String)
const texts = fc
  .tuple(
    fc.oneof(ipv4, ipv4Right, ipv6, mapped),
    fc.oneof({ weight: 9, arbitrary: length }, fc.constantFrom('', '-1', '8x')),
  )
  .map((two) => two.join('/'))

const plain = (block: { family: 4 | 6; first: bigint; last: bigint } | null) =>
  block && { family: block.family, first: block.first, last: block.last }

test('A CIDR is read as a reader that goes bit by bit reads it.', () => {
  always(6_000, [texts], (text) =>
    expect({ text, block: plain(parseCidr(text)) }).toEqual({ text, block: slowCidr(text) }),
  )
})

test('Any other text is read without an error, and the same by both.', () => {
  always(
    1_000,
    [fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'0123456789abf:./%') }))],
    (text) => expect({ text, block: plain(parseCidr(text)) }).toEqual({ text, block: slowCidr(text) }),
  )
})

test('The normal text of a CIDR stands for the same block, and is its own normal text.', () => {
  always(2_000, [texts], (text) => {
    const normal = normalCidr(text)
    expect(slowCidr(normal)).toEqual(slowCidr(text))
    expect(normalCidr(normal)).toBe(normal)
  })
})

test('The public space has the size that the registries give it.', () => {
  expect(publicSpace).toEqual(slowSpace)
})

const blockOf = (family: 4 | 6) =>
  fc
    .oneof(
      fc.constantFrom(...(family === 4 ? EDGES_4 : EDGES_6)),
      fc.bigInt({ min: 0n, max: (1n << (family === 4 ? 32n : 128n)) - 1n }),
    )
    .chain((at) =>
      fc.integer({ min: 0, max: family === 4 ? 32 : 128 }).map((bits) => {
        const size = 1n << BigInt(bits)
        const first = at - (at % size)
        return { first, last: first + size - 1n }
      }),
    )
const at4 = (text: string) => slowCidr(`${text}/32`)!.first
const at6 = (text: string) => slowCidr(`${text}/128`)!.first
const EDGES_4 = [
  '10.0.0.0',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.32.0.0',
  '192.0.1.0',
  '198.17.0.0',
  '198.20.0.0',
]
  .concat([
    '223.255.255.255',
    '224.0.0.0',
    '240.0.0.0',
    '192.0.2.1',
    '198.51.100.7',
    '203.0.113.9',
    '127.1.0.0',
    '169.254.9.9',
  ])
  .concat(['0.0.0.0', '1.0.0.0', '192.168.1.1', '192.169.0.0', '192.0.0.1', '198.18.0.0'])
  .map(at4)
const EDGES_6 = [
  '2000::',
  '1fff::',
  '3fff::',
  '3fff:1000::',
  '4000::',
  '2001:db8::',
  '2001:db9::',
  '2001:2::',
  '2001:2:1::',
  'fc00::',
].map(at6)

test.each([4, 6] as const)('How much of an IPv%i block is public agrees with the reference.', (family) => {
  always(1_500, [blockOf(family)], (block) => expect(publicPart(family, block)).toBe(slowPublic(family, [block])))
})

test.each([4, 6] as const)('How much of a union of IPv%i blocks is public agrees with the reference.', (family) => {
  always(1_500, [fc.array(blockOf(family), { maxLength: 12 })], (blocks) => {
    const sorted = blocks.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
    expect(publicUnion(family, sorted)).toBe(slowPublic(family, blocks))
  })
})
