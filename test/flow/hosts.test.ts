import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { drill } from '#shared/drill.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { respondTo } from '#shared/respond.ts'
import { suspiciousHost } from '#shared/responses/suspicious-host/response.ts'
import { matches } from '../support/event-pattern.ts'
import { type Change, type Given, staged } from '../support/host-case.ts'

/**
 * Walks the real event forms in `events/suspicious-host/`. What is expected of each stands in the `expected.json` beside
 * them: whether the deployed patterns let it through, how it is read, where it makes us look, and what comes of it.
 */
const folder = new URL('../../events/suspicious-host/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

interface Expected {
  readonly matches: boolean
  readonly given?: Given
  readonly change?: Change
  readonly reads: readonly (object | 'ignored')[]
  readonly where?: readonly string[]
  /** `tell`: nothing is to be done, and people hear of it. */
  readonly comes: 'act' | 'ask' | 'tell' | 'ignore'
  /** What a notice says, among other things. */
  readonly says?: string
}
const expected = read('expected.json') as Record<string, Expected>
const names = readdirSync(folder).filter((name) => name !== 'expected.json')

const { 'quarantine-instance': written } = parse(readFileSync('functions/quarantine-instance/function.yml', 'utf8'), {
  logLevel: 'silent',
}) as Record<string, { events: { eventBridge?: { pattern: object } }[] }>
const patterns = written!.events.flatMap(({ eventBridge }) => eventBridge?.pattern ?? [])

test('Every event has an expectation, every expectation an event, and a name says which kind it is.', () => {
  expect(names.toSorted()).toEqual(Object.keys(expected).toSorted())
  expect(names.length).toBeGreaterThan(90)
  for (const [name, { comes }] of Object.entries(expected))
    expect(`${name} ${comes === 'ignore'}`).toBe(`${name} ${name.startsWith('miss-')}`)
})

test('Each pattern of the function lets an event of ours through.', () => {
  for (const pattern of patterns)
    expect(names.filter((name) => name.startsWith('hit-') && matches(pattern, read(name))).length).toBeGreaterThan(0)
})

describe.each(names)('%s', (name) => {
  const event = read(name)
  const { matches: passes, given = {}, change, reads, where = [], comes, says } = expected[name]!
  const readings = signalsOf(event)

  test(passes ? 'A pattern lets it through, one alone.' : 'No pattern lets it through.', () => {
    expect(patterns.filter((pattern) => matches(pattern, event))).toHaveLength(passes ? 1 : 0)
  })

  test('It is read as what it says, and tells where to look.', () => {
    const signals = readings.map((reading) => ('signal' in reading ? reading.signal : 'ignored'))
    expect(signals).toEqual(
      reads.map((one) => (one === 'ignored' ? one : expect.objectContaining(deeply(one as object)))),
    )
    const found = signals.flatMap((one) => (one === 'ignored' ? [] : [suspiciousHost.subjects(one)].flat()))
    expect([...new Set((found as object[]).flatMap((one) => Object.values(one) as string[]))]).toEqual(where)
  })

  const stage = async () => {
    const there = await staged(given, change)
    for (const reading of readings)
      if ('signal' in reading && reading.signal.kind === 'host-alert' && given.guardduty !== 'unknown') {
        const { suspicion } = reading.signal
        const says =
          given.guardduty === 'mild' ? { severity: 2 } : given.guardduty === 'archived' ? { archived: true } : {}
        there.estate.guardduty.set(suspicion.id, { ...suspicion, ...says })
      }
    return there
  }

  test(`What comes of it: ${comes}.`, async () => {
    const there = await stage()
    const [calls, notices] = [there.calls.length, there.notices.length]
    const run = { id: 'run-of-the-event', startedAt: there.time.now }
    await respondTo(suspiciousHost, signalsOf)(event, there.ports, run)
    expect(there.calls.length > calls).toBe(comes === 'act')
    expect(there.notices.length > notices).toBe(comes !== 'ignore')
    const told = there.texts().slice(notices)
    if (says) expect(told.join('\n')).toContain(says)
    if (comes === 'ask') expect(told.join('\n')).toContain('ASKED')
    // The same event once more: nothing is done or told twice.
    const after = [there.calls.length, there.notices.length]
    await respondTo(suspiciousHost, signalsOf)(event, there.ports, { ...run, id: 'run-of-its-duplicate' })
    expect([there.calls.length, there.notices.length]).toEqual(after)
  })

  test('A drill of it changes and tells nothing, and says what would be done.', async () => {
    const there = await stage()
    const before = [there.calls.length, there.notices.length]
    const drilled = await drill(suspiciousHost, readings, there.ports)
    const modes = new Set(drilled.flatMap(({ decided }) => decided.map(({ mode }) => mode)))
    if (comes === 'act' || comes === 'ask') expect([...modes]).toContain(comes)
    expect([there.calls.length, there.notices.length]).toEqual(before)
  })
})

/** What is expected of an object within an object, each with whatever else there is. */
const deeply = (value: object): object =>
  Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      one !== null && typeof one === 'object' && !Array.isArray(one)
        ? expect.objectContaining(deeply(one as object))
        : one,
    ]),
  )
