import type { Policy } from '#shared/policy/schema.ts'
import { alarms } from './alarms.ts'
import { doctorRights, doctorStatements } from './doctor-role.ts'
import { evidence } from './evidence.ts'
import { operatorPolicies } from './operators.ts'
import { deployedPolicy } from './policy.ts'
import { functionRights } from './rights.ts'
import { schedules } from './schedules.ts'
import { slackByTopic } from './slack.ts'
import { statementsOf } from './statements.ts'

/** What serverless hands to a file that makes part of the configuration. */
interface Context {
  readonly resolveVariable: (name: string) => Promise<unknown>
}

/** The parameters of a deployment, as `serverless.yml` declares them. */
export interface Parameters {
  readonly stage: string
  readonly notices: string
  readonly noticesQueue: string
  readonly configTopic: string
  readonly permissionsBoundary: string
  readonly rolePath: string
  readonly kmsKey: string
  readonly policy: Policy
}

/** The `resources` of the stack: ledger, evidence, topic, dead letters, roles and alarms. */
export async function resources({ resolveVariable }: Context): Promise<object> {
  const text = async (name: string) => String((await resolveVariable(name)) ?? '')
  return {
    Resources: resourcesFor({
      stage: await text('sls:stage'),
      notices: await text('param:notices'),
      noticesQueue: await text('param:noticesQueue'),
      configTopic: await text('param:configTopic'),
      permissionsBoundary: await text('param:permissionsBoundary'),
      rolePath: await text('param:rolePath'),
      kmsKey: await text('param:kmsKey'),
      policy: deployedPolicy(),
    }),
    Outputs: {
      LedgerName: { Value: `portcullis-ledger-${await text('sls:stage')}` },
      OperatorsApi: { Value: { Ref: 'HttpApi' }, Description: "The id of the operators' API." },
      NoticesTopic: { Value: { Ref: 'Notices' } },
    },
  }
}

const resourcesFor = (parameters: Parameters): Record<string, object> => ({
  Ledger: ledger(parameters),
  ...evidence({ ...parameters, retain: parameters.policy['suspicious-hosts'].evidence.retain }),
  ...notices(parameters),
  DeadLetters: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: `portcullis-dead-letters-${parameters.stage}`,
      MessageRetentionPeriod: 14 * 86_400,
      ...(parameters.kmsKey ? { KmsMasterKeyId: parameters.kmsKey } : { SqsManagedSseEnabled: true }),
    },
  },
  DeadLettersPolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'DeadLetters' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'EventsThatCouldNotBeHandedOver',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    },
  },
  ...Object.fromEntries(
    Object.entries(functionRights(parameters.policy)).map(([name, rights]) => [
      rights.role,
      role(name, statementsOf(name, rights, parameters.stage, parameters.kmsKey), parameters),
    ]),
  ),
  [doctorRights.role]: role('doctor', doctorStatements(parameters), parameters),
  ...schedules(parameters),
  ...slackByTopic(parameters.policy),
  ...(parameters.configTopic ? configBySns(parameters.configTopic) : {}),
  ...operatorPolicies(parameters.stage),
  ...alarms(parameters.stage),
})

/** AWS Config's own topic, where its changes do not come by EventBridge. */
const configBySns = (TopicArn: string) => ({
  ConfigBySns: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn, Protocol: 'lambda', Endpoint: RESPONDER },
  },
  ConfigMayInvoke: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: RESPONDER,
      Principal: 'sns.amazonaws.com',
      SourceArn: TopicArn,
    },
  },
})
const RESPONDER = { 'Fn::GetAtt': ['CloseDashopenDashingressLambdaFunction', 'Arn'] }

/** Outlives the stack: it is the evidence, and the only way to undo. A later deploy adopts it (deploy/plugin.ts). */
const ledger = ({ stage, kmsKey }: Parameters) => ({
  Type: 'AWS::DynamoDB::Table',
  DeletionPolicy: 'Retain',
  UpdateReplacePolicy: 'Retain',
  Properties: {
    TableName: `portcullis-ledger-${stage}`,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', 'status', 'id'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-status',
        KeySchema: [
          { AttributeName: 'status', KeyType: 'HASH' },
          { AttributeName: 'id', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    DeletionProtectionEnabled: true,
    SSESpecification: kmsKey ? { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: kmsKey } : { SSEEnabled: false },
  },
})

/** Without a customer-managed key the topic has none: under `aws/sns` an alarm's message would never arrive. */
const notices = ({ stage, notices: address, noticesQueue, kmsKey }: Parameters) => ({
  Notices: {
    Type: 'AWS::SNS::Topic',
    Properties: { TopicName: `portcullis-notices-${stage}`, ...(kmsKey ? { KmsMasterKeyId: kmsKey } : {}) },
  },
  ...(address
    ? {
        NoticesByMail: {
          Type: 'AWS::SNS::Subscription',
          Properties: { TopicArn: { Ref: 'Notices' }, Protocol: 'email', Endpoint: address },
        },
      }
    : {}),
  ...(noticesQueue
    ? {
        NoticesByQueue: {
          Type: 'AWS::SNS::Subscription',
          Properties: {
            TopicArn: { Ref: 'Notices' },
            Protocol: 'sqs',
            Endpoint: noticesQueue,
            RawMessageDelivery: true,
          },
        },
      }
    : {}),
})

const role = (name: string, statements: readonly object[], { permissionsBoundary, rolePath }: Parameters) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    Description: `What the function ${name} of Portcullis may do.`,
    Path: rolePath,
    ...(permissionsBoundary ? { PermissionsBoundary: permissionsBoundary } : {}),
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    Policies: [
      {
        PolicyName: name,
        PolicyDocument: { Version: '2012-10-17', Statement: statements },
      },
    ],
  },
})
