import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { configRecorder, judgeRecorder } from '#shared/doctor/config-recorder.ts'
import { eventRules, judgeRules, type RuleFacts } from '#shared/doctor/event-rules.ts'
import { type Heard, judgeLastEvent, lastEvent, succeeded } from '#shared/doctor/last-event.ts'
import { judgeSweeps } from '#shared/doctor/last-sweep.ts'
import { responders } from '#shared/doctor/responders.ts'
import { ledger, NOW, outside } from '../support/doctor-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('config-recorder', () => {
  const on = { name: 'default', recording: true, lastStatus: 'Success' as const }
  const SG = 'AWS::EC2::SecurityGroup' as const
  test.each<[string, Parameters<typeof judgeRecorder>[0][number], string]>([
    ['without a group it records all', { name: 'default' }, 'ok'],
    ['all that is supported', { name: 'default', recordingGroup: { allSupported: true } }, 'ok'],
    ['the type by name', { name: 'default', recordingGroup: { allSupported: false, resourceTypes: [SG] } }, 'ok'],
    ['other types', { name: 'default', recordingGroup: { resourceTypes: ['AWS::EC2::Instance'] } }, 'bad'],
    [
      'all but others',
      {
        name: 'default',
        recordingGroup: {
          recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
          exclusionByResourceTypes: { resourceTypes: ['AWS::EC2::Instance'] },
        },
      },
      'ok',
    ],
    [
      'all but security groups',
      {
        name: 'default',
        recordingGroup: {
          allSupported: true,
          recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
          exclusionByResourceTypes: { resourceTypes: [SG] },
        },
      },
      'bad',
    ],
  ])('%s', (_name, recorder, state) => {
    expect(judgeRecorder([recorder], [on])).toMatchObject({ name: 'config-recorder', state })
  })

  test('none is a choice; stopped and failing are not', async () => {
    expect(await configRecorder(outside())).toMatchObject({ state: 'ok' })
    expect(judgeRecorder([], [])).toMatchObject({ state: 'unknown' })
    expect(judgeRecorder([{ name: 'default' }], [{ ...on, recording: false }])).toMatchObject({ state: 'bad' })
    expect(judgeRecorder([{ name: 'default' }], [])).toMatchObject({ state: 'bad' })
    expect(judgeRecorder([{ name: 'default' }], [{ ...on, lastStatus: 'Pending' }])).toMatchObject({
      state: 'ok',
    })
    expect(
      judgeRecorder([{ name: 'default' }], [{ ...on, lastStatus: 'Failure', lastErrorCode: 'AccessDenied' }]),
    ).toMatchObject({ state: 'bad', says: expect.stringMatching(/AccessDenied/) })
  })
})

