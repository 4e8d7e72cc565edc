import { describe, expect, test } from 'vitest'
import { readPolicy } from '#shared/policy/load.ts'
import { armedOf, modesOf } from '#shared/policy/modes.ts'
import { policyWith } from '../support/policies.ts'

/** What the policy says of jump boxes, of people and of Slack: each refusal with its line, its place and its sentence. */

const HEAD = 'version: 1\nopen-ingress:\n  rules:\n    - { name: a, mode: watch }\n'
const PEOPLE = 'people:\n  - name: alice\n'
const ZONE = `jump-boxes:
  zones:
    - name: lab
      about: where everything may be tried
      who: everybody
      vpc: vpc-0a
      subnet: subnet-0a
      egress:
        - { group: sg-0a, ports: [tcp/22] }
`

/** The problems of a policy as `line at value: problem`. */
function problems(text: string): string[] {
  const read = readPolicy(text)
  return 'problems' in read
    ? read.problems.map(({ line, at, value, problem }) => `${line} ${at} ${value}: ${problem}`)
    : []
}
/** With one line of the zone changed, or one more below it; the first line of the zone is line 9. */
const zoned = (from: string, to: string) => problems(HEAD + PEOPLE + ZONE.replace(from, to))
const more = (line: string) => problems(`${HEAD}${PEOPLE}${ZONE}      ${line}\n`)
const AT = 'jump-boxes.zones.0.'

test('A zone that says only what it has to gets the defaults: short, small, public, and without anything else.', () => {
  const policy = policyWith(PEOPLE + ZONE)
  expect(policy['jump-boxes']).toEqual({
    breaker: { boxes: 20 },
    zones: [
      {
        name: 'lab',
        about: 'where everything may be tried',
        who: 'everybody',
        vpc: 'vpc-0a',
        subnet: 'subnet-0a',
        address: 'public',
        image: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
        'root-device': '/dev/xvda',
        size: 't4g.nano',
        user: 'ec2-user',
        port: 22,
        usual: 3_600,
        longest: 14_400,
        egress: [{ group: 'sg-0a', ports: [{ protocol: 'tcp', from: 22, to: 22 }] }],
        tags: {},
        instead: [],
      },
    ],
  })
  expect(policy.people).toEqual([{ name: 'alice', principals: [], may: [] }])
  expect(JSON.parse(JSON.stringify(policy))).toEqual(policy)
})

test('Without zones, people and Slack there are none, and nothing is armed.', () => {
  const { 'jump-boxes': boxes, people, slack } = policyWith()
  expect([boxes.zones, people, slack]).toEqual([[], [], undefined])
})

test('A zone acts, one with an approval asks: either needs somebody who hears of it.', () => {
  const policy = policyWith(`${PEOPLE}${ZONE}      approval: { by: [alice] }\n`)
  expect(policy['jump-boxes'].zones[0]!.approval).toEqual({ by: ['alice'], within: 3_600 })
  const name = 'jump-boxes.zones.lab'
  expect(modesOf(policy)).toContainEqual({ name, mode: 'ask' })
  expect(armedOf(policyWith(PEOPLE + ZONE))).toContainEqual({ name, mode: 'act' })
})

