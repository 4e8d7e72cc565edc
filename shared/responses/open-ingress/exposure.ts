import { type Block, parseCidr } from '#shared/kit/cidr.ts'
import { covers, hasPorts, type PortRange, portsOf } from '#shared/kit/ports.ts'
import { publicPart, publicSpace, publicUnion } from '#shared/kit/public-space.ts'
import type { IngressRule, PrefixLists } from './world.ts'

/** From how many public addresses on a port counts as open to the world, and a rule as wide. Counts of addresses. */
export interface WorldNumbers {
  readonly reach: { readonly 4: bigint; readonly 6: bigint }
  readonly wide: { readonly 4: bigint; readonly 6: bigint }
}

/** Ports that the world reaches, and the share of the public address space (0 to 1) that does. */
export interface OpenPorts extends PortRange {
  readonly ipv4: number
  readonly ipv6: number
}

export interface Exposure {
  readonly open: readonly OpenPorts[]
  /** The rules whose removal ends it, in a fixed order. */
  readonly rules: readonly IngressRule[]
  /** Allowed ports that fewer public addresses reach when the rules are gone. */
  readonly closesToo: readonly PortRange[]
}

interface Opening {
  readonly rule: IngressRule
  readonly ports: PortRange
  readonly block: Block
  /** How many public addresses the block holds. */
  readonly part: bigint
  /** How many public addresses of the block's family the rule lets in by itself: a prefix list is many blocks. */
  readonly size: bigint
}

const FAMILIES = [4, 6] as const
export const NOTHING: Exposure = { open: [], rules: [], closesToo: [] }
/** A prefix list that can't be read may hold anything. */
const ANYTHING = ['0.0.0.0/0', '::/0']

/**
 * What the world reaches through these rules on ports that are forbidden, and which rules have to go.
 *
 * Per protocol and port the union of all rules counts, not any single one. Of the rules that reach an offending port the
 * wide ones go; where what stays is still the world, the widest of the rest follow until it is not.
 * The order of the rules makes no difference.
 *
 * @param lists the ranges of prefix lists; a list that is not there lets nobody in
 * @param forbids whether the policy forbids the world on these ports; asked for ranges that no boundary splits
 * @param boundaries the ranges where the answer of `forbids` can change
 */
export function exposureOf(
  rules: readonly IngressRule[],
  lists: PrefixLists,
  numbers: WorldNumbers,
  forbids: (ports: PortRange) => boolean,
  boundaries: readonly PortRange[],
): Exposure {
  if (!couldBeWorld(rules, lists, numbers)) return NOTHING
  const openings = openingsOf(rules, lists)
  if (!FAMILIES.some((family) => sum(openings, family) >= numbers.reach[family])) return NOTHING
  const isWorld = (those: readonly Opening[]) =>
    FAMILIES.some(
      (family) => sum(those, family) >= numbers.reach[family] && reach(those, family) >= numbers.reach[family],
    )
  const atoms = atomsOf([...openings.map((opening) => opening.ports), ...boundaries])
  const reaching = atoms.map((ports) => ({
    ports,
    through: openings.filter((opening) => covers(opening.ports, ports)),
  }))
  const offending = reaching.filter(({ ports, through }) => isWorld(through) && forbids(ports))
  if (offending.length === 0) return NOTHING

  const going = new Set<IngressRule>()
  for (const { through } of offending) {
    for (const { rule, size, block } of through) if (size >= numbers.wide[block.family]) going.add(rule)
  }
  const staying = (through: readonly Opening[]) => through.filter((opening) => !going.has(opening.rule))
  for (const { through } of offending) {
    for (const family of FAMILIES) {
      for (let left = staying(ofFamily(through, family)); isWorld(left); left = staying(left))
        going.add(widest(left).rule)
    }
  }
  return {
    open: joined(
      offending.map(({ ports, through }) => ({ ...ports, ipv4: share(through, 4), ipv6: share(through, 6) })),
    ),
    rules: [
      ...new Set(
        openings
          .filter(({ rule }) => going.has(rule))
          .sort(inOrder)
          .map(({ rule }) => rule),
      ),
    ],
    closesToo: joined(
      reaching
        .filter(({ ports, through }) => !forbids(ports) && loses(through, staying(through)))
        .map(({ ports }) => ports),
    ),
  }
}

/** Whether somebody who got in no longer does. */
const loses = (before: readonly Opening[], after: readonly Opening[]): boolean =>
  after.length < before.length && FAMILIES.some((family) => reach(after, family) < reach(before, family))

