import { describe, expect, test } from 'vitest'
import { covers, parsePorts, portsOf, portsText, protocolName } from '#shared/kit/ports.ts'

describe('A protocol', () => {
  test.each([
    ['6', 'tcp'],
    [6, 'tcp'],
    ['006', 'tcp'],
    ['TCP', 'tcp'],
    [' udp ', 'udp'],
    ['17', 'udp'],
    ['1', 'icmp'],
    ['58', 'icmpv6'],
    ['all', '-1'],
    ['-1', '-1'],
    [-1, '-1'],
    ['50', '50'],
    ['16', '16'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
  ])('%j has the name %s.', (given, name) => expect(protocolName(given)).toBe(name))
})

describe('The ports of a rule', () => {
  test.each([
    ['tcp', 22, 23, [22, 23]],
    ['tcp', undefined, undefined, [0, 65_535]],
    ['tcp', -1, -1, [0, 65_535]],
    ['udp', 0, 99_999, [0, 65_535]],
    ['udp', 22, undefined, [22, 65_535]],
    ['icmp', 8, 0, [-1, -1]],
    ['-1', 22, 22, [-1, -1]],
    ['50', 0, 0, [-1, -1]],
  ] as const)('%s from %s to %s are %j.', (protocol, from, to, [first, last]) =>
    expect(portsOf(protocol, from, to)).toEqual({ protocol, from: first, to: last }),
  )
})

describe('Ports in a policy', () => {
  test.each([
    ['tcp/443', 'tcp', 443, 443],
    ['tcp/0', 'tcp', 0, 0],
    ['udp/5000-5100', 'udp', 5000, 5100],
    ['tcp/65535', 'tcp', 65_535, 65_535],
    ['tcp', 'tcp', 0, 65_535],
    ['6/22', 'tcp', 22, 22],
    ['icmp', 'icmp', -1, -1],
    ['255', '255', -1, -1],
    ['all', '-1', -1, -1],
    ['-1', '-1', -1, -1],
  ])('%s is read.', (text, protocol, from, to) => expect(parsePorts(text)).toEqual({ protocol, from, to }))

  test.each([
    ...['', 'tcp/', 'tcp/65536', 'tcp/2-1', 'tcp/1-65536', 'icmp/8', 'all/22', '256', 'http', '443', 'tcp/22,23'],
    ...['TCP/22', ' tcp', 'tcp/22-', 'tcp/-22', 'constructor', '-2'],
  ])('%j is none.', (text) => expect(parsePorts(text)).toBeNull())

  test('A number alone is a protocol, never a port.', () => {
    expect(parsePorts('80')).toEqual({ protocol: '80', from: -1, to: -1 })
  })

  test.each([
    ['tcp', 22, 22, 'tcp/22'],
    ['tcp', 22, 23, 'tcp/22-23'],
    ['udp', 0, 65_535, 'udp (all ports)'],
    ['tcp', 0, 65_534, 'tcp/0-65534'],
    ['-1', -1, -1, 'all protocols'],
    ['icmp', -1, -1, 'icmp'],
    ['50', -1, -1, 'protocol 50'],
  ])('%s %i-%i is shown as text.', (protocol, from, to, text) => expect(portsText({ protocol, from, to })).toBe(text))
})

describe('A range covers another', () => {
  const tcp = (from: number, to: number) => ({ protocol: 'tcp', from, to })
  test.each([
    [tcp(22, 22), tcp(22, 22), true],
    [tcp(20, 25), tcp(22, 25), true],
    [tcp(20, 25), tcp(20, 26), false],
    [tcp(21, 25), tcp(20, 25), false],
    [{ protocol: 'udp', from: 0, to: 65_535 }, tcp(22, 22), false],
    [{ protocol: '-1', from: -1, to: -1 }, tcp(22, 22), true],
    [tcp(0, 65_535), { protocol: '-1', from: -1, to: -1 }, false],
  ])('%j, %j: %s', (outer, inner, is) => expect(covers(outer, inner)).toBe(is))
})
