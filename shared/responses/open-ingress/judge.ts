import type { Circumstances, OpenIngress } from '#shared/finding.ts'
import { sizeOf } from '#shared/kit/cidr.ts'
import { common, covers, type PortRange, portsOf } from '#shared/kit/ports.ts'
import { publicSpace } from '#shared/kit/public-space.ts'
import type { Policy, PolicyRule } from '#shared/policy/schema.ts'
import { sparingOf } from './exemptions.ts'
import { type Exposure, exposureOf, type OpenPorts, type WorldNumbers } from './exposure.ts'
import { narrowOf } from './narrow.ts'
import { againOf, controllerOf, foreignOf, isDefaultGroup, isWorst } from './traits.ts'
import type { GroupWorld, IngressRule } from './world.ts'

/**
 * Everything that is wrong with a group's inbound rules: per rule of the policy, what has to go, and apart from it what
 * would have to go but is spared. Spared rules are set aside before the rest is judged, so a door that is left open on
 * purpose condemns no narrower neighbour.
 *
 * What has to go is told apart by what may hold it back: a rule whose author would decide, or one that automation keeps
 * putting back, keeps no other rule open.
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
  const lists = world.lists ?? {}
  const exposure = (rules: readonly IngressRule[]) =>
    exposureOf(rules, lists, numbers, forbids, [...rule.allow, ...(rule.only ?? [])])
  const all = exposure(world.rules)
  if (all.rules.length === 0) return []

  const sparings = new Map(
    all.rules.map((one) => [one, sparingOf(one, portsReached(one, all.open), world, policy, circumstances)] as const),
  )
  const isSpared = (one: IngressRule) => sparings.get(one)?.spare !== undefined
  const rest = all.rules.some(isSpared) ? exposure(world.rules.filter((one) => !isSpared(one))) : all
  const isUnread = (one: IngressRule) => one.prefixList !== undefined && lists[one.prefixList] === null
  // What is known to be open, before what a list that can't be read may hold is added to it.
  const known = rest.rules.some(isUnread)
    ? new Set(exposure(world.rules.filter((one) => !isSpared(one) && !isUnread(one))).rules)
    : null

  const doubt = (one: IngressRule): OpenIngress['unsure'] => {
    const unsure = sparings.get(one)?.unsure
    if (known && !known.has(one)) return { fact: 'prefix-list', says: unreadText(world.rules.filter(isUnread)) }
    return unsure === undefined
      ? undefined
      : {
          fact: 'actor',
          says: `exemption ${unsure} would spare it, had one of its actors made the rule: who did is not known`,
        }
  }
  /** The automation that has put this very rule back so often that it is left to people. */
  const tiring = (one: IngressRule) => {
    const { times = 0, automation } = againOf([one], world, policy, circumstances) ?? {}
    return automation && times >= automation.rounds ? automation.name : undefined
  }
  const parts = Map.groupBy(rest.rules, (one) => JSON.stringify([doubt(one)?.says, tiring(one)]))
  const finding = (part: Exposure, extra: Partial<OpenIngress>): OpenIngress => ({
    finding: 'open-ingress',
    subject: world.subject,
    rule: rule.name,
    ...part,
    lapsed: [],
    worst: isWorst(part, policy),
    ...(isDefaultGroup(world) ? { isDefault: true as const } : {}),
    ...extra,
  })
  return [
    ...[...parts.values()].map((rules) => {
      const part = parts.size === 1 ? rest : partOf(rest, rules)
      const unsure = doubt(rules[0]!)
      const foreign = foreignOf(world, circumstances)
      const controller = controllerOf(world)
      const closedBefore = againOf(rules, world, policy, circumstances)
      const narrow = rule.narrow ? narrowOf(rules, world, rule) : []
      return finding(part, {
        lapsed: [...new Set(rules.flatMap((one) => sparings.get(one)?.lapsed ?? []))].sort(),
        ...(narrow.length > 0 ? { narrow } : {}),
        ...(foreign ? { foreign } : {}),
        ...(controller ? { controller } : {}),
        ...(unsure ? { unsure } : {}),
        ...(closedBefore ? { again: closedBefore } : {}),
      })
    }),
    ...sparedParts(all, (one) => sparings.get(one)?.spare).map((part) => finding(part, part)),
  ]
}

const unreadText = (rules: readonly IngressRule[]): string =>
  `what ${[...new Set(rules.map((one) => one.prefixList))].join(', ')} holds can not be read: it may be the whole world`

/** The part of an exposure that these rules make. */
const partOf = (whole: Exposure, rules: readonly IngressRule[]): Exposure => {
  const touches = (ports: PortRange) =>
    rules.some((one) => common(portsOf(one.protocol, one.from, one.to), ports) !== null)
  return { rules, open: whole.open.filter(touches), closesToo: whole.closesToo.filter(touches) }
}

/** The spared rules, gathered by who spares them. */
function sparedParts(
  all: Exposure,
  spareOf: (rule: IngressRule) => OpenIngress['spared'],
): (Exposure & Pick<OpenIngress, 'spared'>)[] {
  const spared = all.rules.filter((one) => spareOf(one) !== undefined)
  const bySparer = Map.groupBy(spared, (one) => {
    const spare = spareOf(one)!
    return spare.by === 'grace' ? `${spare.incident} ${spare.until}` : spare.name
  })
  return [...bySparer.values()].map((rules) => ({
    ...partOf(all, rules),
    closesToo: [],
    spared: spareOf(rules[0]!)!,
  }))
}

/** The open ports by which a rule lets in. */
const portsReached = (rule: IngressRule, open: readonly OpenPorts[]): PortRange[] =>
  open.flatMap((ports) => common(portsOf(rule.protocol, rule.from, rule.to), ports) ?? [])

const worldNumbers = ({ 'open-ingress': { world } }: Policy): WorldNumbers => ({
  // A number larger than all there is means all there is: nothing could ever reach it.
  reach: { 4: atMostAll(4, world.ipv4), 6: atMostAll(6, world.ipv6) },
  wide: { 4: sizeOf(4, world.wide.ipv4), 6: sizeOf(6, world.wide.ipv6) },
})

const atMostAll = (family: 4 | 6, length: number): bigint =>
  sizeOf(family, length) < publicSpace[family] ? sizeOf(family, length) : publicSpace[family]
