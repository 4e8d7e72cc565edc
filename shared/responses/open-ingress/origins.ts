import type { Origin } from '#shared/finding.ts'
import { digest } from '#shared/kit/canonical.ts'
import { iso } from '#shared/kit/iso.ts'
import type { ApiCall } from '#shared/signal.ts'
import { readRecord } from './record.ts'
import { isAboutRules } from './subjects.ts'
import { type GroupWorld, type IngressRule, normalText } from './world.ts'

/** What a rule lets in now, as a digest; with a prefix list, what the list holds. */
export const contentOf = (rule: IngressRule, { lists }: GroupWorld): string =>
  digest([normalText(rule), rule.prefixList ? (lists?.[rule.prefixList] ?? null) : null]).slice(0, 32)

/** Who made the rule as it is now, if that is known. */
export const originOf = (rule: IngressRule, world: GroupWorld, origins: readonly Origin[]): Origin | undefined =>
  origins.find((origin) => origin.part === rule.id && origin.content === contentOf(rule, world))

/**
 * Which rules the call is proven to have made as they are now: those whose id and content the record shows. A rule that
 * has been changed since is somebody else's.
 */
export function originsOf(call: ApiCall, world: GroupWorld): readonly Origin[] {
  if (!isAboutRules(call)) return []
  const { rules } = readRecord(call)
  return world.rules.flatMap((rule) =>
    rule.id !== undefined && rules.some((told) => told.id === rule.id && normalText(told) === normalText(rule))
      ? [
          {
            part: rule.id,
            content: contentOf(rule, world),
            actor: call.actor,
            event: call.id,
            at: iso(call.at.getTime()),
          },
        ]
      : [],
  )
}
