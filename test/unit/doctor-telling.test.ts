import { describe, expect, test } from 'vitest'
import { doctorStatements } from '#deploy/doctor-role.ts'
import { requireSubscriber } from '#deploy/subscriber.ts'
import { judgeClocks } from '#shared/doctor/clocks.ts'
import { deadLetters, judgeQueues } from '#shared/doctor/dead-letters.ts'
import { judgeArmed, judgeExemptions } from '#shared/doctor/policy.ts'
import { judgeSubscribers, subscribers } from '#shared/doctor/subscribers.ts'
import { judgeTable } from '#shared/doctor/table.ts'
import { Fault } from '#shared/fault.ts'
import { armedOf, modesOf } from '#shared/policy/modes.ts'
import { NOW, outside } from '../support/doctor-world.ts'
import { exemption, policyWith, shipped } from '../support/policies.ts'

const armed = policyWith()
const asking = { ...shipped, 'impaired-defences': { mode: 'ask' as const } }

test('dead-letters: none waits, seen or in somebody’s hands', async () => {
  expect(judgeQueues([{ name: 'a', waiting: 0 }])).toMatchObject({ state: 'ok' })
  expect(
    judgeQueues([
      { name: 'a', waiting: 0 },
      { name: 'b', waiting: 1 },
    ]),
  ).toMatchObject({
    state: 'bad',
    says: 'Events failed for good: 1 in b.',
  })
  const held = { Attributes: { ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '2' } }
  expect(await deadLetters(outside({ 'sqs:GetQueueAttributes': async () => held }))).toMatchObject({
    says: 'Events failed for good: 2 in portcullis-dead-letters-prod.',
  })
})

describe('subscribers', () => {
  const confirmed = { Protocol: 'email', SubscriptionArn: 'arn:aws:sns:eu-central-1:1:t:2' }
  const pending = { Protocol: 'email', SubscriptionArn: 'PendingConfirmation' }
  test.each([
    ['confirmed', [confirmed], armed, 'ok'],
    ['confirmed beside pending', [pending, confirmed], armed, 'ok'],
    ['pending, acting', [pending], armed, 'bad'],
    ['pending, asking', [pending], asking, 'bad'],
    ['none, acting', [], armed, 'bad'],
    ['none, watching', [], shipped, 'unknown'],
    ['deleted, acting', [{ SubscriptionArn: 'Deleted' }], armed, 'bad'],
  ])('%s', (_name, subscriptions, policy, state) => {
    expect(judgeSubscribers(subscriptions, armedOf(policy))).toMatchObject({ name: 'subscribers', state })
  })

  test('the confirmed one may be on the second page', async () => {
    const pages = async ({ NextToken }: { NextToken?: string }) =>
      NextToken ? { Subscriptions: [confirmed] } : { Subscriptions: [pending], NextToken: 'more' }
    expect(await subscribers(outside({ 'sns:ListSubscriptionsByTopic': pages }))).toMatchObject({ state: 'ok' })
  })
})

describe('policy', () => {
  test('says what acts, asks and watches', () => {
    expect(modesOf(shipped)).toEqual([
      { name: 'no-world-ingress', mode: 'watch' },
      { name: 'impaired-defences', mode: 'watch' },
      { name: 'accused-hosts', mode: 'watch' },
    ])
    expect(judgeArmed(shipped, []).says).toBe(
      'Watching: no-world-ingress watches, impaired-defences watches, accused-hosts watches.',
    )
    expect(judgeArmed(armed, []).says).toBe('Armed: no-world-ingress acts, impaired-defences watches.')
    expect(armedOf(policyWith('  describe: { mode: ask }\n')).map(({ name }) => name)).toContain(
      'open-ingress.describe',
    )
  })

  test('a response that somebody switched off is bad, with who, when and why', () => {
    const disarmed = { by: { name: 'alice' }, at: '2026-05-05T11:00:00.000Z', reason: 'the "shop"\nis down' }
    const check = judgeArmed(armed, [{ response: 'open-ingress', disarmed }])
    expect(check).toMatchObject({ state: 'bad' })
    expect(check.says).toContain('"alice" at 2026-05-05T11:00:00.000Z: "the ')
    expect(check.says).not.toContain('\n')
    // Disarmed is not watching: what it would have done, people are asked.
    expect(check.says).toContain('What it would have done it asks, and nobody can approve. (Armed: ')
  })

  test.each([
    ['none', '', 'ok'],
    ['15 days ahead', '2026-05-20', 'ok'],
    ['14 days ahead', '2026-05-19T12:00:00Z', 'bad'],
    ['a second more than 14 days ahead', '2026-05-19T12:00:01Z', 'ok'],
    ['lapsed a second ago', '2026-05-05T11:59:59Z', 'ok'],
  ])('exemptions: %s', (_name, expires, state) => {
    const policy = expires ? policyWith(exemption('groups: [sg-1]', 'legacy-mail', expires)) : shipped
    const check = judgeExemptions(policy, NOW)
    expect(check).toMatchObject({ name: 'exemptions', state })
    if (state === 'bad') expect(check.says).toMatch(/legacy-mail \(mail-team@example.com\) ends in 14 days/)
    if (expires.includes('T11'))
      expect(check).toMatchObject({ says: expect.stringMatching(/lapsed/), fix: expect.anything() })
  })
})