/** Whether the rules' prefix lengths alone leave room for the world: of most groups, no address has to be read. */
function couldBeWorld(rules: readonly IngressRule[], lists: PrefixLists, { reach }: WorldNumbers): boolean {
  let [v4, v6] = [0, 0]
  const count = (cidr: string) => {
    const length = Number(cidr.slice(cidr.lastIndexOf('/') + 1))
    if (!cidr.includes(':')) v4 += 2 ** (32 - length)
    else v6 += 2 ** (128 - length)
    // It may be IPv4 in IPv6's clothes.
    if (length >= 96) v4 += 2 ** (128 - length)
  }
  for (const rule of rules) {
    if (rule.cidr !== undefined) count(rule.cidr)
    else if (rule.prefixList !== undefined) for (const cidr of rangesOf(rule, lists)) count(cidr)
  }
  // Sums of such numbers are rounded, so a little is left to the exact way. Text that is no prefix makes them NaN, of
  // which nothing is true: then the exact way is taken too.
  return !(v4 < 0.99 * Number(reach[4]) && v6 < 0.99 * Number(reach[6]))
}

/** The openings sorted by their first address, as the union wants them; rules without a public address are left out. */
function openingsOf(rules: readonly IngressRule[], lists: PrefixLists): Opening[] {
  const openings: Opening[] = []
  for (const rule of rules) {
    const ports = portsOf(rule.protocol, rule.from, rule.to)
    const blocks = rangesOf(rule, lists).flatMap((cidr) => {
      const block = parseCidr(cidr)
      const part = block ? publicPart(block.family, block) : 0n
      return block && part > 0n ? [{ rule, block, part, size: part, ports }] : []
    })
    if (blocks.length < 2) openings.push(...blocks)
    else {
      blocks.sort(byBlock)
      const whole = { 4: reach(blocks, 4), 6: reach(blocks, 6) }
      openings.push(...blocks.map((one) => ({ ...one, size: whole[one.block.family] })))
    }
  }
  return openings.sort(byBlock)
}

/** Where a rule lets in from, as CIDR texts. */
export const rangesOf = ({ cidr, prefixList }: IngressRule, lists: PrefixLists): readonly string[] => {
  if (cidr !== undefined) return [cidr]
  const entries = prefixList === undefined ? [] : lists[prefixList]
  return entries === null ? ANYTHING : (entries ?? [])
}

const ofFamily = (openings: readonly Opening[], family: 4 | 6) =>
  openings.filter((opening) => opening.block.family === family)
/** An upper bound of the union, cheap enough to ask first. */
const sum = (openings: readonly Opening[], family: 4 | 6) =>
  openings.reduce((total, opening) => (opening.block.family === family ? total + opening.part : total), 0n)
const reach = (openings: readonly Opening[], family: 4 | 6) =>
  publicUnion(
    family,
    ofFamily(openings, family).map((opening) => opening.block),
  )
const share = (openings: readonly Opening[], family: 4 | 6) =>
  Number((reach(openings, family) * 1_000_000n) / publicSpace[family]) / 1_000_000

function widest(openings: readonly Opening[]): Opening {
  return openings.reduce((best, next) => {
    const order = compare(next.size, best.size)
    return order > 0 || (order === 0 && inOrder(next, best) < 0) ? next : best
  })
}

/** The ranges between all boundaries: within one, every rule and the policy either hold for all of it or for none. */
function atomsOf(ranges: readonly PortRange[]): PortRange[] {
  const atoms: PortRange[] = []
  for (const protocol of ['tcp', 'udp']) {
    const starts = new Set([0, 65_536])
    for (const range of ranges) if (range.protocol === protocol) starts.add(range.from).add(range.to + 1)
    const sorted = [...starts].sort((a, b) => a - b)
    for (let i = 1; i < sorted.length; i++) atoms.push({ protocol, from: sorted[i - 1]!, to: sorted[i]! - 1 })
  }
  const others = new Set(ranges.map((range) => range.protocol).filter((protocol) => !hasPorts(protocol)))
  // `-1` stands for all the protocols that nothing here names.
  return [...atoms, ...[...others.add('-1')].sort().map((protocol) => ({ protocol, from: -1, to: -1 }))]
}

/** Neighbouring ranges that differ in nothing but their ports become one. */
function joined<R extends PortRange>(ranges: readonly R[]): R[] {
  const out: R[] = []
  for (const range of ranges) {
    const last = out.at(-1)
    const same =
      last &&
      Object.keys(range).every(
        (key) => key === 'from' || key === 'to' || last[key as keyof R] === range[key as keyof R],
      )
    if (last && same && hasPorts(range.protocol) && last.to + 1 === range.from)
      out[out.length - 1] = { ...last, to: range.to }
    else out.push(range)
  }
  return out
}

function inOrder(a: Opening, b: Opening): number {
  return (
    compare(a.ports.protocol, b.ports.protocol) ||
    a.ports.from - b.ports.from ||
    a.ports.to - b.ports.to ||
    a.block.family - b.block.family ||
    compare(a.block.first, b.block.first) ||
    compare(a.block.last, b.block.last) ||
    a.rule.from - b.rule.from ||
    a.rule.to - b.rule.to ||
    compare(a.block.text, b.block.text) ||
    compare(a.rule.id ?? '', b.rule.id ?? '')
  )
}

const byBlock = (a: Opening, b: Opening): number =>
  compare(a.block.first, b.block.first) || compare(a.block.last, b.block.last) || inOrder(a, b)

const compare = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
