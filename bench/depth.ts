import type { Call, Seen } from './cloud.ts'
import type { Row } from './measure.ts'

/**
 * How deep the chain of calls is up to a moment, when a last call was answered: a call that starts only after another has
 * ended comes after it.
 */
export function depthOf(what: string, target: number, { calls }: Pick<Seen, 'calls'>, end: number): Row {
  const chain: (Call & { depth: number })[] = []
  for (const call of calls.filter((one) => one.end <= end).toSorted((a, b) => a.start - b.start)) {
    const before = chain.filter((one) => one.end <= call.start).map((one) => one.depth)
    chain.push({ ...call, depth: 1 + Math.max(0, ...before) })
  }
  const seen = chain.find((one) => one.end === end)!.depth
  const links = Array.from({ length: seen }, (_, i) => chain.filter((one) => one.depth === i + 1))
  return {
    what,
    target,
    unit: 'calls',
    reach: 'at most',
    exact: true,
    seen,
    of: links.map(linkText).join(' → '),
  }
}

/** Calls that were made side by side, each name once. */
const linkText = (link: readonly Call[]): string =>
  [...Map.groupBy(link, (one) => one.call.split(':')[1])]
    .map(([name, those]) => (those.length > 1 ? `${those.length} × ${name}` : name))
    .join(' ∥ ')
