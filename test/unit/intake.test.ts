import { describe, expect, test } from 'vitest'
import { fromEventBridge, readAny } from '#shared/intake/cloudtrail.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'

const record = {
  eventID: '11111111-2222-4333-a444-555555555555',
  eventName: 'AuthorizeSecurityGroupIngress',
  eventSource: 'ec2.amazonaws.com',
  eventTime: '2026-03-11T08:14:09Z',
  awsRegion: 'eu-central-1',
  recipientAccountId: '111122223333',
  sourceIPAddress: '198.51.100.23',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/lena', userName: 'lena' },
  requestParameters: { groupId: 'sg-1' },
  responseElements: { _return: true },
}
const event = (more: object = {}, envelope: object = {}) => ({
  source: 'aws.ec2',
  account: '999999999999',
  region: 'us-east-1',
  ...envelope,
  detail: { ...record, ...more },
})
const signal = (more: object = {}, envelope: object = {}) => {
  const reading = fromEventBridge(event(more, envelope))
  return 'signal' in reading ? reading.signal : null
}

describe('A CloudTrail record', () => {
  test('Is a signal, with what happened, where, when and by whom.', () => {
    expect(signal()).toEqual({
      kind: 'api-call',
      id: record.eventID,
      source: 'ec2.amazonaws.com',
      name: 'AuthorizeSecurityGroupIngress',
      account: '111122223333',
      region: 'eu-central-1',
      at: new Date('2026-03-11T08:14:09Z'),
      actor: {
        type: 'IAMUser',
        name: 'arn:aws:iam::111122223333:user/lena',
        principal: 'arn:aws:iam::111122223333:user/lena',
        address: '198.51.100.23',
      },
      request: { groupId: 'sg-1' },
      response: { _return: true },
    })
  })

  test('Takes the account and region of the envelope where it has none of its own.', () => {
    expect(signal({ recipientAccountId: undefined, awsRegion: null })).toMatchObject({
      account: '999999999999',
      region: 'us-east-1',
    })
  })

  test.each(['Client.UnauthorizedOperation', 'Client.DryRunOperation', 'Server.InternalError'])(
    'With error code %s is ignored, and says why.',
    (errorCode) => {
      expect(fromEventBridge(event({ errorCode }))).toEqual({
        ignored: `the call failed with ${errorCode}, so it changed nothing`,
        id: record.eventID,
      })
    },
  )

  test.each([[null], [''], [undefined]])('With error code %j has succeeded.', (errorCode) => {
    expect(signal({ errorCode })).not.toBeNull()
  })

  test.each([
    [{ arn: null, userName: 'lena' }, 'lena'],
    [{ arn: undefined, userName: undefined, invokedBy: 'autoscaling.amazonaws.com' }, 'autoscaling.amazonaws.com'],
    [{ arn: 7, userName: {}, principalId: 'AIDA' }, 'AIDA'],
    [{ arn: null, userName: null, accountId: '111122223333' }, '111122223333'],
  ])('Of the identity %j names %s as its actor.', (more, name) => {
    expect(signal({ userIdentity: { ...record.userIdentity, ...more } })?.actor.name).toBe(name)
  })

  test.each([[undefined], [null], ['root'], [[]]])(
    'With %j as its identity still counts: its actor is unknown.',
    (userIdentity) => {
      expect(signal({ userIdentity })?.actor).toMatchObject({ type: 'Unknown', name: 'unknown' })
    },
  )

  test('Without a time that can be read is as old as can be, and no error.', () => {
    expect(signal({ eventTime: 'yesterday' })?.at).toEqual(new Date(0))
    expect(signal({ eventTime: undefined })?.at).toEqual(new Date(0))
  })

  test.each([
    ['nothing', undefined],
    ['no detail', { source: 'aws.ec2' }],
    ['a detail that is text', { detail: 'x' }],
    ['no event id', event({ eventID: undefined })],
    ['an empty event id', event({ eventID: '' })],
    ['no event name', event({ eventName: 7 })],
    ['no source', event({ eventSource: null })],
  ])('An event with %s is malformed.', (_, value) => {
    expect(() => fromEventBridge(value)).toThrow(expect.objectContaining({ code: 'event-malformed' }))
  })

  test.each([
    ['nothing', undefined],
    ['no detail', { source: 'aws.ec2' }],
    ['no event name', event({ eventName: 7 })],
    ['no source', event({ eventSource: null })],
  ])('With %s is none, for a person who asks as well.', (_, value) => expect(readAny(value)).toBeNull())

  test.each([[undefined], [''], [7], [null], [{}]])(
    'With %j as its event id is malformed for the handlers, and read for a person who asks.',
    (eventID) => {
      expect(() => fromEventBridge(event({ eventID }))).toThrow(expect.objectContaining({ code: 'event-malformed' }))
      const read = readAny(event({ eventID }))
      expect(read).toMatchObject({ eventID: null, reading: { signal: { id: '', request: record.requestParameters } } })
      expect(readAny({ ...record, eventID })).toEqual(readAny(event({ eventID })))
      expect(readAny(event({ eventID, errorCode: 'Client.X' }))).toMatchObject({ eventID: null, reading: { id: '' } })
    },
  )

  test('Is read alike in its envelope and bare, but for what only the envelope says.', () => {
    expect(readAny(record)).toEqual(readAny(event()))
    expect(readAny(record)?.eventID).toBe(record.eventID)
  })
})

test('A scheduled event is a tick, with the id and time of the event.', () => {
  const tick = {
    'detail-type': 'Scheduled Event',
    id: 'abc',
    account: '1',
    region: 'r',
    time: '2026-01-01T00:00:00Z',
    detail: {},
  }
  expect(signalsOf(tick)).toEqual([
    { signal: { kind: 'tick', id: 'abc', account: '1', region: 'r', at: new Date('2026-01-01T00:00:00Z') } },
  ])
})
