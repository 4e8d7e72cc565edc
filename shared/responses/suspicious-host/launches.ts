import type { Origin } from '#shared/finding.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { ApiCall } from '#shared/signal.ts'
import { LAUNCH } from './accused.ts'

/** What cutting hosts off and keeping their evidence have in common: who launched them, and how many may be acted on. */

/** Launches may be rogue. The functions' event patterns name the same calls. */
export const LAUNCHES: readonly string[] = ['RunInstances', 'StartInstances']

/** How many hosts an hour are acted on: none is worth more than another, so nothing is kept in reserve. */
export const breaker = (policy: Policy) => ({ subjects: policy['suspicious-hosts'].breaker.hosts, reserve: 0 })

export const keepsOrigins = (policy: Policy): boolean =>
  policy['suspicious-hosts'].rules.some((rule) => rule.when.rogue?.['launched-by'] !== undefined)

/** Who launched the host, where the call is its launch. */
export const launchOrigins = (
  call: ApiCall,
  { host }: { readonly host?: { readonly launchedAt: string } | null },
): readonly Origin[] =>
  host && LAUNCHES.includes(call.name)
    ? [{ part: LAUNCH, content: host.launchedAt, actor: call.actor, event: call.id, at: call.at.toISOString() }]
    : []
