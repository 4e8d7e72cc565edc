/** One line of the table. */
export interface Row {
  readonly what: string
  readonly target: number
  readonly unit: '×' | 'calls' | 'KiB' | 'records/s' | 'events/s' | 'hosts' | 'ms'
  /** `least`: the more the better. */
  readonly reach: 'at most' | 'at least'
  /** Not a measurement but a fact, the same on every machine: beyond its target at all it has failed. */
  readonly exact?: true
  /** The median. */
  readonly seen: number
  /** The lowest and the highest. */
  readonly range?: readonly [number, number]
  /** What the figure is made of, in words. */
  readonly of: string
}

/** What a row is to be measured with. */
export interface Effort {
  readonly pairs: number
  readonly quick: boolean
}

/** A measured figure fails only where it misses its target by this factor; between, it is shown as missed. */
export const SLACK = 1.5

export type Verdict = 'reached' | 'missed' | 'FAILED'

export function verdictOf({ target, seen, reach, exact }: Row): Verdict {
  const by = reach === 'at most' ? seen / target : target / seen
  return by <= 1 ? 'reached' : !exact && by <= SLACK ? 'missed' : 'FAILED'
}

/** Runs both by turns, in the order A B, B A, A B …, so that a machine that slows down slows both down. */
export async function pairs<T>(
  count: number,
  ours: () => Promise<T>,
  bare: () => Promise<T>,
): Promise<{ readonly ours: T[]; readonly bare: T[] }> {
  const all: { ours: T[]; bare: T[] } = { ours: [], bare: [] }
  for (let i = 0; i < count; i++) {
    const first = i % 2 === 0
    if (first) all.ours.push(await ours())
    all.bare.push(await bare())
    if (!first) all.ours.push(await ours())
  }
  return all
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The row of a comparison: the median of the pairs' ratios. */
export function ratioRow(
  what: string,
  target: number,
  ours: readonly number[],
  bare: readonly number[],
  unit: string,
): Row {
  const ratios = ours.map((one, i) => one / bare[i]!)
  return {
    what,
    target,
    unit: '×',
    reach: 'at most',
    seen: median(ratios),
    range: [Math.min(...ratios), Math.max(...ratios)],
    of: `${median(ours).toFixed(1)} against ${median(bare).toFixed(1)} ${unit}, ${ours.length} pairs`,
  }
}

/** Throws where the two did not end in the same state: then their times can't be compared. */
export function same(what: string, ours: unknown, bare: unknown): void {
  const [one, other] = [JSON.stringify(ours), JSON.stringify(bare)]
  if (one !== other)
    throw new Error(`${what}: expected the baseline to end as ours did.\n  ours: ${cut(one)}\n  bare: ${cut(other)}`)
}

/** Throws where the two are not about as large: within a twentieth. */
export function alike(what: string, ours: number, bare: number): void {
  if (Math.abs(ours - bare) > ours / 20) throw new Error(`${what}: expected about ${ours}, the baseline has ${bare}.`)
}

const cut = (text: string) => (text.length <= 500 ? text : `${text.slice(0, 500)}…`)
