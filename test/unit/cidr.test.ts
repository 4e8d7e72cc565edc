import { describe, expect, test } from 'vitest'
import { normalCidr, parseCidr, sizeOf } from '#shared/kit/cidr.ts'
import { publicPart, publicUnion } from '#shared/kit/public-space.ts'

describe('A CIDR', () => {
  test.each([
    ['10.0.0.0/8', 4, 0x0a000000n, 0x0affffffn, '10.0.0.0/8'],
    ['208.236.235.254/0', 4, 0n, 0xffffffffn, '0.0.0.0/0'],
    ['93.184.215.14/31', 4, 0x5db8d70en, 0x5db8d70fn, '93.184.215.14/31'],
    ['93.184.215.15/31', 4, 0x5db8d70en, 0x5db8d70fn, '93.184.215.14/31'],
    ['255.255.255.255/32', 4, 0xffffffffn, 0xffffffffn, '255.255.255.255/32'],
    ['010.000.000.000/8', 4, 0x0a000000n, 0x0affffffn, '10.0.0.0/8'],
    ['0000000255.0.0.0/8', 4, 0xff000000n, 0xffffffffn, '255.0.0.0/8'],
    ['::/0', 6, 0n, (1n << 128n) - 1n, '::/0'],
    ['2001:DB8::1/32', 6, 0x20010db8n << 96n, (0x20010db9n << 96n) - 1n, '2001:db8::/32'],
    ['::ffff:0:0/96', 4, 0n, 0xffffffffn, '::ffff:0:0/96'],
    ['::ffff:10.0.0.0/104', 4, 0x0a000000n, 0x0affffffn, '::ffff:a00:0/104'],
    ['::ffff:0:0/95', 6, 0xfffen << 32n, (0x10000n << 32n) - 1n, '::fffe:0:0/95'],
    ['::1.2.3.4/128', 6, 0x01020304n, 0x01020304n, '::102:304/128'],
  ] as const)('%s is read with its host bits cleared.', (text, family, first, last, normal) => {
    expect(parseCidr(text)).toEqual({ family, first, last, text: normal })
    expect(normalCidr(text)).toBe(normal)
  })

  test.each([
    ...[
      '',
      '/',
      '0.0.0.0',
      '0.0.0.0/',
      '0.0.0.0/33',
      '256.0.0.0/8',
      '1.2.3/8',
      '1.2.3.4.5/8',
      '0x7f.0.0.1/8',
      '-1.0.0.0/8',
    ],
    ...['::/129', '::', ':::/0', '2001:db8/32', '12345::/16', 'fe80::1%eth0/64', '::ffff:256.0.0.0/104', '::1.2.3/128'],
    ...[' 0.0.0.0/0', '0.0.0.0/0 ', '0.0.0.0/-0', '0.0.0.0/0x0', '0.0.0.0/0/0', 'pl-0123', 'anywhere'],
  ])('%j is none, and its text comes back as it is.', (text) => {
    expect(parseCidr(text)).toBeNull()
    expect(normalCidr(text)).toBe(text)
  })

  test('A prefix length stands for a number of addresses.', () => {
    expect([sizeOf(4, 0), sizeOf(4, 6), sizeOf(4, 32)]).toEqual([1n << 32n, 1n << 26n, 1n])
    expect([sizeOf(6, 16), sizeOf(6, 128)]).toEqual([1n << 112n, 1n])
  })
})

const block = (text: string) => parseCidr(text)!
const part = (text: string) => publicPart(block(text).family, block(text))

describe('The public part', () => {
  test.each([
    ['1.0.0.0/8', 1n << 24n],
    ['10.0.0.0/7', 1n << 24n],
    ['192.0.0.0/16', 65_536n - 512n],
    ['100.0.0.0/8', (1n << 24n) - (1n << 22n)],
    ['224.0.0.0/3', 0n],
    ['192.0.1.255/32', 1n],
    ['192.0.2.0/32', 0n],
    ['203.0.113.255/32', 0n],
    ['203.0.114.0/32', 1n],
    ['2000::/3', (1n << 125n) - (1n << 80n) - (1n << 96n) - (1n << 108n)],
    ['2600::/16', 1n << 112n],
    ['2001:db8::/31', 1n << 96n],
    ['fc00::/7', 0n],
    ['ff00::/8', 0n],
    ['4000::/128', 0n],
    ['::/3', 0n],
  ])('Of %s is %i addresses.', (text, size) => expect(part(text)).toBe(size))

  test.each([
    [[], 0n],
    [['32.0.0.0/8'], 1n << 24n],
    [['32.0.0.0/8', '33.0.0.0/8'], 1n << 25n],
    [['32.0.0.0/7', '33.0.0.0/8', '33.0.0.0/16'], 1n << 25n],
    [['32.0.0.0/7', '32.0.0.0/16', '33.128.0.0/9', '34.0.0.0/8'], 3n << 24n],
    [['9.0.0.0/8', '10.0.0.0/8', '11.0.0.0/8', '40.0.0.0/32'], (1n << 25n) + 1n],
  ])('Of the union of %j is %i addresses.', (texts, size) => expect(publicUnion(4, texts.map(block))).toBe(size))
})
