import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { deployedPolicy } from '#deploy/policy.ts'
import { functionRights } from '#deploy/rights.ts'
import { ROOT } from '#local/cloud.ts'
import { responders } from '#shared/doctor/responders.ts'
import { ROUTES } from '#shared/operators/api.ts'
import { CALLS } from '#shared/responses/open-ingress/subjects.ts'
import { LAUNCHES } from '#shared/responses/suspicious-host/launches.ts'
import { HOST_CALLS } from '#shared/responses/suspicious-host/subjects.ts'
import { packaged, packagedFile, statementsOfRole, type Template } from '../support/template.ts'

let template: Template
let file: string

beforeAll(async () => {
  file = await packagedFile()
  template = JSON.parse(readFileSync(file, 'utf8')) as Template
})

const shipped = deployedPolicy('portcullis.yml')
/** Which function is referred to, by the name that serverless gives to its resources. */
const functionOf = (reference: unknown): string | undefined => {
  const { Ref: ref } =
    (JSON.stringify(reference).match(/\{"Ref":"\w+"\}/g) ?? []).map((one) => JSON.parse(one)).at(-1) ?? {}
  const name = String(ref ?? '').replace(/^HttpApiIntegration|LambdaFunction$/g, '')
  return name && name[0]!.toLowerCase() + name.slice(1).replaceAll('Dash', '-')
}
const ofType = (type: string, from = template) => Object.values(from.Resources).filter((one) => one.Type === type)

test('the packaged template has no error that cfn-lint knows', async () => {
  const { stdout } = await promisify(execFile)(join(ROOT, '.venv/bin/cfn-lint'), [
    file,
    '--non-zero-exit-code',
    'error',
  ])
  expect(stdout).not.toMatch(/^E\d{4}/m)
})

test('the ledger outlives the stack, can be restored to any point in time, and is protected', () => {
  expect(ofType('AWS::DynamoDB::Table')).toEqual([
    expect.objectContaining({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: expect.objectContaining({
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      }),
    }),
  ])
})

test('evidence lies in a bucket that outlives the stack: versioned, locked, encrypted, closed, and over TLS alone', () => {
  expect(ofType('AWS::S3::Bucket')).toHaveLength(2)
  const bucket = template.Resources.EvidenceBucket!
  expect(bucket).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
  expect(bucket.Properties).toMatchObject({
    BucketName: { 'Fn::Sub': 'portcullis-evidence-prod-${AWS::AccountId}-${AWS::Region}' },
    VersioningConfiguration: { Status: 'Enabled' },
    ObjectLockEnabled: true,
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 90 } } },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
  })
  expect(template.Resources.EvidenceBucketPolicy!.Properties).toMatchObject({
    PolicyDocument: {
      Statement: [{ Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    },
  })
})

test('there is no null in the template: CloudFormation refuses any', () => {
  expect(JSON.stringify(template)).not.toMatch(/[:[,]null[,\]}]/)
})

test('no concurrency is reserved: a new account has too little of it', () => {
  for (const one of ofType('AWS::Lambda::Function'))
    expect(one.Properties).not.toHaveProperty('ReservedConcurrentExecutions')
})

test('what a function fails at is retried twice, kept, and an alarm rings', () => {
  const kept = Object.entries(functionRights(shipped)).flatMap(([name, one]) => (one.keepsFailures ? [name] : []))
  const configs = ofType('AWS::Lambda::EventInvokeConfig').filter((one) => JSON.stringify(one).includes('OnFailure'))
  expect(configs.map((one) => functionOf(one.Properties!.FunctionName)).sort()).toEqual(kept.sort())
  for (const { Properties } of configs)
    expect(Properties).toMatchObject({
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
    })
  const alarms = ofType('AWS::CloudWatch::Alarm')
  expect(alarms.map((one) => one.Properties!.MetricName).sort()).toEqual([
    'ApproximateNumberOfMessagesVisible',
    'BoxSweepsCompleted',
    'BreakerOpen',
    'DefenceSweepsCompleted',
    'DestinationDeliveryFailures',
    'DestinationDeliveryFailures',
    'DestinationDeliveryFailures',
    'DestinationDeliveryFailures',
    'DestinationDeliveryFailures',
    'DestinationDeliveryFailures',
    'DestinationDeliveryFailures',
    'DoctorFindings',
    'Errors',
    'Errors',
    'EvidenceSweepsCompleted',
    'HostSweepsCompleted',
    'MissedEvents',
    'StepsFailed',
    'SweepsCompleted',
  ])
  for (const one of alarms) expect(one.Properties!.AlarmActions).toEqual([{ Ref: 'Notices' }])
  const lost = alarms.flatMap(({ Properties: { MetricName, Dimensions } = {} }) =>
    MetricName === 'DestinationDeliveryFailures' ? (Dimensions as { Value: string }[]).map((one) => one.Value) : [],
  )
  expect(lost.sort()).toEqual(kept.map((name) => `portcullis-prod-${name}`))
})

