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
  ledger,
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

const DENIED = { status: 400, code: 'AccessDeniedException' }
const GONE = { status: 400, code: 'ResourceNotFoundException' }
const THROTTLED = { status: 400, code: 'ThrottlingException' }
/** A throttle inside a transaction comes as its cancellation, which the SDK does not try again. */
const CANCELLED = {
  status: 400,
  code: 'TransactionCanceledException',
  fields: { CancellationReasons: [{ Code: 'None' }, { Code: 'ThrottlingError' }] },
}

/** Nothing was revoked, and the event is kept with what it died of. */
async function keptUndone(group: string): Promise<void> {
  const event = await eventOf(group)
  const letters = await until('a dead letter', deadLetters, (all) => all.some((one) => one.event === event), 45)
  expect(letters.find((one) => one.event === event)!.sentence).toMatch(
    /ledger-unreachable: Expected the ledger to be (read|written); DynamoDB answered/,
  )
  expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
  expect(await revokes(group)).toEqual([])
}

describe('no ledger, no action', () => {
  test.each([
    ['Query', 'denied', DENIED],
    ['Query', 'gone', GONE],
    ['Query', 'throttled', THROTTLED],
    ['TransactWriteItems', 'denied', DENIED],
    ['TransactWriteItems', 'gone', GONE],
    ['TransactWriteItems', 'throttled', THROTTLED],
    ['TransactWriteItems', 'throttled within the transaction', CANCELLED],
  ])('%s %s for good: nothing is revoked, and the event is kept', async (action, _, error) => {
    const group = await newGroup()
    // A query names its subject in the body; a transaction its group in the pre-image.
    await control.break(dynamodb(action, { ...error, resource: group }))
    await open(group)
    await keptUndone(group)
  })

  test.each([
    ['denied', DENIED],
    ['gone', GONE],
    ['throttled', THROTTLED],
  ])('the question for the guard alone %s for good: nothing is revoked, and the event is kept', async (_, error) => {
    const group = await newGroup()
    await control.break(dynamodb('Query', { ...error, resource: 'guard#open-ingress' }))
    await open(group)
    await keptUndone(group)
  })

  test.each([
    ['Query', THROTTLED],
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

describe('the guard says stop, and the table answers badly', () => {
  /** Switched off, for the time of a test. */
  async function whileDisarmed(work: () => Promise<void>): Promise<void> {
    const by = { name: 'otto', from: '198.51.100.7' }
    const off = { by, at: new Date().toISOString(), reason: 'a migration tonight' }
    await ledger.setDisarmed('open-ingress', off, by, 'a test')
    try {
      await work()
    } finally {
      await ledger.setDisarmed('open-ingress', null, by, 'end of the test')
    }
  }

  test.each<[string, object]>([
    ['the subject can not be read for a while', { action: 'Query', ...THROTTLED, times: 2 }],
    ['the guard can not be read for a while', { action: 'Query', ...THROTTLED, resource: 'guard#', times: 2 }],
    ['nothing can be written for a while', { action: 'TransactWriteItems', ...CANCELLED, times: 2 }],
  ])('%s: it is asked, and nothing is revoked', async (_, fault) => {
    await whileDisarmed(async () => {
      const group = await newGroup()
      await control.break(dynamodb('', { resource: group, ...fault }))
      await open(group)
      expect(await verdictOf(group, 'open', 30)).toMatchObject({ left: 'ask kill switch' })
      expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
      expect(await revokes(group)).toEqual([])
    })
  })

  test.each<[string, object]>([
    ['the guard can not be read', { action: 'Query', ...DENIED, resource: 'guard#' }],
    ['nothing can be written', { action: 'TransactWriteItems', ...DENIED }],
  ])('%s at all: it is not asked, but nothing is revoked either, and the event is kept', async (_, fault) => {
    await whileDisarmed(async () => {
      const group = await newGroup()
      await control.break(dynamodb('', { resource: group, ...fault }))
      await open(group)
      await keptUndone(group)
    })
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
