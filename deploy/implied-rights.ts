import type { Mutations } from '#shared/mutations/table.ts'

/** A right that a call drags along without ever showing up as a call of its own. */
export interface ImpliedRight {
  readonly action: string
  readonly because: string
  readonly source: string
  /** Which functions need it: all, those that hold a power, those that give tags, those whose failures are kept, or all under a key of one's own. */
  readonly with: 'all' | 'keepsFailures' | 'tags' | 'kmsKey' | keyof Mutations
}

/** What a copy of an encrypted snapshot, or one under a key, asks of KMS. */
export const COPY_UNDER_KEYS = [
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
] as const

/** Reviewed by hand: each of these would be missed by only watching which calls are made. */
export const impliedRights: readonly ImpliedRight[] = [
  {
    action: 'iam:PassRole',
    with: 'ec2:AssociateIamInstanceProfile',
    because: 'Putting an instance profile back hands its role to EC2.',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateIamInstanceProfile.html',
  },
  {
    action: 'ec2:CreateTags',
    with: 'tags',
    because: 'Authorize with tags for the rule is checked as a CreateTags too.',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html',
  },
  ...(['ec2:CreateSnapshots', 'ec2:CopySnapshot'] as const).map((power) => ({
    action: 'ec2:CreateTags',
    with: power,
    because: 'Tags that a snapshot is made with are checked as a CreateTags too.',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html',
  })),
  ...COPY_UNDER_KEYS.map((action) => ({
    action,
    with: 'ec2:CopySnapshot' as const,
    because: "EC2 uses the keys of a snapshot and of its copy in the caller's name.",
    source: 'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copy-snapshot.html',
  })),
  {
    action: 'sqs:SendMessage',
    with: 'keepsFailures',
    because: "Lambda sends what finally failed to the function's on-failure destination with the function's role.",
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html',
  },
  {
    action: 'logs:CreateLogStream',
    with: 'all',
    because: "Lambda writes the function's log with the function's role.",
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html',
  },
  {
    action: 'logs:PutLogEvents',
    with: 'all',
    because: "Lambda writes the function's log with the function's role.",
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html',
  },
  {
    action: 'kms:Decrypt',
    with: 'kmsKey',
    because: "DynamoDB, SNS and SQS use the key in the caller's name.",
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html',
  },
  {
    action: 'kms:GenerateDataKey',
    with: 'kmsKey',
    because: 'Publishing to an encrypted topic, and sending to an encrypted queue, makes a data key.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html',
  },
]
