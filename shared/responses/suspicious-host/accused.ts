import type { Circumstances, Spare } from '#shared/finding.ts'
import { isOneOf, matchesText } from '#shared/policy/is-one-of.ts'
import type { HostRule, Policy } from '#shared/policy/schema.ts'
import type { Actor } from '#shared/signal.ts'
import type { Suspicion } from '#shared/suspicion.ts'
import type { Host } from './world.ts'

/** What a rule of the policy says of a host: why it is suspicious, since when, and what makes it a question. */
export interface Accused {
  readonly rule: HostRule
  readonly accusations: readonly Suspicion[]
  /** Since when (ISO time): its evidence is kept from then on. */
  readonly since: string
  readonly doubt?: Doubt
  readonly spared?: Spare
  /** Exemptions that would have spared it, had they not expired. */
  readonly lapsed: readonly string[]
}

export interface Doubt {
  readonly clause: string
  readonly says: string
}

/** What of a host its accusation turns on. */
export type Suspect = Pick<Host, 'launchedAt' | 'tags' | 'vpc' | 'imageOwners'> &
  Partial<Pick<Host, 'scaling' | 'image'>>

/** The part of a launch's origin: who launched the host as it runs now. */
export const LAUNCH = 'launch'

/** The name of the launch by which it runs now, where that accuses it or is spared. */
export const launchId = ({ launchedAt }: Pick<Host, 'launchedAt'>): string => `launch:${launchedAt}`

/** The first rule that fits one of the reasons counts; null where there is no reason, or no rule for it. */
export function accused(id: string, host: Suspect, policy: Policy, circumstances: Circumstances): Accused | null {
  const { rules } = policy['suspicious-hosts']
  for (const rule of rules) {
    const { reasons, unsure } = launch(host, rule, policy, circumstances)
    const said = circumstances.suspicions.filter((one) => fits(one, rule))
    const known = said.some((one) => one.from === 'launch')
    const accusations = [...said, ...(known ? [] : reasons)].sort((a, b) => (a.at < b.at ? -1 : 1))
    if (accusations.length === 0 && !unsure) continue
    const spared = sparedBy(id, host, accusations, policy, circumstances)
    const doubt = unsure && accusations.length === 0 ? unsure : doubtOf(id, host, accusations, policy, circumstances)
    return {
      rule,
      accusations,
      since: accusations[0]?.at ?? host.launchedAt,
      ...spared,
      ...(doubt ? { doubt } : {}),
    }
  }
  return null
}

function fits({ from, type, severity, forgeable }: Suspicion, { when }: HostRule): boolean {
  const { guardduty, 'security-hub': hub, 'config-rules': rules, rogue, person } = when
  const among = (patterns: readonly string[]) => patterns.some((pattern) => matchesText(pattern, type))
  switch (from) {
    case 'guardduty':
      return guardduty !== undefined && severity >= guardduty.severity && among(guardduty.types)
    case 'security-hub':
      // What people chose counts where the policy names the action, whatever it was chosen about: not every action means us.
      if (hub === undefined || !forgeable) return hub?.actions?.includes(type) ?? false
      return severity >= hub.severity && among(hub.types)
    case 'config-rule':
      return rules !== undefined && among(rules)
    case 'launch':
      return rogue !== undefined
    case 'person':
      return person === true
  }
}

/** What is wrong with the launch, judged from the instance as it is; and what of it is not known. */
function launch(
  host: Suspect,
  { when: { rogue } }: HostRule,
  policy: Policy,
  { origins, graces, now }: Circumstances,
): { reasons: readonly Suspicion[]; unsure?: Doubt } {
  if (!rogue || now.getTime() - Date.parse(host.launchedAt) > 1_000 * rogue.within) return { reasons: [] }
  // Started by a release, it was not launched by a stranger.
  const own = [LAUNCH, launchId(host)]
  if (graces.some((one) => own.includes(one.permission) && new Date(one.until) > now)) return { reasons: [] }
  const { 'launched-by': by, 'image-owners': owners, tags, nowhere } = rogue
  const origin = origins.find((one) => one.part === LAUNCH && one.content === host.launchedAt)
  const may = policy.actors.filter((set) => by?.includes(set.name))
  const isKnown = origin !== undefined && isTold(origin.actor)
  const missing = (tags ?? []).filter((key) => !(key in host.tags))
  const says = [
    ...(nowhere ? ['nothing is to run in this region'] : []),
    ...(missing.length > 0 ? [`it lacks the tag ${missing.join(', ')}`] : []),
    // Not read at the first glance: then it is no reason yet.
    ...(owners && host.imageOwners && !host.imageOwners.some((one) => owners.includes(one))
      ? [`its image belongs to ${host.imageOwners.join(', ') || 'nobody who is known'}`]
      : []),
    ...(by && isKnown && !may.some((set) => isOneOf(origin.actor, set))
      ? [`it was launched by ${origin.actor.name}`]
      : []),
  ]
  if (says.length > 0)
    return {
      reasons: [
        {
          id: launchId(host),
          from: 'launch',
          type: 'rogue launch',
          severity: 0,
          says: says.join('; '),
          at: host.launchedAt,
        },
      ],
    }
  return by && !isKnown
    ? {
        reasons: [],
        unsure: { clause: 'unknown.actor', says: 'who launched it is not known, and the rule turns on that' },
      }
    : { reasons: [] }
}

