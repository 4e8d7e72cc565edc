import { DeleteSecurityGroupCommand, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2'
import { afterEach, describe, expect, test } from 'vitest'
import type { Fault } from '#local/control.ts'
import {
  APP,
  calm,
  closed,
  control,
  counted,
  doors,
  ec2,
  entriesOf,
  eventOf,
  incidentsOf,
  newGroup,
  open,
  tcp,
  until,
  verdictOf,
} from '../support/cloud.ts'
import { deadLetters, mailbox } from '../support/mail.ts'

afterEach(calm)

const of = (service: string, action: string, fault: Omit<Fault, 'service' | 'action' | 'app'>): Fault => ({
  service,
  action,
  app: APP,
  ...fault,
})
const DENIED = {
  kind: 'error',
  status: 403,
  code: 'UnauthorizedOperation',
  message: 'You are not authorized.',
} as const
const THROTTLED = {
  kind: 'error',
  status: 503,
  code: 'RequestLimitExceeded',
  message: 'Request limit exceeded.',
} as const
const BROKEN = {
  kind: 'error',
  status: 500,
  code: 'InternalError',
  message: 'An internal error has occurred.',
} as const
const READ = 'DescribeSecurityGroupRules'
const REVOKE = 'RevokeSecurityGroupIngress'

/** The dead letter of the event that opened the group. */
async function deadLetterOf(group: string, seconds = 30) {
  const event = await eventOf(group)
  const letters = await until(
    `a dead letter of event ${event}`,
    deadLetters,
    (all) => all.some((one) => one.event === event),
    seconds,
  )
  expect((await counted()).has(event)).toBe(false)
  return letters.find((one) => one.event === event)!
}

describe('a read that fails is never "nothing there"', () => {
  test.each([
    ['throttled', THROTTLED],
    ['answered with 5xx', BROKEN],
    ['cut off', { kind: 'drop' } as const],
  ])('%s for a while: the door is closed within the same run', async (_how, fault) => {
    const group = await newGroup()
    await control.break(of('ec2', READ, { ...fault, resource: group, times: 2 }))
    await open(group)
    await closed(group)
    await verdictOf(group, 'contained')
  })

  test('left without an answer: the call is given up after five seconds, and made again', async () => {
    const group = await newGroup()
    await control.break(of('ec2', READ, { kind: 'hold', resource: group, times: 1 }))
    await open(group)
    await closed(group, 12)
    await verdictOf(group, 'contained')
  })

  test('failing for longer than one run: the door is closed by the retry', async () => {
    const group = await newGroup()
    await control.break(of('ec2', READ, { ...BROKEN, resource: group, times: 5 }))
    await open(group)
    await closed(group, 30)
    await verdictOf(group, 'contained')
  })

  test('denied for good: the event ends in the dead-letter queue with a code and a sentence', async () => {
    const group = await newGroup()
    await control.break(of('ec2', READ, { ...DENIED, resource: group }))
    await open(group)
    const letter = await deadLetterOf(group)
    expect(letter.sentence).toMatch(/read-denied: Expected to be allowed to look; AWS answered UnauthorizedOperation/)
    expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
  })
})

describe('a change that fails is told, retried and kept', () => {
  test('throttled: made on a later try', async () => {
    const group = await newGroup()
    await control.break(of('ec2', REVOKE, { ...THROTTLED, resource: group, times: 2 }))
    await open(group)
    await closed(group)
    await verdictOf(group, 'contained')
  })

  test('denied: partial, told as critical, and in the dead-letter queue', async () => {
    const mail = await mailbox()
    const group = await newGroup()
    await control.break(of('ec2', REVOKE, { ...DENIED, resource: group }))
    await open(group)
    const head = await verdictOf(group, 'partial')
    expect((await deadLetterOf(group)).sentence).toMatch(
      /step-denied: ec2:RevokeSecurityGroupIngress was expected to succeed/,
    )
    expect(await entriesOf(head.id)).toContainEqual(expect.objectContaining({ what: 'failed', code: 'step-denied' }))
    const told = (await mail.read()).filter((one) => one.facts.subject === group)
    expect(told.map((one) => [one.facts.verdict, one.importance])).toEqual([['partial', 'critical']])
    // Once it may act again, whatever looks next ends it: the incident is the same one.
    await control.break()
    await open(group, [{ IpProtocol: 'tcp', FromPort: 23, ToPort: 23, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }])
    await closed(group)
    expect((await verdictOf(group, 'contained')).id).toBe(head.id)
  })

  test('answered with success, and nothing was done: partial, then done by the retry', async () => {
    const group = await newGroup()
    await control.break(of('ec2', REVOKE, { kind: 'pretend', resource: group, times: 1 }))
    await open(group)
    const head = await verdictOf(group, 'partial', 40)
    await closed(group, 40)
    const entries = await until(
      'the verdict',
      () => entriesOf(head.id),
      (all) => all.at(-1)?.what === 'verified',
    )
    expect(entries.filter((entry) => entry.what === 'verified').map((entry) => entry.verdict)).toEqual([
      'partial',
      'contained',
    ])
  })

  test('done, but the answer was lost: found done on the second try', async () => {
    const group = await newGroup()
    await control.break(of('ec2', REVOKE, { kind: 'error-after', resource: group, times: 1 }))
    await open(group)
    const head = await verdictOf(group, 'contained')
    expect((await entriesOf(head.id)).map((entry) => entry.what)).toEqual([
      'opened',
      'intended',
      'found-done',
      'verified',
    ])
  })
})

describe('the world moves while we act', () => {
  /** Opens a door, waits until the revoke of it is on its way, and lets it go on once the world has moved. */
  async function meanwhile(move: (group: string, rule: string) => Promise<unknown>): Promise<string> {
    const group = await newGroup()
    await control.break(of('ec2', REVOKE, { kind: 'hold', resource: group, times: 1 }))
    const [rule] = await open(group)
    await until(
      'the revoke to be held',
      () => control.health(),
      ({ held }) => held > 0,
    )
    await move(group, rule!)
    await control.release()
    return group
  }

  test('the rule is taken away by somebody else', async () => {
    const group = await meanwhile((GroupId, rule) =>
      ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [rule] })),
    )
    const head = await verdictOf(group, 'contained')
    expect((await entriesOf(head.id)).map((entry) => entry.what)).toContain('found-done')
  })

  test('one of several rules is taken away: the others are closed all the same', async () => {
    const group = await newGroup()
    await control.break(of('ec2', REVOKE, { kind: 'hold', resource: group, times: 1 }))
    const [first] = await open(group, [tcp(22), tcp(3389), tcp(5432)])
    await until(
      'the revoke to be held',
      () => control.health(),
      ({ held }) => held > 0,
    )
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds: [first!] }))
    await control.release()
    await closed(group, 5)
    const head = await verdictOf(group, 'contained')
    const story = (await entriesOf(head.id)).map((entry) => entry.what)
    expect(story).toEqual(['opened', 'intended', 'not-done', 'joined', 'intended', 'done', 'verified'])
  })

  test('the group is deleted', async () => {
    const group = await meanwhile((GroupId) => ec2.send(new DeleteSecurityGroupCommand({ GroupId })))
    await verdictOf(group, 'contained')
  })

  test('another door is opened in the same group: both end in one incident', async () => {
    const group = await meanwhile((one) =>
      open(one, [{ IpProtocol: 'tcp', FromPort: 3389, ToPort: 3389, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]),
    )
    await closed(group)
    await verdictOf(group, 'contained')
    expect(await incidentsOf(group)).toHaveLength(1)
  })
})

