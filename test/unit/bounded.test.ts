import { expect, test } from 'vitest'
import { iso } from '#shared/kit/iso.ts'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { stage } from '../support/stage.ts'

/** The breaker as it ships, used up by doors of the worst class alone. */

const LIMIT = 30
const used = async (count: number) => {
  const groups = Object.fromEntries(Array.from({ length: count }, (_, i) => [`sg-${i}`, []]))
  const world = stage(policyWith(), groups)
  for (let i = 0; i < count; i++) await world.open(`sg-${i}`, door(`sgr-${i}`))
  return world
}
const rung = (world: Awaited<ReturnType<typeof used>>) =>
  world.metrics.filter(([name]) => name === 'BreakerOpen').length

test('Thirty groups with doors of the worst class are closed within an hour; the 31st is left to people, and it rings.', async () => {
  const world = await used(LIMIT + 1)
  for (let i = 0; i < LIMIT; i++) expect(world.left(`sg-${i}`)).toEqual([])
  expect(world.left('sg-30')).toEqual(['sgr-30'])
  expect(world.headsOf('sg-30')).toMatchObject([{ status: 'open', left: 'ask breaker.open-ingress' }])
  expect(world.texts().at(-1)).toContain('20 subjects an hour and 10 in reserve have been acted on')
  expect(rung(world)).toBe(1)
})

test('Each notice from then on lists what is left to people.', async () => {
  const world = await used(LIMIT + 3)
  expect(world.texts().at(-1)).toMatch(/It also leaves to you:\n {2}tcp\/22 of sg-3[01][\s\S]*tcp\/22 of sg-3[01]/)
  expect(rung(world)).toBe(3)
})

test('A person approves it without a token, and what else is left stays left.', async () => {
  const world = await used(LIMIT + 2)
  const { hash, incident } = world.asks.get('sg-30')!
  const word = { incident, hash, state: 'approved', now: world.time.now } as const
  const entry = { what: 'approved', at: iso(world.time.now), by: { name: 'lena' }, hash, reason: 'close it' } as const
  await world.ledger.answer({ response: 'open-ingress', subject: 'sg-30' }, word, entry)
  await world.send(world.approval('sg-30'))
  expect(world.left('sg-30')).toEqual([])
  expect(world.left('sg-31')).toEqual(['sgr-31'])
  expect([...world.tokens.values()].filter(({ name }) => /^(act|reserve)#/.test(name))).toHaveLength(LIMIT)
  expect(
    [...world.tokens.values()].some(({ subject, name }) => subject === 'sg-30' && !name.startsWith('notice')),
  ).toBe(false)
})
