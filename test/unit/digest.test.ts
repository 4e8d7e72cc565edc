import { describe, expect, test } from 'vitest'
import { iso } from '#shared/kit/iso.ts'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { DAY, stage } from '../support/stage.ts'

/** What people are asked in a digest: more asks than are told one by one, each with the words that answer it. */

const COUNT = 30
const asking = policyWith('    - { name: asked, mode: ask, allow: [tcp/443] }\n', 'only: [tcp/1]')
const ids = Array.from({ length: COUNT }, (_, i) => `sg-${i}`)

/** So many doors within ten minutes, all asked about; ten are told one by one. */
async function flooded() {
  const world = stage(asking, Object.fromEntries(ids.map((id) => [id, []])))
  for (const [i, id] of ids.entries()) {
    await world.open(id, door(`sgr-${i}`, 8080))
    world.time.now += 15_000
  }
  expect(world.notices).toHaveLength(10)
  let seen = world.notices.length
  /** The lines of what was told since last time, in digests. */
  const told = () => {
    const texts = world.texts().slice(seen)
    seen = world.notices.length
    return texts.flatMap((text) => text.split('\n'))
  }
  const approveLine = (id: string) => {
    const { incident, hash } = world.asks.get(id)!
    return `npx portcullis approve ${incident} --stage prod --plan ${hash} --reason "…"`
  }
  return { ...world, told, approveLine }
}

const answersIn = (lines: readonly string[], word: string) =>
  lines.filter((line) => line.startsWith(`  ${word}: `)).map((line) => line.slice(`  ${word}: `.length))

describe('A digest of asks', () => {
  test('holds for each one that was not told by itself a line with what it is, and the words that approve it.', async () => {
    const world = await flooded()
    await world.sweep()
    const lines = world.told()
    const untold = ids.slice(10)
    expect(answersIn(lines, 'ASKED').toSorted()).toEqual(untold.map(world.approveLine).toSorted())
    for (const id of untold) {
      const at = lines.findIndex((line) => line.startsWith(`- OPEN: tcp/8080 of ${id} open to the world`))
      expect(lines[at]).toContain(`left so by open-ingress.rules.asked (ask). (${world.headsOf(id)[0]!.id})`)
      expect(lines[at + 1]).toBe(`  ASKED: ${world.approveLine(id)}`)
    }
  })

  test('is no news at the next sweep.', async () => {
    const world = await flooded()
    await world.sweep()
    world.told()
    await world.sweep()
    expect(world.told()).toEqual([])
  })

  test('has all reminded of after a day, and asked again when they have expired, with the same words.', async () => {
    const world = await flooded()
    await world.sweep()
    world.told()
    await world.sweep(DAY)
    expect(answersIn(world.told(), 'REMINDER').toSorted()).toEqual(ids.map(world.approveLine).toSorted())
    await world.sweep(2 * DAY)
    const again = world.told()
    expect(answersIn(again, 'ASKED AGAIN').toSorted()).toEqual(ids.map(world.approveLine).toSorted())
    expect(answersIn(again, 'REMINDER')).toEqual([])
  })

  test('has words that work: who takes them from there has that door closed, and no other.', async () => {
    const world = await flooded()
    await world.sweep()
    const [line] = answersIn(world.told(), 'ASKED').slice(-1)
    const [, incident, hash] = /approve (\S+) --stage prod --plan ([0-9a-f]{32}) /.exec(line!)!
    const { subject } = world.heads.get(incident!)!
    const entry = { what: 'approved', at: iso(world.time.now), by: { name: 'lena' }, hash: hash!, reason: 'x' } as const
    const word = { incident: incident!, hash: hash!, state: 'approved', now: world.time.now } as const
    expect(await world.ledger.answer({ response: 'open-ingress', subject }, word, entry)).toBe(true)
    await world.send(world.approval(subject))
    expect(ids.filter((id) => world.left(id).length === 0)).toEqual([subject])
  })

  test('has no words to answer with for what has been answered: it says only what is left.', async () => {
    const world = await flooded()
    for (const id of ids) {
      const { incident, hash } = world.asks.get(id)!
      const entry = { what: 'declined', at: iso(world.time.now), by: { name: 'lena' }, hash, reason: 'x' } as const
      const word = { incident, hash, state: 'declined', now: world.time.now } as const
      await world.ledger.answer({ response: 'open-ingress', subject: id }, word, entry)
    }
    await world.sweep()
    const lines = world.told()
    expect(lines).toHaveLength(COUNT)
    expect(lines.join('\n')).not.toMatch(/ASKED|approve/)
  })
})
