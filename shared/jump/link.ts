import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Ports } from '#shared/ports.ts'

/**
 * The one-time link by which somebody proves their address: who opens it and presses the button is let in from there. It
 * says which request it is for and until when it is good, and is signed with a key that is made of a secret which the
 * deployment has anyway: whoever holds one of these could ask in anybody's name as it is.
 */
export interface Link {
  readonly request: string
  /** When it ends, in seconds since 1970. */
  readonly ends: number
}

/** What came of reading one. `why` is for the record and the page. */
export type ReadLink =
  | { readonly link: Link }
  | { readonly why: 'malformed' | 'forged' | 'expired'; readonly request?: string }

const FORM = /^([0-9A-Z]{26})\.(\d{10})\.([\w-]{43})$/

/** The link's token, to be put behind `/jump/`. `place` is this deployment: another one's links are no good here. */
export function linkToken({ request, ends }: Link, secret: string, place: string): string {
  return `${request}.${ends}.${mac(`${request}.${ends}`, secret, place)}`
}

/** Reads a token. Several secrets are good while one takes another's place. */
export function readLink(token: string, secrets: readonly string[], place: string, now: number): ReadLink {
  const [, request = '', ends = '', given = ''] = FORM.exec(token) ?? []
  if (!request) return { why: 'malformed' }
  const isOurs = secrets.some((secret) => isSame(given, mac(`${request}.${ends}`, secret, place)))
  // What it says is not believed before it is known to be ours.
  if (!isOurs) return { why: 'forged' }
  if (Number(ends) * 1_000 <= now) return { why: 'expired', request }
  return { link: { request, ends: Number(ends) } }
}

function mac(text: string, secret: string, place: string): string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `portcullis jump link ${place}`, 32))
  return createHmac('sha256', key).update(text).digest('base64url')
}

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** This deployment, as a link means it. */
export const placeOf = ({ account, region, stage }: Pick<Ports, 'account' | 'region' | 'stage'>): string =>
  `${account}/${region}/${stage}`
