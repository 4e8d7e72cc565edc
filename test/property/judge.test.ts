import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalCidr } from '#shared/kit/cidr.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { changesSince, differences, takenAway } from '#shared/responses/open-ingress/compare.ts'
import { judge } from '#shared/responses/open-ingress/judge.ts'
import { plan } from '#shared/responses/open-ingress/plan.ts'
import { type GroupWorld, type IngressRule, permissionText } from '#shared/responses/open-ingress/world.ts'
import { afterCall, afterCalls } from '../support/ec2-model.ts'
import { allowLists, situations, withIds } from '../support/near-unsafe.ts'
import { policyWith } from '../support/policies.ts'
import { always } from '../support/property.ts'
import { slowAllowed } from '../support/slow-allowed.ts'
import { slowExposure } from '../support/slow-exposure.ts'
import { circumstances, rule, world } from '../support/worlds.ts'

const text = fc.string({ maxLength: 30 })
const tags = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), text, { maxKeys: 3 })

/** A group as EC2 holds it: CIDRs in their normal form, each permission once, with descriptions and tags. */
const groups = fc
  .record({ situation: situations, allow: allowLists, tags, groupTags: tags, texts: fc.array(text) })
  .map(({ situation: { rules, lengths, numbers }, allow, tags, groupTags, texts }) => {
    const normal = rules.map((one) => ({ ...one, cidr: normalCidr(one.cidr!) }))
    const once = [...new Map(normal.map((one) => [permissionText(one), one])).values()].map((one, i) => ({
      ...one,
      ...(texts[i] ? { description: texts[i] } : {}),
      ...(i % 3 === 0 && Object.keys(tags).length > 0 ? { tags } : {}),
    }))
    const { ipv4, ipv6, wide4, wide6 } = lengths
    const policy = policyWith('', `allow: ${JSON.stringify(allow)}`)
    const numbered: Policy = {
      ...policy,
      'open-ingress': { ...policy['open-ingress'], world: { ipv4, ipv6, wide: { ipv4: wide4, ipv6: wide6 } } },
    }
    return { before: world(withIds(once), { tags: groupTags }), policy: numbered, allow, numbers }
  })

const judged = (one: GroupWorld, policy: Policy) => judge(one, policy, circumstances())
const planned = (one: GroupWorld, policy: Policy) => plan(judged(one, policy), one)
const afterPlan = (one: GroupWorld, policy: Policy) =>
  afterCalls(
    one,
    planned(one, policy).map((step) => step.does),
  )

test('A judged world has no finding after its plan is applied.', () => {
  always(600, [groups], ({ before, policy }) => expect(judged(afterPlan(before, policy), policy)).toEqual([]))
})

test('The generated worlds are near: many have a finding, and many have none.', () => {
  const sample = fc.sample(groups, { numRuns: 300, seed: 7 })
  const found = sample.filter(({ before, policy }) => judged(before, policy).length > 0).length
  expect(found).toBeGreaterThan(60)
  expect(found).toBeLessThan(270)
})

test('A world that the reference finds safe is left alone: no finding, no step.', () => {
  always(400, [groups], ({ before, policy, numbers, allow }) => {
    const { allowed, edges } = slowAllowed(allow)
    const all = before.rules.map((one) => ({ ...one, cidr: one.cidr! }))
    const safe = slowExposure(all, numbers, (port) => !allowed(port), edges).open.length === 0
    expect(planned(before, policy).length === 0).toBe(safe)
    expect(judged(before, policy).length === 0).toBe(safe)
  })
})

test('The order of the rules changes neither the findings nor the plan.', () => {
  const shuffled = groups.chain((group) =>
    fc
      .shuffledSubarray([...group.before.rules], { minLength: group.before.rules.length })
      .map((rules) => ({ ...group, other: { ...group.before, rules } })),
  )
  always(400, [shuffled], ({ before, other, policy }) => {
    expect(judged(other, policy)).toEqual(judged(before, policy))
    expect(planned(other, policy)).toEqual(planned(before, policy))
  })
})

