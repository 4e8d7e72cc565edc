import { describe, expect, test } from 'vitest'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { HOUR, stage } from '../support/stage.ts'

/** A door that the sweep finds, and no event spoke of its group within the five minutes before: an event was missed. */

const MINUTE = HOUR / 60
const SAYS = 'Found by the sweep, and no event had told of it: is a trail logging management events here?'
const office = { ...door('sgr-office'), cidr: '198.51.100.0/24' }

/** A group of which an event spoke; so long after it a sweep finds a door in it. */
async function foundAfter(pause: number, policy = policyWith(), heard = 'sg-1') {
  const world = stage(policy, { 'sg-1': [], 'sg-2': [] })
  await world.open(heard, office)
  world.change('sg-1', { rules: [door('sgr-1', 9001)] })
  await world.sweep(pause)
  return { ...world, missed: world.metrics.filter(([name]) => name === 'MissedEvents') }
}

describe('A missed event', () => {
  test.each([
    ['is none, four minutes and some seconds after an event of the group', 5 * MINUTE - 1, 'sg-1', false],
    ['is one, five minutes after it', 5 * MINUTE, 'sg-1', true],
    ['is one, a moment after an event of another group', 1_000, 'sg-2', true],
  ])('%s.', async (_, pause, heard, isMissed) => {
    const world = await foundAfter(pause, undefined, heard)
    expect(world.left('sg-1')).toEqual([])
    expect(world.missed).toEqual(isMissed ? [['MissedEvents', 1]] : [])
    expect(world.texts().join('\n').split('\n')).toContain(isMissed ? SAYS : 'Found by the sweep.')
    expect(world.notices.map((one) => one.message.missed)).toEqual([isMissed])
  })

  test('is told and counted also where the door is only watched, and once.', async () => {
    const watch = policyWith('    - { name: watched, mode: watch, allow: [tcp/443] }\n', 'only: [tcp/1]')
    const world = await foundAfter(HOUR, watch)
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.texts()).toEqual([expect.stringContaining(SAYS)])
    await world.sweep()
    await world.sweep()
    expect(world.notices).toHaveLength(1)
    expect(world.metrics.filter(([name]) => name === 'MissedEvents')).toHaveLength(1)
  })

  test('is none where its event came: that tells who opened it, and the sweep adds nothing.', async () => {
    const world = stage(policyWith(), { 'sg-1': [] })
    await world.open('sg-1', door('sgr-1'))
    await world.sweep()
    expect(world.texts()).toHaveLength(1)
    expect(world.texts()[0]).toContain('Opened by "mallory"')
    expect(world.metrics.map(([name]) => name)).not.toContain('MissedEvents')
  })
})
