import type { Subscription } from '@aws-sdk/client-sns'
import { bad, type Check, ok, unknown } from '#shared/doctor/check.ts'
import type { DoctorOutside } from '#shared/doctor/outside.ts'
import { armedOf, type NamedMode } from '#shared/policy/modes.ts'

const NAME = 'subscribers'

/** Whether anybody gets the notices: what nobody hears may as well not be said. */
export async function subscribers({ aws, notices, policy }: DoctorOutside): Promise<Check> {
  const all: Subscription[] = []
  let NextToken: string | undefined
  do {
    const page = await aws['sns:ListSubscriptionsByTopic']({ TopicArn: notices, ...(NextToken ? { NextToken } : {}) })
    all.push(...(page.Subscriptions ?? []))
    NextToken = page.NextToken
  } while (NextToken)
  return judgeSubscribers(all, armedOf(policy))
}

/**
 * Judges the topic's subscriptions. One that nobody confirmed has the words PendingConfirmation in place of its ARN.
 * https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
 */
export function judgeSubscribers(subscriptions: readonly Subscription[], armed: readonly NamedMode[]): Check {
  const confirmed = subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn?.startsWith('arn:'))
  const pending = subscriptions.filter(({ SubscriptionArn }) => /^pending ?confirmation$/i.test(SubscriptionArn ?? ''))
  if (confirmed.length > 0) {
    const kinds = [...new Set(confirmed.map(({ Protocol }) => Protocol ?? 'unknown'))].sort()
    return ok(
      NAME,
      `Notices go to ${confirmed.length} confirmed subscription${confirmed.length > 1 ? 's' : ''} (${kinds.join(', ')}).`,
    )
  }
  const says =
    pending.length > 0
      ? `Nobody gets the notices: ${pending.length} subscription${pending.length > 1 ? 's are' : ' is'} not confirmed.`
      : 'Nobody gets the notices: the topic has no subscription.'
  const fix =
    pending.length > 0
      ? 'Confirm it by the link in the mail from AWS; after three days the link is void: deploy again.'
      : 'Deploy with --param="notices=ADDRESS" or --param="noticesQueue=ARN".'
  return armed.length > 0
    ? bad(NAME, `${says} Yet ${armed.map(({ name, mode }) => `${name} ${mode}s`).join(', ')}.`, fix)
    : unknown(NAME, `${says} Nothing asks or acts either.`, fix)
}
