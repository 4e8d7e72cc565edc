/** Records of what Portcullis tells of at once, as EventBridge carries them. */

type Loose = Readonly<Record<string, unknown>>
export const lena = { type: 'IAMUser', arn: 'arn:aws:iam::123456789012:user/lena', userName: 'lena' }
export const root = { type: 'Root', arn: 'arn:aws:iam::123456789012:root' }
export const federated = { type: 'AssumedRole', arn: 'arn:aws:sts::123456789012:assumed-role/people/lena' }
export const deployment = { userIdentity: { ...lena, invokedBy: 'cloudformation.amazonaws.com' } }

export const event = (service: string, eventName: string, more: Loose = {}) => ({
  id: '0b7c0b7c-0000-4000-8000-000000000000',
  'detail-type': service === 'signin' ? 'AWS Console Sign In via CloudTrail' : 'AWS API Call via CloudTrail',
  source: `aws.${service}`,
  account: '123456789012',
  region: 'eu-central-1',
  time: '2026-06-01T12:00:00Z',
  resources: [],
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
export const signIn = (userIdentity: Loose, MFAUsed: string, ConsoleLogin = 'Success') =>
  event('signin', 'ConsoleLogin', {
    userIdentity,
    responseElements: { ConsoleLogin },
    additionalEventData: { MFAUsed },
  })
export const on = (service: string, name: string, requestParameters: Loose, more: Loose = {}) =>
  event(service, name, { requestParameters, ...more })

/** What our own things are called. */
export const ownNames = (stage: string) => ({
  role: { roleName: `portcullis-${stage}-close-open-ingress` },
  table: `arn:aws:dynamodb:eu-central-1:123456789012:table/portcullis-ledger-${stage}`,
  topic: `arn:aws:sns:eu-central-1:123456789012:portcullis-notices-${stage}`,
  queue: `https://sqs.eu-central-1.amazonaws.com/123456789012/portcullis-dead-letters-${stage}`,
  fn: `arn:aws:lambda:eu-central-1:123456789012:function:portcullis-${stage}-close-open-ingress`,
})

/** Changes to what Portcullis is made of, each with how important its alert is. */
export function ownChanges(stage: string): [string, ReturnType<typeof event>, 'critical' | 'info'][] {
  const { role, table, topic, queue, fn } = ownNames(stage)
  const ledger = `portcullis-ledger-${stage}`
  const rule = `portcullis-${stage}-close-open-ingress-rule-1`
  return [
    ['a role gets another policy', on('iam', 'PutRolePolicy', role), 'critical'],
    ['a role is bounded', on('iam', 'PutRolePermissionsBoundary', role), 'critical'],
    ['a role can be assumed by others', on('iam', 'UpdateAssumeRolePolicy', role), 'critical'],
    ['a role is deleted', on('iam', 'DeleteRole', role), 'critical'],
    ['a policy is attached', on('iam', 'AttachRolePolicy', role), 'critical'],
    ['the ledger is deleted', on('dynamodb', 'DeleteTable', { tableName: ledger }), 'critical'],
    ['the ledger is named by its ARN', on('dynamodb', 'UpdateTable', { tableName: table }), 'critical'],
    ['others get at the ledger', on('dynamodb', 'PutResourcePolicy', { resourceArn: table }), 'critical'],
    ['the code is changed', on('lambda', 'UpdateFunctionCode20150331v2', { functionName: role.roleName }), 'critical'],
    [
      'the code is changed, named by its ARN',
      on('lambda', 'UpdateFunctionCode20150331v2', { functionName: fn }),
      'critical',
    ],
    ['backups are switched off', on('dynamodb', 'UpdateContinuousBackups', { tableName: ledger }), 'critical'],
    ['entries are made to expire', on('dynamodb', 'UpdateTimeToLive', { tableName: ledger }), 'critical'],
    ['a function is deleted', on('lambda', 'DeleteFunction20150331', { functionName: role.roleName }), 'critical'],
    ['others may run a function', on('lambda', 'AddPermission20150331v2', { functionName: fn }), 'critical'],
    ['EventBridge may not run it', on('lambda', 'RemovePermission20150331v2', { functionName: fn }), 'critical'],
    ['others may publish', on('sns', 'AddPermission', { topicArn: topic }), 'critical'],
    ['the topic gets another policy', on('sns', 'SetTopicAttributes', { topicArn: topic }), 'critical'],
    ['the dead letters are deleted', on('sqs', 'DeleteQueue', { queueUrl: queue }), 'critical'],
    ['the dead letters get another policy', on('sqs', 'SetQueueAttributes', { queueUrl: queue }), 'critical'],
    ['a function may run no more', on('lambda', 'PutFunctionConcurrency20171031', { functionName: fn }), 'critical'],
    ['the topic is deleted', on('sns', 'DeleteTopic', { topicArn: topic }), 'critical'],
    ['somebody is unsubscribed', on('sns', 'Unsubscribe', { subscriptionArn: `${topic}:0b7c` }), 'critical'],
    ['events go nowhere any more', on('events', 'RemoveTargets', { rule, ids: ['1'] }), 'critical'],
    ['events go elsewhere', on('events', 'PutTargets', { rule, targets: [{ id: '1', arn: fn }] }), 'critical'],
    ['other events are let through', on('events', 'PutRule', { name: rule, eventPattern: '{}' }), 'critical'],
    ['a rule is disabled', on('events', 'DisableRule', { name: rule }), 'critical'],
    ['a rule is deleted', on('events', 'DeleteRule', { name: rule }), 'critical'],
    ['a deployment changes a rule', on('events', 'PutRule', { name: rule }, deployment), 'info'],
    ['the dead letters are purged', on('sqs', 'PurgeQueue', { queueUrl: queue }), 'critical'],
    [
      'a deployment changes the code',
      on('lambda', 'UpdateFunctionCode20150331v2', { functionName: fn }, deployment),
      'info',
    ],
  ]
}

/** Sign-ins and uses of root that are told. */
export const identityAlerts: readonly [string, ReturnType<typeof event>][] = [
  ['root signs in', signIn(root, 'Yes')],
  ['root signs in without MFA', signIn(root, 'No')],
  ['a user signs in without MFA', signIn(lena, 'No')],
  ['root changes something', event('ec2', 'RunInstances', { userIdentity: root })],
  ['root changes something else', event('s3', 'DeleteBucket', { userIdentity: root })],
]
