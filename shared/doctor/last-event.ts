import type { Event } from '@aws-sdk/client-cloudtrail'
import { bad, type Check, ok, unknown } from '#shared/doctor/check.ts'
import { type DoctorOutside, tableName } from '#shared/doctor/outside.ts'
import { field } from '#shared/kit/loose.ts'
import { span } from '#shared/kit/span.ts'

const NAME = 'last-event'
const MINUTE = 60_000
const DAY = 86_400_000
/** An event that is younger may still be on its way to us, or to the event history. */
const ON_ITS_WAY = 15 * MINUTE
/** What is certain to come to us, of all that our rules let through. */
const NAMES = ['AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules']
const FIX =
  'Look at trail and event-rules. Then open a port on an unused security group: within two minutes this must move.'

/** What is known of the events that came, and that should have come. Milliseconds. */
export interface Heard {
  readonly now: number
  /** When an event was last counted; 0 for never. */
  readonly last: number
  /** Since when there is something to count in. */
  readonly since: number
  /** When calls succeeded that should have come, as the account's event history has them; null where it can't be asked. */
  readonly history: readonly number[] | null
}

/**
 * When an event was last heard. In a quiet account none comes for days, so silence is held against the account's own
 * event history, which CloudTrail keeps for 90 days whether or not there is a trail.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
 */
export async function lastEvent({ aws, ledger, now, stage }: DoctorOutside): Promise<Check> {
  const at = now()
  const [last, since] = await Promise.all([
    ledger.lastEvent('open-ingress'),
    aws['dynamodb:DescribeTable']({ TableName: tableName(stage) })
      .then(({ Table }) => Table?.CreationDateTime?.getTime() ?? 0)
      .catch(() => 0),
  ])
  const from = Math.max(last, since, at - DAY)
  const history = await calls(aws, from, at).catch(() => null)
  return judgeLastEvent({ now: at, last, since, history })
}

/** Judges the silence. */
export function judgeLastEvent({ now, last, since, history }: Heard): Check {
  const heard = last === 0 ? 'No event was ever heard' : `The last event was heard ${span(now - last)} ago`
  // Times of the ledger are to the minute: what happened within two of them may be the one that was heard.
  const unheard = (history ?? []).filter((at) => at > last + 2 * MINUTE && at >= since && at < now - ON_ITS_WAY)
  if (unheard.length > 0)
    return bad(
      NAME,
      `${heard}, but security groups were changed since, the first time ${span(now - Math.min(...unheard))} ago: it is deaf.`,
      FIX,
    )
  if (last > 0 && now - last <= DAY) return ok(NAME, `${heard}.`)
  if (history) return ok(NAME, `${heard}, and the account's event history of the last day has none to hear.`)
  if (last === 0 && now - since <= DAY)
    return unknown(NAME, `${heard}: it is deployed for ${span(now - since)} only.`, FIX)
  return bad(NAME, `${heard}, and the account's event history can't be asked whether there was one.`, FIX)
}

/**
 * When calls succeeded since then. One name after the other: two look-ups a second are all that an account has.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
async function calls(aws: DoctorOutside['aws'], from: number, now: number): Promise<readonly number[]> {
  const times: number[] = []
  for (const AttributeValue of NAMES) {
    const { Events = [] } = await aws['cloudtrail:LookupEvents']({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue }],
      StartTime: new Date(from),
      EndTime: new Date(now),
      MaxResults: 50,
    })
    times.push(...Events.filter(succeeded).map((event) => event.EventTime?.getTime() ?? 0))
  }
  return times
}

/** Failed calls and dry runs change nothing, and our rules leave them out. `errorCode: null` is a success. */
export function succeeded({ CloudTrailEvent = '' }: Event): boolean {
  try {
    return (field(JSON.parse(CloudTrailEvent), 'errorCode') ?? null) === null
  } catch {
    return false
  }
}
