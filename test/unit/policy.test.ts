import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Fault } from '#shared/fault.ts'
import { loadPolicy, problemText, readPolicy } from '#shared/policy/load.ts'
import { exemption, policyWith, shipped } from '../support/policies.ts'

const HEAD = 'version: 1\nopen-ingress:\n  rules:\n    - name: a\n      mode: act\n'

/** The problems of a policy text as `line at value: problem`. */
function problems(text: string): string[] {
  const read = readPolicy(text)
  return 'problems' in read
    ? read.problems.map(({ line, at, value, problem }) => `${line} ${at} ${value}: ${problem}`)
    : []
}

describe('The shipped policy', () => {
  test('Is good, and only watches.', () => {
    expect(shipped['open-ingress'].rules.map(({ name, mode }) => `${name} ${mode}`)).toEqual(['no-world-ingress watch'])
    expect(shipped.exemptions).toEqual([])
    expect(shipped.grace).toBe(3_600)
  })

  test('Has the numbers that are the defaults of a policy that names none.', () => {
    const numbers = { ipv4: 6, ipv6: 16, wide: { ipv4: 16, ipv6: 32 } }
    expect(shipped['open-ingress'].world).toEqual(numbers)
    expect(policyWith()['open-ingress'].world).toEqual(numbers)
    expect(policyWith('  world: { ipv4: /8 }\n')['open-ingress'].world).toEqual({ ...numbers, ipv4: 8 })
  })

  test('Allows TCP 80 and 443, ICMP and ICMPv6.', () => {
    expect(shipped['open-ingress'].rules[0]?.allow).toEqual([
      { protocol: 'tcp', from: 80, to: 80 },
      { protocol: 'tcp', from: 443, to: 443 },
      { protocol: 'icmp', from: -1, to: -1 },
      { protocol: 'icmpv6', from: -1, to: -1 },
    ])
  })

  test('Survives JSON, as it is compiled into the functions.', () => {
    const policy = policyWith(exemption('vpcs: [vpc-0123456789abcdef0]\nports: [tcp/25]'))
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy)
  })
})

