import { bodyOf } from '#shared/kit/http-body.ts'
import { field, text } from '#shared/kit/loose.ts'
import type { Ports } from '#shared/ports.ts'
import { type Secret, trying } from './secrets.ts'
import { distrust } from './signature.ts'

/** A request that Slack has signed, of our workspace. */
export interface Received {
  readonly body: Buffer
  readonly form: URLSearchParams
  /** What was pressed or submitted; null of a command. */
  readonly payload: unknown
  readonly user: string
  /** Slack only looks whether we are there. */
  readonly isCheck: boolean
}

/** A request that comes to nothing, and why. */
export interface Refused {
  readonly refused: string
  readonly status: number
}

/** More than Slack ever sends. */
const MOST = 262_144

/** Reads an event of an HTTP API as a request of Slack's: its signature first, then the workspace, and only then what it says. */
export async function receive(event: unknown, secret: Secret, ports: Ports): Promise<Received | Refused> {
  const body = bodyOf(event) ?? Buffer.alloc(0)
  if (body.length > MOST) return { refused: 'too-large', status: 413 }
  const headers = headersOf(event)
  const now = ports.clock.now()
  const why = await trying(
    secret,
    (secrets) => distrust(headers, body, secrets, now),
    (one) => one === 'forged',
  )
  if (why) return { refused: why, status: 401 }
  if (!/^application\/x-www-form-urlencoded\b/.test(headers['content-type'] ?? ''))
    return { refused: 'no-form', status: 400 }
  const form = new URLSearchParams(body.toString('utf8'))
  const payload = payloadOf(form)
  if (payload === undefined) return { refused: 'malformed-payload', status: 400 }
  const team = payload === null ? form.get('team_id') : text(field(field(payload, 'team'), 'id'))
  const user = payload === null ? form.get('user_id') : text(field(field(payload, 'user'), 'id'))
  const isCheck = form.get('ssl_check') === '1'
  if (isCheck) return { body, form, payload, user: '', isCheck }
  if (!team || team !== ports.policy.slack?.workspace) return { refused: 'other-workspace', status: 403 }
  if (!user) return { refused: 'nobody', status: 400 }
  return { body, form, payload, user, isCheck }
}

/** Null where there is none, undefined where it is no JSON. */
function payloadOf(form: URLSearchParams): unknown {
  const given = form.get('payload')
  if (given === null) return null
  try {
    const read: unknown = JSON.parse(given)
    return read !== null && typeof read === 'object' ? read : undefined
  } catch {
    return undefined
  }
}

function headersOf(event: unknown): Readonly<Record<string, string | undefined>> {
  const given = field(event, 'headers')
  if (given === null || typeof given !== 'object') return {}
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.toLowerCase(), typeof value === 'string' ? value : undefined]),
  )
}
