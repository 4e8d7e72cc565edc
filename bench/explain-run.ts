import policy from '#policy'
import { armed, explain } from '#shared/explain.ts'
import { mix } from './explain-mix.ts'

/** What a pass over the mix came to. */
export interface Explained {
  /** Records per second of processor time, of all threads. */
  readonly rates: readonly number[]
  /** The share of the records that are calls which can open a group, and did not fail. */
  readonly judged: number
  /** How often each answer was given. */
  readonly modes: Readonly<Record<string, number>>
  readonly bytes: number
}

/** Explains the mix again and again: from the text of a record to the text of the answer. */
export function handler({ records, passes }: { records: number; passes: number }): Promise<Explained> {
  const { lines, judged } = mix(records)
  const shipped = armed(policy)
  const modes: Record<string, number> = {}
  const now = new Date()
  const pass = (some: readonly string[], isCounted = false) => {
    let written = 0
    for (const line of some) {
      const explained = explain(JSON.parse(line), shipped, now)
      written += JSON.stringify(explained).length
      if (isCounted) modes[explained.mode] = (modes[explained.mode] ?? 0) + 1
    }
    return written
  }
  pass(lines, true)
  const rates = Array.from({ length: passes }, () => {
    const before = process.cpuUsage()
    pass(lines)
    const { user, system } = process.cpuUsage(before)
    return records / ((user + system) / 1e6)
  })
  const bytes = lines.reduce((sum, line) => sum + line.length, 0)
  return Promise.resolve({ rates, judged: judged / records, modes, bytes: bytes / records })
}
