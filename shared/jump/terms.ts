import parseDuration from 'parse-duration'
import { Fault } from '#shared/fault.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { descriptionOf } from '#shared/responses/jump-box/wanted.ts'
import { readPublicKey } from './public-key.ts'
import { mayAsk, zoneOf, zonesFor } from './zone.ts'

/** What somebody asks for, as it came. */
export interface AskedTerms {
  readonly zone: string
  readonly reason: string
  /** `2h30m`; the zone's usual time without it. */
  readonly duration?: string | undefined
  readonly key: string
}

/** What they may have. */
export interface Terms {
  readonly zone: string
  readonly reason: string
  readonly seconds: number
  readonly key: string
}

/** What is wrong with a field, in a sentence for whoever filled it in. */
export type Problems = Partial<Record<keyof AskedTerms, string>>

/** Reads what is asked by what the policy allows this person: either the terms, or what is wrong with each field. */
export function readTerms(asked: AskedTerms, person: string, policy: Policy): Terms | { readonly problems: Problems } {
  const zone = zoneOf(asked.zone, policy)
  if (!zone || !mayAsk(person, zone, policy)) {
    const own = zonesFor(person, policy).map(({ name }) => name)
    return {
      problems: { zone: `Expected one of the zones you may have a box in: ${own.join(', ') || 'there is none'}.` },
    }
  }
  const reason = asked.reason.trim()
  const seconds = asked.duration?.trim() ? Math.round((parseDuration(asked.duration) ?? 0) / 1_000) : zone.usual
  const problems: Problems = {
    ...(reason.length < 3 || reason.length > 500
      ? { reason: 'Expected a reason of 3 to 500 characters: it is kept, and stands in the rule that lets you in.' }
      : describesItself(person, reason, policy)),
    ...(seconds < 300 || seconds > zone.longest
      ? { duration: `Expected a duration of 5m to ${zone.longest / 60}m, such as 1h or 2h30m.` }
      : {}),
  }
  try {
    const key = readPublicKey(asked.key).text
    return Object.keys(problems).length > 0 ? { problems } : { zone: zone.name, reason, seconds, key }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { problems: { ...problems, key: error.sentence } }
  }
}

/** Where each rule has to say why it exists, by a pattern, the reason does: it becomes the rule's description. */
function describesItself(person: string, reason: string, policy: Policy): Problems {
  const { pattern } = policy['open-ingress'].describe ?? {}
  const description = descriptionOf(person, reason, '2026-01-01T00:00:00Z')
  if (pattern === undefined || new RegExp(pattern, 'u').test(description)) return {}
  return {
    reason: `Expected a reason that matches ${pattern}: it becomes the description of a rule, and the policy wants that of each.`,
  }
}
