import { generateKeyPairSync } from 'node:crypto'

const part = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
const line = (type: string, ...fields: readonly Buffer[]): string =>
  `${type} ${Buffer.concat([Buffer.from(type), ...fields].map(part)).toString('base64')}`

/** A new Ed25519 key as the one line of a `.pub` file, without a comment. */
export function ed25519(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  return line('ssh-ed25519', Buffer.from(x, 'base64url'))
}

/** A new RSA key of so many bits, the same way. */
export function rsa(modulusLength: number): string {
  const { e = '', n = '' } = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })
  // SSH's numbers have a sign: a zero stands before one whose first bit is set.
  return line('ssh-rsa', Buffer.from(e, 'base64url'), Buffer.concat([Buffer.alloc(1), Buffer.from(n, 'base64url')]))
}

/** A private key, as somebody may paste it by mistake. */
export const privateKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