/**
 * Whether the record tells who it was. Auto Scaling may launch as root of the account with nothing but its own name beside
 * it: on whose behalf, the record does not say. The console's name says nothing of that kind.
 */
const isTold = ({ type, principal, via }: Actor): boolean =>
  type !== 'Unknown' && (principal !== undefined || via === undefined || via === 'signin.amazonaws.com')

function sparedBy(
  id: string,
  { vpc }: Suspect,
  accusations: readonly Suspicion[],
  policy: Policy,
  { graces, now }: Circumstances,
): Pick<Accused, 'spared' | 'lapsed'> {
  const until = accusations.map((one) =>
    graces.find((grace) => grace.permission === one.id && new Date(grace.until) > now),
  )
  const grace = until.length > 0 && until.every((one) => one !== undefined) ? until[0] : undefined
  if (grace) return { spared: { by: 'grace', incident: grace.incident, until: grace.until }, lapsed: [] }
  const own = policy['suspicious-hosts'].spare.filter(
    ({ instances, vpcs }) => (instances?.includes(id) ?? true) && (vpcs?.includes(vpc) ?? true),
  )
  const valid = own.find((one) => new Date(one.expires) > now)
  if (!valid) return { lapsed: own.map((one) => one.name) }
  const { name, owner, reason, expires } = valid
  return { spared: { by: 'exemption', name, owner, reason, until: expires }, lapsed: [] }
}

/** What makes acting a question, the weightiest first. */
function doubtOf(
  id: string,
  host: Suspect,
  accusations: readonly Suspicion[],
  policy: Policy,
  { scarce }: Circumstances,
): Doubt | undefined {
  const hosts = policy['suspicious-hosts']
  if (selects(hosts.protected, id, host))
    return { clause: 'suspicious-hosts.protected', says: 'it is among the protected hosts' }
  const asked = accusations.some((one) => one.from === 'person')
  if (!asked && accusations.every((one) => one.forgeable))
    return {
      clause: 'suspicious-hosts.imported',
      says: 'all that accuses it can be written by others than the detector',
    }
  const node = nodeOf(host.tags)
  if (node && !asked)
    return { clause: 'suspicious-hosts.nodes', says: `it is a node of ${node}, which will replace it` }
  const { scaling } = host
  if (scaling && !isAway(scaling.state)) {
    const share = Math.ceil((100 * (scaling.away + 1)) / Math.max(1, scaling.size))
    if (share > hosts.share && scaling.size > 1)
      return {
        clause: 'suspicious-hosts.share',
        says: `it would take ${share} % of Auto Scaling group ${scaling.group} away; at most ${hosts.share} % may go`,
      }
  }
  if (scarce) return { clause: 'suspicious-hosts.share', says: `${scarce}; at most ${hosts.share} % may go` }
  return undefined
}

export const isAway = (state: string): boolean => /Standby|Detach|Terminat/.test(state)

/** Whether the policy names this host, by its id, a tag or its Auto Scaling group. */
export function selects(
  { instances, tags, 'scaling-groups': groups }: Policy['suspicious-hosts']['protected'],
  id: string,
  host: Suspect,
): boolean {
  const hasTag = (text: string) => {
    const [key = '', ...value] = text.split('=')
    return value.length === 0 ? key in host.tags : host.tags[key] === value.join('=')
  }
  const group = host.scaling?.group ?? host.tags['aws:autoscaling:groupName'] ?? ''
  return (instances?.includes(id) ?? false) || (tags ?? []).some(hasTag) || (groups?.includes(group) ?? false)
}

/** What the host is a node of, by the tags that EKS, ECS and their tools set. */
export function nodeOf(tags: Readonly<Record<string, string>>): string | undefined {
  const keys = Object.keys(tags)
  const eks = keys.find((key) => /^(aws:)?eks:cluster-name$|^kubernetes\.io\/cluster\/|^eks:nodegroup-name$/.test(key))
  if (eks) return `EKS (${eks})`
  return keys.some((key) => /^aws:ecs:|^AmazonECSManaged$/.test(key)) ? 'ECS' : undefined
}
