import { DOCTORS_PAGE } from '#shared/aws/doctor-memory.ts'
import { functionName, tableName } from '#shared/doctor/outside.ts'
import { responders } from '#shared/doctor/responders.ts'
import { everyMutation } from '#shared/mutations/every.ts'
import type { FunctionRights } from './rights.ts'

/** What of a deployment the doctor's role depends on. */
interface Deployment {
  readonly stage: string
  readonly kmsKey: string
}

const arn = (service: string, resource: string, account = '${AWS::AccountId}', region = '${AWS::Region}') => ({
  'Fn::Sub': `arn:\${AWS::Partition}:${service}:${region}:${account}:${resource}`,
})

/** These know no resources: https://docs.aws.amazon.com/service-authorization/latest/reference/ (one page a service). */
const withoutResources: readonly string[] = [
  'cloudtrail:DescribeTrails',
  'cloudtrail:LookupEvents',
  'config:DescribeConfigurationRecorders',
  'config:DescribeConfigurationRecorderStatus',
  'events:ListRuleNamesByTarget',
]

/** What the doctor may do: look, run the responders, tell, and write its own page of the ledger. */
export function doctorStatements({ stage, kmsKey }: Deployment): object[] {
  const allow = (sid: string, actions: readonly string[], resources: unknown, more = {}) => ({
    Sid: sid,
    Effect: 'Allow',
    Action: [...actions],
    Resource: resources,
    ...more,
  })
  const ledger = arn('dynamodb', `table/${tableName(stage)}`)
  return [
    allow('Look', withoutResources, '*'),
    // A trail that reaches here may be another region's, or the organization's.
    allow(
      'Trails',
      ['cloudtrail:GetTrailStatus', 'cloudtrail:GetEventSelectors'],
      [arn('cloudtrail', 'trail/*', '*', '*')],
    ),
    // CloudFormation names the rules of schedules, and shortens the stack's name in them.
    allow('Rules', ['events:DescribeRule'], [arn('events', 'rule/portcullis-*')]),
    allow('DeadLetters', ['sqs:GetQueueAttributes'], [{ 'Fn::GetAtt': ['DeadLetters', 'Arn'] }]),
    allow('Topic', ['sns:ListSubscriptionsByTopic', 'sns:Publish'], [{ Ref: 'Notices' }]),
    allow('Ledger', ['dynamodb:DescribeTable', 'dynamodb:DescribeContinuousBackups', 'dynamodb:Query'], [ledger]),
    allow('OwnPage', ['dynamodb:PutItem'], [ledger], {
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [DOCTORS_PAGE] } },
    }),
    allow(
      'AskPowers',
      ['lambda:InvokeFunction'],
      responders.map(({ name }) => arn('lambda', `function:${functionName(stage, name)}`)),
    ),
    allow(
      'Log',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [arn('logs', `log-group:/aws/lambda/${functionName(stage, 'doctor')}:*`)],
    ),
    ...(kmsKey ? [allow('Key', ['kms:Decrypt', 'kms:GenerateDataKey'], [kmsKey])] : []),
  ]
}

const actions = doctorStatements({ stage: '', kmsKey: '' }).flatMap((one) => (one as { Action: string[] }).Action)
const isPower = (action: string) => action in everyMutation
const isOwn = (action: string) => /^(dynamodb|logs):/.test(action)

/** The same as `rights.ts`, which is made of what responses declare, has it of the functions that have a part in one. */
export const doctorRights: FunctionRights = {
  role: 'DoctorRole',
  reads: actions.filter((action) => !isPower(action) && !isOwn(action)) as unknown as FunctionRights['reads'],
  powers: actions.filter(isPower) as unknown as FunctionRights['powers'],
  ledger: actions.filter((action) => action.startsWith('dynamodb:')),
  lists: false,
  keepsFailures: false,
}
