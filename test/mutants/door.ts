import { type Mutant, of } from './mutant.ts'

const DOOR = 'shared/responses/open-ingress'

/** Mistakes in judging security groups, planning for them and comparing them. */
export const doorMutants: readonly Mutant[] = [
  ...of(
    `${DOOR}/exposure.ts`,
    ['IPv6 is not looked at', 'const FAMILIES = [4, 6] as const', 'const FAMILIES = [4] as const'],
    [
      'the number must be passed, not reached',
      'reach(those, family) >= numbers.reach[family]',
      'reach(those, family) > numbers.reach[family]',
    ],
    ['a sum stands for the union', ' && reach(those, family) >= numbers.reach[family]', ''],
    ['a rule must be wider than wide', 'size >= numbers.wide', 'size > numbers.wide'],
    ['narrow rules go as well', 'if (size >= numbers.wide[block.family]) going.add', 'going.add'],
    ['the narrowest goes first', 'return order > 0 ||', 'return order < 0 ||'],
    ['equals go by chance', ' || (order === 0 && inOrder(next, best) < 0)', ''],
    ['a range ends one port late', '.add(range.from).add(range.to + 1)', '.add(range.from).add(range.to)'],
    ['protocols without ports are forgotten', '.filter((protocol) => !hasPorts(protocol))', '.filter(() => false)'],
    [
      'allowed ports do not split a range',
      '...openings.map((opening) => opening.ports), ...boundaries]',
      '...openings.map((opening) => opening.ports)]',
    ],
    [
      'allowed ports that stay open are said to close',
      'reach(after, family) < reach(before, family)',
      'reach(after, family) <= reach(before, family)',
    ],
    [
      'ranges with another share are joined',
      "key === 'from' || key === 'to' || last[key",
      "key !== 'protocol' || last[key",
    ],
    ['rules come out as they came in', '          .sort(inOrder)\n', ''],
  ),
  ...of(
    `${DOOR}/exemptions.ts`,
    [
      'an expired exemption holds',
      'new Date(exemption.expires) > circumstances.now',
      'new Date(exemption.expires) > new Date(0)',
    ],
    [
      'a lapsed exemption is not named',
      'asked.filter((one) => one.earned === true).map(({ exemption }) => exemption.name)',
      '[]',
    ],
    [
      'a tag alone spares',
      "exemption.when !== 'named' ||",
      "exemption.when !== 'named' || TAG in (group?.tags ?? {}) ||",
    ],
    ['the bounds are not asked', 'if (!bounds || (ports &&', 'if ((ports &&'],
    ['the ports of an exemption are not asked', '!reached.every((open) =>', '!reached.some((open) =>'],
  ),
  ...of(
    `${DOOR}/judge.ts`,
    ['allowed ports are forbidden', ' && !rule.allow.some((allowed) => covers(allowed, ports))', ''],
    ['`only` is not asked', '(rule.only?.some((only) => covers(only, ports)) ?? true) && ', ''],
    ['the number for IPv6 is that for IPv4', '6: sizeOf(6, world.wide.ipv6)', '6: sizeOf(6, world.wide.ipv4)'],
  ),
  ...of(
    `${DOOR}/plan.ts`,
    [
      'descriptions are not put back',
      'IpPermissions: [asPermission(rule, rule.description)],\n      ...(tags',
      'IpPermissions: [asPermission(rule)],\n      ...(tags',
    ],
    ['tags are not put back', '...(tags.length > 0', '...(tags.length > 99'],
    ['IPv6 is put back as IPv4', "cidr.includes(':')", "cidr.includes(';')"],
    [
      "a step's name does not know what it found",
      'digest({ does, content: rules.map((rule) => contentOf(rule, world)) })',
      'digest({ does })',
    ],
    ["AWS's own tags are said to come back", "? 'best-effort'", "? 'exact'"],
  ),
  ...of(
    `${DOOR}/record.ts`,
    ['the flat form is not read', 'const rules = [...asked, ...flat]', 'const rules = [...asked]'],
    [
      'IPv6 sources are not read',
      "    ...list(field(item, 'ipv6Ranges')).map((from) => rule(from, 'cidr', 'cidrIpv6')),\n",
      '',
    ],
    [
      'prefix lists are not read',
      "    ...list(field(item, 'prefixListIds')).map((from) => rule(from, 'prefixList', 'prefixListId')),\n",
      '',
    ],
    ['an answer that shows fewer rules is believed', ' && fromAnswer.length >= rules.length', ''],
    ['outbound rules of the answer count', "field(rule, 'isEgress') !== true", 'rule !== null'],
    ['a modification is taken for inbound', 'directionUnknown: true', 'directionUnknown: false'],
  ),
  ...of(
    `${DOOR}/compare.ts`,
    [
      'a change of a description is no change',
      "`${rule.description ?? ''}\\n${tagText(rule.tags)}`",
      'tagText(rule.tags)',
    ],
    [
      'a change of a tag is no change',
      "`${rule.description ?? ''}\\n${tagText(rule.tags)}`",
      "`${rule.description ?? ''}`",
    ],
    ['what was added is no change', 'new Set([...we.keys(), ...is.keys()])', 'new Set([...we.keys()])'],
    ['what was removed is no change', 'new Set([...we.keys(), ...is.keys()])', 'new Set([...is.keys()])'],
    ["the group's tags are not compared", "? [] : ['the tags of the group']", '? [] : []'],
  ),
  ...of(
    `${DOOR}/subjects.ts`,
    ['modifications are not ours', ", 'ModifySecurityGroupRules'", ''],
    [
      'a record that hides its group is dropped',
      "ruleIds.map((ruleId) => ({ ruleId })) : 'all'",
      'ruleIds.map((ruleId) => ({ ruleId })) : []',
    ],
  ),
  ...of('shared/responses/open-ingress/grace-of.ts', [
    'a grace does not end',
    'one.permission === permission && new Date(one.until) > now',
    'one.permission === permission',
  ]),
]
