import { describe, expect, test } from 'vitest'
import { UNTIL_TAG } from '#shared/responses/jump-box/world.ts'
import { boxPolicy, JOINED, ZONES } from '../support/box-policy.ts'
import { type BoxStage, boxStage, HOUR, MINUTE } from '../support/box-stage.ts'

const tagOf = (there: BoxStage, id: string) => there.instanceOf(id)!.tags.find(({ Key }) => Key === UNTIL_TAG)!.Value
const saidOf = (there: BoxStage, id: string) => there.groupOf(id)!.rules.find(({ egress }) => !egress)!.description

/** That nothing of it is left, but for what EC2 tells of an instance that has ended. */
function expectGone(there: BoxStage, id: string) {
  expect(there.isAlive(id)).toBe(false)
  expect(there.groupOf(id)).toBeUndefined()
  expect(there.scheduleOf(id)).toBeUndefined()
  expect(there.recordOf(id)).toBeUndefined()
  expect(there.head(id)).toMatchObject({ verdict: 'gone', status: 'closed' })
}

describe('A box that is extended', () => {
  test('is told to its guest, its schedule and its rule alike, and to whoever has it.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    const { standing, verdict } = await there.extend(id, 1_800)
    const until = '2026-06-01T13:30:00.000Z'
    expect([standing.until, verdict]).toEqual([until, 'ready'])
    expect(tagOf(there, id)).toBe(until)
    expect(there.scheduleOf(id)!.ScheduleExpression).toBe('at(2026-06-01T13:30:00)')
    expect(saidOf(there, id)).toContain('until 2026-06-01T13:30Z')
    await there.fire(HOUR + MINUTE)
    expect(there.isAlive(id)).toBe(true)
    await there.fire(30 * MINUTE)
    expect(there.isAlive(id)).toBe(false)
  })

  test('goes as far as its zone lets it, and then no further.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    const { standing } = await there.extend(id, 604_800)
    expect(standing.until).toBe('2026-06-01T16:00:00.000Z')
    await expect(there.extend(id, 60)).rejects.toMatchObject({ code: 'box-refused' })
    expect(there.scheduleOf(id)!.ScheduleExpression).toBe('at(2026-06-01T16:00:00)')
  })

  test.each([
    ['somebody else', 'bob', false],
    ['its owner, once it is closed', 'alice', true],
  ])('is not by %s.', async (_who, name, closed) => {
    const there = boxStage()
    const id = await there.open('alice')
    if (closed) await there.close(id)
    await expect(there.extend(id, 600, name)).rejects.toMatchObject({ code: 'box-refused' })
  })
})

describe('A box that is closed', () => {
  test('is ended at once; its group waits for EC2, and goes by the event of its end.', async () => {
    const there = boxStage()
    const id = await there.open('alice', { zone: 'full' })
    const instance = there.instanceOf(id)!.id
    // EC2 takes longer than the second look waits.
    expect((await there.close(id)).verdict).toBe('ending')
    expect([there.isAlive(id), there.scheduleOf(id), there.recordOf(id)]).toEqual([false, undefined, undefined])
    expect(there.groupOf(id)).toBeDefined()
    await there.ended(instance)
    expectGone(there, id)
    expect(there.texts().at(-1)).toContain('alice closed it')
  })

  test('by another is refused, unless they may close all.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    await expect(there.close(id, 'bob')).rejects.toMatchObject({ code: 'box-refused' })
    expect(there.isAlive(id)).toBe(true)
    await there.close(id, 'bob', true)
    expect(there.isAlive(id)).toBe(false)
    expect(there.requests.get(id)!.closed!.by.name).toBe('bob')
  })

  test('twice is closed once, by the first.', async () => {
    const there = boxStage(boxPolicy(), { terminateMs: 0 })
    const id = await there.open('alice')
    await there.close(id)
    const { at } = there.requests.get(id)!.closed!
    there.time.now += MINUTE
    await there.close(id)
    expect(there.requests.get(id)!.closed!.at).toBe(at)
    expectGone(there, id)
  })

  test('before it was opened never is.', async () => {
    const there = boxStage()
    const { request } = await there.ask('alice')
    await there.close(request.id)
    await expect(there.prove(request.id)).rejects.toMatchObject({ code: 'box-refused' })
    expect(there.calls).toEqual([])
  })
})

