import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { ROOT } from '#local/cloud.ts'
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
    'DestinationDeliveryFailures',
    'Errors',
    'MissedEvents',
    'StepsFailed',
    'SweepsCompleted',
  ])
  for (const one of alarms) expect(one.Properties!.AlarmActions).toEqual([{ Ref: 'Notices' }])
})

test('the rule on the event bus filters what a pattern can: the calls, and those that failed', () => {
  const rules = ofType('AWS::Events::Rule').filter((one) => one.Properties!.EventPattern)
  expect(rules.map((one) => one.Properties!.EventPattern)).toEqual([
    {
      source: ['aws.ec2'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['ec2.amazonaws.com'],
        eventName: ['AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules'],
        errorCode: [{ exists: false }],
      },
    },
  ])
})

test('the parameters reach what they are for', async () => {
  const key = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555'
  const bounded = await packaged({
    notices: 'security@example.com',
    permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
    rolePath: '/security/',
    logRetention: '30',
    kmsKey: key,
  })
  const own = ofType('AWS::IAM::Role', bounded)
  expect(own).toHaveLength(2)
  for (const one of own)
    expect(one.Properties).toMatchObject({
      Path: '/security/',
      PermissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
    })
  for (const one of ofType('AWS::Logs::LogGroup', bounded))
    expect(one.Properties).toMatchObject({ RetentionInDays: 30 })
  expect(ofType('AWS::SNS::Subscription', bounded).map((one) => one.Properties)).toEqual([
    { TopicArn: { Ref: 'Notices' }, Protocol: 'email', Endpoint: 'security@example.com' },
  ])
  expect(ofType('AWS::SNS::Topic', bounded)[0]!.Properties).toMatchObject({ KmsMasterKeyId: key })
  expect(ofType('AWS::SQS::Queue', bounded)[0]!.Properties).toMatchObject({ KmsMasterKeyId: key })
  expect(ofType('AWS::DynamoDB::Table', bounded)[0]!.Properties).toMatchObject({
    SSESpecification: { KMSMasterKeyId: key },
  })
})

test('a bad policy never gets as far as a template', async () => {
  const bad = join(ROOT, '.local/bad-policy.yml')
  writeFileSync(bad, readFileSync(join(ROOT, 'portcullis.yml'), 'utf8').replace('mode: watch', 'mode: fire'))
  await expect(packaged({}, { PORTCULLIS_POLICY: bad })).rejects.toThrow(
    /bad-policy\.yml:\d+: open-ingress\.rules\.0\.mode is "fire": expected watch/,
  )
})
