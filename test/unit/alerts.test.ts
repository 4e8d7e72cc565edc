import { describe, expect, test } from 'vitest'
import { alertOf } from '#shared/alerts.ts'

import {
  event,
  federated,
  identityAlerts,
  lena,
  on,
  ownChanges,
  ownNames,
  root,
  signIn,
} from '../support/alert-records.ts'

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
  const { role, topic, queue, fn } = ownNames('prod')
  test.each(ownChanges('prod'))('%s: it is told.', (_, record, importance) => {
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
    [
      'a rule of ours that is switched on',
      on('events', 'EnableRule', { name: 'portcullis-prod-close-open-ingress-rule-1' }),
    ],
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
  test('What does not come from AWS tells nothing, whatever it says: only AWS can send as aws.*.', () => {
    for (const [, record] of [...identityAlerts, ...ownChanges('prod')])
      for (const source of ['my.app', 'aws', 'AWS.iam', 'my.aws.iam', '', undefined]) {
        expect(alertOf(record, 'prod')).not.toBeNull()
        expect(alertOf({ ...record, source }, 'prod')).toBeNull()
      }
  })
})
