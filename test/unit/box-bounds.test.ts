import { describe, expect, test } from 'vitest'
import { boxPolicy } from '../support/box-policy.ts'
import { boxStage, HOUR, MINUTE } from '../support/box-stage.ts'

describe('Where the response is disarmed', () => {
  const disarmed = { by: { name: 'otto' }, at: '2026-06-01T12:00:00.000Z', reason: 'a migration' }

  test('opening becomes a question, which nobody can say yes to before it is armed again.', async () => {
    const there = boxStage()
    there.state.disarmed = disarmed
    const id = await there.open('alice')
    expect(there.calls).toEqual([])
    expect(there.head(id)).toMatchObject({ verdict: 'open', left: 'ask kill switch' })
    await expect(there.answer(id, 'approved')).rejects.toMatchObject({ code: 'answer-refused' })
    there.state.disarmed = null
    await there.sweep()
    expect(there.verdict(id)).toBe('ready')
  })

  test.each(['close', 'schedule', 'sweep', 'orphan'])('ending goes on: %s.', async (by) => {
    const there = boxStage(boxPolicy(), { terminateMs: 0 })
    const id = await there.open('alice')
    there.state.disarmed = disarmed
    if (by === 'close') await there.close(id)
    if (by === 'schedule') await there.fire(HOUR)
    if (by === 'sweep') await there.sweep(2 * HOUR)
    if (by === 'orphan') {
      there.requests.delete(id)
      await there.sweep()
    }
    expect([there.isAlive(id), there.groupOf(id), there.schedules.size]).toEqual([false, undefined, 0])
    expect(there.head(id)).toMatchObject({ status: 'closed', verdict: 'gone' })
  })

  test('an approval that was given before opens nothing.', async () => {
    const there = boxStage()
    const id = await there.open('carol', { zone: 'vault' })
    const ask = there.asks.get(id)!
    there.asks.set(id, { ...ask, state: 'approved', by: { name: 'bob' }, decidedAt: '2026-06-01T12:01:00.000Z' })
    there.state.disarmed = disarmed
    await there.look(id)
    expect(there.calls).toEqual([])
  })
})

describe('Beyond so many boxes an hour', () => {
  test('opening becomes a question, that anybody who may approve answers, but for whoever asked.', async () => {
    const there = boxStage(boxPolicy({ breaker: 2 }))
    const ids = [await there.open('alice'), await there.open('bob'), await there.open('carol')]
    expect(ids.map((id) => there.isAlive(id))).toEqual([true, true, false])
    const id = ids[2]!
    expect(there.head(id)).toMatchObject({ verdict: 'open', left: 'ask breaker.jump-box' })
    await expect(there.answer(id, 'approved', 'carol')).rejects.toMatchObject({ code: 'answer-refused' })
    expect(await there.answer(id, 'approved', 'dave')).toMatchObject({ verdict: 'ready' })
    expect(there.isAlive(id)).toBe(true)
  })

  test('ending takes no token, and an open box needs none to be kept as it has to be.', async () => {
    const there = boxStage(boxPolicy({ breaker: 1 }), { terminateMs: 0 })
    const id = await there.open('alice')
    await there.open('bob')
    await there.extend(id, 600)
    expect(there.scheduleOf(id)!.ScheduleExpression).toBe('at(2026-06-01T13:10:00)')
    const before = structuredClone([...there.tokens])
    await there.close(id)
    expect(there.isAlive(id)).toBe(false)
    expect([...there.tokens].filter(([name]) => name.startsWith('act'))).toEqual(
      before.filter(([name]) => name.startsWith('act')),
    )
  })

  test('the next is opened by itself when an hour has passed.', async () => {
    const there = boxStage(boxPolicy({ breaker: 1 }))
    await there.open('alice', { duration: '4h' })
    const id = await there.open('bob', { duration: '4h' })
    expect(there.isAlive(id)).toBe(false)
    await there.sweep(HOUR + MINUTE)
    expect(there.isAlive(id)).toBe(true)
  })

  test('a question that was answered too late opens nothing: by then it was over.', async () => {
    const there = boxStage(boxPolicy({ breaker: 1 }))
    await there.open('alice')
    const id = await there.open('bob')
    there.time.now += 2 * HOUR
    const next = await there.open('bob')
    await there.answer(id, 'approved', 'dave').catch(() => {})
    await there.sweep()
    expect([there.isAlive(id), there.isAlive(next)]).toEqual([false, true])
  })
})
