import { digest } from '#shared/kit/canonical.ts'
import { type Call, revokedIds, type Step } from '#shared/plan.ts'
import type { Entry, Head } from '#shared/story.ts'
import { takenAway } from './compare.ts'
import { putBack, rulesIn } from './plan.ts'
import { type GroupWorld, type IngressRule, permissionText } from './world.ts'

/**
 * What an undo reads out of an incident's story. The inverses are made anew from what was planned and from the world as it
 * was found; the calls that the ledger holds as inverses are for people to read, and are never made.
 */

export const PUT_BACK = 'Put back'

/** One call of an undo, with the rule that it puts back, if it does. */
export interface Inverse {
  readonly step: Step
  readonly rule?: IngressRule
}

/** The group as it was when the incident opened, with the rules that were added and revoked while it lasted. */
export function worldBefore(entries: readonly Entry[], steps: readonly Step[]): GroupWorld | undefined {
  const worlds = entries.flatMap((entry) =>
    entry.what === 'opened' || entry.what === 'joined' ? [entry.before as GroupWorld] : [],
  )
  const first = worlds[0]
  if (!first) return undefined
  const ours = new Set(allowedBy(steps).map(permissionText))
  for (const rule of first.rules) ours.delete(permissionText(rule))
  // Of what was seen twice, the first is what was there before.
  const seen = worlds.flatMap((world) => world.rules).reverse()
  const rules = new Map(seen.map((rule) => [permissionText(rule), rule]))
  return { ...first, rules: [...rules.values()].filter((rule) => !ours.has(permissionText(rule))) }
}

/** The group as our last step left it: what that step found, without what our steps revoked, with what they allowed. */
export function worldWeLeft(entries: readonly Entry[], steps: readonly Step[]): GroupWorld | undefined {
  const made = new Set(steps.map((step) => step.id))
  const last = entries.findLast(
    (entry) => (entry.what === 'opened' || entry.what === 'joined') && entry.plan.some((step) => made.has(step.id)),
  )
  const before = last && 'before' in last ? (last.before as GroupWorld) : undefined
  if (!before) return undefined
  const gone = new Set(takenAway(steps, before))
  const rules = [...before.rules.filter((rule) => !gone.has(rule)), ...allowedBy(steps)]
  return { ...before, rules: [...new Map(rules.map((rule) => [permissionText(rule), rule])).values()] }
}

/** The calls that put back what was taken away, one for each rule: two runs that raced may both have planned it. */
export function reopenings(head: Head, steps: readonly Step[], rules: readonly IngressRule[]): Inverse[] {
  const inverses = steps.flatMap(({ id, does }) => {
    const ids = revokedIds(does)
    return rules
      .filter((rule) => rule.id !== undefined && ids.includes(rule.id))
      .map((rule) => ({ rule, step: inverse(head, id, putBack(head.subject, rule), 'an inbound rule') }))
  })
  return [...new Map(inverses.reverse().map((one) => [permissionText(one.rule), one])).values()].reverse()
}

/** The calls that take away again what was allowed instead, by the ids that EC2 gave it. */
export function removals(head: Head, steps: readonly Step[], entries: readonly Entry[]): Inverse[] {
  return steps.flatMap(({ id, does }) => {
    if (does.call !== 'ec2:AuthorizeSecurityGroupIngress') return []
    const ids = entries.flatMap((entry) => (entry.what === 'done' && entry.step === id ? (entry.created ?? []) : []))
    if (ids.length === 0) return []
    const call: Call = {
      call: 'ec2:RevokeSecurityGroupIngress',
      input: { GroupId: head.subject, SecurityGroupRuleIds: ids },
    }
    return [{ step: inverse(head, id, call, 'the state before a narrower rule') }]
  })
}

/** The ids of the rules that an inverse takes away. */
export const removedIds = ({ step }: Inverse): readonly string[] => revokedIds(step.does)

const inverse = (head: Head, step: string, does: Call, what: string): Step => ({
  id: digest({ undoes: head.id, step, does }).slice(0, 32),
  title: `${PUT_BACK} ${what} of ${head.subject}`,
  does,
  undo: [],
  tier: 'none',
})

export const allowedBy = (steps: readonly Step[]): IngressRule[] =>
  steps.flatMap(({ does }) => (does.call === 'ec2:AuthorizeSecurityGroupIngress' ? rulesIn(does) : []))