test('A plan revokes by rule id, only rules that are there, each once, and is the same every time.', () => {
  always(300, [groups], ({ before, policy }) => {
    for (const step of planned(before, policy)) {
      const { SecurityGroupRuleIds: ids = [], IpPermissions } = step.does.input as {
        SecurityGroupRuleIds?: string[]
        IpPermissions?: unknown
      }
      expect(IpPermissions).toBeUndefined()
      expect(new Set(ids).size).toBe(ids.length)
      expect(step.undo).toHaveLength(ids.length)
      expect(
        takenAway([step], before)
          .map((one) => one.id)
          .toSorted(),
      ).toEqual(ids.toSorted())
    }
    expect(planned(before, policy)).toEqual(planned(structuredClone(before), policy))
  })
})

test('Act, then undo, is exact: the same permissions, descriptions and tags.', () => {
  always(600, [groups], ({ before, policy }) => {
    const steps = planned(before, policy)
    const left = afterPlan(before, policy)
    const after = afterCalls(
      left,
      steps.flatMap((step) => step.undo),
    )
    expect(differences(before, after)).toEqual([])
    expect(after.rules).toHaveLength(before.rules.length)
    for (const step of steps) expect(step.tier).toBe('exact')
    if (steps.length > 0) expect(differences(before, left)).not.toEqual([])
  })
})

test('A rule that carries a tag of AWS can be put back but for that tag, and the plan says so.', () => {
  const reserved = { tags: { 'aws:cloudformation:stack-name': 'web', team: 'a' } }
  const before = world([rule('tcp', 22, '0.0.0.0/0', reserved)])
  const [step] = planned(before, policyWith())
  expect(step?.tier).toBe('best-effort')
  const after = afterCalls(afterCall(before, step!.does), step!.undo)
  expect(after.rules[0]?.tags).toEqual({ team: 'a' })
  expect(differences(before, after)).toHaveLength(1)
})

/** One thing that somebody else can do to a group's rules between our change and its undo. */
const tampering = fc.constantFrom(
  'add',
  'add-back',
  'remove',
  'describe',
  'tag',
  'untag',
) satisfies fc.Arbitrary<string>

function tampered(left: GroupWorld, gone: readonly IngressRule[], how: string, pick: number): GroupWorld | null {
  const { rules } = left
  const at = rules.length === 0 ? -1 : pick % rules.length
  const edit = (change: (one: IngressRule) => IngressRule): GroupWorld | null =>
    at < 0 ? null : { ...left, rules: rules.map((one, i) => (i === at ? change(one) : one)) }
  if (how === 'add') return { ...left, rules: [...rules, rule('sctp', -1, '198.51.100.7/32')] }
  if (how === 'add-back') return gone[0] ? { ...left, rules: [...rules, { ...gone[0], id: 'sgr-theirs' }] } : null
  if (how === 'remove') return at < 0 ? null : { ...left, rules: rules.toSpliced(at, 1) }
  if (how === 'describe') return edit((one) => ({ ...one, description: `${one.description ?? ''}!` }))
  if (how === 'tag') return edit((one) => ({ ...one, tags: { ...one.tags, 'new key of theirs': '' } }))
  return rules[at]?.tags ? edit(({ tags: _, ...one }) => one) : null
}

test('Any single change made in between is found, and named in one line.', () => {
  always(800, [groups, tampering, fc.nat()], ({ before, policy }, how, pick) => {
    const left = afterPlan(before, policy)
    const now = tampered(left, takenAway(planned(before, policy), before), how, pick)
    fc.pre(now !== null)
    expect(changesSince(before, left, now)).toHaveLength(1)
  })
})

test('Nothing changed means nothing found, also where rules have new ids or another order.', () => {
  always(300, [groups], ({ before, policy }) => {
    const left = afterPlan(before, policy)
    const rules = left.rules.map((one, i) => ({ ...one, id: `sgr-renamed-${i}` })).reverse()
    expect(changesSince(before, left, { ...left, rules })).toEqual([])
  })
})

test('What our own undo, cut short, already put back is no change of theirs.', () => {
  always(300, [groups, fc.nat()], ({ before, policy }, pick) => {
    const steps = planned(before, policy)
    const calls = steps.flatMap((step) => step.undo)
    fc.pre(calls.length > 0)
    const left = afterPlan(before, policy)
    const now = afterCalls(left, calls.slice(0, 1 + (pick % calls.length)))
    expect(changesSince(before, left, now, takenAway(steps, before))).toEqual([])
    expect(changesSince(before, left, now)).not.toEqual([])
  })
})
