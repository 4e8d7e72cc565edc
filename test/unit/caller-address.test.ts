import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callerAddress } from '#shared/jump/caller-address.ts'
import { always } from '../support/property.ts'

test.each([
  ['203.0.113.7', '203.0.113.7/32'],
  ['8.8.8.8', '8.8.8.8/32'],
  // A VPN's, a VPC's, a provider's.
  ['10.1.2.3', '10.1.2.3/32'],
  ['172.16.0.1', '172.16.0.1/32'],
  ['192.168.1.1', '192.168.1.1/32'],
  ['100.64.0.1', '100.64.0.1/32'],
  ['2001:db8::7', '2001:db8::7/128'],
  ['2A00:1450:4001:0000:0000:0000:0000:200e', '2a00:1450:4001::200e/128'],
  ['fd00::1', 'fd00::1/128'],
  // The same address by another name.
  ['::ffff:203.0.113.7', '203.0.113.7/32'],
  ['::ffff:cb00:7107', '203.0.113.7/32'],
])('%s is let in as %s.', (given, is) => expect(callerAddress(given)).toBe(is))

test.each([
  '',
  ' ',
  'localhost',
  '0.0.0.0',
  '127.0.0.1',
  '169.254.169.254',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:0.0.0.0',
  'fe80::1',
  'fe80::1%eth0',
  '2001:db8::7%eth0',
  'ff02::1',
  '203.0.113.7/32',
  '203.0.113.0/24',
  '0.0.0.0/0',
  '::/0',
  '203.0.113.7, 198.51.100.1',
  '203.0.113.7:443',
  '[2001:db8::7]',
  ' 203.0.113.7',
  '203.0.113.7\n',
  '203.0.113.256',
  '203.0.113',
  '203.0.113.7.8',
  // Numbers that some read otherwise than they stand there.
  '010.0.0.1',
  '0x8.8.8.8',
  '3405803783',
  '0xcb007107',
  'cb.00.71.07',
  '2001:db8::g',
  'Slack U0123ALICE',
  'AWS Internal',
])('%j is nobody’s.', (given) => expect(callerAddress(given)).toBeNull())

test('Whatever is given, an answer is one address as it stands there, or none.', () => {
  const any = fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.string({ maxLength: 50 }))
  always(500, [any], (given) => {
    const address = callerAddress(given)
    if (address === null) return
    expect(isIP(given)).not.toBe(0)
    const [plain = '', length] = address.split('/')
    expect(length).toBe(isIP(plain) === 4 ? '32' : '128')
    expect(callerAddress(plain)).toBe(address)
  })
})
