import { describe, expect, test } from 'vitest'
import { byPrincipal, bySlackId, mayAsk, zoneOf, zonesFor } from '#shared/jump/zone.ts'
import { matchesArn } from '#shared/policy/is-one-of.ts'
import { policyWith } from '../support/policies.ts'

/** Who somebody is to the policy, and where they may have a box. */

const zone = (name: string, who: string) =>
  `    - { name: ${name}, about: a place, who: ${who}, vpc: vpc-1, subnet: subnet-1, egress: [{ group: sg-1, ports: [tcp/22] }] }\n`
const policy = policyWith(`people:
  - { name: alice, slack: U0123ALICE, principals: ["arn:aws:iam::*:user/alice", "arn:aws:sts::123456789012:assumed-role/admin/alice"] }
  - { name: bob, slack: W0123BOB00, principals: ["arn:aws:sts::*:assumed-role/AWSReservedSSO_*/bob@example.com"] }
  - { name: team, principals: ["arn:aws:sts::123456789012:assumed-role/team/*", "arn:aws:iam::123456789012:user/a.b+c"] }
  - { name: late, principals: ["arn:aws:iam::*:user/*"] }
  - { name: nobody }
jump-boxes:
  zones:
${zone('open', 'everybody')}${zone('closed', '[alice, nobody]')}`)

describe('Whom IAM vouches for is', () => {
  test.each([
    ['arn:aws:iam::123456789012:user/alice', 'alice'],
    ['arn:aws:iam::999999999999:user/alice', 'alice'],
    ['arn:aws:sts::123456789012:assumed-role/admin/alice', 'alice'],
    ['arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Ops_0123/bob@example.com', 'bob'],
    ['arn:aws:sts::123456789012:assumed-role/team/anybody', 'team'],
    ['arn:aws:iam::123456789012:user/a.b+c', 'team'],
    // The first one whose principals fit.
    ['arn:aws:iam::123456789012:user/carol', 'late'],
    ['arn:aws:iam::123456789012:user/staff/alice', 'late'],
    ['arn:aws:iam::123456789012:user/alice2', 'late'],
    ['arn:aws:iam::123456789012:user/aXb+c', 'late'],
    ['arn:aws:iam::123456789012:user/a.bbbc', 'late'],
    // A path may hold colons: this is another user, who is called alice too.
    ['arn:aws:iam::123456789012:user/x:user/alice', 'late'],
  ])('%s: %s', (arn, name) => {
    expect(byPrincipal(arn, policy)?.name).toBe(name)
  })

  test.each([
    'arn:aws:sts::999999999999:assumed-role/admin/alice',
    'arn:aws:sts::123456789012:assumed-role/admin/alice/more',
    'arn:aws:sts::123456789012:assumed-role/admin/Alice',
    'arn:aws:sts::123456789012:assumed-role/admin/alice\n',
    '\narn:aws:sts::123456789012:assumed-role/admin/alice',
    'arn:aws:sts::123456789012:assumed-role/other/bob@example.com',
    'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Ops_0123/bob@exampleXcom',
    'arn:aws:sts::123456789012:assumed-role/teams/x',
    'arn:aws-cn:sts::123456789012:assumed-role/admin/alice',
    'arn:aws:iam::123456789012:role/alice',
    'arn:aws:iam::123456789012:root',
    'xarn:aws:iam::123456789012:user/alice',
    '',
  ])('%j: nobody', (arn) => {
    expect(byPrincipal(arn, policy)).toBeUndefined()
  })
})

test.each([
  ['arn:aws:iam::*:role/*', 'arn:aws:iam::123456789012:role/path/name', true],
  ['arn:aws:iam::*:role/path/*', 'arn:aws:iam::123456789012:role/name', false],
  ['arn:aws:iam::*:role/a', 'arn:aws:iam::123456789012:role/x:role/a', false],
  ['arn:aws:iam::*:role/*', 'arn:aws:iam::123456789012:role/x:y', true],
  ['arn:aws:iam::*:role/a', 'arn:aws:iam:eu-west-1:123456789012:role/a', false],
  ['arn:aws:iam::*:role/a', 'arn:aws:iam::role/a', false],
  ['*', 'arn:aws:iam::123456789012:role/a', false],
])('The ARN pattern %s and %s: %s', (pattern, arn, fits) => {
  expect(matchesArn(pattern, arn)).toBe(fits)
})

test('Whom Slack vouches for is who has that very id.', () => {
  const ids = ['U0123ALICE', 'W0123BOB00', 'u0123alice', 'U0123ALICE ', 'U0123', '', 'undefined']
  expect(ids.map((id) => bySlackId(id, policy)?.name)).toEqual([
    'alice',
    'bob',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('Everybody is all under people; a list is those on it; nobody else may ask for anything.', () => {
  const names = (person: string) => zonesFor(person, policy).map((one) => one.name)
  expect(['alice', 'bob', 'nobody', 'otto', ''].map(names)).toEqual([
    ['open', 'closed'],
    ['open'],
    ['open', 'closed'],
    [],
    [],
  ])
  // Who has left the people of the policy has left its zones, whatever these still say.
  expect(mayAsk('otto', { who: ['otto'] }, policy)).toBe(false)
  expect([zoneOf('closed', policy)?.name, zoneOf('none', policy)]).toEqual(['closed', undefined])
})