describe('A bad policy is refused with line, place, value and what was expected', () => {
  test.each([
    ['a mode that is none', HEAD.replace('act', 'warn'), '5 open-ingress.rules.0.mode "warn": expected watch'],
    [
      'a rule without a mode',
      HEAD.replace('      mode: act\n', ''),
      '4 open-ingress.rules.0.mode undefined: expected watch',
    ],
    [
      'a rule without a name',
      HEAD.replace('name: a\n      ', ''),
      '4 open-ingress.rules.0.name undefined: expected a name',
    ],
    [
      'a name with capitals',
      HEAD.replace('name: a', 'name: A'),
      '4 open-ingress.rules.0.name "A": expected lower-case',
    ],
    ['no rules', 'version: 1\nopen-ingress:\n  rules: []\n', '3 open-ingress.rules []: expected at least one rule'],
    ['another version', HEAD.replace('1', '2'), '1 version 2: expected 1'],
    [
      'ports that are none',
      `${HEAD}      allow:\n        - tcp/80\n        - tcp/65536\n`,
      '8 open-ingress.rules.0.allow.1 "tcp/65536": expected ports',
    ],
    [
      'a swapped range',
      `${HEAD}      allow: [tcp/443-80]\n`,
      '6 open-ingress.rules.0.allow.0 "tcp/443-80": expected ports',
    ],
    ['ports of icmp', `${HEAD}      allow: [icmp/8]\n`, '6 open-ingress.rules.0.allow.0 "icmp/8": expected ports'],
    ['a rule of no ports', `${HEAD}      only: []\n`, '6 open-ingress.rules.0.only []: expected at least one of ports'],
    [
      'a number that is no prefix',
      `${HEAD}  world: { ipv4: 6 }\n`,
      '6 open-ingress.world.ipv4 6: expected a prefix length such as /16',
    ],
    [
      'a prefix that is too long',
      `${HEAD}  world: { ipv4: /33 }\n`,
      '6 open-ingress.world.ipv4 "/33": expected a prefix length of /0 to /32',
    ],
    [
      'an IPv6 prefix too long',
      `${HEAD}  world: { wide: { ipv6: /129 } }\n`,
      '6 open-ingress.world.wide.ipv6 "/129": expected a prefix length of /0 to /128',
    ],
    ['a grace of more than 7 days', `${HEAD}grace: 8d\n`, '6 grace "8d": expected a duration of 1m to 7d'],
    ['a grace of less than a minute', `${HEAD}grace: 59s\n`, '6 grace "59s": expected a duration of 1m to 7d'],
    ['a grace that is none', `${HEAD}grace: forever\n`, '6 grace "forever": expected a duration of 1m to 7d'],
    ['an unknown setting', `${HEAD}graces: 1h\n`, '6 graces "1h": there is no such setting'],
    [
      'an unknown setting of a rule',
      `${HEAD}      modes: act\n`,
      '6 open-ingress.rules.0.modes "act": there is no such setting',
    ],
    ['two rules of one name', `${HEAD}    - name: a\n      mode: watch\n`, '4 open-ingress.rules '],
    ['a key twice', `${HEAD}version: 1\n`, '6  undefined: not YAML: Map keys must be unique'],
    ['no YAML', '{{', '1  undefined: not YAML: '],
    ['nothing', '', '1  null: expected version and open-ingress, and found'],
    ['only a comment', '# x\n', '1  null: expected version and open-ingress, and found'],
    ['no section', 'version: 1\n', '1 open-ingress undefined: expected a mapping with rules, and found'],
    ['an empty section', 'version: 1\nopen-ingress:\n', '2 open-ingress null: expected a mapping with rules'],
    [
      'a section without rules',
      'version: 1\nopen-ingress:\n  world: {}\n',
      '3 open-ingress.rules undefined: expected a list of rules',
    ],
    [
      'rules that are no list',
      'version: 1\nopen-ingress:\n  rules: { name: a }\n',
      '3 open-ingress.rules {"name":"a"}: expected a list of rules',
    ],
    ['a rule that is none', `${HEAD}    - 7\n`, '6 open-ingress.rules.1 7: expected a rule: a mapping'],
    ['an empty rule', `${HEAD}    -\n`, '6 open-ingress.rules.1 null: expected a rule: a mapping with'],
    ['a port as a number', `${HEAD}      allow: [22]\n`, '6 open-ingress.rules.0.allow.0 22: expected ports such as'],
    ['ports as text', `${HEAD}      only: tcp/22\n`, '6 open-ingress.rules.0.only "tcp/22": expected a list of ports'],
    ['a grace as a number', `${HEAD}grace: 3600\n`, '6 grace 3600: expected a duration of 1m to 7d'],
    ['an exemption that is none', `${HEAD}exemptions: [x]\n`, '6 exemptions.0 "x": expected an exemption: a mapping'],
    ['exemptions that are no list', `${HEAD}exemptions: x\n`, '6 exemptions "x": expected a list of exemptions'],
  ])('%s', (_, text, expected) => {
    expect(problems(text).join('\n')).toContain(expected)
    expect(problems(text)[0]?.startsWith(expected)).toBe(true)
  })

  test('An unknown setting is named on the line of its own name, also where its value begins below.', () => {
    expect(problems(`${HEAD}open-egress:\n  rules: []\n`)[0]).toMatch(/^6 open-egress .*there is no such setting$/)
  })

  test('Of several unknown settings in one place each is named.', () => {
    expect(problems(`${HEAD}foo: 1\nbar: 2\n`)).toHaveLength(2)
  })

  test('A reference to nothing is a problem of the file, not an error of the tool.', () => {
    expect(problems(`${HEAD}exemptions: *none\n`)[0]).toMatch(/^\d+ .*not YAML/)
  })

  test('Every problem of a file is said, not only the first.', () => {
    expect(problems(`${HEAD.replace('act', 'on')}      allow: [tcp/0-]\ngrace: 1s\n`)).toHaveLength(3)
  })
})

