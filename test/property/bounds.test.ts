import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tokenFor } from '#shared/guard.ts'
import { normalCidr } from '#shared/kit/cidr.ts'
import type { Token } from '#shared/ledger.ts'
import { differences, takenAway } from '#shared/responses/open-ingress/compare.ts'
import { judge } from '#shared/responses/open-ingress/judge.ts'
import { plan } from '#shared/responses/open-ingress/plan.ts'
import { removals, reopenings } from '#shared/responses/open-ingress/undo-story.ts'
import { type GroupWorld, type IngressRule, permissionText } from '#shared/responses/open-ingress/world.ts'
import type { Entry } from '#shared/story.ts'
import { afterCall, afterCalls } from '../support/ec2-model.ts'
import { allowLists, situations, withIds } from '../support/near-unsafe.ts'
import { policyWith } from '../support/policies.ts'
import { always } from '../support/property.ts'
import { slowCidr } from '../support/slow-exposure.ts'
import { head } from '../support/stories.ts'
import { circumstances, world } from '../support/worlds.ts'

const HOUR = 3_600_000

/** What a breaker lets through of a sequence of findings, kept in a store as the ledger does. */
interface Act {
  readonly subject: string
  readonly worst: boolean
  readonly at: number
}
const sequences = fc
  .record({
    subjects: fc.integer({ min: 1, max: 4 }),
    reserve: fc.integer({ min: 0, max: 2 }),
    wants: fc.array(
      fc.record({
        subject: fc.integer({ min: 0, max: 12 }).map((i) => `sg-${i}`),
        worst: fc.boolean(),
        // Some at once, some just within the hour of another, some just after.
        gap: fc.oneof(fc.constantFrom(0, 1, HOUR / 2, HOUR - 1, HOUR), fc.integer({ min: 0, max: HOUR / 4 })),
      }),
      { minLength: 1, maxLength: 40 },
    ),
  })
  .map(({ subjects, reserve, wants }) => {
    const store = new Map<string, Token>()
    const acts: Act[] = []
    let refused = 0
    let now = 1_000
    for (const { subject, worst, gap } of wants) {
      now += gap
      const guard = { disarmed: null, tokens: [...store.values()] }
      const token = tokenFor(subject, worst, guard, { subjects, reserve }, now)
      if (token) {
        store.set(token.name, token)
        acts.push({ subject, worst, at: now })
      } else refused++
    }
    return { subjects, reserve, acts, refused, store, now }
  })

const distinct = (acts: readonly Act[]) => new Set(acts.map((act) => act.subject)).size

test('Within any hour no more subjects are acted on than the breaker has tokens, its reserve for the worst included.', () => {
  always(2_000, [sequences], ({ subjects, reserve, acts }) => {
    for (const { at } of acts) {
      const hour = acts.filter((act) => act.at > at - HOUR && act.at <= at)
      expect(distinct(hour)).toBeLessThanOrEqual(subjects + reserve)
      expect(distinct(hour.filter((act) => !act.worst))).toBeLessThanOrEqual(subjects)
    }
  })
})

test('The sequences are near: many of them run into the bound.', () => {
  const sample = fc.sample(sequences, { numRuns: 200, seed: 7 })
  expect(sample.filter(({ refused }) => refused > 0).length).toBeGreaterThan(60)
})

test('After an hour in which nobody asked, everybody gets a token; one who holds one always does.', () => {
  always(500, [sequences], ({ subjects, reserve, store, acts, now }) => {
    const guard = { disarmed: null, tokens: [...store.values()] }
    expect(tokenFor('sg-new', false, guard, { subjects, reserve }, now + HOUR)).not.toBeNull()
    const last = acts.at(-1)
    if (last) expect(tokenFor(last.subject, last.worst, guard, { subjects, reserve }, last.at)).not.toBeNull()
  })
})

const RANGES = ['203.0.113.0/24', '93.184.215.0/24', '10.0.0.0/8', '33.1.0.0/17', '2600:1:2::/48', '2001:db8::/32']
const limits = fc.constantFrom(undefined, ['tcp/22'], ['icmp', 'tcp/20-80'], ['all'], ['50', 'udp'])

