import { expect, test } from 'vitest'
import { Fault } from '#shared/fault.ts'
import { acts, expectSafe, happen, settleDown } from '../support/box-acts.ts'
import { boxPolicy, ZONES } from '../support/box-policy.ts'
import { type BoxStage, boxStage, HOUR, MINUTE } from '../support/box-stage.ts'
import { alwaysAsync } from '../support/property.ts'

test('Whatever happens, in the end a box is there that is wanted, as it has to be, and no other; a safe world plans nothing.', async () => {
  let [launched, lived] = [0, 0]
  await alwaysAsync(300, [acts], async (all) => {
    const there = boxStage()
    for (const act of all) await happen(there, act)
    await settleDown(there)
    expectSafe(there)
    const before = there.calls.length
    await there.sweep(0)
    expect(there.calls.slice(before)).toEqual([])
    launched += there.launches.length
    lived += [...there.schedules].length
  })
  // It would hold of a world in which nothing happens.
  expect(launched).toBeGreaterThan(200)
  expect(lived).toBeGreaterThan(30)
})

test('Whatever happens, a day later nothing of it is left.', async () => {
  await alwaysAsync(60, [acts], async (all) => {
    const there = boxStage()
    for (const act of all) await happen(there, act)
    there.time.now += 24 * HOUR
    await settleDown(there)
    expectSafe(there)
    expect([there.groups.size, there.schedules.size, there.records.size]).toEqual([2, 0, 0])
    for (const head of there.heads.values()) expect(head.status).toBe('closed')
  })
})

test('Whatever happens with EC2 that shows late and ends slowly, it comes to the same.', async () => {
  await alwaysAsync(100, [acts], async (all) => {
    const there = boxStage(boxPolicy(), {
      showMs: 8_000,
      terminateMs: 90_000,
      ipv6: true,
      page: 1,
      forgetMs: 20 * MINUTE,
    })
    for (const act of all) await happen(there, act)
    await settleDown(there)
    expectSafe(there)
  })
})

/** What came of all; what failed did so for a reason that the caller may try again. */
async function allOf<T>(all: readonly Promise<T>[]): Promise<readonly T[]> {
  const ended = await Promise.allSettled(all)
  return ended.flatMap((one) => {
    if (one.status === 'fulfilled') return [one.value]
    if (!(one.reason instanceof Fault) || !one.reason.retryable) throw one.reason
    return []
  })
}

const names = Array.from({ length: 20 }, (_, i) => `person-${i}`)
const crowd = (zones = ZONES): BoxStage => {
  const there = boxStage(boxPolicy({ people: [...names, 'alice', 'bob', 'carol'], zones }))
  there.time.still = true
  return there
}
const liveTokens = (there: BoxStage) =>
  [...there.instances.values()].filter((one) => there.stateOf(one) === 'running').map(({ token }) => token)

test('A hundred requests at once, of 20 people: one box each.', async () => {
  const there = crowd()
  const ids = await allOf(Array.from({ length: 100 }, (_, i) => there.open(names[i % 20]!)))
  await there.sweep()
  expect(new Set(ids).size).toBe(20)
  expect(there.requests.size).toBe(20)
  expect(there.launches.length).toBe(20)
  expectSafe(there)
})

test('Twenty requests at once of one person: one box for each zone.', async () => {
  const there = crowd()
  await allOf(Array.from({ length: 20 }, (_, i) => there.open(names[0]!, { zone: i % 2 ? 'lab' : 'full' })))
  await there.sweep()
  expect([there.requests.size, there.launches.length]).toEqual([2, 2])
  expectSafe(there)
})

test('Approvals that race with declines and with closing: one outcome each, and no orphan.', async () => {
  const there = crowd({ vault: ZONES.vault!.replace(/who: .*/, 'who: everybody') })
  const ids = await allOf(names.map((name) => there.open(name, { zone: 'vault' })))
  expect(there.launches).toEqual([])
  const refused = (error: unknown) => {
    if (!(error instanceof Fault)) throw error
    return error.code
  }
  await Promise.all(
    ids.flatMap((id, i) => {
      const closing = i % 3 === 0 ? [() => there.close(id, names[i]!).catch(refused)] : []
      const words = [
        () => there.answer(id, 'approved', 'bob').catch(refused),
        () => there.answer(id, 'declined', 'alice').catch(refused),
        () => there.answer(id, 'approved', 'alice').catch(refused),
      ]
      // Who comes first differs from one request to the next.
      const all = [...words, ...closing]
      return [...all.slice(i % all.length), ...all.slice(0, i % all.length)].map((one) => one())
    }),
  )
  await there.sweep(MINUTE)
  await there.sweep(MINUTE)
  expectSafe(there)
  for (const id of ids) {
    const said = [...there.entries.values()].flat().filter((one) => one.what === 'approved' || one.what === 'declined')
    const own = said.filter((one) => 'hash' in one && one.hash === there.asks.get(id)?.hash)
    expect(own.length).toBeLessThanOrEqual(1)
    if (there.asks.get(id)?.state === 'declined') expect(there.launchesOf(id)).toBe(0)
  }
  expect(liveTokens(there).length).toBeGreaterThan(0)
  expect(liveTokens(there).length).toBeLessThan(20)
})

test('A box that is closed while many looks at it are under way is closed.', async () => {
  const there = crowd()
  const id = await there.open(names[0]!)
  await Promise.allSettled([
    ...Array.from({ length: 5 }, () => there.look(id)),
    there.close(id, names[0]!),
    there.extend(id, 600, names[0]!),
    ...Array.from({ length: 5 }, () => there.look(id)),
  ])
  await there.sweep(2 * MINUTE)
  await there.sweep(2 * MINUTE)
  expect(there.isAlive(id)).toBe(false)
  expectSafe(there)
})
