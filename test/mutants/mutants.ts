import { boxMutants } from './boxes.ts'
import { doorMutants } from './door.ts'
import { faultMutants } from './faults.ts'
import { hostMutants } from './hosts.ts'
import { type Mutant, of } from './mutant.ts'

/** Mistakes that the suite must notice, each by itself. */
export const mutants: readonly Mutant[] = [
  ...of(
    'shared/kit/cidr.ts',
    [
      'a mask is one bit too long',
      'const size = 2 ** (32 - length)',
      'const size = 2 ** (32 - length - (length < 32 ? 1 : 0))',
    ],
    [
      'host bits are kept',
      'const size = 2 ** (32 - length)\n  const first = address - (address % size)',
      'const size = 2 ** (32 - length)\n  const first = address',
    ],
    ['a block ends one address late', 'last: first + size - 1n', 'last: first + size'],
    [
      'a leading zero means octal',
      '.slice(1).map(Number)',
      ".slice(1).map((part) => Number.parseInt(part, part.startsWith('0') ? 8 : 10))",
    ],
    [
      'an IPv4-mapped block is taken for IPv6',
      'if (!asWritten || length < 96',
      'if (!asWritten || length >= 0 || length < 96',
    ],
    ['a mapped block must be narrower than all of IPv4', 'length < 96', 'length <= 96'],
    ['a prefix may be longer than an address', 'length > 32) return null', 'length > 33) return null'],
    ['an IPv4 part may be 256', 'part > 255', 'part > 256'],
  ),
  ...of(
    'shared/kit/public-space.ts',
    ['carrier space counts as public', "  '100.64.0.0/10', // shared between a carrier and its customers\n", ''],
    ['multicast counts as public', "  '224.0.0.0/4', // multicast\n", ''],
    ['documentation space of IPv6 counts as public', "  '2001:db8::/32', // documentation\n", ''],
    ['all of IPv6 is public', "6: parseCidr('2000::/3')!", "6: parseCidr('::/0')!"],
    [
      'overlapping blocks count twice',
      'else if (next.last > last) last = next.last',
      'else if (next.last > last) {\n      sum += next.last - last\n      last = next.last\n    }',
    ],
    [
      'a block inside of another ends the union',
      'else if (next.last > last) last = next.last',
      'else last = next.last',
    ],
    [
      'the last block of a union is forgotten',
      'return last >= first ? sum + publicPart(family, { first, last }) : sum',
      'return sum',
    ],
    [
      'an overlap is one address short',
      'return last >= first ? last - first + 1n : 0n',
      'return last >= first ? last - first : 0n',
    ],
  ),
  ...of(
    'shared/kit/ports.ts',
    ['protocol numbers are not known', "'6': 'tcp', ", ''],
    ['all protocols cover none', "outer.protocol === '-1' || ", ''],
    ['a range must be wider than what it covers', 'outer.to >= inner.to', 'outer.to > inner.to'],
    ['UDP has no ports', "protocol === 'tcp' || protocol === 'udp'", "protocol === 'tcp'"],
    ['all ports end before the last', 'const HIGHEST = 65_535', 'const HIGHEST = 65_534'],
    ['a swapped range is taken', 'return range.from <= range.to && ', 'return '],
  ),
  ...boxMutants,
  ...doorMutants,
  ...faultMutants,
  ...hostMutants,
  ...of(
    'shared/explain.ts',
    [
      'a modification is acted on',
      "if (record.directionUnknown && mode !== 'ignore')",
      'if (record.directionUnknown && record.omitted)',
    ],
    [
      'a request that was left out is ignored',
      "return look('CloudTrail left the request out of the record, so the rules are unseen')",
      "return nothing(signal.id, 'CloudTrail left the request out of the record')",
    ],
    ['a prefix list is ignored', 'if (unseen.length > 0 && worst', 'if (unseen.length > 99 && worst'],
    ['armed is not armed', "mode: 'act' as const", 'mode: rule.mode'],
    [
      'what is watched comes before what acts',
      "['act', 'ask', 'watch', 'spare'] as const",
      "['watch', 'act', 'ask', 'spare'] as const",
    ],
    ['CIDRs are shown as they were written', "cidr: normalCidr(rule.cidr ?? '')", "cidr: rule.cidr ?? ''"],
  ),
  ...of(
    'shared/decision.ts',
    ['a spared finding is acted on', 'if (finding.spared) return', 'if (finding.spared && mode === "watch") return'],
    ['every fact is said to be live', '{ fact, from: seen }', "{ fact, from: 'live' }"],
  ),
  ...of('shared/policy/clauses.ts', [
    'the first rule decides',
    'rules.find((one) => one.name === finding.rule)',
    'rules.find((one) => one.name !== "")',
  ]),
  ...of(
    'shared/intake/cloudtrail.ts',
    [
      'a failed call counts',
      "typeof record.errorCode === 'string' && record.errorCode !== ''",
      "record.errorCode === 'Client.Never'",
    ],
    [
      'an error code of null is a failure',
      "typeof record.errorCode === 'string' && record.errorCode !== ''",
      "'errorCode' in record",
    ],
    [
      'a record without an identity is malformed',
      'userIdentity: z.optional(z.catch(z.nullable(Identity), null))',
      'userIdentity: Identity',
    ],
    ['an event without an id counts', '.check(z.minLength(1))', ''],
  ),
  ...of(
    'shared/policy/schema.ts',
    [
      'an exemption needs no bounds',
      '(exemption) => exemption.accounts || exemption.vpcs || exemption.groups',
      '() => true',
    ],
    [
      'an exemption may have unknown settings',
      'const Exemption = z\n  .strictObject',
      'const Exemption = z\n  .object',
    ],
    ['an exemption ends as its last day begins', 'T23:59:59Z', 'T00:00:00Z'],
  ),
  ...of('shared/policy/values.ts', ['a grace may last for ever', ' && seconds <= most', '']),
  ...of(
    'shared/policy/open-ingress.ts',
    ['a rule acts unless it says otherwise', '    mode: Mode,', "    mode: Mode.default('act'),"],
    ['the default number is ten times too large', "is the world').prefault('/6')", "is the world').prefault('/3')"],
  ),
  ...of('shared/policy/load.ts', [
    'a problem is said to be on the first line',
    'lines.linePos(offset ?? 0).line',
    'lines.linePos(0 * (offset ?? 0)).line',
  ]),
]