/** Groups near the number, and a policy that narrows. */
const narrowed = fc
  .record({
    situation: situations,
    allow: allowLists,
    only: limits,
    narrow: fc.uniqueArray(fc.constantFrom(...RANGES), { minLength: 1, maxLength: 4 }),
    also: fc.subarray(RANGES),
  })
  .map(({ situation: { rules, lengths }, allow, only, narrow, also }) => {
    const near: IngressRule[] = also.map((cidr) => ({ protocol: 'tcp', from: 22, to: 22, cidr }))
    const normal = [...rules, ...near].map((one) => ({ ...one, cidr: normalCidr(one.cidr!) }))
    const once = [...new Map(normal.map((one) => [permissionText(one), one])).values()]
    const lines = [`allow: ${JSON.stringify(allow)}`, `narrow: ${JSON.stringify(narrow)}`]
    const policy = policyWith('', [...lines, ...(only ? [`only: ${JSON.stringify(only)}`] : [])].join('\n      '))
    const { ipv4, ipv6, wide4, wide6 } = lengths
    const numbered = { ipv4, ipv6, wide: { ipv4: wide4, ipv6: wide6 } }
    const before = world(withIds(once))
    const by = { ...policy, 'open-ingress': { ...policy['open-ingress'], world: numbered } }
    return { before, steps: plan(judge(before, by, circumstances()), before), policy: by }
  })

/** The world after the steps, each in its turn, and what the ledger holds of them. */
function taken({ before, steps }: { before: GroupWorld; steps: ReturnType<typeof plan> }) {
  let now = before
  const entries: Entry[] = []
  for (const step of steps) {
    const after = afterCall(now, step.does)
    const created = after.rules.filter((one) => !now.rules.includes(one)).map((one) => one.id!)
    entries.push({ what: 'done', at: '', step: step.id, ...(created.length > 0 ? { created } : {}) })
    now = after
  }
  return { left: now, entries }
}

/** Whether a rule lets in all that another does, as EC2 reads them; written apart from the code under test. */
function includes(outer: IngressRule, inner: IngressRule): boolean {
  const sameProtocol = outer.protocol === '-1' || outer.protocol === inner.protocol
  const all = outer.protocol === '-1' || outer.from === -1
  const samePorts = all || (inner.from !== -1 && outer.from <= inner.from && outer.to >= inner.to)
  const [wide, tight] = [slowCidr(outer.cidr!)!, slowCidr(inner.cidr!)!]
  return (
    sameProtocol && samePorts && wide.family === tight.family && wide.first <= tight.first && wide.last >= tight.last
  )
}

test('Nobody gets in by narrowing who did not before: each new rule lies within one that was there.', () => {
  always(800, [narrowed], ({ before, steps }) => {
    const { left } = taken({ before, steps })
    for (const added of left.rules.filter((one) => !before.rules.includes(one)))
      expect(
        before.rules.some((one) => includes(one, added)),
        permissionText(added),
      ).toBe(true)
  })
})

test('The generated groups are narrowed often enough to tell.', () => {
  const sample = fc.sample(narrowed, { numRuns: 200, seed: 7 })
  expect(sample.filter(({ steps }) => steps.length > 1).length).toBeGreaterThan(50)
})

test('A world that is narrowed is without a finding after a few looks: what is allowed may itself tip the balance.', () => {
  always(500, [narrowed], ({ before, steps, policy }) => {
    let { left } = taken({ before, steps })
    for (let look = 0; look < 3; look++)
      left = taken({ before: left, steps: plan(judge(left, policy, circumstances()), left) }).left
    expect(judge(left, policy, circumstances())).toEqual([])
  })
})

test('Act with narrowing, then undo, is identity: the same permissions, and none of what was allowed instead.', () => {
  always(600, [narrowed], ({ before, steps }) => {
    const { left, entries } = taken({ before, steps })
    const calls = [...reopenings(head(), steps, takenAway(steps, before)), ...removals(head(), steps, entries)]
    const after = afterCalls(
      left,
      calls.map(({ step }) => step.does),
    )
    expect(differences(before, after)).toEqual([])
    expect(after.rules).toHaveLength(before.rules.length)
  })
})