describe('A zone is refused with', () => {
  test.each<[string, string, string, string]>([
    ['a name with capitals', 'name: lab', 'name: Lab', `9 ${AT}name "Lab": expected lower-case`],
    [
      'no word of what it is',
      'about: where',
      'about: x #',
      `10 ${AT}about "x": expected what can be reached from there`,
    ],
    ['nobody who may ask', 'who: everybody', 'who: []', `11 ${AT}who []: expected at least one name under people`],
    ['another word for all', 'who: everybody', 'who: all', `11 ${AT}who "all": expected everybody, or a list of names`],
    [
      'somebody whom nobody knows',
      'who: everybody',
      'who: [alice, otto]',
      `11 ${AT}who.1 "otto": expected a name under people; there is none of that name`,
    ],
    ['a VPC that is none', 'vpc-0a', '"*"', `12 ${AT}vpc "*": expected a VPC id such as vpc-0123abcd`],
    ['a subnet that is none', 'subnet-0a', 'vpc-0a', `13 ${AT}subnet "vpc-0a": expected a subnet id`],
    ['a subnet in capitals', 'subnet-0a', 'subnet-0A', `13 ${AT}subnet "subnet-0A": expected a subnet id`],
    [
      'nothing that it reaches',
      'egress:\n        - { group: sg-0a, ports: [tcp/22] }',
      'egress: []',
      `14 ${AT}egress []: expected at least one {group, ports}: a box that reaches nothing helps nobody`,
    ],
    [
      'a network that it reaches',
      'group: sg-0a',
      'group: 10.0.0.0/8',
      `15 ${AT}egress.0.group "10.0.0.0/8": expected a security group id`,
    ],
    ['no ports', 'ports: [tcp/22]', 'ports: []', `15 ${AT}egress.0.ports []: expected at least one of ports`],
    ['a port alone', 'ports: [tcp/22]', 'ports: [22]', `15 ${AT}egress.0.ports.0 22: expected ports such as tcp/443`],
    [
      'no VPC',
      '      vpc: vpc-0a\n',
      '',
      `9 ${AT}vpc undefined: expected a VPC id such as vpc-0123abcd, and found nothing`,
    ],
  ])('%s', (_, from, to, expected) => {
    expect(zoned(from, to)[0]).toContain(expected)
  })

  test.each<[string, string, string]>([
    ['a door of another kind', 'address: vpn', 'address "vpn": expected public or private'],
    ['an image by its name', 'image: amazon-linux', 'image "amazon-linux": expected the name of an SSM parameter'],
    ['a root device that is no path', 'root-device: xvda', 'root-device "xvda": expected a device such as /dev/xvda'],
    ['no instance type', 'size: small', 'size "small": expected an instance type'],
    ['a user with a space', 'user: "ec2 user"', 'user "ec2 user": expected the name of a user'],
    ['a user that is an option', 'user: -oProxyCommand', 'user "-oProxyCommand": expected the name of a user'],
    ['port 0', 'port: 0', 'port 0: expected a whole number of 1 to 65535'],
    ['port 65536', 'port: 65536', 'port 65536: expected a whole number of 1 to 65535'],
    ['a usual time under five minutes', 'usual: 299s', 'usual "299s": expected a duration of 5m to 7d'],
    ['a longest time over a week', 'longest: 8d', 'longest "8d": expected a duration of 5m to 7d'],
    ['a usual time that is longer than the longest', 'usual: 5h', 'expected usual to be no longer than longest'],
    [
      'no list of groups that it joins',
      'joins: sg-0a',
      'joins "sg-0a": expected a list, each of it a security group id',
    ],
    ['an empty one', 'joins: []', 'joins []: expected at least one: a security group id'],
    [
      'a profile by its ARN',
      'profile: "arn:aws:iam::1:instance-profile/x"',
      'profile "arn:aws:iam::1:instance-profile/x": expected the name',
    ],
    ['a tag that is a number', 'tags: { cost: 7 }', 'tags.cost 7: '],
    [
      'something else instead',
      'instead: [telnet]',
      'instead.0 "telnet": expected session-manager or instance-connect-endpoint',
    ],
    [
      'a hosted zone by its name',
      'dns: { zone: example.com, name: jump.example.com }',
      'dns.zone "example.com": expected the id of a hosted zone',
    ],
    [
      'a domain that ends in a dot',
      'dns: { zone: Z11111, name: jump.example.com. }',
      'dns.name "jump.example.com.": expected a domain',
    ],
    [
      'a domain in capitals',
      'dns: { zone: Z11111, name: Jump.example.com }',
      'dns.name "Jump.example.com": expected a domain',
    ],
    [
      'a domain with a star',
      'dns: { zone: Z11111, name: "*.example.com" }',
      'dns.name "*.example.com": expected a domain',
    ],
    ['an approval by nobody', 'approval: {}', 'expected by or slack-group: somebody has to approve'],
    ['an approval by an empty list', 'approval: { by: [] }', 'approval.by []: expected at least one name under people'],
    [
      'an approval by somebody whom nobody knows',
      'approval: { by: [otto] }',
      'approval.by.0 "otto": expected a name under people; there is none of that name',
    ],
    [
      'an approval that waits for less than a minute',
      'approval: { by: [alice], within: 59s }',
      'approval.within "59s": expected a duration of 1m to 1d',
    ],
    [
      'a group, and no Slack to ask',
      'approval: { slack-group: S0123ONCAL }',
      'approval.slack-group "S0123ONCAL": expected slack to be set: there is no workspace to ask',
    ],
    ['a setting that there is not', 'ttl: 1h', 'ttl "1h": there is no such setting'],
  ])('%s', (_, line, expected) => {
    const said = more(line)
    expect(said.join('\n')).toContain(expected)
    expect(said).toHaveLength(1)
    // The line itself; or that of the zone or mapping as a whole, where two settings do not agree.
    expect([9, 16]).toContain(Number.parseInt(said[0]!, 10))
  })

  test('a name that another zone has', () => {
    const again = ZONE.replace('jump-boxes:\n  zones:\n', '')
    expect(problems(HEAD + PEOPLE + ZONE + again)[0]).toMatch(
      /^9 jump-boxes\.zones .*expected each zone to have its own name$/,
    )
  })

  test.each([
    ['boxes: 0', '7 jump-boxes.breaker.boxes 0: expected a whole number of 1 to 1000'],
    ['boxes: 1001', '7 jump-boxes.breaker.boxes 1001: expected a whole number of 1 to 1000'],
  ])('a breaker with %s', (line, expected) => {
    expect(problems(`${HEAD}jump-boxes:\n  breaker:\n    ${line}\n`)[0]).toContain(expected)
  })
})