describe('An exemption', () => {
  const VPC = 'vpcs: [vpc-0123456789abcdef0]'
  const good = exemption(VPC)

  test('Ends at the end of the day that it names, or at the moment that it names.', () => {
    const until = (expires: string) => policyWith(exemption(VPC, 'x', expires)).exemptions[0]?.expires
    expect(until('2027-01-31')).toBe('2027-01-31T23:59:59.000Z')
    expect(until('2027-01-31T12:00:00+02:00')).toBe('2027-01-31T10:00:00.000Z')
  })

  test.each([
    [
      'an expiry',
      good.replace(/ {4}expires: .*\n/, ''),
      'exemptions.0.expires undefined: expected a date such as 2027-01-31',
    ],
    [
      'an expiry that is a date',
      good.replace('2027-01-31', '2027-02-30'),
      'exemptions.0.expires "2027-02-30": expected a date',
    ],
    [
      'an expiry other than never',
      good.replace('2027-01-31', 'never'),
      'exemptions.0.expires "never": expected a date',
    ],
    ['an owner', good.replace(/ {4}owner: .*\n/, ''), 'exemptions.0.owner undefined: expected who'],
    [
      'an owner of more than a letter',
      good.replace('mail-team@example.com', 'm'),
      'exemptions.0.owner "m": expected who answers for it',
    ],
    ['a reason', good.replace(/ {4}reason: .*\n/, ''), 'exemptions.0.reason undefined: expected some words'],
    [
      'a reason in words',
      good.replace('partners deliver over plain SMTP', '"  "'),
      'exemptions.0.reason "  ": expected some words',
    ],
    ['bounds', exemption('ports: [tcp/25]'), 'exemptions.0 {'],
    ['bounds that are not empty', exemption('vpcs: []'), 'exemptions.0.vpcs []: expected at least one'],
    ['a VPC id', exemption('vpcs: ["*"]'), 'exemptions.0.vpcs.0 "*": expected a VPC id'],
    ['a group id', exemption('groups: [web]'), 'exemptions.0.groups.0 "web": expected a security group id'],
    [
      'an account id',
      exemption("accounts: ['1111']"),
      'exemptions.0.accounts.0 "1111": expected an account id of 12 digits',
    ],
    ['a known when', exemption(`${VPC}\nwhen: tagged`), 'exemptions.0.when "tagged": expected named'],
    ['known settings', exemption(`${VPC}\nexpiry: never`), 'exemptions.0.expiry "never": there is no such setting'],
    ['a name of its own', good + good.replace('exemptions:\n', ''), 'exemptions [{'],
  ])('Needs %s.', (_, text, expected) => {
    expect(problems(HEAD)).toEqual([])
    const said = problems(HEAD + text)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(` ${expected}`)
    expect(Number.parseInt(said[0]!, 10)).toBeGreaterThan(5)
  })

  test('Without bounds: the sentence says what is missing.', () => {
    expect(problems(HEAD + exemption('ports: [tcp/25]'))[0]).toMatch(
      /expected accounts, vpcs or groups: an exemption has bounds$/,
    )
  })
})

describe('Loading', () => {
  test('A bad file is refused with a fault that names file, line and value of every problem.', () => {
    const load = () => loadPolicy(`${HEAD.replace('act', 'on')}grace: 8d\n`, 'portcullis.yml')
    expect(load).toThrow(Fault)
    expect(load).toThrow(
      /portcullis\.yml:5: open-ingress\.rules\.0\.mode is "on": expected watch.*\nportcullis\.yml:6: grace is "8d": expected/,
    )
  })

  test('A problem of the whole file, and one of a missing value, are put in words.', () => {
    expect(problemText('p.yml', { line: 1, at: '', value: undefined, problem: 'not YAML' })).toBe(
      'p.yml:1: the file: not YAML',
    )
    expect(problemText('p.yml', { line: 2, at: 'a.b', value: undefined, problem: 'expected x' })).toBe(
      'p.yml:2: a.b: expected x',
    )
  })

  test('Durations are read as seconds.', () => {
    expect(policyWith('grace: 2h30m\n').grace).toBe(9_000)
    expect(policyWith('grace: 7d\n').grace).toBe(604_800)
    expect(policyWith('grace: 1m\n').grace).toBe(60)
  })

  test('The file that ships is the one that these tests read.', () => {
    expect(problems(readFileSync(new URL('../../portcullis.yml', import.meta.url), 'utf8'))).toEqual([])
  })
})
