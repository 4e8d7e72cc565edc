import type { Ending } from '#shared/ending.ts'
import type { Finding } from '#shared/finding.ts'
import type { World } from '#shared/response.ts'

/** Where no event spoke of a subject for this long, what is found there by other means is a missed event. */
const RECENT = 300_000
/** Sweeps are an hour apart at most: what a grace or an exemption had spared is found within it once that has ended. */
const HOUR = 3_600_000

/**
 * Whether something was found that CloudTrail should have told of: by a sweep, or by AWS Config, which is the second to know.
 * New to the ledger, unannounced, and not open because the very grace or exemption that spared it has just ended.
 */
export function isMissed<S, W extends World, F extends Finding>(ending: Ending<S, W, F>): boolean {
  const { response, world, memory, decided, cured, signal, ports, toldBefore } = ending
  if (signal.kind !== 'tick' && signal.kind !== 'config-change') return false
  const now = ports.clock.now()
  if (toldBefore !== undefined || memory.lastEvent > now - RECENT) return false

  const hasJustEnded = (until = '') => Date.parse(until) > now - HOUR
  const lapsed = new Set(ports.policy.exemptions.flatMap((one) => (hasJustEnded(one.expires) ? [one.name] : [])))
  const findings = [...cured, ...(decided ?? []).filter(({ decision }) => decision.mode !== 'spare')]
    .map(({ finding }) => finding)
    .filter(isToldByCalls)
    .filter((finding) => !finding.lapsed.some((name) => lapsed.has(name)))
  const permissions = response.plan(findings, world).flatMap((step) => step.closes ?? [])
  const isExcused = (permission: string) =>
    memory.graces.some((grace) => grace.permission === permission && hasJustEnded(grace.until))
  return findings.length > 0 && (permissions.length === 0 || !permissions.every(isExcused))
}

/** Whether a call opens it, that CloudTrail records: what detectors say of a host comes by other ways. */
function isToldByCalls(finding: Finding): boolean {
  if (finding.finding === 'suspicious-host') return finding.accusations.some(({ from }) => from === 'launch')
  return ['open-ingress', 'undescribed-ingress', 'impaired-defences'].includes(finding.finding)
}