describe('what CloudTrail and EC2 do on a bad day', () => {
  test('reads that lie behind, both ways', async () => {
    await control.change({ staleReadsMs: 2_500 })
    const group = await newGroup()
    await open(group)
    await verdictOf(group, 'contained', 30)
    await control.change({ staleReadsMs: 0 })
    expect(await doors(group)).toEqual([])
  })

  test('an event that comes five times, out of order, is acted on, told and counted once', async () => {
    const mail = await mailbox()
    await control.change({ duplicates: 4, reorder: true, deliveryDelayMs: 100 })
    const group = await newGroup()
    await open(group)
    await closed(group)
    const head = await verdictOf(group, 'contained')
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(await incidentsOf(group)).toHaveLength(1)
    expect((await entriesOf(head.id)).filter((entry) => entry.what === 'intended')).toHaveLength(1)
    expect((await mail.read()).filter((one) => one.facts.subject === group)).toHaveLength(1)
  })

  test('an event that nothing can read ends in the dead-letter queue', async () => {
    const id = `malformed-${Date.now()}`
    await control.emit({
      id,
      source: 'aws.ec2',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: {
        eventID: { not: 'text', id },
        eventSource: 'ec2.amazonaws.com',
        eventName: 'AuthorizeSecurityGroupIngress',
      },
    })
    const letters = await until(
      'a dead letter',
      deadLetters,
      (all) => all.some((one) => one.sentence.includes('event-malformed')),
      30,
    )
    expect(letters.find((one) => one.sentence.includes('event-malformed'))!.sentence).toMatch(
      /Expected an EventBridge event/,
    )
  })

  test('an event that hides its group makes us look at all of them', async () => {
    await control.change({ lossRate: 1 })
    const group = await newGroup()
    await open(group)
    await control.change({ lossRate: 0 })
    await control.emit({
      eventID: `hidden-${Date.now()}`,
      eventSource: 'ec2.amazonaws.com',
      eventName: 'AuthorizeSecurityGroupIngress',
      eventTime: new Date().toISOString(),
      awsRegion: 'eu-central-1',
      recipientAccountId: '123456789012',
      requestParameters: { reason: 'requestParameters too large', omitted: 'true', originalSize: '120000' },
      responseElements: null,
    })
    await closed(group)
  })
})
