import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail'
import { describe, expect, test } from 'vitest'
import { logsWrites } from '#shared/aws/event-selectors.ts'
import { armed } from '#shared/explain.ts'
import { judge } from '#shared/responses/impaired-defences/judge.ts'
import { plan } from '#shared/responses/impaired-defences/plan.ts'
import type { Trail } from '#shared/responses/impaired-defences/world.ts'
import type { ApiCall } from '#shared/signal.ts'
import { defences, defended } from '../support/defended.ts'
import { authorized, tick } from '../support/fake-world.ts'
import { policyWith, shipped } from '../support/policies.ts'

const trail = (name: string, isLogging: boolean | null, logsManagementWrites: boolean | null = true): Trail => ({
  arn: `arn:aws:cloudtrail:eu-central-1:123456789012:trail/${name}`,
  isLogging,
  logsManagementWrites,
})
const says = (trails: readonly Trail[]) =>
  judge({ subject: 'trail', trails }, 'eu-central-1').map((one) => one.impairment.says)

describe('A trail', () => {
  test.each<[string, Trail[], string[]]>([
    ['one that logs', [trail('main', true)], []],
    ['none', [], ['there is no trail in this region']],
    [
      'one that is switched off',
      [trail('main', false)],
      ['no trail logs management writes here: "main" is switched off'],
    ],
    ['one switched off beside one that logs', [trail('old', false), trail('main', true)], []],
    [
      'one that logs reads or data alone',
      [trail('data', true, false)],
      ['no trail logs the calls that change something'],
    ],
    [
      'one of data beside the right one switched off',
      [trail('data', true, false), trail('main', false)],
      ['no trail logs management writes here: "main" is switched off'],
    ],
    ['one that may not be read', [trail('organization', null, null)], []],
    [
      'one whose selectors may not be read, switched off',
      [trail('main', false, null)],
      ['no trail logs management writes here: "main" is switched off'],
    ],
  ])('is enough where it logs management writes: %s.', (_, trails, expected) => {
    expect(says(trails)).toEqual(expected)
  })

  const category = (value: string) => ({ Field: 'eventCategory', Equals: [value] })
  test.each<[string, EventSelector[], AdvancedEventSelector[], boolean]>([
    ['no selector, which logs all of management', [], [], true],
    ['all of management', [{ IncludeManagementEvents: true, ReadWriteType: 'All' }], [], true],
    ['what a selector means where it says nothing', [{}], [], true],
    ['writes alone', [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }], [], true],
    ['reads alone', [{ IncludeManagementEvents: true, ReadWriteType: 'ReadOnly' }], [], false],
    ['data alone', [{ IncludeManagementEvents: false, ReadWriteType: 'All' }], [], false],
    [
      'all but KMS',
      [{ IncludeManagementEvents: true, ExcludeManagementEventSources: ['kms.amazonaws.com'] }],
      [],
      true,
    ],
    ['data, and beside it all of management', [{ IncludeManagementEvents: false }, { ReadWriteType: 'All' }], [], true],
    ['advanced: management', [], [{ FieldSelectors: [category('Management')] }], true],
    ['advanced: data', [], [{ FieldSelectors: [category('Data')] }], false],
    [
      'advanced: writes',
      [],
      [{ FieldSelectors: [category('Management'), { Field: 'readOnly', Equals: ['false'] }] }],
      true,
    ],
    [
      'advanced: reads',
      [],
      [{ FieldSelectors: [category('Management'), { Field: 'readOnly', Equals: ['true'] }] }],
      false,
    ],
    [
      'advanced: all but KMS',
      [],
      [{ FieldSelectors: [category('Management'), { Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }] }],
      true,
    ],
    [
      'advanced: another narrowing',
      [],
      [{ FieldSelectors: [category('Management'), { Field: 'userIdentity.arn', StartsWith: ['x'] }] }],
      false,
    ],
    [
      'advanced: reads, and beside it writes',
      [],
      [
        { FieldSelectors: [category('Management'), { Field: 'readOnly', Equals: ['true'] }] },
        { FieldSelectors: [category('Management')] },
      ],
      true,
    ],
    ['advanced: nothing', [], [{ FieldSelectors: [] }], false],
  ])('logs the calls that change something by these selectors or not: %s.', (_, basic, advanced, expected) => {
    expect(logsWrites(basic, advanced)).toBe(expected)
  })
})