test('A group of Slack that is none, and no Slack to ask, are two things that are wrong.', () => {
  expect(more('approval: { slack-group: oncall }')).toEqual([
    expect.stringContaining('approval.slack-group "oncall": expected the id of a Slack user group'),
    expect.stringContaining('expected slack to be set'),
  ])
})

test('A group of Slack may approve where the policy names a workspace; both may, where both are named.', () => {
  const slack = 'slack: { workspace: T0123PORTC, channel: C0123SECOP }\n'
  const approval = (text: string) => problems(`${HEAD}${PEOPLE}${slack}${ZONE}      approval: { ${text} }\n`)
  expect(approval('slack-group: S0123ONCAL')).toEqual([])
  expect(approval('by: [alice], slack-group: S0123ONCAL, within: 1d')).toEqual([])
})

describe('People are refused with', () => {
  test.each<[string, string, string]>([
    ['no name', '- slack: U0123ALICE', '6 people.0.name undefined: expected a name of lower-case'],
    ['two of one name', '- { name: bob }\n  - { name: bob }', 'expected each person to have their own name'],
    [
      'two of one Slack user',
      '- { name: a, slack: U0123ALICE }\n  - { name: b, slack: U0123ALICE }',
      'expected each Slack user to be one person',
    ],
    ['a handle', '- { name: a, slack: "@alice" }', '6 people.0.slack "@alice": expected the id of a Slack user'],
    ['a channel', '- { name: a, slack: C0123ALICE }', '6 people.0.slack "C0123ALICE": expected the id of a Slack user'],
    [
      'anybody at all',
      '- { name: a, principals: ["*"] }',
      '6 people.0.principals.0 "*": expected the ARN of a user, a role or a session',
    ],
    [
      'root',
      '- { name: a, principals: ["arn:aws:iam::123456789012:root"] }',
      'people.0.principals.0 "arn:aws:iam::123456789012:root": expected the ARN',
    ],
    [
      'a federated user',
      '- { name: a, principals: ["arn:aws:sts::123456789012:federated-user/a"] }',
      'expected the ARN',
    ],
    ['an account that is none', '- { name: a, principals: ["arn:aws:iam::1234:user/a"] }', 'expected the ARN'],
    ['an account by half', '- { name: a, principals: ["arn:aws:iam::1*:user/a"] }', 'expected the ARN'],
    [
      'a pattern of its own making',
      '- { name: a, principals: ["arn:aws:iam::123456789012:user/(a|b)"] }',
      'expected the ARN',
    ],
    [
      'one principal alone',
      '- { name: a, principals: "arn:aws:iam::123456789012:user/a" }',
      '6 people.0.principals "arn:aws:iam::123456789012:user/a": expected a list',
    ],
    [
      'a right that there is not',
      '- { name: a, may: [admin] }',
      '6 people.0.may.0 "admin": expected approve or operate',
    ],
    [
      'a setting that there is not',
      '- { name: a, mail: a@example.com }',
      '6 people.0.mail "a@example.com": there is no such setting',
    ],
  ])('%s', (_, text, expected) => {
    expect(problems(`${HEAD}people:\n  ${text}\n`).join('\n')).toContain(expected)
  })
})

