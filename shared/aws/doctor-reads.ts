import {
  CloudTrailClient,
  DescribeTrailsCommand,
  type DescribeTrailsCommandInput,
  GetEventSelectorsCommand,
  type GetEventSelectorsCommandInput,
  GetTrailStatusCommand,
  type GetTrailStatusCommandInput,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from '@aws-sdk/client-cloudtrail'
import {
  ConfigServiceClient,
  DescribeConfigurationRecorderStatusCommand,
  DescribeConfigurationRecordersCommand,
} from '@aws-sdk/client-config-service'
import {
  DescribeContinuousBackupsCommand,
  type DescribeContinuousBackupsCommandInput,
  DescribeTableCommand,
  type DescribeTableCommandInput,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeRuleCommand,
  type DescribeRuleCommandInput,
  EventBridgeClient,
  ListRuleNamesByTargetCommand,
  type ListRuleNamesByTargetCommandInput,
} from '@aws-sdk/client-eventbridge'
import {
  ListSubscriptionsByTopicCommand,
  type ListSubscriptionsByTopicCommandInput,
  SNSClient,
} from '@aws-sdk/client-sns'
import { GetQueueAttributesCommand, type GetQueueAttributesCommandInput, SQSClient } from '@aws-sdk/client-sqs'
import { patient } from './client-options.ts'

const trails = new CloudTrailClient(patient())
const config = new ConfigServiceClient(patient())
const tables = new DynamoDBClient(patient())
const rules = new EventBridgeClient(patient())
const topics = new SNSClient(patient())
const queues = new SQSClient(patient())

/** What the doctor asks of AWS, by the IAM action that allows it. Nothing here changes anything. */
export const doctorReads = {
  'cloudtrail:DescribeTrails': (input: DescribeTrailsCommandInput) => trails.send(new DescribeTrailsCommand(input)),
  'cloudtrail:GetTrailStatus': (input: GetTrailStatusCommandInput) => trails.send(new GetTrailStatusCommand(input)),
  'cloudtrail:GetEventSelectors': (input: GetEventSelectorsCommandInput) =>
    trails.send(new GetEventSelectorsCommand(input)),
  'cloudtrail:LookupEvents': (input: LookupEventsCommandInput) => trails.send(new LookupEventsCommand(input)),
  'config:DescribeConfigurationRecorders': () => config.send(new DescribeConfigurationRecordersCommand({})),
  'config:DescribeConfigurationRecorderStatus': () => config.send(new DescribeConfigurationRecorderStatusCommand({})),
  'dynamodb:DescribeTable': (input: DescribeTableCommandInput) => tables.send(new DescribeTableCommand(input)),
  'dynamodb:DescribeContinuousBackups': (input: DescribeContinuousBackupsCommandInput) =>
    tables.send(new DescribeContinuousBackupsCommand(input)),
  'events:DescribeRule': (input: DescribeRuleCommandInput) => rules.send(new DescribeRuleCommand(input)),
  'events:ListRuleNamesByTarget': (input: ListRuleNamesByTargetCommandInput) =>
    rules.send(new ListRuleNamesByTargetCommand(input)),
  'sns:ListSubscriptionsByTopic': (input: ListSubscriptionsByTopicCommandInput) =>
    topics.send(new ListSubscriptionsByTopicCommand(input)),
  'sqs:GetQueueAttributes': (input: GetQueueAttributesCommandInput) =>
    queues.send(new GetQueueAttributesCommand(input)),
}

export type DoctorReads = typeof doctorReads

/** When AWS answered, by the `Date` header of its answer to a cheap call; NaN where there was none. Milliseconds. */
export async function dateOfAnAnswer(topic: string): Promise<number> {
  const client = new SNSClient(patient())
  let date = ''
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args)
      date = (answer.response as { headers?: Record<string, string> }).headers?.date ?? ''
      return answer
    },
    { step: 'deserialize', name: 'date-of-the-answer' },
  )
  await client.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }))
  return Date.parse(date)
}
