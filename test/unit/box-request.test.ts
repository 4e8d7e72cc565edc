import { describe, expect, test } from 'vitest'
import { type BoxRequest, standingOf } from '#shared/jump/box-request.ts'

const request: BoxRequest = {
  ...{ id: '01JQ0000000000000000000000', person: 'alice', by: { name: 'alice' }, zone: 'lab', reason: 'look' },
  ...{ seconds: 3_600, key: 'ssh-ed25519 AAAA', version: 1 },
  at: '2026-06-01T12:00:00.000Z',
  linkUntil: '2026-06-01T12:10:00.000Z',
}
const proven: BoxRequest = { ...request, address: '203.0.113.7/32', provenAt: '2026-06-01T12:01:00.700Z' }
const at = (time: string) => Date.parse(`2026-06-01T${time}Z`)
const APPROVED = '2026-06-01T12:05:30.999Z'

interface Case {
  readonly what: string
  readonly of: BoxRequest
  readonly approvedAt?: string
  readonly within?: number
  readonly now: string
  readonly state: 'unproven' | 'wanted' | 'over'
  readonly until: string
  readonly why?: RegExp
}

const cases: Case[] = [
  { what: 'just asked', of: request, now: '12:00:00.000', state: 'unproven', until: '12:10:00.000' },
  { what: 'a moment before its link ends', of: request, now: '12:09:59.999', state: 'unproven', until: '12:10:00.000' },
  {
    what: 'its link ends',
    of: request,
    now: '12:10:00.000',
    state: 'over',
    until: '12:10:00.000',
    why: /not proven in time/,
  },
  { what: 'proven', of: proven, now: '12:01:00.700', state: 'wanted', until: '13:01:00.000' },
  { what: 'a moment before its time is up', of: proven, now: '13:00:59.999', state: 'wanted', until: '13:01:00.000' },
  {
    what: 'the very second',
    of: proven,
    now: '13:01:00.000',
    state: 'over',
    until: '13:01:00.000',
    why: /its time is up/,
  },
  { what: 'long ago', of: proven, now: '23:00:00.000', state: 'over', until: '13:01:00.000', why: /its time is up/ },
  { what: 'proven, and its link has ended', of: proven, now: '12:30:00.000', state: 'wanted', until: '13:01:00.000' },
  {
    ...{ what: 'extended', of: { ...proven, until: '2026-06-01T14:00:00.000Z' } },
    ...{ now: '13:30:00.000', state: 'wanted', until: '14:00:00.000' },
  },
  {
    ...{ what: 'extended, the very second', of: { ...proven, until: '2026-06-01T14:00:00.000Z' } },
    ...{ now: '14:00:00.000', state: 'over', until: '14:00:00.000', why: /its time is up/ },
  },
  {
    ...{ what: 'closed', of: { ...proven, closed: { at: '2026-06-01T12:20:00.000Z', by: { name: 'bob' } } } },
    ...{ now: '12:20:00.000', state: 'over', until: '12:20:00.000', why: /bob closed it/ },
  },
  {
    ...{
      what: 'closed before it was proven',
      of: { ...request, closed: { at: '2026-06-01T12:02:00.000Z', by: { name: 'bob' } } },
    },
    ...{ now: '12:03:00.000', state: 'over', until: '12:02:00.000', why: /bob closed it/ },
  },
  {
    what: 'waits for an approval',
    of: proven,
    within: 600,
    now: '12:10:59.999',
    state: 'wanted',
    until: '13:01:00.000',
  },
  {
    ...{ what: 'waited in vain', of: proven, within: 600, now: '12:11:00.000' },
    ...{ state: 'over', until: '12:11:00.000', why: /nobody approved it in time/ },
  },
  {
    ...{ what: 'approved: its time counts from then', of: proven, within: 600, approvedAt: APPROVED },
    ...{ now: '13:05:29.999', state: 'wanted', until: '13:05:30.000' },
  },
  {
    ...{ what: 'approved, and over', of: proven, within: 600, approvedAt: APPROVED },
    ...{ now: '13:05:30.000', state: 'over', until: '13:05:30.000', why: /its time is up/ },
  },
  {
    ...{ what: 'approved where nobody has to: the breaker asked', of: proven, approvedAt: APPROVED },
    ...{ now: '13:02:00.000', state: 'wanted', until: '13:05:30.000' },
  },
  {
    ...{ what: 'not proven, whoever approved it', of: request, approvedAt: APPROVED, within: 600 },
    ...{ now: '12:06:00.000', state: 'unproven', until: '12:10:00.000' },
  },
]

describe('How a request stands', () => {
  test.each(cases)('$what.', ({ of, approvedAt, within, now, state, until, why }) => {
    const standing = standingOf(of, approvedAt, within, at(now))
    expect(standing).toMatchObject({ state, until: `2026-06-01T${until}Z` })
    if (why) expect(standing.why).toMatch(why)
    else expect(standing).not.toHaveProperty('why')
  })

  test('ends in whole seconds, and never later than it would have to the millisecond.', () => {
    for (const part of ['000', '001', '499', '500', '999']) {
      const { until } = standingOf(
        { ...proven, provenAt: `2026-06-01T12:01:00.${part}Z` },
        undefined,
        undefined,
        at('12:02:00.000'),
      )
      expect(until).toBe('2026-06-01T13:01:00.000Z')
    }
  })
})
