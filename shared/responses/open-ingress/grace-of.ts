import type { Grace } from '#shared/finding.ts'
import { type IngressRule, permissionText } from './world.ts'

/** The grace that leaves this rule alone now, if there is one: it is kept for the permission, whatever the rule's id. */
export function graceOf(rule: IngressRule, graces: readonly Grace[], now: Date): Grace | undefined {
  const permission = permissionText(rule)
  return graces.find((one) => one.permission === permission && new Date(one.until) > now)
}
