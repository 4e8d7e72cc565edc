import { createHash, createPublicKey } from 'node:crypto'
import { Fault } from '#shared/fault.ts'

/** A person's public key: its type and body, and nothing of what they wrote beside it. */
export interface PublicKey {
  /** `ssh-ed25519 AAAA…` */
  readonly text: string
  /** As `ssh-keygen -l` prints it: `SHA256:…` */
  readonly fingerprint: string
}

const LEAST_RSA = 4_096
/** OpenSSH takes no more. */
const MOST_RSA = 16_384
/** A key of that size has 2,800 characters; what an instance is told at its first boot has 16 KiB. */
const LONGEST = 8_000
const HINT = 'Make one with `ssh-keygen -t ed25519`, and paste the one line of the file that ends in .pub'

/**
 * Reads an OpenSSH public key, one line of a `.pub` file; Ed25519 or RSA of at least 4,096 bits. A comment is dropped.
 * Throws `input-invalid` with a sentence for whoever pasted it.
 *
 * The wire format is RFC 4253 §6.6 and RFC 8709 §4: texts and numbers, each behind its length in four bytes. Node checks
 * that what they hold is a key.
 */
export function readPublicKey(given: string): PublicKey {
  if (/PRIVATE KEY/.test(given))
    throw wrong(`got a private key, which never leaves your machine: treat this one as lost. ${HINT}`)
  if (given.length > LONGEST) throw wrong(`got ${given.length} characters, which is too long for a key. ${HINT}`)
  const lines = given.trim().split(/[\r\n]+/)
  if (lines.length > 1) throw wrong(`got ${lines.length} lines. ${HINT}`)
  const [first = '', second] = lines[0]!.split(/[ \t]+/)
  if (!TYPES.has(first)) {
    if (!KNOWN.has(first) && /[ \t](ssh-|ecdsa-|sk-)/.test(lines[0]!))
      throw wrong('got something before the key: options are not taken, only type and key')
    throw wrong(`got ${KNOWN.has(first) ? `a key of type ${first}` : 'other text'}. ${HINT}`)
  }
  const body = Buffer.from(second ?? '', 'base64')
  if (second === undefined || body.toString('base64').replace(/=+$/, '') !== second.replace(/=+$/, ''))
    throw wrong(`the key itself is no base64: it was cut, or wrapped over lines. ${HINT}`)
  const [type, ...fields] = fieldsOf(body)
  const jwk = type?.toString() === first ? TYPES.get(first)!(fields) : null
  if (!jwk) throw wrong(`the key is not what its type ${first} says: it was cut or changed. ${HINT}`)
  const bits = bitsOf(jwk)
  if (bits !== null && bits < LEAST_RSA)
    throw wrong(`got an RSA key of ${bits} bits, which is too short: ${LEAST_RSA} at least. Better: ${HINT}`)
  if (bits !== null && bits > MOST_RSA)
    throw wrong(`got an RSA key of ${bits} bits, which is too long: ${MOST_RSA} at most. Better: ${HINT}`)
  return {
    text: `${first} ${body.toString('base64')}`,
    fingerprint: `SHA256:${createHash('sha256').update(body).digest('base64').replace(/=+$/, '')}`,
  }
}

const wrong = (what: string) => new Fault('input-invalid', `Expected an Ed25519 or RSA public key; ${what}.`)

type Jwk = { readonly kty: string; readonly [name: string]: string }

/** The types that are taken, and how their fields are read; null where the fields are not those of the type. */
const TYPES = new Map<string, (fields: readonly Buffer[]) => Jwk | null>([
  [
    'ssh-ed25519',
    ([x, ...rest]) =>
      x?.length === 32 && rest.length === 0 ? { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') } : null,
  ],
  [
    'ssh-rsa',
    ([e, n, ...rest]) =>
      e && n && isNumber(e) && isNumber(n) && isOdd(e) && e.length <= 8 && rest.length === 0
        ? { kty: 'RSA', e: e.toString('base64url'), n: positive(n) }
        : null,
  ],
])

/** Types that people have and that are not taken. */
const KNOWN = new Set([
  'ssh-dss',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
])

/** A number above one as SSH writes it (RFC 4251 §5): below zero where its first bit is set, and no byte more than it needs. */
const isNumber = (number: Buffer): boolean => {
  const [first = 0, second = 0] = number
  return first < 128 && (first > 0 || second > 127) && !(number.length === 1 && first === 1)
}

const isOdd = (number: Buffer): boolean => number.length > 0 && number[number.length - 1]! % 2 === 1

/** A number of SSH has a zero before it where its first bit is set; one of JWK has none. */
const positive = (number: Buffer): string => number.subarray(number[0] === 0 ? 1 : 0).toString('base64url')

function bitsOf(jwk: Jwk): number | null {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    return jwk.kty === 'RSA' ? (asymmetricKeyDetails?.modulusLength ?? 0) : null
  } catch {
    return 0
  }
}

function fieldsOf(body: Buffer): Buffer[] {
  const fields: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const end = at + 4 + (at + 4 <= body.length ? body.readUInt32BE(at) : Number.POSITIVE_INFINITY)
    if (end > body.length) return []
    fields.push(body.subarray(at + 4, end))
    at = end
  }
  return fields
}
