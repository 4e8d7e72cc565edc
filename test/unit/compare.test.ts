import { describe, expect, test } from 'vitest'
import { changesSince, differences, renamed, takenAway } from '#shared/responses/open-ingress/compare.ts'
import { judge } from '#shared/responses/open-ingress/judge.ts'
import { plan } from '#shared/responses/open-ingress/plan.ts'
import { policyWith } from '../support/policies.ts'
import { circumstances, rule, world } from '../support/worlds.ts'

const gone = rule('tcp', 22, '0.0.0.0/0', { description: 'ssh' })
const kept = rule('tcp', 443, '0.0.0.0/0', { tags: { team: 'a' } })
const before = world([gone, kept], { tags: { env: 'prod' } })
const left = world([kept], { tags: { env: 'prod' } })

describe('What somebody changed since is told three ways', () => {
  test.each([
    [
      'a rule that was added',
      [kept, rule('tcp', 23, '::/0')],
      'tcp/23 from ::/0: before absent; we left absent; now present',
    ],
    [
      'a rule that was put back',
      [kept, { ...gone, id: 'sgr-9' }],
      'tcp/22 from 0.0.0.0/0: before present "ssh"; we left absent; now present "ssh"',
    ],
    [
      'a rule that was removed',
      [],
      'tcp/443 from 0.0.0.0/0: before present tagged "team"="a"; we left present tagged "team"="a"; now absent',
    ],
    [
      'a description that was changed',
      [{ ...kept, description: 'x"\ny' }],
      'tcp/443 from 0.0.0.0/0: before present tagged "team"="a"; we left present tagged "team"="a"; now present "x\'\'�y" tagged "team"="a"',
    ],
    [
      'a tag that was changed',
      [{ ...kept, tags: { team: 'b' } }],
      'tcp/443 from 0.0.0.0/0: before present tagged "team"="a"; we left present tagged "team"="a"; now present tagged "team"="b"',
    ],
    ['a prefix list', [kept, rule('udp', 53, 'pl-1')], 'udp/53 from pl-1: before absent; we left absent; now present'],
    [
      'a group',
      [kept, rule('-1', [-1, -1], 'sg-2')],
      'all protocols from sg-2: before absent; we left absent; now present',
    ],
  ])('%s', (_, rules, line) => expect(changesSince(before, left, world(rules))).toEqual([line]))

  test('Nothing changed, or only the ids of rules: nothing is told.', () => {
    expect(changesSince(before, left, left)).toEqual([])
    expect(changesSince(before, left, world([{ ...kept, id: 'sgr-9' }]))).toEqual([])
  })

  test('What our own undo put back is not told, but what else was added is.', () => {
    const now = world([kept, { ...gone, id: 'sgr-9' }, rule('tcp', 23, '::/0')])
    expect(changesSince(before, left, now, [gone])).toHaveLength(1)
    expect(changesSince(before, left, world([]), [gone])).toHaveLength(1)
  })

  test('Several changes are told in a fixed order.', () => {
    const now = [rule('udp', 53, '::/0'), rule('tcp', 23, '::/0')]
    expect(changesSince(before, left, world(now))).toEqual(changesSince(before, left, world(now.toReversed())))
    expect(changesSince(before, left, world(now))).toHaveLength(3)
  })
})

describe('What is not as it was', () => {
  test('Ids apart, equal worlds have no differences.', () => {
    expect(
      differences(before, { ...before, rules: before.rules.map((one) => ({ ...one, id: `${one.id}x` })).reverse() }),
    ).toEqual([])
  })

  test('A rule, a description, a tag of a rule and a tag of the group are each named.', () => {
    expect(differences(before, left)).toEqual(['tcp/22 from 0.0.0.0/0: before present "ssh"; now absent'])
    expect(differences(before, { ...before, rules: [{ ...gone, description: 'SSH' }, kept] })).toHaveLength(1)
    expect(differences(before, { ...before, rules: [gone, { ...kept, tags: { team: 'a', x: '' } }] })).toHaveLength(1)
    expect(differences(before, world(before.rules, { tags: { env: 'dev' } }))).toEqual(['the tags of the group'])
  })

  test('The order of tags is none.', () => {
    const tagged = (tags: Record<string, string>) => world([rule('tcp', 22, '::/0', { tags })], { tags })
    expect(differences(tagged({ a: '1', b: '2' }), tagged({ b: '2', a: '1' }))).toEqual([])
    expect(differences(tagged({ a: '1' }), tagged({ b: '1' }))).toHaveLength(2)
  })
})

test('What a plan took away is known from its step, and so are the new ids of what was put back.', () => {
  const steps = plan(judge(before, policyWith(), circumstances()), before)
  expect(takenAway(steps, before)).toEqual([gone])
  expect(takenAway([], before)).toEqual([])
  expect(renamed([gone], world([kept, { ...gone, id: 'sgr-9' }]))).toEqual([{ was: gone.id, is: 'sgr-9' }])
  expect(renamed([gone], left)).toEqual([{ was: gone.id, is: '' }])
})
