import { readFileSync } from 'node:fs'

/** The monotonic clock, which all processes of a machine share; milliseconds. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6

/** The most memory that this process has ever held, in MiB. */
export function peakMemory(): number {
  try {
    // Linux hands `maxRSS` on from the parent that was forked; this is the process's own.
    const own = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
    if (own) return Number(own[1]) / 1024
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024
}
