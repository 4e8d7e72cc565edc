import { describe, expect, test } from 'vitest'
import { iso } from '#shared/kit/iso.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { DAY, HOUR, stage } from '../support/stage.ts'

const ask = policyWith('    - { name: asked, mode: ask, allow: [tcp/443] }\n', 'only: [tcp/1]')
const act = policyWith()
const PAGE = { response: 'open-ingress', subject: 'sg-1' }
const EXPIRES = 3 * DAY
const disarmed = { by: { name: 'otto' }, at: '2026-06-01T12:00:00.000Z', reason: 'a migration' }

/** A door that is asked about, and people who answer. */
async function asked(policy: Policy = ask) {
  const world = stage(policy, { 'sg-1': [] })
  await world.open('sg-1', door('sgr-1'))
  const standing = () => world.asks.get('sg-1')!
  const answer = (state: 'approved' | 'declined', hash = standing().hash, name = 'lena') => {
    const at = iso(world.time.now)
    const word = { incident: standing().incident, hash, state, now: world.time.now }
    return world.ledger.answer(PAGE, word, { what: state, at, by: { name }, hash, reason: 'seen' })
  }
  const entries = (what: string) => world.entries.get('INCIDENT1')!.filter((entry) => entry.what === what)
  return { ...world, standing, answer, entries, carryOut: () => world.send(world.approval('sg-1')) }
}

describe('What is asked', () => {
  test('is asked once: nothing is changed, the story holds the plan asked for, and a second event tells nothing.', async () => {
    const world = await asked()
    await world.send({ ...world.opening('sg-1', door('sgr-1')), id: 'event-2' })
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.notices).toHaveLength(1)
    expect(world.entries('asked')).toMatchObject([{ hash: world.standing().hash, times: 1, reminded: false }])
    expect(world.texts()[0]).toContain(`approve INCIDENT1 --stage prod --plan ${world.standing().hash}`)
    expect(world.texts()[0]).toContain('would be done: Revoke 1 inbound rule of sg-1')
  })

  test('is told again once after a day, by a sweep.', async () => {
    const world = await asked()
    await world.sweep(DAY - 1)
    expect(world.notices).toHaveLength(1)
    await world.sweep(1)
    expect(world.texts().slice(1)).toEqual([expect.stringContaining('REMINDER: nobody has answered yet.')])
    await world.sweep(DAY)
    expect(world.notices).toHaveLength(2)
  })

  test('is asked anew when it has expired, and counted.', async () => {
    const world = await asked()
    const { hash } = world.standing()
    await world.sweep(EXPIRES)
    expect(world.standing()).toMatchObject({ state: 'asked', times: 2, hash, expires: world.time.now + EXPIRES })
    expect(world.texts().at(-1)).toContain('ASKED AGAIN, 2 times by now: the ask before has expired')
    await world.sweep(EXPIRES)
    expect(world.texts().at(-1)).toContain('ASKED AGAIN, 3 times by now')
  })

  test('never lapses in silence: for a month of sweeps it stays open, and is told again and again.', async () => {
    const world = await asked()
    for (let hour = 0; hour < 30 * 24; hour += 6) {
      await world.sweep(6 * HOUR)
      expect(world.heads.get('INCIDENT1')).toMatchObject({ status: 'open', left: 'ask open-ingress.rules.asked' })
      expect(world.standing().expires).toBeGreaterThan(world.time.now)
    }
    expect(world.standing().times).toBe(11)
    // Every three days it is asked, and a day later told again.
    expect(world.notices).toHaveLength(1 + 10 + 10)
    expect(world.heads.size).toBe(1)
  })

  test('is over when somebody closes the door by hand.', async () => {
    const world = await asked()
    world.change('sg-1', { rules: [] })
    await world.sweep()
    expect(world.heads.get('INCIDENT1')).toMatchObject({ status: 'closed', verdict: 'contained' })
    expect(world.asks.size).toBe(0)
  })
})

