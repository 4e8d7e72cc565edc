import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { awsCode, Fault } from '#shared/fault.ts'
import { armedOf } from '#shared/policy/modes.ts'
import type { Policy } from '#shared/policy/schema.ts'

/**
 * Refuses to deploy a policy that asks or acts where nobody would hear of it: an ask that nobody gets is a door that stays
 * open, and a change that nobody hears of is an outage without a cause. Somebody hears who has confirmed a subscription to
 * the notices of the stack that is there already, or a queue that is subscribed with this deployment: within its own
 * account it needs no confirmation.
 */
export async function requireSubscriber(
  policy: Policy,
  { stage, noticesQueue }: { readonly stage: string; readonly noticesQueue: string },
  isHeard: () => Promise<boolean>,
): Promise<void> {
  if (noticesQueue && !/^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[\w.-]+$/.test(noticesQueue))
    throw new Fault(
      'input-invalid',
      `Expected the parameter noticesQueue to be the ARN of an SQS queue; it is ${JSON.stringify(noticesQueue)}.`,
    )
  const armed = armedOf(policy)
  if (armed.length === 0 || noticesQueue || (await isHeard())) return
  throw new Fault(
    'subscriber-missing',
    [
      `Expected somebody to hear the notices of stage ${stage}, since the policy does more than watch (${armed.map(({ name, mode }) => `${name}: ${mode}`).join(', ')});`,
      `nobody has confirmed a subscription to portcullis-notices-${stage}. Nothing was deployed.`,
      'Deploy a policy that watches first, with --param="notices=ADDRESS", and confirm the mail;',
      'or give a queue of this account: --param="noticesQueue=ARN".',
    ].join(' '),
  )
}

/** Whether somebody has confirmed a subscription to the notices of a stage that is deployed already. */
export async function isHeard(stage: string, config: object): Promise<boolean> {
  const { Arn = '' } = await new STSClient(config).send(new GetCallerIdentityCommand({}))
  const [, partition, , , account] = Arn.split(':')
  const sns = new SNSClient(config)
  const TopicArn = `arn:${partition}:sns:${await sns.config.region()}:${account}:portcullis-notices-${stage}`
  try {
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
    return Subscriptions.some((one) => one.SubscriptionArn?.startsWith('arn:'))
  } catch (error) {
    if (awsCode(error) === 'NotFoundException') return false
    throw error
  }
}