describe("This stack's rules, and trails", () => {
  test.each([
    ['a rule that is enabled', { subject: 'rule/a', rule: { name: 'a', state: 'enabled' as const } }, []],
    [
      'a rule that is disabled',
      { subject: 'rule/a', rule: { name: 'a', state: 'disabled' as const } },
      ['events:EnableRule'],
    ],
    [
      'a rule that is gone: a finding, but nothing that we can do',
      { subject: 'rule/a', rule: { name: 'a', state: 'deleted' as const } },
      [],
    ],
    ['a trail that is switched off', { subject: 'trail', trails: [trail('main', false)] }, ['cloudtrail:StartLogging']],
    ['no trail: a finding, but nothing that we can do', { subject: 'trail', trails: [] }, []],
  ])('What is planned for %s.', (_, world, calls) => {
    expect(plan(judge(world, 'eu-central-1')).map((step) => step.does.call)).toEqual(calls)
  })

  test('A rule that is gone, and no trail, are findings all the same.', () => {
    expect(judge({ subject: 'trail', trails: [] }, 'eu-central-1')).toHaveLength(1)
    expect(judge({ subject: 'rule/a', rule: { name: 'a', state: 'deleted' } }, 'eu-central-1')).toHaveLength(1)
  })
})

describe('Where to look', () => {
  const call = (source: string, request: unknown): ApiCall => ({ ...authorized('sg-1', 'sgr-1'), source, request })
  test.each<[string, ApiCall, readonly string[]]>([
    ['StopLogging', call('cloudtrail.amazonaws.com', { name: 'x' }), ['trail']],
    [
      'DisableRule of ours',
      call('events.amazonaws.com', { name: 'portcullis-prod-close' }),
      ['rule/portcullis-prod-close'],
    ],
    [
      'RemoveTargets of ours',
      call('events.amazonaws.com', { rule: 'portcullis-prod-close' }),
      ['rule/portcullis-prod-close'],
    ],
    ['DisableRule of another stage', call('events.amazonaws.com', { name: 'portcullis-test-close' }), []],
    ["DisableRule of somebody's", call('events.amazonaws.com', { name: 'nightly' }), []],
    ['a call on EC2', call('ec2.amazonaws.com', {}), []],
  ])('%s.', (_, signal, expected) => {
    expect(defences.subjects(signal)).toEqual(expected)
  })
})

describe('The loop', () => {
  const asking = policyWith('impaired-defences: { mode: ask }\n')

  test('watches by the shipped policy: the trail stays off, people are told how to switch it on, and it has no powers.', async () => {
    const world = defended(armed(shipped))
    await world.send(tick())
    expect(world.on.trail).toBe(false)
    expect(world.notices.map((one) => one.message.text)).toEqual([
      expect.stringContaining('aws cloudtrail start-logging --region eu-central-1 --name arn:'),
    ])
    expect(defences.powers(shipped)).toEqual([])
  })

  test('asks where the policy says so, and switches the trail on when a person approves.', async () => {
    const world = defended(asking)
    await world.send(tick())
    expect(world.on.trail).toBe(false)
    const ask = world.asks.get('trail')!
    world.asks.set('trail', { ...ask, state: 'approved', by: { name: 'lena' }, decidedAt: '2026-06-01T13:00:00.000Z' })
    await world.send({ ...tick(), kind: 'approval', subject: 'trail' })
    expect(world.on.trail).toBe(true)
    expect([...world.heads.values()]).toMatchObject([{ subject: 'trail', status: 'closed', verdict: 'contained' }])
  })

  test('tells of two things in two incidents, and is over for each by itself.', async () => {
    const world = defended(asking)
    world.on.rule = false
    await world.send(tick())
    expect([...world.heads.values()].map((head) => head.subject)).toEqual(['trail', 'rule/portcullis-prod-close'])
    world.on.rule = true
    await world.send(tick())
    expect([...world.heads.values()].map((head) => head.status)).toEqual(['open', 'closed'])
  })
})
