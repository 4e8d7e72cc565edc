import type { Outside } from '#shared/response.ts'
import type { Suspicion } from '#shared/suspicion.ts'

/** GuardDuty answers for at most so many findings at once. */
const MOST = 50

/**
 * Asks GuardDuty again for its findings: an event can be made up, and a finding may have been archived since. What others
 * say stands until the host is released.
 * https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetFindings.html
 */
export async function confirm(all: readonly Suspicion[], { reads }: Outside): Promise<readonly Suspicion[]> {
  const asked = all.filter((one) => one.from === 'guardduty')
  const byDetector = Map.groupBy(asked, (one) => one.detector ?? '')
  const answers = await Promise.all(
    [...byDetector].flatMap(([DetectorId, own]) =>
      // Without its detector a finding can't be asked for: then nothing vouches for it.
      DetectorId === ''
        ? []
        : chunks(own).map(async (some) => {
            const { Findings = [] } = await reads['guardduty:GetFindings']({
              DetectorId,
              FindingIds: some.map(({ id }) => id),
            })
            return Findings
          }),
    ),
  )
  const known = new Map(answers.flat().map((one) => [one.Id, one]))
  return all.flatMap((one) => {
    if (one.from !== 'guardduty') return [one]
    const finding = known.get(one.id)
    if (!finding || finding.Service?.Archived === true) return []
    // What GuardDuty says now is what counts, not what the event said.
    return [{ ...one, type: finding.Type ?? one.type, severity: finding.Severity ?? one.severity }]
  })
}

const chunks = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / MOST) }, (_, i) => all.slice(MOST * i, MOST * i + MOST))
