import type { Suspicion } from '#shared/suspicion.ts'
import type { EvidenceHost, EvidenceSet } from './world.ts'

const DAY = 86_400_000

/**
 * Which set of evidence is meant: the one that is begun and not finished; else the newest, where it covers all that the host
 * is accused of; else a new one. Detectors say the same thing many ways, so what they add within a day of a set adds no
 * set; a person who asks wants what is there then.
 *
 * The times are the detectors' own words: what is no time, or lies ahead, names nothing.
 */
export function sinceOf(
  accusations: readonly Suspicion[],
  sets: readonly EvidenceSet[],
  host: Pick<EvidenceHost, 'launchedAt'>,
  now: number,
): string {
  const said = accusations
    .map(({ at, from }) => ({ from, at: Date.parse(at) }))
    .filter(({ at }) => at <= now)
    .sort((a, b) => a.at - b.at)
  const first = new Date(said[0]?.at ?? Date.parse(host.launchedAt)).toISOString()
  // Anybody may tag a snapshot; only this deployment writes into the bucket, and knows the time of an accusation.
  const newest = sets.find((one) => one.objects.length > 0 || said.some(({ at }) => at === Date.parse(one.since)))
  if (!newest || !isFinished(newest)) return newest?.since ?? first
  const begun = newest.snapshots.map((one) => Date.parse(one.begunAt)).sort((a, b) => a - b)[0] ?? 0
  // EC2 may tell its times in whole seconds: what the set was begun for is not said after it.
  const from = Math.max(begun, Date.parse(newest.since))
  const more = said.find((one) => one.at > (one.from === 'person' ? from : from + DAY))
  return more ? new Date(more.at).toISOString() : newest.since
}

/** The manifest comes last: with it, all that can be had of a set is kept. */
export const isFinished = ({ objects }: EvidenceSet): boolean => objects.some((one) => one.name === 'manifest.json')