const HOSTS = new Set(['aws.ec2', 'aws.autoscaling', 'aws.elasticloadbalancing'])

interface Pattern {
  readonly source?: readonly string[]
  readonly 'detail-type'?: readonly string[]
  readonly detail: { readonly eventName?: readonly unknown[]; readonly errorCode?: unknown }
}

test('the rules on the event bus filter what a pattern can: the calls that are looked at, and those that failed', () => {
  const patterns = ofType('AWS::Events::Rule').flatMap((one) => (one.Properties!.EventPattern as Pattern) ?? [])
  const ec2 = patterns.filter(
    (one) =>
      one.source?.some((source) => HOSTS.has(source)) && one['detail-type']?.includes('AWS API Call via CloudTrail'),
  )
  expect(ec2.flatMap((one) => one.detail.eventName).sort()).toEqual([...CALLS, ...HOST_CALLS, ...LAUNCHES].sort())
  for (const one of ec2) expect(one.detail.errorCode).toEqual([{ exists: false }])
})

test('every rule asks for a source that begins with aws., which no event of a customer may have', () => {
  const rules = ofType('AWS::Events::Rule').map((one) => one.Properties!)
  const sources = rules.flatMap((one) => (one.ScheduleExpression ? [] : [(one.EventPattern as Pattern).source]))
  expect(sources).toHaveLength(responders.reduce((sum, { events }) => sum + events, 0))
  for (const all of sources) {
    expect(all).not.toEqual([])
    for (const one of all ?? ['none']) {
      const text = typeof one === 'string' ? one : (one as { prefix?: string }).prefix
      expect(text).toMatch(/^aws\./)
    }
  }
})

test('every route of the operators needs a signature, and has its work; without one there are the links and Slack', () => {
  const routes = ofType('AWS::ApiGatewayV2::Route').map((one) => one.Properties!)
  const keys = (isSigned: boolean) =>
    routes.filter((one) => (one.AuthorizationType === 'AWS_IAM') === isSigned).map((one) => one.RouteKey)
  expect(keys(true).sort()).toEqual(Object.keys(ROUTES).sort())
  expect(keys(false).sort()).toEqual(['GET /jump/{token}', 'POST /jump/{token}', 'POST /slack'])
  const open = routes.filter((one) => one.AuthorizationType !== 'AWS_IAM')
  // What each of these trusts is checked by its function: by the signature of a link, and by Slack's.
  const targets = new Map(open.map((one) => [one.RouteKey, functionOf(one.Target)]))
  expect(Object.fromEntries(targets)).toEqual({
    'GET /jump/{token}': 'prove-address',
    'POST /jump/{token}': 'prove-address',
    'POST /slack': 'answer-slack',
  })
})

test('notices go to Slack where the policy names a workspace, and only then', async () => {
  const teller = { 'Fn::GetAtt': ['TellDashslackLambdaFunction', 'Arn'] }
  const told = (from: Template) => ({
    subscribed: ofType('AWS::SNS::Subscription', from).filter(({ Properties: one }) => one!.Protocol === 'lambda'),
    allowed: ofType('AWS::Lambda::Permission', from).filter(
      ({ Properties: one }) => one!.Principal === 'sns.amazonaws.com',
    ),
  })
  expect(told(template)).toEqual({ subscribed: [], allowed: [] })
  const withSlack = told(await packaged({}, { PORTCULLIS_POLICY: 'test/support/policy.yml' }))
  expect(withSlack.subscribed.map((one) => one.Properties)).toEqual([
    { TopicArn: { Ref: 'Notices' }, Protocol: 'lambda', Endpoint: teller },
  ])
  expect(withSlack.allowed.map((one) => one.Properties)).toEqual([
    {
      Action: 'lambda:InvokeFunction',
      FunctionName: teller,
      Principal: 'sns.amazonaws.com',
      SourceArn: { Ref: 'Notices' },
    },
  ])
})

