import { afterEach, describe, expect, test } from 'vitest'
import {
  APP,
  calm,
  closed,
  control,
  counted,
  doors,
  entriesOf,
  eventOf,
  newGroup,
  open,
  until,
  verdictOf,
} from '../support/cloud.ts'
import { deadLetters, mailbox } from '../support/mail.ts'

afterEach(calm)

const dynamodb = (action: string, more: object) => ({
  service: 'dynamodb',
  action,
  app: APP,
  kind: 'error' as const,
  ...more,
})
const revokes = async (group: string) =>
  (await control.calls()).filter(
    (call) => call.app === APP && call.action === 'RevokeSecurityGroupIngress' && call.resources.includes(group),
  )

describe('no ledger, no action', () => {
  test.each([
    ['Query', { status: 400, code: 'AccessDeniedException' }],
    ['TransactWriteItems', { status: 400, code: 'AccessDeniedException' }],
    ['Query', { status: 400, code: 'ResourceNotFoundException' }],
  ])('%s failing for good with %j: nothing is revoked, and the event is kept', async (action, error) => {
    const group = await newGroup()
    // A query names its subject in the body; a transaction its group in the pre-image.
    await control.break(dynamodb(action, { ...error, resource: group }))
    await open(group)
    const event = await eventOf(group)
    const letters = await until('a dead letter', deadLetters, (all) => all.some((one) => one.event === event), 30)
    expect(letters.find((one) => one.event === event)!.sentence).toMatch(
      /ledger-unreachable: Expected the ledger to be (read|written); DynamoDB answered/,
    )
    expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
    expect(await revokes(group)).toEqual([])
  })

  test.each([
    ['Query', { status: 400, code: 'ThrottlingException' }],
    ['TransactWriteItems', { status: 500, code: 'InternalServerError' }],
    [
      'TransactWriteItems',
      {
        status: 400,
        code: 'TransactionCanceledException',
        fields: { CancellationReasons: [{ Code: 'TransactionConflict' }] },
      },
    ],
  ])('%s failing for a while with %j: the door is closed all the same', async (action, error) => {
    const group = await newGroup()
    await control.break(dynamodb(action, { ...error, resource: group, times: 2 }))
    await open(group)
    await closed(group, 30)
    await verdictOf(group, 'contained', 30)
  })
})

test('a run that died between intent and outcome is taken up by the retry', async () => {
  const group = await newGroup()
  // The intent is written and the rule is gone, but the ledger can't be told, so the first run fails.
  await control.break(
    dynamodb('TransactWriteItems', { status: 400, code: 'AccessDeniedException', resource: group, skip: 1, times: 1 }),
  )
  await open(group)
  const head = await verdictOf(group, 'contained', 30)
  expect((await entriesOf(head.id)).map((entry) => entry.what)).toEqual([
    'opened',
    'intended',
    'found-done',
    'verified',
  ])
  expect(await revokes(group)).toHaveLength(1)
})

test('a notice that can not be sent is sent by the retry', async () => {
  const mail = await mailbox()
  const group = await newGroup()
  await control.break({
    service: 'sns',
    action: 'Publish',
    app: APP,
    kind: 'error',
    status: 403,
    code: 'AuthorizationError',
    resource: group,
    times: 1,
  })
  await open(group)
  await until(
    'the notice',
    () => mail.read(),
    (all) => all.some((one) => one.facts.subject === group),
    30,
  )
  const event = await eventOf(group)
  await until('the event to be counted', counted, (books) => books.get(event) === 'settled')
})
