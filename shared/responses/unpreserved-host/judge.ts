import type { Circumstances, EvidenceGap, UnpreservedHost } from '#shared/finding.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { accused } from '#shared/responses/suspicious-host/accused.ts'
import { reasonsOf } from '#shared/responses/suspicious-host/judge.ts'
import { gapsOf, needsOf } from './needs.ts'
import { isFinished, sinceOf } from './since.ts'
import type { EvidenceSet, EvidenceWorld, Gap } from './world.ts'

/** What keeps evidence from being kept without a person. That a host is a node, or one of few, does not: nothing is taken from it. */
const HOLDING: ReadonlySet<string> = new Set([
  'suspicious-hosts.imported',
  'suspicious-hosts.protected',
  'unknown.actor',
])
/** What comes by itself, or by looking again. All else is as it is once the manifest says so. */
const PASSING: ReadonlySet<Gap['kind']> = new Set(['pending', 'unread'])
/** A host that is no longer there tells nothing of its launch. */
const NO_LONGER = { launchedAt: new Date(0).toISOString(), tags: {}, vpc: '' }

/** What of an accused host's evidence is still to be kept, and what can't be. */
export function judge(
  world: EvidenceWorld,
  policy: Policy,
  circumstances: Circumstances,
): readonly (UnpreservedHost | EvidenceGap)[] {
  const { subject, host, sets } = world
  if (host === null && sets.length === 0) return []
  const suspect = host ?? NO_LONGER
  const accusation = accused(subject, suspect, policy, circumstances)
  if (!accusation) return []
  const { rule, accusations, doubt, spared, lapsed } = accusation
  if ((rule.preserve ?? rule.mode) === 'none') return []
  const since = sinceOf(accusations, sets, suspect, circumstances.now.getTime())
  const set: EvidenceSet = sets.find((one) => one.since === since) ?? { since, snapshots: [], copies: [], objects: [] }
  const { evidence } = policy['suspicious-hosts']
  const needs = needsOf(world, set, evidence)
  const found = { subject, rule: rule.name, lapsed, ...(spared ? { spared } : {}) }
  // What a person let begin, or what was begun before there was a doubt, is finished.
  const begun = set.objects.length > 0 || set.snapshots.length > 0
  const holds = doubt !== undefined && HOLDING.has(doubt.clause) && !begun
  return [
    ...(needs.length > 0
      ? [
          {
            finding: 'unpreserved-host' as const,
            ...found,
            reasons: reasonsOf(accusation),
            since,
            accusations,
            needs,
            begun,
            ...(holds ? { doubt } : {}),
          },
        ]
      : []),
    ...(spared ? [] : gapsOf(world, set, evidence)).map((gap) => ({
      finding: 'evidence-gap' as const,
      ...found,
      gap,
      ...(isFinished(set) && !PASSING.has(gap.kind) ? { over: true as const } : {}),
    })),
  ]
}
