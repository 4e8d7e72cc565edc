import { setTimeout as sleep } from 'node:timers/promises'

/** Looks again and again until there is something to see; null where it does not come in time. */
export async function eventually<T>(look: () => Promise<T | null | undefined>, ms = 15_000): Promise<T | null> {
  for (const until = Date.now() + ms; ; await sleep(30)) {
    const seen = await look()
    if (seen !== null && seen !== undefined) return seen
    if (Date.now() > until) return null
  }
}
