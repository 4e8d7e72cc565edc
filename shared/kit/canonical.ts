import { createHash } from 'node:crypto'

/** JSON with the keys of every object in order, so that equal values have equal texts. Dates become ISO texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** The SHA-256 of a value's canonical JSON, in hexadecimal. */
export const digest = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex')