describe('event-rules', () => {
  const responder = { name: 'close-open-ingress', events: 1, ticks: 1 }
  const rule: RuleFacts = { name: 'rule', state: 'ENABLED', kind: 'events' }
  const tick: RuleFacts = { name: 'tick', state: 'ENABLED', kind: 'ticks' }
  test.each<[string, RuleFacts[], string, RegExp]>([
    ['all there', [rule, tick], 'ok', /All 2 rules/],
    ['enabled the other way', [{ ...rule, state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' }, tick], 'ok', /All/],
    ['more than there should be', [rule, rule, tick], 'ok', /All 3/],
    ['disabled', [{ ...rule, state: 'DISABLED' }, tick], 'bad', /rule is DISABLED/],
    ['one without its target, or gone', [tick], 'bad', /0 of 1 rules bring close-open-ingress events/],
    ['no ticks', [rule], 'bad', /0 of 1 rules bring close-open-ingress the ticks/],
  ])('%s', (_name, rules, state, says) => {
    expect(judgeRules([{ responder, rules }])).toMatchObject({ state, says: expect.stringMatching(says) })
  })

  test('rules are found by their target, page by page, in the partition of the stack', async () => {
    const asked: unknown[] = []
    const check = await eventRules(
      outside(
        {
          'events:ListRuleNamesByTarget': async (input: { NextToken?: string }) => {
            asked.push(input)
            return input.NextToken ? { RuleNames: ['tick'] } : { RuleNames: ['rule'], NextToken: 'more' }
          },
        },
        { responders: [responder] },
      ),
    )
    const TargetArn = 'arn:aws-cn:lambda:eu-central-1:123456789012:function:portcullis-prod-close-open-ingress'
    expect(asked).toEqual([{ TargetArn }, { TargetArn, NextToken: 'more' }])
    expect(check).toMatchObject({ state: 'ok' })
  })

  test('the list of responders is what functions/ says', () => {
    const written = readdirSync('functions').flatMap((folder) => {
      const file = parse(readFileSync(`functions/${folder}/function.yml`, 'utf8'), { logLevel: 'silent' }) as object
      return Object.entries(file).map(([name, { events = [] }]: [string, { events?: object[] }]) => ({
        name,
        events: events.filter((event) => 'eventBridge' in event).length,
        ticks: events.filter((event) => 'schedule' in event).length,
      }))
    })
    for (const responder of responders) expect(written).toContainEqual(responder)
    // Whatever hears events must be looked after.
    const hearing = written.filter(({ events }) => events > 0).map(({ name }) => name)
    expect(responders.map(({ name }) => name)).toEqual(expect.arrayContaining(hearing))
  })
})

describe('last-event', () => {
  const quiet: Heard = { now: NOW, last: NOW - HOUR, since: NOW - 100 * DAY, history: [] }
  test.each<[string, Partial<Heard>, string]>([
    ['heard within a day', {}, 'ok'],
    ['heard within a day, history not to be had', { history: null }, 'ok'],
    ['a day ago to the millisecond, history not to be had', { last: NOW - DAY, history: null }, 'ok'],
    ['longer ago, history not to be had', { last: NOW - DAY - 1, history: null }, 'bad'],
    ['longer ago, and there was nothing to hear', { last: NOW - 9 * DAY }, 'ok'],
    ['never, and there was nothing to hear', { last: 0 }, 'ok'],
    ['a change that was not heard', { history: [NOW - 20 * MINUTE] }, 'bad'],
    ['a change that may still be on its way', { history: [NOW - 14 * MINUTE] }, 'ok'],
    ['a change that may be the one that was heard', { history: [NOW - 59 * MINUTE] }, 'ok'],
    ['a change since, after years of silence', { last: 0, history: [NOW - 20 * MINUTE] }, 'bad'],
    ['a change from before it was deployed', { last: 0, since: NOW - HOUR, history: [NOW - 2 * HOUR] }, 'ok'],
    ['never, new, history not to be had', { last: 0, since: NOW - HOUR, history: null }, 'unknown'],
    ['never, old, history not to be had', { last: 0, history: null }, 'bad'],
  ])('%s', (_name, more, state) => {
    expect(judgeLastEvent({ ...quiet, ...more })).toMatchObject({ name: 'last-event', state })
  })

  test('asks the history of what came since, leaves failed calls and dry runs out', async () => {
    const asked: unknown[] = []
    const event = (errorCode?: string | null) => ({
      EventTime: new Date(NOW - 30 * MINUTE),
      CloudTrailEvent: JSON.stringify({ eventName: 'AuthorizeSecurityGroupIngress', errorCode }),
    })
    const world = (Events: unknown[]) =>
      outside({
        'cloudtrail:LookupEvents': async (input: unknown) => {
          asked.push(input)
          return { Events }
        },
      })
    expect(await lastEvent(world([event('Client.DryRunOperation')]))).toMatchObject({ state: 'ok' })
    expect(asked).toMatchObject([
      { LookupAttributes: [{ AttributeValue: 'AuthorizeSecurityGroupIngress' }], StartTime: new Date(NOW - HOUR) },
      { LookupAttributes: [{ AttributeValue: 'ModifySecurityGroupRules' }], StartTime: new Date(NOW - HOUR) },
    ])
    expect(await lastEvent(world([event()]))).toMatchObject({ state: 'bad', says: expect.stringMatching(/it is deaf/) })
    expect(succeeded(event(null))).toBe(true)
    expect(succeeded({ CloudTrailEvent: 'no json' })).toBe(false)
    expect(succeeded({})).toBe(false)
  })

  test('a history that may not be read leaves the day', async () => {
    const denied = { 'cloudtrail:LookupEvents': async () => Promise.reject(new Error('denied')) }
    expect(await lastEvent(outside(denied))).toMatchObject({ state: 'ok' })
    expect(await lastEvent(outside(denied, { ledger: ledger({ lastEvent: NOW - 2 * DAY }) }))).toMatchObject({
      state: 'bad',
    })
  })
})

test('last-sweep: an hour, and what a sweep itself takes', () => {
  const swept = (completedAt: number) => judgeSweeps([{ response: 'open-ingress', completedAt }], NOW)
  expect(swept(NOW - HOUR)).toMatchObject({ state: 'ok' })
  expect(swept(NOW - 65 * MINUTE)).toMatchObject({ state: 'ok' })
  expect(swept(NOW - 65 * MINUTE - 1)).toMatchObject({ state: 'bad' })
  expect(swept(0)).toMatchObject({ state: 'bad', says: 'The sweep of open-ingress never came to its end.' })
  expect(
    judgeSweeps(
      [
        { response: 'a', completedAt: NOW },
        { response: 'b', completedAt: NOW - DAY },
      ],
      NOW,
    ),
  ).toMatchObject({ state: 'bad', says: 'The sweep of b came to its end 24 h ago.' })
})
