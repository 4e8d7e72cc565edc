import { type Block, parseCidr } from '#shared/kit/cidr.ts'
import { common, hasPorts, portsOf } from '#shared/kit/ports.ts'
import type { PolicyRule } from '#shared/policy/schema.ts'
import { rangesOf } from './exposure.ts'
import { type GroupWorld, type IngressRule, permissionText } from './world.ts'

/** How a rule that was allowed in place of a wide one says why it exists. */
export const NARROWED = 'narrowed by portcullis'
/** As many permissions as one plan allows: each is a call, an intent and an entry. */
const MOST = 20

/**
 * What to allow in place of rules that go: the policy's ranges, on the same ports (of those that the policy's rule speaks
 * of), as far as the rule is known to have let them in and the group does not allow them yet. Nobody gets in who did not
 * before.
 */
export function narrowOf(
  going: readonly IngressRule[],
  world: GroupWorld,
  { name, narrow = [], only }: PolicyRule,
): IngressRule[] {
  const there = new Set(world.rules.map(permissionText))
  // What a list that can't be read lets in is not known.
  const lists = Object.fromEntries(Object.entries(world.lists ?? {}).map(([id, ranges]) => [id, ranges ?? []]))
  const wanted = going.flatMap((rule) => {
    const blocks = rangesOf(rule, lists).flatMap((text) => parseCidr(text) ?? [])
    const inside = narrow.filter((range) => blocks.some((block) => holds(block, parseCidr(range)!)))
    const own = { protocol: rule.protocol, from: rule.from, to: rule.to }
    // A rule of the policy that speaks of some ports allows nothing on others.
    const shared = only?.flatMap((some) => common(portsOf(rule.protocol, rule.from, rule.to), some) ?? []) ?? [own]
    // The numbers of ICMP are types, which the policy does not tell apart, but EC2 does.
    const ports = shared.map((one) => (one.protocol === rule.protocol && !hasPorts(one.protocol) ? own : one))
    return ports.flatMap((range) =>
      inside.map((cidr): IngressRule => ({ ...range, cidr, description: rule.description ?? `${NARROWED}: ${name}` })),
    )
  })
  const missing = wanted.filter((rule) => !there.has(permissionText(rule)))
  return [...new Map(missing.map((rule) => [permissionText(rule), rule])).values()].slice(0, MOST)
}

const holds = (outer: Block, inner: Block): boolean =>
  outer.family === inner.family && outer.first <= inner.first && outer.last >= inner.last