describe('What is asked while another run is at the incident', () => {
  const held = async (milliseconds: number) => {
    const world = await asked()
    const until = world.time.now + milliseconds
    world.opens.set('sg-1', { ...world.opens.get('sg-1')!, run: 'another', until })
    return { ...world, until }
  }

  test('is asked once that run has ended, and not only by the next sweep.', async () => {
    const world = await held(20_000)
    await world.open('sg-1', door('sgr-2', 23))
    expect(world.texts()).toHaveLength(2)
    expect(world.texts()[1]).toContain('would be done: Revoke 2 inbound rules of sg-1')
    expect(world.time.now).toBeGreaterThanOrEqual(world.until)
    expect(world.counts.get('event-sgr-2')).toBe('asked')
  })

  test('is thrown back where that run does not end: the event comes again, and is counted as nothing yet.', async () => {
    const world = await held(60_000)
    await expect(world.open('sg-1', door('sgr-2', 23))).rejects.toMatchObject({ code: 'claimed-elsewhere' })
    expect(world.counts.has('event-sgr-2')).toBe(false)
    world.time.now = world.until + 1
    await world.send(world.opening('sg-1', door('sgr-2', 23)))
    expect(world.texts()[1]).toContain('would be done: Revoke 2 inbound rules of sg-1')
  })

  test('is not waited for where it is what people were told before, nor by a sweep.', async () => {
    const world = await held(60_000)
    const before = world.time.now
    await world.send({ ...world.opening('sg-1', door('sgr-1')), id: 'event-2' })
    world.change('sg-1', { rules: [door('sgr-1'), door('sgr-2', 23)] })
    await world.sweep(0)
    expect(world.time.now).toBe(before)
  })
})

describe('A person who declines', () => {
  test('has it left until the ask expires, and everybody is told who said so.', async () => {
    const world = await asked()
    expect(await world.answer('declined')).toBe(true)
    await world.sweep()
    expect(world.texts().slice(1)).toEqual([expect.stringMatching(/lena declined this at .*: it is left until /)])
    await world.sweep(DAY)
    expect(world.notices).toHaveLength(2)
    await world.sweep(2 * DAY)
    expect(world.standing()).toMatchObject({ state: 'asked', times: 2 })
    expect(world.texts().at(-1)).toContain('ASKED AGAIN')
    expect(world.texts().at(-1)).not.toContain('without an answer')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
  })

  const declinedAtTheBreaker = async () => {
    const full = policyWith('breaker: { subjects: 1, reserve: 0 }\n')
    const world = stage(full, { 'sg-0': [], 'sg-1': [] })
    await world.open('sg-0', door('sgr-0'))
    await world.open('sg-1', door('sgr-1'))
    const { hash, incident } = world.asks.get('sg-1')!
    const entry = { what: 'declined', at: iso(world.time.now), by: { name: 'lena' }, hash, reason: 'a test' } as const
    await world.ledger.answer(PAGE, { incident, hash, state: 'declined', now: world.time.now }, entry)
    await world.sweep(HOUR + 1)
    return world
  }

  test('has a door left that the breaker asked about, also when the breaker has room again; another door is closed.', async () => {
    const world = await declinedAtTheBreaker()
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.headsOf('sg-1')[0]?.left).toBe('ask declined')
    expect(world.texts().at(-1)).toContain('to leave it')
    await world.open('sg-1', door('sgr-2', 23))
    expect(world.left('sg-1')).toEqual([])
  })

  test('has left what they saw and nothing else: made another door behind its id, it is closed.', async () => {
    const world = await declinedAtTheBreaker()
    world.change('sg-1', { rules: [{ ...door('sgr-1'), from: 3389, to: 3389 }] })
    await world.sweep()
    expect(world.left('sg-1')).toEqual([])
  })

  test('has left the prefix list that they saw: with other ranges in it, it is closed.', async () => {
    const full = policyWith('breaker: { subjects: 1, reserve: 0 }\n')
    const world = stage(full, { 'sg-0': [], 'sg-1': [] })
    world.lists.set('pl-1', ['64.0.0.0/4'])
    await world.open('sg-0', door('sgr-0'))
    await world.open('sg-1', { id: 'sgr-1', protocol: 'tcp', from: 22, to: 22, prefixList: 'pl-1' })
    const { hash, incident } = world.asks.get('sg-1')!
    const entry = { what: 'declined', at: iso(world.time.now), by: { name: 'lena' }, hash, reason: 'a test' } as const
    await world.ledger.answer(PAGE, { incident, hash, state: 'declined', now: world.time.now }, entry)
    await world.sweep(HOUR + 1)
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    world.lists.set('pl-1', ['0.0.0.0/0'])
    await world.sweep()
    expect(world.left('sg-1')).toEqual([])
  })

  test('has it left until the ask expires, and no longer: then the policy decides again.', async () => {
    const world = await declinedAtTheBreaker()
    await world.sweep(EXPIRES)
    expect(world.left('sg-1')).toEqual([])
  })
})

