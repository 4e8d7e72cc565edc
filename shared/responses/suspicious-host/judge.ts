import type { Circumstances, Found, HostResidue, SuspiciousHost, UnreadyVpc } from '#shared/finding.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { type Accused, accused } from './accused.ts'
import { flowsEnd, isolatedAt } from './established.ts'
import type { Lever } from './lever.ts'
import { awaitsEvidence, isForeign, type Known, leversFor } from './levers.ts'
import { groupFor } from './quarantine-groups.ts'
import type { Residue } from './residue.ts'
import { denialName, isEditable } from './sessions.ts'
import { type Host, type HostWorld, isGone, isOff } from './world.ts'

/** What is wrong with a host that is accused: what is still to be done about it, and what nobody here can do. */
export function judge(
  world: HostWorld,
  policy: Policy,
  circumstances: Circumstances,
): readonly (SuspiciousHost | HostResidue | UnreadyVpc)[] {
  const { subject, host } = world
  if (host === undefined) return unready(world, policy)
  if (host === null || isGone(host)) return []
  const accusation = accused(subject, host, policy, circumstances)
  if (!accusation) return []
  const { rule, accusations, doubt, spared, lapsed } = accusation
  const found: Found = { subject, lapsed, ...(spared ? { spared } : {}) }
  const { account, taken } = circumstances
  const known = { account, policy, taken, since: evidenceFrom(accusation, circumstances.now) }
  const open = leversFor(subject, host, rule, world, known)
  const owner = host.tags[rule.also['owner-tag'] ?? '']
  const residues = spared ? [] : residuesOf(host, world, open, accusation, known, circumstances)
  return [
    ...(open.length > 0
      ? [
          {
            finding: 'suspicious-host' as const,
            ...found,
            rule: rule.name,
            reasons: reasonsOf(accusation),
            accusations,
            open,
            again: circumstances.taken.length > 0,
            freed: circumstances.held === true,
            ...(owner ? { owner } : {}),
            ...(doubt ? { doubt } : {}),
          },
        ]
      : []),
    ...residues.map((residue) => ({ finding: 'host-residue' as const, ...found, rule: rule.name, residue })),
  ]
}

/** In words, by whom it is accused of what. */
export const reasonsOf = ({ accusations, doubt }: Accused): readonly string[] =>
  accusations.length > 0
    ? accusations.map(
        (one) => `${one.from}: ${one.type}${one.severity > 0 ? ` (severity ${one.severity})` : ''}: ${one.says}`,
      )
    : [doubt?.says ?? '']

const DAY = 86_400_000
/** The ledger knows when a cut was decided; it takes some seconds until EC2 has made it. What leaks goes on for longer. */
const SETTLING = 15_000

/**
 * From when on snapshots count. Detectors say the same thing many ways: what they say within a day of a set asks for no
 * new one. A person wants what is there now. A time that is none, or lies ahead, asks for nothing.
 */
function evidenceFrom({ since, accusations }: Accused, now: Date): number {
  const said = Date.parse(since)
  // EC2 may tell its times in whole seconds.
  const from = accusations[0]?.from === 'person' ? said - (said % 1_000) : said - DAY
  return from <= now.getTime() ? from : 0
}

/** The sweep keeps a group ready wherever hosts are, where a rule acts: without one, cutting off takes two calls more. */
function unready({ subject, inUse, groups, blocks }: HostWorld, policy: Policy): readonly UnreadyVpc[] {
  const acting = policy['suspicious-hosts'].rules.filter((rule) => rule.mode === 'act')
  if (!inUse || acting.length === 0) return []
  const reaches = [...new Set(acting.map((rule) => rule.reach))]
  const open = reaches.flatMap((reach) => groupFor(subject, reach, { groups, ...(blocks ? { blocks } : {}) }).levers)
  return open.length > 0 ? [{ finding: 'unready-vpc', subject, lapsed: [], open }] : []
}

function residuesOf(
  host: Host,
  world: HostWorld,
  open: readonly Lever[],
  { rule }: Accused,
  known: Known,
  { account, taken, now }: Circumstances,
): readonly Residue[] {
  const { subject, unread } = world
  const foreign = host.interfaces.filter((one) => isForeign(one, account) && one.groups.length > 0)
  const cutAt = isolatedAt(host, account, taken)
  const end = flowsEnd(host, account, taken)
  const wantsCut =
    rule.contain !== 'network-only' &&
    rule.reach === 'none' &&
    !isOff(host) &&
    open.every((one) => one.lever !== 'isolate')
  const leaks = rule.reach === 'none' && cutAt ? (host.flows ?? []).filter((one) => one.at > cutAt + SETTLING) : []
  const { role } = host
  return [
    ...(awaitsEvidence(subject, host, rule, known) ? [{ kind: 'awaits-evidence' as const }] : []),
    ...foreign.map(({ id, owner, requester, groups }) => ({
      kind: 'interface' as const,
      of: id,
      owner: requester ?? `account ${owner}`,
      groups,
    })),
    ...(leaks.length > 0
      ? [{ kind: 'leak' as const, lines: leaks.slice(0, 5).map((one) => `${one.interface}: ${one.line}`) }]
      : []),
    ...(wantsCut && (end === undefined || end > now.getTime())
      ? [{ kind: 'flows' as const, until: end === undefined ? null : new Date(end).toISOString() }]
      : []),
    ...(role && !role.byTag && rule.contain !== 'network-only' && !isEditable(role)
      ? [{ kind: 'role' as const, role: role.name, why: `a role under ${role.path} can not be edited` }]
      : []),
    ...(role?.byTag && !role.denials.includes(denialName(subject))
      ? [
          {
            kind: 'role' as const,
            role: role.name,
            why: taken.some(({ of, call }) => of === role.name && call === 'iam:PutRolePolicy')
              ? 'the policy that denied them is gone; its tag alone says that it was the role'
              : 'nothing has denied them: the role can not be edited, or the tag that names it is not ours',
          },
        ]
      : []),
    ...unread.map((what) => ({ kind: 'unread' as const, what })),
  ]
}