test('a schedule may have jump boxes ended, and leave what it could not hand over, and only one of our own group', async () => {
  const key = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555'
  const statements = statementsOfRole(template, 'ScheduleRole')
  expect(statements.map(({ Action, Resource }) => [Action, JSON.stringify(Resource)])).toEqual([
    [['lambda:InvokeFunction'], expect.stringContaining(':function:portcullis-prod-keep-jump-boxes"')],
    [['sqs:SendMessage'], expect.stringContaining('DeadLetters')],
  ])
  const group = 'arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/portcullis-prod'
  expect(template.Resources.ScheduleRole!.Properties!.AssumeRolePolicyDocument).toMatchObject({
    Statement: [
      {
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' }, 'aws:SourceArn': { 'Fn::Sub': group } },
        },
      },
    ],
  })
  expect(ofType('AWS::Scheduler::ScheduleGroup').map((one) => one.Properties)).toEqual([{ Name: 'portcullis-prod' }])
  // The queue under the operator's key takes nothing from who may not use the key.
  const under = statementsOfRole(await packaged({ kmsKey: key }), 'ScheduleRole')
  expect(under.at(-1)).toMatchObject({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: [key] })
})

test('each policy for people allows its own routes, and no other', () => {
  const asks = (name: string) =>
    JSON.stringify(template.Resources[name]!.Properties!.PolicyDocument)
      .match(/\$default\/[^"]+/g)!
      .sort()
  const [get, post] = ['$default/GET/*', '$default/POST/']
  expect(asks('ReaderPolicy')).toEqual([get])
  expect(asks('OperatorPolicy')).toEqual([
    get,
    `${post}arm`,
    `${post}disarm`,
    `${post}hosts/*`,
    `${post}incidents/*/release`,
    `${post}incidents/*/undo`,
    `${post}jumps/*/end`,
  ])
  expect(asks('RequesterPolicy')).toEqual([
    '$default/GET/jumps/*',
    `${post}jumps`,
    `${post}jumps/*/close`,
    `${post}jumps/*/extend`,
  ])
  expect(asks('ApproverPolicy')).toEqual([get, `${post}incidents/*/approve`, `${post}incidents/*/decline`])
})

test('the parameters reach what they are for', async () => {
  const key = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555'
  const bounded = await packaged({
    notices: 'security@example.com',
    noticesQueue: 'arn:aws:sqs:eu-central-1:123456789012:mail',
    configTopic: 'arn:aws:sns:eu-central-1:123456789012:config',
    permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
    rolePath: '/security/',
    logRetention: '30',
    kmsKey: key,
  })
  const own = ofType('AWS::IAM::Role', bounded)
  expect(own).toHaveLength(Object.keys(functionRights(shipped)).length + 2)
  for (const one of own)
    expect(one.Properties).toMatchObject({
      Path: '/security/',
      PermissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
    })
  for (const one of ofType('AWS::Logs::LogGroup', bounded))
    expect(one.Properties).toMatchObject({ RetentionInDays: 30 })
  expect(ofType('AWS::SNS::Subscription', bounded).map((one) => one.Properties)).toEqual([
    { TopicArn: { Ref: 'Notices' }, Protocol: 'email', Endpoint: 'security@example.com' },
    expect.objectContaining({ Protocol: 'sqs', Endpoint: 'arn:aws:sqs:eu-central-1:123456789012:mail' }),
    expect.objectContaining({ Protocol: 'lambda', TopicArn: 'arn:aws:sns:eu-central-1:123456789012:config' }),
  ])
  expect(ofType('AWS::SNS::Topic', bounded)[0]!.Properties).toMatchObject({ KmsMasterKeyId: key })
  expect(ofType('AWS::SQS::Queue', bounded)[0]!.Properties).toMatchObject({ KmsMasterKeyId: key })
  expect(ofType('AWS::DynamoDB::Table', bounded)[0]!.Properties).toMatchObject({
    SSESpecification: { KMSMasterKeyId: key },
  })
  expect(JSON.stringify(bounded.Resources.EvidenceBucket)).toContain(`"KMSMasterKeyID":"${key}"`)
})

test('a bad policy never gets as far as a template', async () => {
  const bad = join(ROOT, '.local/bad-policy.yml')
  writeFileSync(bad, readFileSync(join(ROOT, 'portcullis.yml'), 'utf8').replace('mode: watch', 'mode: fire'))
  await expect(packaged({}, { PORTCULLIS_POLICY: bad })).rejects.toThrow(
    /bad-policy\.yml:\d+: open-ingress\.rules\.0\.mode is "fire": expected watch/,
  )
})
