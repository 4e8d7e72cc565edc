import { describe, expect, test } from 'vitest'
import { alertOf } from '#shared/alerts.ts'

type Loose = Readonly<Record<string, unknown>>
const lena = { type: 'IAMUser', arn: 'arn:aws:iam::123456789012:user/lena', userName: 'lena' }
const root = { type: 'Root', arn: 'arn:aws:iam::123456789012:root' }
const federated = { type: 'AssumedRole', arn: 'arn:aws:sts::123456789012:assumed-role/people/lena' }

const event = (service: string, eventName: string, more: Loose = {}) => ({
  source: `aws.${service}`,
  account: '123456789012',
  detail: {
    eventID: 'e-1',
    eventTime: '2026-06-01T12:00:00Z',
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: 'eu-central-1',
    recipientAccountId: '123456789012',
    sourceIPAddress: '198.51.100.23',
    userIdentity: lena,
    readOnly: false,
    ...more,
  },
})
const signIn = (userIdentity: Loose, MFAUsed: string, ConsoleLogin = 'Success') =>
  event('signin', 'ConsoleLogin', {
    userIdentity,
    responseElements: { ConsoleLogin },
    additionalEventData: { MFAUsed },
  })
const on = (service: string, name: string, requestParameters: Loose, more: Loose = {}) =>
  event(service, name, { requestParameters, ...more })
const deployment = { userIdentity: { ...lena, invokedBy: 'cloudformation.amazonaws.com' } }

describe('A sign-in', () => {
  test.each<[string, unknown, string | null, string | null]>([
    ['of root', signIn(root, 'Yes'), 'root signed in to the console', 'critical'],
    ['of root without MFA', signIn(root, 'No'), 'root signed in to the console without MFA', 'critical'],
    ['of a user without MFA', signIn(lena, 'No'), 'a user signed in to the console without MFA', 'important'],
    ['of a user with MFA', signIn(lena, 'Yes'), null, null],
    ['of federated people, whose second factor AWS does not see', signIn(federated, 'No'), null, null],
    ['that failed', signIn(lena, 'No', 'Failure'), null, null],
    ['of root that failed', signIn(root, 'No', 'Failure'), null, null],
  ])('%s.', (_, record, what, importance) => {
    const alert = alertOf(record, 'prod')
    expect([alert?.facts.alert ?? null, alert?.importance ?? null]).toEqual([what, importance])
  })
})

describe('Root', () => {
  test.each<[string, unknown, boolean]>([
    ['that changes something is told', event('ec2', 'RunInstances', { userIdentity: root }), true],
    ['that reads is not', event('ec2', 'DescribeInstances', { userIdentity: root, readOnly: true }), false],
    [
      'in whose name a service calls is not',
      event('ec2', 'RunInstances', { userIdentity: { ...root, invokedBy: 'autoscaling.amazonaws.com' } }),
      false,
    ],
    ['that was refused is not', event('ec2', 'RunInstances', { userIdentity: root, errorCode: 'AccessDenied' }), false],
    ['that is another identity is not', event('ec2', 'RunInstances'), false],
  ])('%s.', (_, record, told) => {
    expect(alertOf(record, 'prod')?.importance ?? null).toBe(told ? 'critical' : null)
  })
})