describe('Slack is refused with', () => {
  test.each<[string, string]>([
    ['{ workspace: T0123PORTC }', '5 slack.channel undefined: expected the id of a Slack channel'],
    ['{ channel: C0123SECOP }', '5 slack.workspace undefined: expected the id of a Slack workspace'],
    [
      '{ workspace: example, channel: C0123SECOP }',
      '5 slack.workspace "example": expected the id of a Slack workspace',
    ],
    ['{ workspace: T0123PORTC, channel: "#ops" }', '5 slack.channel "#ops": expected the id of a Slack channel'],
    [
      '{ workspace: T0123PORTC, channel: U0123ALICE }',
      '5 slack.channel "U0123ALICE": expected the id of a Slack channel',
    ],
    [
      '{ workspace: T0123PORTC, channel: C0123SECOP, token: xoxb-1 }',
      '5 slack.token "xoxb-1": there is no such setting',
    ],
  ])('%s', (text, expected) => {
    expect(problems(`${HEAD}slack: ${text}\n`)[0]).toContain(expected)
  })
})

describe('Where launches by strangers are suspicious, and there are zones, the launcher of boxes is no stranger:', () => {
  const actors = (principal: string) => `actors:\n  - { name: staff, principals: ["${principal}"] }\n`
  const ROGUE =
    'suspicious-hosts:\n  rules:\n    - { name: strangers, mode: act, contain: network-only, when: { rogue: { launched-by: [staff] } } }\n'
  const refused =
    'expected an actor among these with the principal "arn:aws:iam::*:role/portcullis-*-KeepJumpBoxesRole-*"'

  test.each([
    'arn:aws:iam::*:role/portcullis-*-KeepJumpBoxesRole-*',
    'arn:aws:iam::123456789012:role/security/portcullis-prod-KeepJumpBoxesRole-1ABCDEFGHIJ',
    'arn:aws:iam::*:role/portcullis-*',
    'arn:aws:iam::*:role/portcullis-prod-*',
    'arn:aws:iam::*:role/portcullis-st*',
    'arn:aws:iam::*:role/own/port*',
    'arn:aws:iam::*:role/*',
  ])('%s names it', (principal) => {
    expect(problems(HEAD + PEOPLE + ZONE + ROGUE + actors(principal))).toEqual([])
  })

  test.each([
    'arn:aws:iam::*:role/deploy',
    'arn:aws:iam::*:user/*',
    'arn:aws:iam::*:role/portcullis-prod-DoctorRole-*',
    'arn:aws:iam::*:role/ci-*',
    'arn:aws:iam::*:role/portcullis-prod-K',
  ])('%s does not', (principal) => {
    const said = problems(HEAD + PEOPLE + ZONE + ROGUE + actors(principal))
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(`18 suspicious-hosts.rules.0.when.rogue.launched-by ["staff"]: ${refused}`)
    // Without zones nobody launches boxes.
    expect(problems(HEAD + ROGUE + actors(principal))).toEqual([])
  })
})
