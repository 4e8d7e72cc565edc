import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { awsCode, Fault } from '#shared/fault.ts'
import type { NamedMode } from '#shared/policy/modes.ts'

/** What AWS says of the account that is deployed to, and of the stage that is there already. */
export interface Hearing {
  readonly account: string
  /** Whether somebody has confirmed a subscription to its notices. */
  readonly isHeard: boolean
}

/**
 * Refuses to deploy a policy that asks or acts where nobody would hear of it: an ask that nobody gets is a door that stays
 * open, and a change that nobody hears of is an outage without a cause. Somebody hears who has confirmed a subscription to
 * the notices of the stack that is there already, or a queue that is subscribed with this deployment: within its own
 * account it needs no confirmation. That of a queue in another account is its owner's to give, and may never come.
 */
export async function requireSubscriber(
  armed: readonly NamedMode[],
  { stage, noticesQueue }: { readonly stage: string; readonly noticesQueue: string },
  ask: () => Promise<Hearing>,
): Promise<void> {
  const [, owner] = /^arn:[a-z-]+:sqs:[a-z0-9-]+:(\d{12}):[\w.-]+$/.exec(noticesQueue) ?? []
  if (noticesQueue && !owner)
    throw new Fault(
      'input-invalid',
      `Expected the parameter noticesQueue to be the ARN of an SQS queue; it is ${JSON.stringify(noticesQueue)}.`,
    )
  if (armed.length === 0) return
  const { account, isHeard } = await ask()
  if (isHeard || owner === account) return
  throw new Fault(
    'subscriber-missing',
    [
      `Expected somebody to hear the notices of stage ${stage}, since the policy does more than watch (${armed.map(({ name, mode }) => `${name}: ${mode}`).join(', ')});`,
      `nobody has confirmed a subscription to portcullis-notices-${stage}. Nothing was deployed.`,
      ...(owner ? [`The queue is of account ${owner}, which would have to confirm it first.`] : []),
      'Deploy a policy that watches first, with --param="notices=ADDRESS", and confirm the mail;',
      'or give a queue of this account: --param="noticesQueue=ARN".',
    ].join(' '),
  )
}

/** Asks AWS who deploys, and whether somebody has confirmed a subscription to the notices of what is deployed already. */
export async function hearingOf(stage: string, config: object): Promise<Hearing> {
  const { Arn = '' } = await new STSClient(config).send(new GetCallerIdentityCommand({}))
  const [, partition, , , account = ''] = Arn.split(':')
  const sns = new SNSClient(config)
  const TopicArn = `arn:${partition}:sns:${await sns.config.region()}:${account}:portcullis-notices-${stage}`
  try {
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
    return { account, isHeard: Subscriptions.some((one) => one.SubscriptionArn?.startsWith('arn:')) }
  } catch (error) {
    if (awsCode(error) === 'NotFoundException') return { account, isHeard: false }
    throw error
  }
}
