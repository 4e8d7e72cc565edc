import { describe, expect, test } from 'vitest'
import { boxPolicy, KEY, slackId, ZONES } from '../support/box-policy.ts'
import { type BoxStage, boxStage, HOUR, MINUTE } from '../support/box-stage.ts'

const OTHER_KEY = KEY.replace(/S0tLS.*$/, (text) => `TE${text.slice(2)}`)

/** A box in a zone that wants an approval, asked for and proven. */
async function asked(person = 'carol', more = {}) {
  const there = boxStage()
  const id = await there.open(person, { zone: 'vault', ...more })
  return { there, id }
}
const hashOf = (there: BoxStage, id: string) => there.asks.get(id)?.hash

describe('A box that somebody else has to approve', () => {
  test('is asked about, in words that say who wants what, and nothing is made.', async () => {
    const { there, id } = await asked()
    expect(there.calls).toEqual([])
    expect(there.asks.get(id)).toMatchObject({ state: 'asked', expires: there.time.now + 10 * MINUTE })
    expect(there.texts()[0]).toContain('carol asks for a jump box in vault for 30 minutes')
    expect(there.texts()[0]).toContain('for 203.0.113.7/32: "look at the logs"')
    expect(there.head(id)).toMatchObject({ verdict: 'open', left: 'ask jump-boxes.zones.vault' })
  })

  test('is opened once it is approved; its time counts from then.', async () => {
    const { there, id } = await asked()
    there.time.now += 9 * MINUTE
    expect(await there.answer(id, 'approved')).toMatchObject({ what: 'approved', verdict: 'ready' })
    expect(there.isAlive(id)).toBe(true)
    expect(there.scheduleOf(id)!.ScheduleExpression).toBe('at(2026-06-01T12:39:00)')
    expect(there.texts().at(-1)).toContain('bob approved it at')
    await there.sweep(25 * MINUTE)
    expect(there.isAlive(id)).toBe(true)
    await there.fire(5 * MINUTE)
    expect(there.isAlive(id)).toBe(false)
  })

  test('goes on as approved: it may be extended, is put right, and nobody is asked again.', async () => {
    const { there, id } = await asked()
    await there.answer(id, 'approved')
    expect((await there.extend(id, 600, 'carol')).standing.until).toBe('2026-06-01T12:40:00.000Z')
    there
      .groupOf(id)!
      .rules.push({ egress: false, protocol: 'tcp', from: 22, to: 22, peer: '0.0.0.0/0', description: '' })
    await there.sweep()
    expect(there.rulesOf(id)[0]).toBe('in tcp 22-22 203.0.113.7/32')
    expect(there.rulesOf(id)).toHaveLength(2)
    // The longest counts from the approval too.
    expect((await there.extend(id, 86_400, 'carol')).standing.until).toBe('2026-06-01T13:00:00.000Z')
    expect(there.asks.get(id)).toMatchObject({ state: 'approved', times: 1 })
  })

  test('is not extended before it is approved.', async () => {
    const { there, id } = await asked()
    await expect(there.extend(id, 600, 'carol')).rejects.toMatchObject({ code: 'box-refused' })
  })

  test('is left where it is declined, also by later looks, and the first word counts.', async () => {
    const { there, id } = await asked()
    expect(await there.answer(id, 'declined')).toMatchObject({ what: 'declined' })
    await expect(there.answer(id, 'approved', 'alice')).rejects.toMatchObject({ code: 'answer-refused' })
    await there.look(id)
    await there.sweep(5 * MINUTE)
    expect(there.calls).toEqual([])
    await there.sweep(HOUR)
    expect(there.head(id)).toMatchObject({ status: 'closed', verdict: 'gone' })
    expect(there.calls).toEqual([])
  })

  test('is over when nobody has answered in time: nothing is opened, and an approval is too late.', async () => {
    const { there, id } = await asked()
    there.time.now += 10 * MINUTE
    await expect(there.answer(id, 'approved')).rejects.toMatchObject({ code: 'answer-refused' })
    await there.sweep()
    expect(there.head(id)).toMatchObject({ status: 'closed', verdict: 'gone' })
    expect(there.texts().at(-1)).toContain('nobody approved it in time')
    expect(there.calls).toEqual([])
    expect(there.asks.get(id)).toBeUndefined()
  })

  test('is not opened by a word that came in time for the question, and too late for the request.', async () => {
    const there = boxStage()
    const { request } = await there.ask('carol', { zone: 'vault', address: '203.0.113.7/32' })
    // The look was late, so the question ends later than the request does.
    there.time.now += 5 * MINUTE
    await there.look(request.id)
    there.time.now += 7 * MINUTE
    await there.answer(request.id, 'approved').catch(() => {})
    await there.sweep()
    expect(there.calls).toEqual([])
    expect(there.head(request.id)).toMatchObject({ status: 'closed' })
  })

  test('is closed by whoever asked while it waits: an approval opens nothing any more.', async () => {
    const { there, id } = await asked()
    await there.close(id, 'carol')
    await there.answer(id, 'approved').catch(() => {})
    await there.sweep()
    expect(there.calls).toEqual([])
    expect(there.head(id)).toMatchObject({ status: 'closed', verdict: 'gone' })
  })
})

