import { createHmac, timingSafeEqual } from 'node:crypto'

/** Why a request is not believed to be Slack's, for the record. */
export type Distrust = 'unsigned' | 'malformed-timestamp' | 'too-old' | 'from-the-future' | 'unknown-version' | 'forged'

/** Slack's own limit, on both sides of our clock: seconds. */
const WINDOW = 300

/**
 * Whether Slack signed this very body with one of the secrets, within five minutes. Null where it did.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 *
 * @param headers with names in lower case
 * @param body the raw body, as bytes
 * @param now milliseconds
 */
export function distrust(
  headers: Readonly<Record<string, string | undefined>>,
  body: Buffer,
  secrets: readonly string[],
  now: number,
): Distrust | null {
  const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = headers
  if (!timestamp || !signature) return 'unsigned'
  if (!/^\d{1,11}$/.test(timestamp)) return 'malformed-timestamp'
  const age = Math.floor(now / 1_000) - Number(timestamp)
  if (age > WINDOW) return 'too-old'
  if (age < -WINDOW) return 'from-the-future'
  if (!signature.startsWith('v0=')) return 'unknown-version'
  return secrets.some((secret) => isSame(signature, signatureOf(timestamp, body, secret))) ? null : 'forged'
}

function signatureOf(timestamp: string, body: Buffer, secret: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`
}

/** In a time that tells nothing of where they differ. */
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
