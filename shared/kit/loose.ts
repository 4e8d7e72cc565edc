/** Careful looks into values of unknown form, such as CloudTrail's `requestParameters`: they answer, they never throw. */

/** The property of that name, the first of several spellings; undefined where there is none or the value is no object. */
export function field(value: unknown, ...names: readonly string[]): unknown {
  if (value === null || typeof value !== 'object') return undefined
  for (const name of names) if (Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name]
  return undefined
}

/** CloudTrail's lists are `{items: […]}`, `{item: […]}`, `{}`, a bare array, one bare object, or absent. */
export function list(value: unknown): readonly unknown[] {
  const inner = field(value, 'items', 'item') ?? value
  if (Array.isArray(inner)) return inner
  return inner === null || typeof inner !== 'object' || Object.keys(inner).length === 0 ? [] : [inner]
}

/** A text or number as text; undefined for all else and for the empty text. */
export const text = (value: unknown): string | undefined =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined

/** A whole number, also where it comes as text; undefined for all else. */
export function whole(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,9}$/.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined
}
