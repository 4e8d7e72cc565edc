import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  calm,
  doors,
  entriesOf,
  inbound,
  ledger,
  newGroup,
  open,
  slack,
  tcp,
  until,
  verdictOf,
} from '../support/cloud.ts'
import { as } from '../support/portcullis.ts'
import { ed25519 } from '../support/public-key.ts'
import {
  askInSlack,
  boxOf,
  buttonsOf,
  CHANNEL,
  endpoint,
  jump,
  messageThat,
  noBoxes,
  openView,
  press,
  pressWithReason,
  shown,
  submit,
  textOf,
  toldAlone,
  USERS,
  type User,
  useSlack,
  visit,
} from '../support/slack-stage.ts'

/** What can be pressed in a notice, beside the ask for a jump box. */

useSlack()
const KEY = ed25519()
let before = 0
beforeEach(async () => {
  before = (await slack.state()).ephemerals.length
})
afterEach(async () => {
  await calm()
  await noBoxes()
})

/** What these people alone were told in this test. */
const told = async () =>
  (await slack.state()).ephemerals.slice(before).map(({ user, text, via }) => ({ user, text: text ?? '', via }))

/** The message about a group, once it is as hoped for. */
const about = (group: string, word: RegExp) =>
  messageThat(
    `${word} of ${group}`,
    (one) => one.channel === CHANNEL && textOf(one).includes(group) && word.test(one.text ?? ''),
  )

/** A door that the policy asks about, told. */
async function askedDoor() {
  const group = await newGroup()
  await open(group, [tcp(9100)])
  return { group, message: await about(group, /^OPEN/) }
}

/** A door that was closed, told. */
async function closedDoor() {
  const group = await newGroup()
  await open(group, [tcp(22, '0.0.0.0/0', 'for the partners')], [{ Key: 'team', Value: 'mail' }])
  const { id } = await verdictOf(group, 'contained')
  return { group, id, message: await about(group, /^CONTAINED/) }
}

test('Approve closes a door that the policy asks about; the message says so', async () => {
  const { group, message } = await askedDoor()
  expect(buttonsOf(message)).toEqual(['Approve', 'Decline', 'Disarm'])
  await pressWithReason('bob', message, 'approve', 'nobody needs it')
  await toldAlone('bob', /^Approved: contained/)
  expect(await doors(group)).toEqual([])
  const contained = await about(group, /^CONTAINED/)
  expect(contained.ts).toBe(message.ts)
  expect(buttonsOf(contained)).toEqual(['Undo', 'Disarm'])
  // Whoever pressed was answered at the address that Slack gave for that.
  expect((await told()).at(-1)).toEqual({ user: USERS.bob, text: 'Approved: contained.', via: 'response_url' })
})

test('Decline leaves it; the buttons go', async () => {
  const { group, message } = await askedDoor()
  await pressWithReason('bob', message, 'decline', 'we need it tonight')
  const declined = await messageThat(
    'that it was declined',
    (one) => one.ts === message.ts && /bob declined this/.test(textOf(one)),
  )
  expect(buttonsOf(declined)).toEqual(['Disarm'])
  expect(await doors(group)).toEqual(['tcp/9100 0.0.0.0/0'])
})

describe('Undo', () => {
  test('puts back what was taken, exactly as the command does, in the name of whoever pressed', async () => {
    const [one, other] = [await closedDoor(), await closedDoor()]
    await pressWithReason('alice', one.message, 'undo', 'it was meant to be open')
    await toldAlone('alice', /^Done: it is put back/)
    const said = await as('alice')('undo', other.id, '--reason', 'it was meant to be open')
    expect(said.code).toBe(0)

    const rules = async (group: string) =>
      (await inbound(group)).map(
        ({ SecurityGroupRuleId: _id, SecurityGroupRuleArn: _arn, GroupId: _group, ...rest }) => rest,
      )
    expect(await rules(one.group)).toEqual(await rules(other.group))
    expect(await rules(one.group)).toMatchObject([{ CidrIpv4: '0.0.0.0/0', Description: 'for the partners' }])
    const kinds = async (id: string) => (await entriesOf(id)).map(({ what }) => what)
    expect(await kinds(one.id)).toEqual(await kinds(other.id))
    const by = (await entriesOf(one.id)).flatMap((entry) =>
      entry.what === 'undo-intended' ? [{ by: entry.by, reason: entry.reason }] : [],
    )
    expect(by).toEqual([{ by: { name: 'alice', from: `Slack ${USERS.alice}` }, reason: 'it was meant to be open' }])
    const undone = await about(one.group, /^UNDONE/)
    expect(undone.ts).toBe(one.message.ts)
    expect(buttonsOf(undone)).not.toContain('Undo')
  })

  test('is refused where somebody has changed the group since, as by the command', async () => {
    const { group, message } = await closedDoor()
    await pressWithReason('alice', message, 'undo', 'it was meant')
    await toldAlone('alice', /^Done: it is put back/)
    const late = { channel: message.channel, ts: message.ts, version: 0 }
    await slack.press({ url: endpoint, user: USERS.alice, message: late, action_id: 'undo' })
    await submit('alice', { reason: 'once more' })
    await toldAlone('alice', /^(Refused|Not done): /)
    expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
  })
})

