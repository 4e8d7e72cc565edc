import { gunzipSync, gzipSync } from 'node:zlib'

/** DynamoDB takes items of up to 400 KB. Above this many bytes of JSON a value is compressed. */
const PLAIN = 32_000
const LIMIT = 380_000

/**
 * A value as the attributes of an item: JSON text, compressed where it is large.
 *
 * Whoever opens a door chooses how much there is to write down (1,000 rules with 50 tags each are 19 MB), and a ledger
 * that can't be written stops the response. So where even the compressed value does not fit, the tags of rules are left
 * out, then their descriptions: `cut` names what is missing, and the undo is no longer exact.
 */
export function pack(value: object): { body: string | Uint8Array; cut?: string } {
  const body = fitted(value)
  if (body) return { body }
  for (const [cut, keys] of [
    ['tags', ['tags', 'TagSpecifications']],
    ['tags and descriptions', ['tags', 'TagSpecifications', 'description', 'Description']],
  ] as const) {
    const smaller = fitted({ ...without(value, keys), cut })
    if (smaller) return { body: smaller, cut }
  }
  return {
    body: JSON.stringify({ ...('what' in value ? { what: value.what } : {}), cut: 'everything' }),
    cut: 'everything',
  }
}

/** The value that `pack` was given. */
export function unpack({ body }: { readonly body?: unknown }): unknown {
  return JSON.parse(typeof body === 'string' ? body : gunzipSync(body as Uint8Array).toString())
}

function fitted(value: object): string | Uint8Array | null {
  const json = JSON.stringify(value)
  if (json.length <= PLAIN) return json
  const small = gzipSync(json)
  return small.length <= LIMIT ? small : null
}

const without = (value: object, keys: readonly string[]): object =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (keys.includes(key) ? undefined : inner))) as object