test('table: protected, recoverable, and its key at hand', () => {
  const table = { DeletionProtectionEnabled: true }
  const backups = { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' as const } }
  expect(judgeTable(table, backups)).toMatchObject({ state: 'ok', says: expect.stringMatching(/DynamoDB's own key/) })
  expect(judgeTable({ ...table, SSEDescription: { KMSMasterKeyArn: 'arn:key' } }, backups).says).toMatch(/arn:key/)
  expect(judgeTable({}, backups)).toMatchObject({ state: 'bad', says: expect.stringMatching(/deletion/) })
  expect(judgeTable(table, {})).toMatchObject({ state: 'bad', says: expect.stringMatching(/point-in-time/) })
  expect(judgeTable({ ...table, TableStatus: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }, backups).state).toBe('bad')
  const lost = { InaccessibleEncryptionDateTime: new Date() }
  expect(judgeTable({ ...table, SSEDescription: lost }, backups).state).toBe('bad')
})

test.each([
  [0, 'ok'],
  [-5_999, 'ok'],
  [-6_001, 'unknown'],
  [5_200, 'ok'],
  [5_201, 'unknown'],
  [60_200, 'unknown'],
  [60_201, 'bad'],
  [-61_001, 'bad'],
  [Number.NaN, 'unknown'],
])('clocks that are %s ms apart, seen through a call of 200 ms and a date of whole seconds, are %s', (apart, state) => {
  expect(judgeClocks(NOW + apart, NOW, NOW + 200)).toMatchObject({ name: 'clocks', state })
})

describe('A deployment that asks or acts needs somebody who hears of it', () => {
  const QUEUE = 'arn:aws-us-gov:sqs:us-gov-west-1:123456789012:security'
  const ELSEWHERE = 'arn:aws-us-gov:sqs:us-gov-west-1:210987654321:security'
  test.each([
    ['watching, nobody', shipped, '', false, 'deployed'],
    ['acting, nobody', armed, '', false, 'subscriber-missing'],
    ['asking, nobody', asking, '', false, 'subscriber-missing'],
    ['acting, somebody has confirmed', armed, '', true, 'deployed'],
    ['acting, a queue', armed, QUEUE, false, 'deployed'],
    ['acting, a queue of another account', armed, ELSEWHERE, false, 'subscriber-missing'],
    ['acting, a queue of another account beside somebody who has confirmed', armed, ELSEWHERE, true, 'deployed'],
    ['watching, a queue of another account', shipped, ELSEWHERE, false, 'deployed'],
    ['a queue by its URL', shipped, 'https://sqs/1/q', false, 'input-invalid'],
  ])('%s', async (_name, policy, noticesQueue, isHeard, expected) => {
    const ask = async () => ({ account: '123456789012', isHeard })
    const came = await requireSubscriber(armedOf(policy), { stage: 'prod', noticesQueue }, ask).then(
      () => 'deployed',
      (error: unknown) => (error instanceof Fault ? error.code : String(error)),
    )
    expect(came).toBe(expected)
  })
})

test('the doctor can change nothing but its own page, run nothing but the responders, and tell its own topic alone', () => {
  const statements = doctorStatements({ stage: 'prod', kmsKey: '' }) as {
    Action: string[]
    Resource: unknown
    Condition?: unknown
  }[]
  const changing = statements.filter(({ Action }) =>
    Action.some((one) => !/:(Describe|Get|List|Lookup|Query)/.test(one) && !one.startsWith('logs:')),
  )
  expect(changing).toMatchObject([
    { Action: ['sns:ListSubscriptionsByTopic', 'sns:Publish'], Resource: [{ Ref: 'Notices' }] },
    {
      Action: ['dynamodb:PutItem'],
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['doctor'] } },
    },
    { Action: ['lambda:InvokeFunction'] },
  ])
  expect(JSON.stringify(changing[2])).toMatch(/function:portcullis-prod-close-open-ingress"/)
  for (const { Action, Resource } of statements)
    if (Resource === '*') for (const one of Action) expect(one).toMatch(/:(Describe|List|Lookup)/)
  expect(JSON.stringify(statements)).not.toContain('arn:aws:')
})