test('Disarm and Arm switch a response off and on again', async () => {
  const { message } = await closedDoor()
  try {
    await pressWithReason('alice', message, 'disarm-open-ingress', 'a migration tonight')
    await toldAlone('alice', /^Disarmed: it asks from now on/)
    expect((await ledger.guard('open-ingress')).disarmed).toMatchObject({
      by: { name: 'alice', from: `Slack ${USERS.alice}` },
      reason: 'a migration tonight',
    })
    const group = await newGroup()
    await open(group)
    await about(group, /^OPEN/)
    expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])

    const disarmed = await messageThat('that it is disarmed', (one) => /^DISARMED: open-ingress/.test(one.text ?? ''))
    expect(buttonsOf(disarmed)).toEqual(['Arm open-ingress'])
    await pressWithReason('alice', disarmed, 'arm-open-ingress', 'the migration is over')
    await toldAlone('alice', /^Armed/)
    expect((await ledger.guard('open-ingress')).disarmed).toBeNull()
    await messageThat('that it is armed', (one) => /^ARMED: open-ingress/.test(one.text ?? ''))
  } finally {
    await as('alice')('arm', '--reason', 'end of the test')
  }
})

describe('who may not', () => {
  test.each([
    ['carol', 'undo', /^Not done: Expected somebody who may operate; the policy does not say that of carol/],
    ['bob', 'undo', /^Not done: Expected somebody who may operate; the policy does not say that of bob/],
    ['bob', 'disarm-open-ingress', /^Not done: Expected somebody who may operate/],
    ['mallory', 'undo', /^Not done: Expected somebody under people in the policy; Slack user U0123MALLO is none/],
  ] as const)('%s presses %s, and is told no', async (user, action, word) => {
    const { group, id, message } = await closedDoor()
    expect(await press(user, message, action)).toMatchObject({ status: 200, late: false })
    if (user !== 'mallory') await submit(user, { reason: 'I want it' })
    await until('the answer', told, (all) => all.some((one) => one.user === USERS[user] && word.test(one.text)))
    expect(await doors(group)).toEqual([])
    expect((await entriesOf(id)).map(({ what }) => what)).not.toContain('undo-intended')
    expect((await ledger.guard('open-ingress')).disarmed).toBeNull()
  })

  test('a stranger who types is told how they could be known', async () => {
    expect(await jump('mallory')).toMatchObject({ status: 200, body: expect.stringContaining('slack: U0123MALLO') })
    await expect(openView('mallory')).rejects.toThrow()
  })
})

describe('another’s box', () => {
  async function box(user: User) {
    const { link, id } = await askInSlack(user, { zone: 'lab', key: KEY })
    await visit(link, 'POST')
    const message = await messageThat(
      'the box',
      (one) => one.channel === CHANNEL && /^READY/.test(one.text ?? '') && textOf(one).includes(id),
    )
    return { id, message }
  }

  test('can’t be closed or extended by who may not operate; who may closes it, and it is recorded who did', async () => {
    const { id, message } = await box('bob')
    await press('carol', message, 'close')
    await toldAlone('carol', /^Not done: It is the box of bob, and you may close your own alone/)
    await press('carol', message, 'extend')
    await toldAlone('carol', /^Not done: It is the box of bob, and you may extend your own alone/)
    // Nobody uses another's box for longer, whatever they may.
    await press('alice', message, 'extend')
    await toldAlone('alice', /^Not done: It is the box of bob/)
    expect((await boxOf(id)).instance?.State?.Name).toBe('running')

    await press('alice', message, 'close')
    await toldAlone('alice', /^Closed: gone/)
    const gone = await messageThat('the end', (one) => one.ts === message.ts && /^GONE/.test(one.text ?? ''))
    expect(textOf(gone)).toContain('alice closed it')
  })
})

describe('where Slack’s own time is up', () => {
  test('a form that came too late is asked for again: nothing is lost, and nothing was done', async () => {
    const { group, message } = await askedDoor()
    await slack.mood({ method: 'views.open', kind: 'error', error: 'expired_trigger_id', times: 1 })
    // Slack shows whoever pressed that it failed.
    expect((await press('bob', message, 'approve')).status).toBe(500)
    expect(await doors(group)).toEqual(['tcp/9100 0.0.0.0/0'])
    await pressWithReason('bob', message, 'approve', 'nobody needs it')
    await toldAlone('bob', /^Approved: contained/)

    await slack.mood({ method: 'views.open', kind: 'error', error: 'expired_trigger_id', times: 1 })
    expect((await jump('bob')).status).toBe(500)
    expect((await jump('bob')).status).toBe(200)
    expect(shown(await openView('bob')).callback_id).toBe('jump-request')
  })

  test('what was pressed is done once, also where nobody can be answered any more', async () => {
    const { group, message } = await askedDoor()
    await slack.mood({ method: 'response_url', kind: 'error', error: 'used_url', times: 1 })
    await pressWithReason('bob', message, 'approve', 'nobody needs it')
    const contained = await about(group, /^CONTAINED/)
    const incident = /Incident `([0-9A-Z]{26})`/.exec(textOf(contained))![1]!
    expect((await entriesOf(incident)).filter(({ what }) => what === 'approved')).toHaveLength(1)
    expect(await doors(group)).toEqual([])
  })

  test('an answer that Slack is slow to take is given again', async () => {
    const { message } = await askedDoor()
    await slack.mood({ method: 'response_url', kind: '500', times: 1 })
    await pressWithReason('bob', message, 'decline', 'not today')
    await until('the answer', told, (all) => all.some((one) => /^Declined/.test(one.text)))
  })
})