describe('A person who approves', () => {
  test('has it carried out and proven, and the notice says who.', async () => {
    const world = await asked()
    expect(await world.answer('approved')).toBe(true)
    await world.carryOut()
    expect(world.left('sg-1')).toEqual([])
    expect(world.heads.get('INCIDENT1')).toMatchObject({ status: 'closed', verdict: 'contained' })
    expect(world.entries('approved')).toMatchObject([{ by: { name: 'lena' } }])
    expect(world.texts().at(-1)).toMatch(/^CONTAINED[\s\S]*\nlena approved it at 2026-/)
  })

  test('has it carried out by the next sweep, where nobody was there to do it at once.', async () => {
    const world = await asked()
    await world.answer('approved')
    await world.sweep()
    expect(world.left('sg-1')).toEqual([])
    expect(world.texts().at(-1)).toContain('lena approved it at')
  })

  test('has nothing carried out where the plan is another by now: that one is asked.', async () => {
    const world = await asked()
    const { hash } = world.standing()
    await world.answer('approved')
    world.change('sg-1', { rules: [door('sgr-1'), door('sgr-2', 23)] })
    await world.carryOut()
    expect(world.left('sg-1')).toEqual(['sgr-1', 'sgr-2'])
    expect(world.standing()).toMatchObject({ state: 'asked', times: 1 })
    expect(world.standing().hash).not.toBe(hash)
    expect(world.texts().at(-1)).toContain('is not what would be done now')
    expect(world.texts().at(-1)).not.toContain('Carried out')
    expect(await world.answer('approved', hash)).toBe(false)
  })

  test('is bound by the kill switch even then: approved before, but not carried out while disarmed.', async () => {
    const world = await asked()
    await world.answer('approved')
    world.state.disarmed = disarmed
    await world.carryOut()
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    // What has been answered is not asked again, however long it has to wait.
    await world.sweep(EXPIRES)
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.standing()).toMatchObject({ state: 'approved', times: 1 })
    world.state.disarmed = null
    await world.sweep()
    expect(world.left('sg-1')).toEqual([])
  })
})

describe('An answer', () => {
  test('is the first one: a second word, the same or another, does not count.', async () => {
    const world = await asked()
    expect(await world.answer('declined')).toBe(true)
    expect(await world.answer('approved', undefined, 'mallory')).toBe(false)
    expect(world.standing()).toMatchObject({ state: 'declined', by: { name: 'lena' } })
    await world.carryOut()
    expect(world.left('sg-1')).toEqual(['sgr-1'])
  })

  test.each<[string, (world: Awaited<ReturnType<typeof asked>>) => Promise<boolean>]>([
    ['about another plan', (world) => world.answer('approved', '0'.repeat(32))],
    [
      'after the ask has expired',
      (world) => {
        world.time.now += EXPIRES
        return world.answer('approved')
      },
    ],
    [
      'while disarmed',
      (world) => {
        world.state.disarmed = disarmed
        return world.answer('approved')
      },
    ],
  ])('%s is refused, and nothing is written.', async (_, answering) => {
    const world = await asked()
    expect(await answering(world)).toBe(false)
    expect(world.standing().state).toBe('asked')
    expect(world.entries('approved')).toEqual([])
  })
})

describe('The kill switch', () => {
  test('makes acting asking, by its own clause; armed again, the next sweep acts.', async () => {
    const world = stage(act, { 'sg-1': [] })
    world.state.disarmed = disarmed
    await world.open('sg-1', door('sgr-1'))
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.headsOf('sg-1')).toMatchObject([{ status: 'open', left: 'ask kill switch' }])
    expect(world.texts()[0]).toContain('disarmed by otto at 2026-06-01T12:00:00.000Z: a migration')
    world.state.disarmed = null
    await world.sweep()
    expect(world.left('sg-1')).toEqual([])
    expect(world.headsOf('sg-1')).toMatchObject([{ status: 'closed', verdict: 'contained' }])
  })

  test('holds from the very next claim on: thrown after the look, nothing is changed.', async () => {
    const world = stage(act, { 'sg-1': [] })
    const { claim } = world.ledger
    world.ledger.claim = async (what) => {
      if (what.armed) world.state.disarmed = disarmed
      return claim(what)
    }
    await world.open('sg-1', door('sgr-1'))
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.headsOf('sg-1')).toMatchObject([{ status: 'open', left: 'ask kill switch' }])
    expect(world.entries.get('INCIDENT1') ?? world.entries.get('INCIDENT2')).not.toContainEqual(
      expect.objectContaining({ what: 'intended' }),
    )
  })
})
