import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail'
import { describe, expect, test } from 'vitest'
import { logsWrites } from '#shared/aws/event-selectors.ts'
import { coversRegion, judgeTrails, type TrailFacts, trail } from '#shared/doctor/trail.ts'
import { outside } from '../support/doctor-world.ts'

const REGION = 'eu-central-1'
const fields = (...FieldSelectors: NonNullable<AdvancedEventSelector['FieldSelectors']>): AdvancedEventSelector[] => [
  { FieldSelectors },
]
const MANAGEMENT = { Field: 'eventCategory', Equals: ['Management'] }

describe('Selectors let management writes through', () => {
  test.each<[string, EventSelector[], AdvancedEventSelector[], boolean]>([
    ['none at all', [], [], true],
    ['all', [{ ReadWriteType: 'All', IncludeManagementEvents: true }], [], true],
    ['writes only', [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }], [], true],
    ['what is not said is All and true', [{}], [], true],
    ['reads only', [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }], [], false],
    ['data only', [{ ReadWriteType: 'All', IncludeManagementEvents: false }], [], false],
    ['one of two', [{ IncludeManagementEvents: false }, { ReadWriteType: 'WriteOnly' }], [], true],
    ['advanced: management', [], fields(MANAGEMENT), true],
    ['advanced: data', [], fields({ Field: 'eventCategory', Equals: ['Data'] }), false],
    ['advanced: writes', [], fields(MANAGEMENT, { Field: 'readOnly', Equals: ['false'] }), true],
    ['advanced: reads', [], fields(MANAGEMENT, { Field: 'readOnly', Equals: ['true'] }), false],
    ['advanced: all but KMS', [], fields(MANAGEMENT, { Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }), true],
    [
      'advanced: all but EC2',
      [],
      fields(MANAGEMENT, { Field: 'eventSource', NotEquals: ['ec2.amazonaws.com'] }),
      false,
    ],
    ['advanced: one user alone', [], fields(MANAGEMENT, { Field: 'userIdentity.arn', StartsWith: ['arn:'] }), false],
    ['advanced: no category', [], fields({ Field: 'readOnly', Equals: ['false'] }), false],
    [
      'advanced: one of two',
      [],
      [...fields({ Field: 'eventCategory', Equals: ['Data'] }), ...fields(MANAGEMENT)],
      true,
    ],
  ])('%s', (_name, basic, advanced, expected) => {
    expect(logsWrites(basic, advanced)).toBe(expected)
  })
})

test('a trail covers its home region, or all of them', () => {
  expect(coversRegion({ HomeRegion: REGION, IsMultiRegionTrail: false }, REGION)).toBe(true)
  expect(coversRegion({ HomeRegion: 'us-east-1', IsMultiRegionTrail: true }, REGION)).toBe(true)
  expect(coversRegion({ HomeRegion: 'us-east-1', IsMultiRegionTrail: false }, REGION)).toBe(false)
})

describe('One trail that hears is enough', () => {
  const good: TrailFacts = { name: 'good', covers: true, logging: true, writes: true }
  test.each<[string, readonly TrailFacts[], string, RegExp]>([
    ['one', [good], 'ok', /good logs management writes in eu-central-1/],
    ['one beside a stopped one', [{ ...good, name: 'old', logging: false }, good], 'ok', /good logs/],
    ['none', [], 'bad', /No trail reaches/],
    ['one elsewhere', [{ ...good, covers: false }], 'bad', /No trail reaches/],
    ['stopped', [{ ...good, logging: false }], 'bad', /good is stopped/],
    ['without writes', [{ ...good, writes: false }], 'bad', /leaves management writes out/],
    ['stopped and unsaid', [{ ...good, logging: false, writes: null, why: 'denied' }], 'bad', /stopped/],
    ['unsaid', [{ ...good, writes: null, why: 'denied' }], 'unknown', /does not say.*denied/],
  ])('%s', (_name, trails, state, says) => {
    expect(judgeTrails(trails, REGION)).toMatchObject({ name: 'trail', state, says: expect.stringMatching(says) })
  })
})

test("an organization's trail whose selectors this account may not read is unknown, not bad", async () => {
  const arn = 'arn:aws:cloudtrail:us-east-1:999999999999:trail/org'
  const asked: unknown[] = []
  const check = await trail(
    outside({
      'cloudtrail:DescribeTrails': async (input: unknown) => {
        asked.push(input)
        return { trailList: [{ Name: 'org', TrailARN: arn, IsMultiRegionTrail: true, HomeRegion: 'us-east-1' }] }
      },
      'cloudtrail:GetTrailStatus': async (input: unknown) => {
        asked.push(input)
        return { IsLogging: true }
      },
      'cloudtrail:GetEventSelectors': async () => {
        throw Object.assign(new Error('no'), { name: 'TrailNotFoundException' })
      },
    }),
  )
  expect(asked).toEqual([{ includeShadowTrails: true }, { Name: arn }])
  expect(check).toMatchObject({ state: 'unknown', says: expect.stringMatching(/TrailNotFoundException/) })
})
