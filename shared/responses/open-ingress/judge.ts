import type { Circumstances, OpenIngress, Spare } from '#shared/finding.ts'
import { sizeOf } from '#shared/kit/cidr.ts'
import { covers, hasPorts, type PortRange, portsOf } from '#shared/kit/ports.ts'
import { publicSpace } from '#shared/kit/public-space.ts'
import type { Exemption, Policy, PolicyRule } from '#shared/policy/schema.ts'
import { type Exposure, exposureOf, type OpenPorts, type WorldNumbers } from './exposure.ts'
import { graceOf } from './grace-of.ts'
import type { GroupWorld, IngressRule } from './world.ts'

const TAG = 'portcullis:exemption'

/**
 * Everything that is wrong with a group's inbound rules: per rule of the policy, what has to go, and apart from it what
 * would have to go but is spared. Spared rules are set aside before the rest is judged, so a door that is left open on
 * purpose condemns no narrower neighbour.
 */
export function judge(world: GroupWorld, policy: Policy, circumstances: Circumstances): readonly OpenIngress[] {
  if (world.group === null || world.rules.length === 0) return []
  const numbers = worldNumbers(policy)
  return policy['open-ingress'].rules.flatMap((rule) => judgeBy(rule, numbers, world, policy, circumstances))
}

function judgeBy(
  rule: PolicyRule,
  numbers: WorldNumbers,
  world: GroupWorld,
  policy: Policy,
  circumstances: Circumstances,
): OpenIngress[] {
  const forbids = (ports: PortRange) =>
    (rule.only?.some((only) => covers(only, ports)) ?? true) && !rule.allow.some((allowed) => covers(allowed, ports))
  const exposure = (rules: readonly IngressRule[]) =>
    exposureOf(rules, numbers, forbids, [...rule.allow, ...(rule.only ?? [])])
  const all = exposure(world.rules)
  if (all.rules.length === 0) return []

  const spared = new Map<IngressRule, Spare>()
  const lapsed = new Set<string>()
  for (const one of all.rules) {
    const reached = all.open.flatMap((open) => common(portsOf(one.protocol, one.from, one.to), open) ?? [])
    const candidates = policy.exemptions.filter((exemption) => applies(exemption, one, reached, world, circumstances))
    const valid = candidates.find((exemption) => new Date(exemption.expires) > circumstances.now)
    const spare = spareByGrace(one, circumstances) ?? (valid && spareOf(valid))
    if (spare) spared.set(one, spare)
    else for (const { name } of candidates) lapsed.add(name)
  }
  const rest = spared.size === 0 ? all : exposure(world.rules.filter((one) => !spared.has(one)))
  const finding = (part: Exposure, extra: Partial<OpenIngress> = {}): OpenIngress => ({
    finding: 'open-ingress',
    subject: world.subject,
    rule: rule.name,
    ...part,
    lapsed: [...lapsed].sort(),
    ...extra,
  })
  return [
    ...(rest.rules.length > 0 ? [finding(rest)] : []),
    ...sparedParts(spared, all).map((part) => finding(part, part)),
  ]
}

/** The spared rules, gathered by who spares them. */
function sparedParts(
  spared: ReadonlyMap<IngressRule, Spare>,
  all: Exposure,
): (Exposure & { spared: Spare; lapsed: [] })[] {
  const byName = Map.groupBy(spared, ([, spare]) =>
    spare.by === 'grace' ? `${spare.incident} ${spare.until}` : spare.name,
  )
  return [...byName.values()].map((pairs) => {
    const rules = pairs.map(([rule]) => rule)
    const reached = (open: OpenPorts) =>
      rules.some((rule) => overlaps(portsOf(rule.protocol, rule.from, rule.to), open))
    return { rules, open: all.open.filter(reached), closesToo: [], spared: pairs[0]![1], lapsed: [] }
  })
}

/** Whether the exemption speaks of this rule, on every port by which it offends; its expiry is not asked here. */
function applies(
  exemption: Exemption,
  rule: IngressRule,
  reached: readonly PortRange[],
  { subject, group, rules }: GroupWorld,
  { account }: Circumstances,
): boolean {
  const bounds =
    (exemption.accounts?.includes(account) ?? true) &&
    (exemption.vpcs?.includes(group?.vpc ?? '') ?? true) &&
    (exemption.groups?.includes(subject) ?? true)
  const ports = exemption.ports
  if (!bounds || (ports && !reached.every((open) => ports.some((spared) => covers(spared, open))))) return false
  // Anybody who opens a door can write a tag or a description, so text can only name what the bounds above allow.
  return (
    exemption.when !== 'named' ||
    group?.tags[TAG] === exemption.name ||
    rules.some((one) => one === rule && names(one, exemption))
  )
}

const names = (rule: IngressRule, exemption: Exemption): boolean =>
  (rule.description ?? '').split(/[\s,;]+/).includes(`${TAG}=${exemption.name}`)

const spareOf = ({ name, owner, reason, expires }: Exemption): Spare => ({
  by: 'exemption',
  name,
  owner,
  reason,
  until: expires,
})

function spareByGrace(rule: IngressRule, { graces, now }: Circumstances): Spare | undefined {
  const grace = graceOf(rule, graces, now)
  return grace && { by: 'grace', incident: grace.incident, until: grace.until }
}

const overlaps = (rule: PortRange, open: PortRange): boolean => common(rule, open) !== null

/** The part of the open ports that the rule reaches: neighbours that other rules open are told as one range. */
function common(rule: PortRange, open: PortRange): PortRange | null {
  if (covers(rule, open)) return open
  if (rule.protocol !== open.protocol || !hasPorts(rule.protocol)) return null
  const [from, to] = [Math.max(rule.from, open.from), Math.min(rule.to, open.to)]
  return from <= to ? { protocol: open.protocol, from, to } : null
}

const worldNumbers = ({ 'open-ingress': { world } }: Policy): WorldNumbers => ({
  // A number larger than all there is means all there is: nothing could ever reach it.
  reach: { 4: atMostAll(4, world.ipv4), 6: atMostAll(6, world.ipv6) },
  wide: { 4: sizeOf(4, world.wide.ipv4), 6: sizeOf(6, world.wide.ipv6) },
})

const atMostAll = (family: 4 | 6, length: number): bigint =>
  sizeOf(family, length) < publicSpace[family] ? sizeOf(family, length) : publicSpace[family]
