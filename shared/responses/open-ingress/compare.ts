import { portsText } from '#shared/kit/ports.ts'
import { quote } from '#shared/kit/quote.ts'
import { revokedIds, type Step } from '#shared/plan.ts'
import { type GroupWorld, type IngressRule, permissionText } from './world.ts'

/**
 * What an undo compares. EC2 holds a permission at most once in a group, so permissions, not rule ids, tell rules apart:
 * a rule that was put back is the same rule under a new id.
 */

/** The rules of the world before that these steps took away. */
export function takenAway(steps: readonly Step[], before: GroupWorld): readonly IngressRule[] {
  const ids = new Set(steps.flatMap(({ does }) => revokedIds(does)))
  return before.rules.filter((rule) => rule.id !== undefined && ids.has(rule.id))
}

/**
 * What somebody changed since: the rules that are now otherwise than we left them, three ways. A rule in `ours` is one
 * that an undo of ours, which was cut short, has already put back, or taken away again.
 */
export function changesSince(
  before: GroupWorld,
  left: GroupWorld,
  now: GroupWorld,
  ours: readonly IngressRule[] = [],
): readonly string[] {
  const back = new Set(ours.map(permissionText))
  const [was, we, is] = [byPermission(before), byPermission(left), byPermission(now)]
  return [...new Set([...we.keys(), ...is.keys()])]
    .filter((permission) => !(back.has(permission) && (!we.has(permission) || !is.has(permission))))
    .filter((permission) => content(we.get(permission)) !== content(is.get(permission)))
    .sort()
    .map((permission) => {
      const [a, b, c] = [was.get(permission), we.get(permission), is.get(permission)]
      const rule = (c ?? b ?? a)!
      return `${portsText(rule)} from ${sourceOf(rule)}: before ${shown(a)}; we left ${shown(b)}; now ${shown(c)}`
    })
}

/** Where the world after an undo is not as it was before the response, rule ids apart. Empty means exact. */
export function differences(before: GroupWorld, after: GroupWorld): readonly string[] {
  const [was, is] = [byPermission(before), byPermission(after)]
  const rules = [...new Set([...was.keys(), ...is.keys()])]
    .filter((permission) => content(was.get(permission)) !== content(is.get(permission)))
    .sort()
    .map((permission) => {
      const rule = (is.get(permission) ?? was.get(permission))!
      return `${portsText(rule)} from ${sourceOf(rule)}: before ${shown(was.get(permission))}; now ${shown(is.get(permission))}`
    })
  const tags = tagText(before.group?.tags) === tagText(after.group?.tags) ? [] : ['the tags of the group']
  return [...rules, ...tags]
}

/** The ids that the rules had, and have now. */
export const renamed = (rules: readonly IngressRule[], after: GroupWorld): { was: string; is: string }[] =>
  rules.map((rule) => ({ was: rule.id ?? '', is: byPermission(after).get(permissionText(rule))?.id ?? '' }))

const byPermission = ({ rules }: GroupWorld): ReadonlyMap<string, IngressRule> =>
  new Map(rules.map((rule) => [permissionText(rule), rule]))

const content = (rule: IngressRule | undefined): string =>
  rule ? `${rule.description ?? ''}\n${tagText(rule.tags)}` : 'absent'

const tagText = (tags: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)))

const sourceOf = (rule: IngressRule): string => rule.cidr ?? rule.prefixList ?? rule.group ?? '?'

const shown = (rule: IngressRule | undefined): string => {
  if (!rule) return 'absent'
  const tags = Object.entries(rule.tags ?? {}).map(([key, value]) => `${quote(key, 40)}=${quote(value, 40)}`)
  const said = rule.description ? ` ${quote(rule.description)}` : ''
  return `present${said}${tags.length > 0 ? ` tagged ${tags.sort().slice(0, 5).join(', ')}${tags.length > 5 ? ', …' : ''}` : ''}`
}
