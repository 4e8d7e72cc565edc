import type { IpPermission, NetworkAclEntry } from '@aws-sdk/client-ec2'
import fc from 'fast-check'
import { permit } from './build.ts'
import type { PrefixList } from './world.ts'

/** One rule of a group that isn't named yet. */
export interface Rule {
  readonly egress: boolean
  readonly permission: IpPermission
}

/** Of IPv4, of IPv6, of a service. Rules name one more, `pl-0aws`, whose entries nobody knows. */
export const prefixLists: readonly PrefixList[] = [
  {
    PrefixListId: 'pl-04',
    PrefixListName: 'offices',
    AddressFamily: 'IPv4',
    Entries: [{ Cidr: '198.51.100.0/24' }, { Cidr: '10.0.0.0/8' }],
  },
  {
    PrefixListId: 'pl-0s3',
    PrefixListName: 'com.amazonaws.s3',
    AddressFamily: 'IPv4',
    Entries: [{ Cidr: '3.5.0.0/16' }],
  },
  { PrefixListId: 'pl-06', PrefixListName: 'offices-6', AddressFamily: 'IPv6', Entries: [{ Cidr: '2001:db8::/32' }] },
]

const v4 = ['0.0.0.0/0', '10.0.0.0/8', '10.1.1.0/24', '10.3.0.0/16', '203.0.113.7/32', '128.0.0.0/1', '172.31.0.0/16']
const v6 = ['::/0', '2600:1f18:1::/56', '2001:db8::/32', '2600:1f18:1:1::a/128', 'fd00::/8']
const lists = ['pl-04', 'pl-06', 'pl-0s3', 'pl-0aws']

const port = fc.oneof(fc.constantFrom(0, 22, 53, 80, 443, 1024, 3389, 65_535), fc.integer({ min: 0, max: 65_535 }))
const ports = fc.oneof(
  fc.constantFrom<readonly [number, number]>([0, 65_535], [22, 22], [443, 443], [1024, 65_535]),
  fc.tuple(port, port).map(([a, b]): readonly [number, number] => [Math.min(a, b), Math.max(a, b)]),
)
const types = fc.constantFrom<readonly [number, number]>([-1, -1], [8, -1], [8, 0], [3, 4], [128, 0], [0, -1])
const protocols = fc.oneof(
  fc.constant<readonly [string]>(['-1']),
  fc.constantFrom('47', '50', '132').map((number): readonly [string] => [number]),
  fc.tuple(fc.constantFrom('tcp', 'udp', '6'), ports),
  fc.tuple(fc.constantFrom('icmp', 'icmpv6'), types),
)

/** Rules whose peers are any of the kinds: a range of either family, a prefix list, one of these groups. */
export const ruleAmong = (groups: readonly string[]): fc.Arbitrary<Rule> =>
  fc.record({
    egress: fc.boolean(),
    permission: fc
      .tuple(protocols, fc.oneof(fc.constantFrom(...v4), fc.constantFrom(...v6), fc.constantFrom(...lists, ...groups)))
      .map(([[protocol, range], peer]) => permit(protocol, range, peer)),
  })

/** A rule of every kind that there is: what a group may hold that looks like an empty one. */
export const everyKind = (self: string, other: string): readonly Rule[] =>
  [false, true].flatMap((egress) =>
    ['0.0.0.0/0', '203.0.113.7/32', '::/0', '2001:db8::/32', ...lists, self, other].flatMap((peer) =>
      [
        permit('-1', undefined, peer),
        permit('tcp', 22, peer),
        permit('udp', [0, 65_535], peer),
        permit('icmp', [-1, -1], peer),
        permit('icmpv6', [128, 0], peer),
        permit('50', undefined, peer),
      ].map((permission) => ({ egress, permission })),
    ),
  )

/** ACLs that were written by hand: a few lines in any order of numbers, some of which never match. */
export const oddEntries: fc.Arbitrary<readonly NetworkAclEntry[]> = fc
  .uniqueArray(
    fc.record({
      Egress: fc.boolean(),
      RuleNumber: fc.integer({ min: 1, max: 12 }).map((n) => n * 10),
      allow: fc.boolean(),
      cidr: fc.oneof(fc.constantFrom('0.0.0.0/0', '::/0'), fc.constantFrom(...v4, ...v6)),
      what: fc.oneof(
        fc.constant({ Protocol: '-1' }),
        fc
          .tuple(fc.constantFrom('6', '17'), ports)
          .map(([Protocol, [From, To]]) => ({ Protocol, PortRange: { From, To } })),
        fc
          .tuple(fc.constantFrom('1', '58'), types)
          .map(([Protocol, [Type, Code]]) => ({ Protocol, IcmpTypeCode: { Type, Code } })),
        fc.constant({ Protocol: '47' }),
      ),
    }),
    { maxLength: 8, selector: ({ Egress, RuleNumber }) => `${Egress} ${RuleNumber}` },
  )
  .map((entries) =>
    entries.map(({ Egress, RuleNumber, allow, cidr, what }) => ({
      Egress,
      RuleNumber,
      RuleAction: allow ? 'allow' : 'deny',
      ...(cidr.includes(':') ? { Ipv6CidrBlock: cidr } : { CidrBlock: cidr }),
      ...what,
    })),
  )
