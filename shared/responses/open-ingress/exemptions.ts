import type { Circumstances, Spare } from '#shared/finding.ts'
import { covers, type PortRange } from '#shared/kit/ports.ts'
import { isOneOf } from '#shared/policy/is-one-of.ts'
import type { Exemption, Policy } from '#shared/policy/schema.ts'
import { graceOf } from './grace-of.ts'
import { originOf } from './origins.ts'
import type { GroupWorld, IngressRule } from './world.ts'

const TAG = 'portcullis:exemption'

/** What keeps a rule from being closed; or that it depends on who made the rule, which is not known. */
export interface Sparing {
  readonly spare?: Spare
  /** Exemptions that would spare it, had they not expired. */
  readonly lapsed: readonly string[]
  /** The exemption that may spare it, depending on who made it. */
  readonly unsure?: string
}

/** Whether a grace or an exemption spares this rule on the ports by which it offends. */
export function sparingOf(
  rule: IngressRule,
  reached: readonly PortRange[],
  world: GroupWorld,
  policy: Policy,
  circumstances: Circumstances,
): Sparing {
  const grace = graceOf(rule, circumstances.graces, circumstances.now)
  if (grace) return { spare: { by: 'grace', incident: grace.incident, until: grace.until }, lapsed: [] }
  const asked = policy.exemptions
    .filter((exemption) => applies(exemption, rule, reached, world, circumstances))
    .map((exemption) => ({ exemption, earned: isEarned(exemption, rule, world, policy, circumstances) }))
  const isValid = ({ exemption }: { exemption: Exemption }) => new Date(exemption.expires) > circumstances.now
  const valid = asked.find((one) => one.earned === true && isValid(one))
  const unsure = asked.find((one) => one.earned === 'unknown' && isValid(one))
  return {
    lapsed: valid ? [] : asked.filter((one) => one.earned === true).map(({ exemption }) => exemption.name),
    ...(valid ? { spare: spareOf(valid.exemption) } : unsure ? { unsure: unsure.exemption.name } : {}),
  }
}

/** Whether the exemption speaks of this rule, on every port by which it offends; its expiry and actors are not asked here. */
function applies(
  exemption: Exemption,
  rule: IngressRule,
  reached: readonly PortRange[],
  { subject, group }: GroupWorld,
  { account }: Circumstances,
): boolean {
  const { accounts, vpcs, groups, ports } = exemption
  // A group that is associated with other VPCs lets the world into those too.
  const inUse = [group?.vpc ?? '', ...(group?.vpcs ?? [])]
  const bounds =
    (accounts?.includes(account) ?? true) &&
    (vpcs === undefined || inUse.every((vpc) => vpcs.includes(vpc))) &&
    (groups?.includes(subject) ?? true)
  if (!bounds || (ports && !reached.every((open) => ports.some((spared) => covers(spared, open))))) return false
  // Anybody who opens a door can write a tag or a description, so text can only name what the bounds above allow.
  return exemption.when !== 'named' || group?.tags[TAG] === exemption.name || names(rule, exemption)
}

/** Whether one of the exemption's actors made the rule as it is now. */
function isEarned(
  { actors }: Exemption,
  rule: IngressRule,
  world: GroupWorld,
  policy: Policy,
  { origins }: Circumstances,
): boolean | 'unknown' {
  if (!actors) return true
  const origin = originOf(rule, world, origins)
  if (!origin || origin.actor.type === 'Unknown') return 'unknown'
  return policy.actors.some((set) => actors.includes(set.name) && isOneOf(origin.actor, set))
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
