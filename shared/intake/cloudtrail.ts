import * as z from 'zod/mini'
import { Fault } from '#shared/fault.ts'
import type { Actor, ApiCall } from '#shared/signal.ts'

/** Text, where there is any: a field in a form that nobody expects must not keep us from looking. */
const text = z.optional(z.catch(z.nullable(z.string()), null))

const Issuer = z.object({ type: text, arn: text })
const Identity = z.object({
  type: text,
  arn: text,
  userName: text,
  principalId: text,
  invokedBy: text,
  accountId: text,
  sessionContext: z.optional(
    z.catch(z.nullable(z.object({ sessionIssuer: z.optional(z.catch(z.nullable(Issuer), null)) })), null),
  ),
})

/** What every record has that can be acted on; the rest of it is read where it is needed, and may be anything. */
const Record = z.object({
  eventID: z.string().check(z.minLength(1)),
  eventName: z.string(),
  eventSource: z.string(),
  eventTime: text,
  requestParameters: z.optional(z.unknown()),
  responseElements: z.optional(z.unknown()),
  awsRegion: text,
  recipientAccountId: text,
  sourceIPAddress: text,
  errorCode: text,
  userIdentity: z.optional(z.catch(z.nullable(Identity), null)),
})
/** The same for one who only asks what a record means: judging it takes no id, settling and counting it does. */
const Anonymous = z.extend(Record, { eventID: text })
type Anonymous = z.infer<typeof Anonymous>

const Envelope = z.object({
  account: text,
  region: text,
  detail: z.optional(z.unknown()),
})

/** What a record turned out to be: a signal, or why it is none. */
export type Reading = { readonly signal: ApiCall } | { readonly ignored: string; readonly id: string }

/**
 * Reads CloudTrail's record out of an EventBridge event.
 * Failed calls and dry runs changed nothing: they are ignored. (`errorCode: null` as a present key means success.)
 * Throws `event-malformed` where there is no record in it.
 */
export function fromEventBridge(event: unknown): Reading {
  const envelope = Envelope.safeParse(event)
  const record = envelope.success ? Record.safeParse(envelope.data.detail) : null
  if (!envelope.success || !record?.success) {
    throw new Fault(
      'event-malformed',
      'Expected an EventBridge event whose detail is a CloudTrail record (eventID, eventName, eventSource); got something else.',
    )
  }
  return fromRecord(record.data, record.data.eventID, envelope.data.account, envelope.data.region)
}

/**
 * Reads a bare CloudTrail record, or one inside an EventBridge event, also where it has no `eventID`: then that is null,
 * and the id of the reading is empty. Returns null where the value is neither.
 */
export function readAny(value: unknown): { readonly eventID: string | null; readonly reading: Reading } | null {
  const envelope = Envelope.safeParse(value)
  if (!envelope.success) return null
  const inner = envelope.data.detail
  const record = Anonymous.safeParse(inner !== null && typeof inner === 'object' ? inner : value)
  if (!record.success) return null
  const id = record.data.eventID ?? ''
  const reading = fromRecord(record.data, id, envelope.data.account, envelope.data.region)
  return { eventID: id || null, reading }
}

function fromRecord(record: Anonymous, id: string, account?: string | null, region?: string | null): Reading {
  if (typeof record.errorCode === 'string' && record.errorCode !== '') {
    return {
      ignored: `the call failed with ${record.errorCode.slice(0, 100)}, so it changed nothing`,
      id,
    }
  }
  const at = new Date(record.eventTime ?? Number.NaN)
  return {
    signal: {
      kind: 'api-call',
      id,
      source: record.eventSource,
      name: record.eventName,
      account: record.recipientAccountId ?? account ?? '',
      region: record.awsRegion ?? region ?? '',
      at: Number.isNaN(at.getTime()) ? new Date(0) : at,
      actor: actorOf(record),
      request: record.requestParameters,
      response: record.responseElements,
    },
  }
}

/**
 * The name that says most to a person: a role's session, a user, the service that called on somebody's behalf. The
 * principal is the user, or the role that issued the session: a session's name is whatever its caller typed.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
function actorOf(record: Anonymous): Actor {
  const who = record.userIdentity ?? {}
  const name = who.arn ?? who.userName ?? who.invokedBy ?? who.principalId ?? who.accountId ?? 'unknown'
  const principal = who.sessionContext?.sessionIssuer?.arn ?? (who.type === 'IAMUser' ? who.arn : undefined)
  return {
    type: who.type ?? 'Unknown',
    name: String(name),
    ...(principal ? { principal } : {}),
    ...(who.invokedBy ? { via: who.invokedBy } : {}),
    ...(record.sourceIPAddress ? { address: record.sourceIPAddress } : {}),
  }
}
