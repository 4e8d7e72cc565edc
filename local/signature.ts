import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Call } from '#local/call.ts'
import { SECRET } from '#local/principals.ts'

/** AWS takes a signature for about five minutes around its time stamp. */
const SKEW_MS = 5 * 60_000
const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/

/**
 * The access key that signed this very request (Signature Version 4, in the header), or null: unsigned, for another
 * service, too old, with another secret, or changed on the way. Written out here and not taken from an SDK: what checks
 * a signer must not share its mistakes.
 */
export function signerOf(call: Call, service: string, now: number): string | null {
  const [, key, date, region, scope, signed, signature] = FORM.exec(textOf(call, 'authorization')) ?? []
  if (!key || !date || !region || !signed || !signature || scope !== service) return null
  const stamp = textOf(call, 'x-amz-date')
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const names = signed.split(';')
  if (!stamp.startsWith(date) || !(Math.abs(now - at) <= SKEW_MS) || !names.includes('host')) return null
  const hash = sha256(call.body)
  const claimed = textOf(call, 'x-amz-content-sha256')
  if (claimed && claimed !== hash) return null
  const text = [
    'AWS4-HMAC-SHA256',
    stamp,
    `${date}/${region}/${scope}/aws4_request`,
    sha256(canonical(call, names, hash)),
  ]
  const secret = [date, region, scope, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${SECRET}`))
  return timingSafeEqual(hmac(secret, text.join('\n')), Buffer.from(signature, 'hex')) ? key : null
}

function canonical(call: Call, names: readonly string[], hash: string): string {
  const [path = '/', query = ''] = call.url.split(/\?(.*)/s)
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
  const headers = names.map((name) => `${name}:${textOf(call, name).trim().replace(/\s+/g, ' ')}\n`)
  // Every service but S3 escapes the path as it was sent once more.
  const place = path.split('/').map(escaped).join('/')
  return [call.method, place, pairs.sort().join('&'), headers.join(''), names.join(';'), hash].join('\n')
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

function textOf(call: Call, name: string): string {
  return String(call.headers[name] ?? '')
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