describe('What Portcullis is made of', () => {
  const role = { roleName: 'portcullis-prod-close-open-ingress' }
  const table = 'arn:aws:dynamodb:eu-central-1:123456789012:table/portcullis-ledger-prod'
  const topic = 'arn:aws:sns:eu-central-1:123456789012:portcullis-notices-prod'
  const queue = 'https://sqs.eu-central-1.amazonaws.com/123456789012/portcullis-dead-letters-prod'
  const fn = 'arn:aws:lambda:eu-central-1:123456789012:function:portcullis-prod-close-open-ingress'
  const rule = 'portcullis-prod-close-open-ingress-rule-1'
  test.each<[string, unknown, string]>([
    ['a role gets another policy', on('iam', 'PutRolePolicy', role), 'critical'],
    ['a role is bounded', on('iam', 'PutRolePermissionsBoundary', role), 'critical'],
    ['a role can be assumed by others', on('iam', 'UpdateAssumeRolePolicy', role), 'critical'],
    ['a role is deleted', on('iam', 'DeleteRole', role), 'critical'],
    ['a policy is attached', on('iam', 'AttachRolePolicy', role), 'critical'],
    ['the ledger is deleted', on('dynamodb', 'DeleteTable', { tableName: 'portcullis-ledger-prod' }), 'critical'],
    ['the ledger is named by its ARN', on('dynamodb', 'UpdateTable', { tableName: table }), 'critical'],
    ['others get at the ledger', on('dynamodb', 'PutResourcePolicy', { resourceArn: table }), 'critical'],
    ['the code is changed', on('lambda', 'UpdateFunctionCode20150331v2', { functionName: role.roleName }), 'critical'],
    [
      'the code is changed, named by its ARN',
      on('lambda', 'UpdateFunctionCode20150331v2', { functionName: fn }),
      'critical',
    ],
    ['a function may run no more', on('lambda', 'PutFunctionConcurrency20171031', { functionName: fn }), 'critical'],
    ['the topic is deleted', on('sns', 'DeleteTopic', { topicArn: topic }), 'critical'],
    ['somebody is unsubscribed', on('sns', 'Unsubscribe', { subscriptionArn: `${topic}:0b7c` }), 'critical'],
    ['the dead letters are purged', on('sqs', 'PurgeQueue', { queueUrl: queue }), 'critical'],
    ['events go nowhere any more', on('events', 'RemoveTargets', { rule, ids: ['1'] }), 'critical'],
    ['events go elsewhere', on('events', 'PutTargets', { rule, targets: [{ id: '1', arn: fn }] }), 'critical'],
    ['other events are let through', on('events', 'PutRule', { name: rule, eventPattern: '{}' }), 'critical'],
    ['a rule is disabled', on('events', 'DisableRule', { name: rule }), 'critical'],
    ['a rule is deleted', on('events', 'DeleteRule', { name: rule }), 'critical'],
    ['a deployment changes a rule', on('events', 'PutRule', { name: rule }, deployment), 'info'],
    [
      'a deployment changes the code',
      on('lambda', 'UpdateFunctionCode20150331v2', { functionName: fn }, deployment),
      'info',
    ],
  ])('%s: it is told.', (_, record, importance) => {
    const alert = alertOf(record, 'prod')
    expect(alert?.importance).toBe(importance)
    expect(alert?.text).toContain('changed Portcullis itself')
    expect(alert?.subject).toMatch(/^[\x20-\x7e]{1,100}$/)
  })

  test.each<[string, unknown]>([
    ['a role of somebody', on('iam', 'PutRolePolicy', { roleName: 'portcullis-produce' })],
    ['a role of another stage', on('iam', 'PutRolePolicy', { roleName: 'portcullis-test-close-open-ingress' })],
    ['the ledger of another stage', on('dynamodb', 'DeleteTable', { tableName: 'portcullis-ledger-prod2' })],
    ['the topic of another stage', on('sns', 'DeleteTopic', { topicArn: `${topic}uction` })],
    ['the queue of another stage', on('sqs', 'PurgeQueue', { queueUrl: `${queue}-eu` })],
    ["somebody's rule", on('events', 'RemoveTargets', { rule: 'nightly', ids: ['1'] })],
    ['a rule of another stage', on('events', 'PutRule', { name: 'portcullis-test-close-open-ingress-rule-1' })],
    ['a rule of ours that is switched on', on('events', 'EnableRule', { name: rule })],
    ['a call that only reads', on('iam', 'GetRole', role)],
    ['what the ledger is written with all day', on('dynamodb', 'UpdateItem', { tableName: 'portcullis-ledger-prod' })],
    ['a call of another service with the same field', on('ecs', 'DeleteRole', role)],
    ['a refused call', on('iam', 'PutRolePolicy', role, { errorCode: 'AccessDenied' })],
    ['no record at all', { detail: { type: 'something else' } }],
    ['nothing', null],
  ])('%s is nothing to tell.', (_, record) => {
    expect(alertOf(record, 'prod')).toBeNull()
  })

  test('An actor can write no lines of their own into the notice.', () => {
    const name = 'x"\nCONTAINED: all is well'
    const alert = alertOf(on('iam', 'DeleteRole', role, { userIdentity: { type: 'IAMUser', arn: name } }), 'prod')
    expect(alert?.text.split('\n')).toHaveLength(3)
    expect(alert?.text).not.toContain('\nCONTAINED')
  })

  test('The version in the name of a call is left out, and who, whence and what is said.', () => {
    const alert = alertOf(on('lambda', 'UpdateFunctionCode20150331v2', { functionName: fn }), 'prod')
    expect(alert?.text.split('\n')[0]).toBe(`UpdateFunctionCode changed Portcullis itself: "${fn}".`)
    expect(alert?.text).toContain('By "arn:aws:iam::123456789012:user/lena" from "198.51.100.23"')
  })
})
