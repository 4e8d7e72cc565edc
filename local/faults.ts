import type { Call } from '#local/call.ts'
import type { Fault } from '#local/switches.ts'

/** The faults that are set, how often each has hit, and the calls that are held. */
export interface Faults {
  set(faults: readonly Fault[]): void
  /** The first fault that hits this call; it counts as a hit. */
  hit(call: Call): Fault | undefined
  /** Resolves when the held call may go on. */
  hold(): Promise<void>
  /** Lets every held call go on and returns how many they were. */
  release(): number
  held(): number
}

/** Makes an empty set of faults. */
export function createFaults(): Faults {
  let counted: { readonly fault: Fault; seen: number }[] = []
  let waiting: (() => void)[] = []
  return {
    set(faults) {
      counted = faults.map((fault) => ({ fault, seen: 0 }))
    },
    hit(call) {
      for (const entry of counted) {
        if (!matches(entry.fault, call)) continue
        const turn = entry.seen++
        const first = entry.fault.skip ?? 0
        if (turn >= first && turn < first + (entry.fault.times ?? Number.POSITIVE_INFINITY)) return entry.fault
      }
      return undefined
    },
    hold: () => new Promise((resolve) => waiting.push(resolve)),
    release() {
      const count = waiting.length
      for (const go of waiting) go()
      waiting = []
      return count
    },
    held: () => waiting.length,
  }
}

function matches(fault: Fault, call: Call): boolean {
  if (fault.service !== call.service) return false
  if (fault.action !== '*' && fault.action !== call.action) return false
  if (fault.app !== undefined && fault.app !== call.app) return false
  return fault.resource === undefined || textOf(call).includes(fault.resource)
}

/** A form body is searched decoded too: `0.0.0.0/0` travels as `0.0.0.0%2F0`. */
function textOf(call: Call): string {
  const values = call.protocol === 'ec2' || call.protocol === 'query' ? [...call.params.values()].join('\n') : ''
  return `${call.url}\n${call.body.toString('utf8')}\n${values}`
}
