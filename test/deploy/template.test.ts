import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { ROOT } from '#local/cloud.ts'
import { responders } from '#shared/doctor/responders.ts'
import { ROUTES } from '#shared/operators/api.ts'
import { CALLS } from '#shared/responses/open-ingress/subjects.ts'
import { LAUNCHES } from '#shared/responses/suspicious-host/launches.ts'
import { HOST_CALLS } from '#shared/responses/suspicious-host/subjects.ts'
import { packaged, packagedFile, type Template } from '../support/template.ts'

let template: Template
let file: string

beforeAll(async () => {
  file = await packagedFile()
  template = JSON.parse(readFileSync(file, 'utf8')) as Template
})

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
  const [config] = ofType('AWS::Lambda::EventInvokeConfig').filter((one) => one.Properties!.DestinationConfig)
  expect(config!.Properties).toMatchObject({
    MaximumRetryAttempts: 2,
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
  })
  const alarms = ofType('AWS::CloudWatch::Alarm')
  expect(alarms.map((one) => one.Properties!.MetricName).sort()).toEqual([
    'ApproximateNumberOfMessagesVisible',
    'BreakerOpen',
    'DefenceSweepsCompleted',
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

test('every route of the operators needs a signature, and has its work', () => {
  const routes = ofType('AWS::ApiGatewayV2::Route').map((one) => one.Properties!)
  expect(routes.map((one) => one.RouteKey).sort()).toEqual(Object.keys(ROUTES).sort())
  for (const one of routes) expect(one.AuthorizationType).toBe('AWS_IAM')
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
  expect(own).toHaveLength(8)
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
