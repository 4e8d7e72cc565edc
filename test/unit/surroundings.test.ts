import type { DescribeNetworkInterfacesCommandInput, NetworkInterface } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import type { Reads } from '#shared/aws/reads.ts'
import { surroundings } from '#shared/responses/open-ingress/surroundings.ts'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { stage } from '../support/stage.ts'

/** What uses a group, as a notice tells it. */

const GROUP = 'sg-0a1b2c3d4e5f60718'
const eni = (id: string, more: Partial<NetworkInterface> = {}): NetworkInterface => ({
  NetworkInterfaceId: id,
  PrivateIpAddresses: [{ PrivateIpAddress: '10.0.0.7' }],
  ...more,
})
const instance = { Attachment: { InstanceId: 'i-0123456789abcdef0' } }
const elastic = (PublicIp: string) => ({ Association: { PublicIp, IpOwnerId: '123456789012' } })

async function around(interfaces: NetworkInterface[], token?: string) {
  const asked: DescribeNetworkInterfacesCommandInput[] = []
  const reads = {
    'ec2:DescribeNetworkInterfaces': async (input: DescribeNetworkInterfacesCommandInput) => {
      asked.push(input)
      return { NetworkInterfaces: interfaces, ...(token ? { NextToken: token } : {}), $metadata: {} }
    },
  } as unknown as Reads
  const { lines, facts } = await surroundings(GROUP, {
    reads,
    policy: policyWith(),
    region: 'eu-central-1',
    now: () => 0,
    sleep: async () => {},
  })
  return { lines, facts: facts as { attached: object[]; attachedCount: number; publicCount: number }, asked }
}

describe('What is around a group', () => {
  test.each<[string, NetworkInterface, string, readonly string[]]>([
    [
      'an instance with an Elastic IP',
      eni('eni-1', { ...instance, ...elastic('198.51.100.7') }),
      '  eni-1 of i-0123456789abcdef0, public 198.51.100.7',
      ['198.51.100.7'],
    ],
    ['an instance without a public address', eni('eni-1', instance), '  eni-1 of i-0123456789abcdef0', []],
    [
      'a public address that belongs to a secondary one alone',
      eni('eni-1', { ...instance, PrivateIpAddresses: [{}, elastic('198.51.100.8')] }),
      '  eni-1 of i-0123456789abcdef0, public 198.51.100.8',
      ['198.51.100.8'],
    ],
    [
      'the first address, named twice by EC2 and told once',
      eni('eni-1', { ...instance, ...elastic('198.51.100.7'), PrivateIpAddresses: [elastic('198.51.100.7')] }),
      '  eni-1 of i-0123456789abcdef0, public 198.51.100.7',
      ['198.51.100.7'],
    ],
    [
      'IPv6, which is public by itself',
      eni('eni-1', { ...instance, Ipv6Addresses: [{ Ipv6Address: '2001:db8::7' }] }),
      '  eni-1 of i-0123456789abcdef0, public 2001:db8::7',
      ['2001:db8::7'],
    ],
    [
      'a load balancer, by the description that AWS gives its interfaces',
      eni('eni-1', { Description: 'ELB app/shop/50dc6c495c0c9188', ...elastic('198.51.100.9') }),
      '  eni-1 of "ELB app/shop/50dc6c495c0c9188", public 198.51.100.9',
      ['198.51.100.9'],
    ],
    ['a kind of interface without a description', eni('eni-1', { InterfaceType: 'lambda' }), '  eni-1 of "lambda"', []],
    ['an interface that nothing has', eni('eni-1'), '  eni-1 of "nothing"', []],
    [
      'a description that would write lines of its own',
      eni('eni-1', { Description: 'x"\nNothing uses the group now.' }),
      '  eni-1 of "x\'\'\uFFFDNothing uses the group now."',
      [],
    ],
  ])('%s.', async (_, one, line, addresses) => {
    const { lines, facts } = await around([one])
    const count = addresses.length > 0 ? 1 : 0
    expect(lines).toEqual([`The group is on 1 network interface, ${count} of them with a public address:`, line])
    expect(facts).toMatchObject({ attachedCount: 1, publicCount: count, attached: [{ public: addresses }] })
  })

  test('is one question: the interfaces of this group, a page of them.', async () => {
    const { asked } = await around([])
    expect(asked).toEqual([{ Filters: [{ Name: 'group-id', Values: [GROUP] }], MaxResults: 500 }])
  })

  test('may be nothing.', async () => {
    const { lines, facts } = await around([])
    expect(lines).toEqual(['Nothing uses the group now.'])
    expect(facts).toEqual({ attached: [], attachedCount: 0, publicCount: 0 })
  })

  test('is told of ten at most, those with a public address first, and the rest is counted.', async () => {
    const many = Array.from({ length: 13 }, (_, i) => eni(`eni-${i}`, i === 12 ? elastic('198.51.100.7') : {}))
    const { lines } = await around(many)
    expect(lines[0]).toBe('The group is on 13 network interfaces, 1 of them with a public address:')
    expect(lines[1]).toContain('eni-12 of "nothing", public 198.51.100.7')
    expect(lines).toHaveLength(12)
    expect(lines.at(-1)).toBe('  … and 3 more')
  })

  test('is told as more than was read, where EC2 has more pages.', async () => {
    const { lines, facts } = await around(
      Array.from({ length: 500 }, (_, i) => eni(`eni-${i}`)),
      'more',
    )
    expect(lines[0]).toBe('The group is on 500 or more network interfaces, 0 of them with a public address:')
    expect(facts.attached).toHaveLength(50)
  })
})

describe('A notice', () => {
  const closedWith = async (interfaces: () => Promise<object>) => {
    const world = stage(policyWith(), { 'sg-1': [] })
    Object.assign(world.ports.reads, { 'ec2:DescribeNetworkInterfaces': interfaces })
    await world.open('sg-1', door('sgr-1'))
    expect(world.left('sg-1')).toEqual([])
    return world
  }

  test('says what uses the group whose door was closed, for people and for machines.', async () => {
    const one = eni('eni-1', { ...instance, ...elastic('198.51.100.7') })
    const world = await closedWith(async () => ({ NetworkInterfaces: [one] }))
    expect(world.texts()[0]).toContain(
      'The group is on 1 network interface, 1 of them with a public address:\n  eni-1 of i-0123456789abcdef0, public 198.51.100.7',
    )
    expect(world.notices[0]!.message).toMatchObject({ attachedCount: 1, publicCount: 1 })
  })

  test('is sent all the same where that may not be read, and says so.', async () => {
    const denied = Object.assign(new Error('not authorized'), { name: 'UnauthorizedOperation' })
    const world = await closedWith(() => Promise.reject(denied))
    expect(world.texts()[0]).toMatch(/^CONTAINED[\s\S]*What uses it could not be read: UnauthorizedOperation/)
    expect(world.notices[0]!.message).toMatchObject({ verdict: 'contained', surroundings: null })
  })
})