describe('A box whose time is up', () => {
  test('is ended by its schedule alone, and what hangs on it by the event of its end.', async () => {
    const there = boxStage()
    const id = await there.open('alice', { zone: 'full' })
    await there.fire(HOUR - 1_000 - 250)
    expect(there.isAlive(id)).toBe(true)
    await there.fire(1_000)
    expect(there.isAlive(id)).toBe(false)
    // Ended within two seconds of the schedule.
    expect(there.instanceOf(id)!.endedAt! - Date.parse('2026-06-01T13:00:00Z')).toBeLessThan(2_000)
    await there.ended(there.instanceOf(id)!.id)
    expectGone(there, id)
  })

  test('is ended by the sweep alone, where the schedule was lost.', async () => {
    const there = boxStage()
    const id = await there.open('alice', { zone: 'full' })
    there.schedules.clear()
    await there.sweep(2 * HOUR)
    expect(there.isAlive(id)).toBe(false)
    await there.sweep()
    expectGone(there, id)
  })

  test('that loses its schedule before its time gets another one by the next sweep.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    there.schedules.clear()
    await there.sweep()
    expect(there.scheduleOf(id)!.ScheduleExpression).toBe('at(2026-06-01T13:00:00)')
    expect(there.verdict(id)).toBe('ready')
  })
})

describe('A box whose guest shut itself down', () => {
  test.each(['the event of its end', 'the sweep'])(
    'is over: %s takes what is left, and nothing is launched again.',
    async (by) => {
      const there = boxStage()
      const id = await there.open('alice', { zone: 'full' })
      there.time.now += 10 * MINUTE
      there.shutDown(id)
      if (by === 'the sweep') await there.sweep()
      else await there.ended(there.instanceOf(id)!.id)
      expectGone(there, id)
      expect(there.launches).toHaveLength(1)
      expect(there.texts().at(-1)).toContain('it was shut down')
    },
  )

  test('is over for good: also when EC2 has forgotten it, and somebody has us look while it would still be wanted.', async () => {
    const there = boxStage(boxPolicy(), { forgetMs: HOUR })
    const id = await there.open('alice', { duration: '4h' })
    there.time.now += MINUTE
    there.shutDown(id)
    await there.ended(there.instanceOf(id)!.id)
    expectGone(there, id)
    there.time.now += 2 * HOUR
    await there.look(id)
    expect(there.launches).toHaveLength(1)
    expectGone(there, id)
  })

  test('and is not told of for a while is no box that was lost: the next one is a new request.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    there.shutDown(id)
    await there.ended(there.instanceOf(id)!.id)
    expect(await there.open('alice')).not.toBe(id)
  })
})

describe('A box that may not be any more', () => {
  test.each([
    ['its zone was taken out', { zones: { vault: ZONES.vault! } }],
    ['its person was taken out', { people: ['bob', 'carol', 'dave'], zones: { lab: ZONES.lab! } }],
    ['its person may have none there', { zones: { lab: ZONES.lab!.replace('everybody', '[bob]') } }],
  ])('is ended by the next sweep: %s.', async (_what, parts) => {
    const there = boxStage()
    const id = await there.open('alice')
    Object.assign(there.ports, {
      policy: boxPolicy('people' in parts ? { ...parts, zones: { lab: parts.zones.lab! } } : parts),
    })
    await there.sweep()
    expect(there.isAlive(id)).toBe(false)
    await there.sweep()
    expectGone(there, id)
  })

  test('where no zone is left at all is beyond our rights: that is told as critical, and its guest ends it.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    Object.assign(there.ports, { policy: boxPolicy({ zones: {} }) })
    await there.sweep()
    expect(there.notices.at(-1)).toMatchObject({ importance: 'critical' })
    expect(there.texts().at(-1)).toContain('power-missing')
    there.shutDown(id)
    expect(there.isAlive(id)).toBe(false)
  })

  test('since its image has another root device than its zone says: its volume may not be encrypted.', async () => {
    const there = boxStage(boxPolicy({ zones: { lab: `${ZONES.lab!}\n      root-device: /dev/sda1` } }))
    const id = await there.open('alice')
    expect(there.isAlive(id)).toBe(false)
    expect(there.texts().join('\n')).toContain('set root-device in zone lab')
    await there.sweep()
    expect(there.groupOf(id)).toBeUndefined()
    expect(there.launches).toHaveLength(1)
  })
})

test('A group that boxes join must have no rules: until then nothing is opened, and then it is.', async () => {
  const there = boxStage()
  there.groups
    .get(JOINED)!
    .rules.push({ egress: true, protocol: '-1', from: undefined, to: undefined, peer: '0.0.0.0/0', description: '' })
  const id = await there.open('alice', { zone: 'full' })
  expect(there.calls).toEqual([])
  expect(there.texts()).toEqual([expect.stringContaining('it must have none')])
  await there.sweep()
  expect(there.texts()).toHaveLength(1)
  there.groups.get(JOINED)!.rules = []
  await there.sweep()
  expect(there.verdict(id)).toBe('ready')
})

test('A group that boxes join has to be there.', async () => {
  const there = boxStage()
  there.groups.delete(JOINED)
  await there.open('alice', { zone: 'full' })
  expect(there.calls).toEqual([])
  expect(there.texts()[0]).toContain('does not exist')
})