describe('Who approves', () => {
  const refused = { code: 'answer-refused' }
  test.each([
    ['whoever asked, though the zone names them', 'alice', 'alice', []],
    ['somebody whom the zone does not name', 'carol', 'dave', []],
    ['somebody whom the policy does not know', 'carol', 'mallory', ['U0123MALLORY']],
    ['somebody who is not in the group', 'carol', 'dave', [slackId('bob')]],
    ['whoever asked, though they are in the group', 'carol', 'carol', [slackId('carol')]],
  ] as const)('is not %s.', async (_who, person, by, members) => {
    const { there, id } = await asked(person)
    await expect(there.answer(id, 'approved', by, members)).rejects.toMatchObject(refused)
    // Nor do they decline.
    await expect(there.answer(id, 'declined', by, members)).rejects.toMatchObject(refused)
    expect(there.calls).toEqual([])
    expect(there.asks.get(id)!.state).toBe('asked')
  })

  test.each([
    ['one whom the zone names', 'bob', []],
    ['another whom the zone names', 'alice', []],
    ['one who is in the Slack group', 'dave', [slackId('dave')]],
  ] as const)('is %s.', async (_who, by, members) => {
    const { there, id } = await asked()
    expect(await there.answer(id, 'approved', by, members)).toMatchObject({ verdict: 'ready' })
    expect(there.asks.get(id)).toMatchObject({ state: 'approved', by: { name: by } })
  })

  test('is the first, of many at once: one word counts.', async () => {
    const { there, id } = await asked()
    const words = await Promise.allSettled([
      ...['bob', 'alice', 'bob'].map((by) => there.answer(id, 'approved', by)),
      ...['alice', 'bob'].map((by) => there.answer(id, 'declined', by)),
    ])
    expect(words.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(there.launches.length).toBe(there.asks.get(id)!.state === 'approved' ? 1 : 0)
  })
})

describe('What is approved is the very request', () => {
  test('so its hash is the same however late it is, and whatever the plan would be by then.', async () => {
    const { there, id } = await asked()
    const hash = hashOf(there, id)
    there.time.now += 5 * MINUTE
    await there.look(id)
    await there.sweep(MINUTE)
    expect(hashOf(there, id)).toBe(hash)
    expect(there.asks.get(id)!.times).toBe(1)
  })

  test.each([
    ['address', { address: '203.0.113.8/32' }],
    ['key', { key: OTHER_KEY }],
    ['duration', { duration: '31m' }],
    ['reason', { reason: 'look at the ledger' }],
  ])('so another %s has another hash.', async (_what, more) => {
    const [one, other] = [await asked(), await asked('carol', more)]
    expect(one.id).toBe(other.id)
    expect(hashOf(other.there, other.id)).not.toBe(hashOf(one.there, one.id))
    expect(hashOf((await asked()).there, one.id)).toBe(hashOf(one.there, one.id))
  })

  test('so another zone or person has another hash.', async () => {
    const policy = boxPolicy({ zones: { vault: ZONES.vault!, cellar: ZONES.vault! } })
    const hashes = await Promise.all(
      [
        ['carol', 'vault'],
        ['carol', 'cellar'],
        ['bob', 'vault'],
      ].map(async ([person = '', zone = '']) => {
        const there = boxStage(policy)
        return hashOf(there, await there.open(person, { zone }))
      }),
    )
    expect(new Set(hashes).size).toBe(3)
  })

  test('so a word for another hash is refused, and one for another incident as well.', async () => {
    const { there, id } = await asked()
    const ask = there.asks.get(id)!
    there.asks.set(id, { ...ask, hash: '0'.repeat(32) })
    await there.answer(id, 'approved').catch(() => {})
    there.asks.set(id, ask)
    await there.look(id)
    expect(there.calls).toEqual([])
  })
})
