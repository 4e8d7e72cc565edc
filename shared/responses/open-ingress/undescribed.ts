import type { Circumstances, UndescribedIngress } from '#shared/finding.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { NARROWED } from './narrow.ts'
import { originOf } from './origins.ts'
import type { GroupWorld, IngressRule } from './world.ts'

/** Whether a rule's description says why it exists. */
export const isDescribed = ({ description = '' }: IngressRule, pattern: string): boolean =>
  new RegExp(pattern, 'u').test(description) || description.startsWith(NARROWED)

/** New rules that do not say why they exist: those whose making an event told of. Older ones are in a report. */
export function undescribed(
  world: GroupWorld,
  { 'open-ingress': { describe } }: Policy,
  { origins }: Circumstances,
): UndescribedIngress[] {
  if (!describe) return []
  const rules = world.rules.filter((rule) => originOf(rule, world, origins) && !isDescribed(rule, describe.pattern))
  if (rules.length === 0) return []
  const by = [...new Set(rules.map((rule) => originOf(rule, world, origins)!.actor.name))].sort()
  return [
    {
      finding: 'undescribed-ingress',
      subject: world.subject,
      rules: [...rules].sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1)),
      by,
      pattern: describe.pattern,
      lapsed: [],
    },
  ]
}
