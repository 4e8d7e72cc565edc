import type { Lever } from './lever.ts'
import type { HostWorld, QuarantineGroup, Reach } from './world.ts'

/** The rules that EC2 gives to every new group; the second one only where the VPC has IPv6. */
const DEFAULTS = ['out -1 0.0.0.0/0', 'out -1 ::/0']
const EVERYTHING = ['in -1 0.0.0.0/0', 'in -1 ::/0', 'out -1 0.0.0.0/0', 'out -1 ::/0']

/** What the rules of a group that reaches so far have to be: no more, no less. */
export function rulesFor(reach: Reach, blocks: readonly string[]): readonly string[] {
  if (reach === 'none') return []
  if (reach === 'all') return EVERYTHING
  return blocks.flatMap((block) => [`in -1 ${block}`, `out -1 ${block}`]).sort()
}

/** Whether it has the rules that a group of its reach has to have: no more, no less. */
export const isClean = ({ vpc, reach, rules }: QuarantineGroup, blocks: HostWorld['blocks'] = {}): boolean =>
  rules.join() === rulesFor(reach, blocks[vpc] ?? []).join()

/**
 * What is there of a VPC's quarantine groups: the clean one; or one that was made and not finished; or nothing that can be
 * used. A group is believed for the rules that it has now and for nothing else. One with a rule that we never give was
 * poisoned: it is left alone, and another is made.
 */
export function groupFor(
  vpc: string,
  reach: Reach,
  { groups, blocks = {} }: Pick<HostWorld, 'groups' | 'blocks'>,
): { readonly clean?: QuarantineGroup; readonly levers: readonly Lever[] } {
  const own = groups.filter((one) => one.vpc === vpc && one.reach === reach).sort((a, b) => (a.id < b.id ? -1 : 1))
  const ends = blocks[vpc] ?? []
  const wanted = rulesFor(reach, ends)
  const clean = own.find((one) => isClean(one, blocks))
  if (clean) return { clean, levers: [] }
  const unfinished = own.find(({ rules }) => rules.every((rule) => wanted.includes(rule) || DEFAULTS.includes(rule)))
  if (unfinished) {
    const rules = unfinished.rules.filter((rule) => !wanted.includes(rule))
    return { levers: [{ lever: 'seal', of: unfinished.id, vpc, reach, rules, blocks: ends }] }
  }
  const name = `portcullis-quarantine-${reach}-${own.length + 1}`
  return { levers: [{ lever: 'group', of: `${vpc}/${reach}`, vpc, reach, name, blocks: ends }] }
}
