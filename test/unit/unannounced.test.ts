import { describe, expect, test } from 'vitest'
import type { Grace } from '#shared/finding.ts'
import { iso } from '#shared/kit/iso.ts'
import { permissionText } from '#shared/responses/open-ingress/world.ts'
import type { ConfigChange } from '#shared/signal.ts'
import { door } from '../support/fake-world.ts'
import { exemption, policyWith } from '../support/policies.ts'
import { DAY, HOUR, stage } from '../support/stage.ts'

/** What CloudTrail should have told of, and did not. */

const MINUTE = HOUR / 60
const act = policyWith()
const world = (policy = act) => stage(policy, { 'sg-1': [] })
type Stage = ReturnType<typeof world>
const missed = ({ metrics }: Stage) => metrics.filter(([name]) => name === 'MissedEvents').length
const openUnheard = (there: Stage, rule = door('sgr-1')) => there.change('sg-1', { rules: [rule] })
const change = (there: Stage): ConfigChange => ({
  kind: 'config-change',
  id: `config-${there.time.now}`,
  account: '123456789012',
  region: 'eu-central-1',
  at: new Date(there.time.now),
  resourceType: 'AWS::EC2::SecurityGroup',
  resourceId: 'sg-1',
})

describe('A missed event', () => {
  test('is a door that the sweep finds, and the notice says so.', async () => {
    const there = world()
    openUnheard(there)
    await there.sweep()
    expect(missed(there)).toBe(1)
    expect(there.texts()[0]).toContain('Found by the sweep, and no event had told of it: is a trail logging')
  })

  test.each([
    [4 * MINUTE, 0],
    [6 * MINUTE, 1],
  ])('is none where CloudTrail spoke of the group a moment ago: %d ms, %d.', async (ago, expected) => {
    const there = world()
    await there.send(there.opening('sg-1', door('sgr-0')))
    openUnheard(there)
    await there.sweep(ago)
    expect(missed(there)).toBe(expected)
    expect(there.texts()[0]?.includes('no event had told of it')).toBe(expected === 1)
  })
})

describe("AWS Config's item", () => {
  test('shows nobody that CloudTrail is heard: what is opened just after it is a missed event.', async () => {
    const there = world()
    await there.send(change(there))
    openUnheard(there)
    await there.sweep(MINUTE)
    expect(missed(there)).toBe(1)
    expect(await there.ledger.lastEvent('open-ingress')).toBe(0)
  })

  test('of a door that CloudTrail did not tell of is a missed event, and the notice says so.', async () => {
    const there = world()
    openUnheard(there)
    await there.send(change(there))
    expect(there.left('sg-1')).toEqual([])
    expect(missed(there)).toBe(1)
    expect(there.texts()[0]).toContain('AWS Config saw it change. No event had told of it: is a trail logging')
  })

  test('of a door that CloudTrail told of is none.', async () => {
    const there = world()
    await there.open('sg-1', door('sgr-1'))
    openUnheard(there, door('sgr-2'))
    await there.send(change(there))
    expect(missed(there)).toBe(0)
    expect(there.texts()[1]).toMatch(/\nAWS Config saw it change\.\n/)
  })

  test('that comes after the call is counted, and leaves when CloudTrail was last heard as it is.', async () => {
    const there = world()
    await there.open('sg-1', door('sgr-1'))
    const heard = await there.ledger.lastEvent('open-ingress')
    there.time.now += 10 * MINUTE
    await there.send(change(there))
    expect(there.counts.size).toBe(2)
    expect(await there.ledger.lastEvent('open-ingress')).toBe(heard)
  })
})

describe('A door that is open because what spared it has ended', () => {
  const graced = async (there: Stage, until: number, port = 22) => {
    const grace: Grace = { permission: permissionText(door('x', port)), until: iso(until), incident: 'INCIDENT0' }
    const recall = there.ledger.recall
    there.ledger.recall = async (page) => ({ ...(await recall(page)), graces: [grace] })
  }

  test.each([
    ['a grace on it that has just ended', -10 * MINUTE, 22, 0],
    ['a grace on it that ended long ago', -2 * HOUR, 22, 1],
    ['a grace on another port', -10 * MINUTE, 23, 1],
    ['a grace on another port that still holds', DAY, 23, 1],
  ])('%s: is it a missed event?', async (_, until, port, expected) => {
    const there = world()
    await graced(there, there.time.now + until, port)
    openUnheard(there)
    await there.sweep()
    expect(missed(there)).toBe(expected)
  })

  test.each([
    ['has just ended', '2026-06-01T12:00:00Z', 0],
    ['ended long ago', '2026-05-01', 1],
  ])('an exemption that %s: is it a missed event?', async (_, expires, expected) => {
    const there = world(policyWith(exemption('groups: [sg-1]', 'legacy-mail', expires)))
    openUnheard(there)
    await there.sweep()
    expect(missed(there)).toBe(expected)
  })
})
