import type { Reads } from '#shared/aws/reads.ts'
import type { Mutations } from '#shared/mutations/table.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { impairedDefences } from '#shared/responses/impaired-defences/response.ts'
import { jumpBox } from '#shared/responses/jump-box/response.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { undoReads } from '#shared/responses/open-ingress/undo.ts'
import { releaseReads } from '#shared/responses/suspicious-host/release.ts'
import { suspiciousHost } from '#shared/responses/suspicious-host/response.ts'
import { unpreservedHost } from '#shared/responses/unpreserved-host/response.ts'
import { boxBounds } from './box-bounds.ts'

/** What a call may touch, and under which condition of IAM. */
export interface Bound {
  readonly resources: readonly string[]
  readonly condition?: object
}

/** What one function does, from which its role is made. */
export interface FunctionRights {
  readonly role: string
  readonly reads: readonly (keyof Reads)[]
  readonly powers: readonly (keyof Mutations)[]
  /** The DynamoDB actions on the ledger that its part of the loop comes to. */
  readonly ledger: readonly string[]
  /** The pages of the ledger that it may write to, where these are not all: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
  readonly pages?: readonly string[]
  /** Whether it lists incidents, by the ledger's index. */
  readonly lists: boolean
  /** Whether it gives tags to rules that it puts back. */
  readonly tags?: true
  /** The functions of this deployment that it runs. */
  readonly invokes?: readonly string[]
  /** Which of Slack's secrets it reads. */
  readonly secrets?: readonly ('signing-secret' | 'bot-token')[]
  /** The SSM parameters that name images, and whether instances get profiles: of jump boxes. */
  readonly parameters?: readonly string[]
  readonly profiles?: boolean
  /** Where it may touch less than a call's row in the table of mutations says, or than all. */
  readonly bounds?: { readonly [N in keyof Reads | keyof Mutations]?: readonly Bound[] }
  /** Whether Lambda keeps what it fails at: it is invoked by events, not by people. */
  readonly keepsFailures: boolean
}

/** What it may call does not turn on the stage and the region. */
const defences = impairedDefences('', '')
const preserving = unpreservedHost('')
const boxes = jumpBox({ stage: '', ender: '', role: '', deadLetters: '' })

/** What the whole loop comes to. */
const LEDGER = [
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
]

/** What each function does under this policy. */
export const functionRights = (policy: Policy): Readonly<Record<string, FunctionRights>> => ({
  'close-open-ingress': {
    role: 'CloseOpenIngressRole',
    reads: openIngress.reads,
    powers: [...openIngress.powers(policy), 'sns:Publish'],
    ledger: LEDGER,
    lists: true,
    keepsFailures: true,
  },
  'undo-open-ingress': {
    role: 'UndoOpenIngressRole',
    reads: undoReads,
    powers: [...openIngress.undoes(policy), 'sns:Publish'],
    ledger: ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    lists: false,
    tags: true,
    keepsFailures: false,
  },
  'quarantine-instance': {
    role: 'QuarantineInstanceRole',
    reads: suspiciousHost.reads,
    powers: [...suspiciousHost.powers(policy), 'sns:Publish'],
    ledger: LEDGER,
    lists: true,
    keepsFailures: true,
  },
  'release-instance': {
    role: 'ReleaseInstanceRole',
    reads: releaseReads,
    powers: [...suspiciousHost.undoes(policy), 'sns:Publish'],
    ledger: ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
    lists: false,
    keepsFailures: false,
  },
  'watch-defences': {
    role: 'WatchDefencesRole',
    reads: defences.reads,
    powers: [...defences.powers(policy), 'sns:Publish'],
    ledger: LEDGER,
    lists: true,
    keepsFailures: true,
  },
  'preserve-host': {
    role: 'PreserveHostRole',
    reads: preserving.reads,
    powers: [...preserving.powers(policy), 'sns:Publish'],
    ledger: LEDGER,
    lists: true,
    keepsFailures: true,
  },
  'keep-jump-boxes': {
    role: 'KeepJumpBoxesRole',
    // Where no zone gives names, nobody asks for any.
    reads: boxes.reads.filter(
      (read) => read !== 'route53:ListResourceRecordSets' || policy['jump-boxes'].zones.some(({ dns }) => dns),
    ),
    powers: [...boxes.powers(policy), 'sns:Publish'],
    ledger: LEDGER,
    lists: true,
    bounds: boxBounds(policy),
    parameters: [...new Set(policy['jump-boxes'].zones.flatMap(({ image }) => (image.startsWith('/') ? [image] : [])))],
    profiles: policy['jump-boxes'].zones.some(({ profile }) => profile),
    keepsFailures: true,
  },
  'operators-api': {
    role: 'OperatorsApiRole',
    reads: [],
    powers: ['lambda:InvokeFunction', 'sns:Publish'],
    ledger: LEDGER,
    lists: true,
    invokes: [
      'close-open-ingress',
      'undo-open-ingress',
      'quarantine-instance',
      'release-instance',
      'preserve-host',
      'watch-defences',
      'keep-jump-boxes',
      'doctor',
    ],
    secrets: ['bot-token'],
    keepsFailures: true,
  },
  'prove-address': {
    role: 'ProveAddressRole',
    reads: [],
    powers: ['lambda:InvokeFunction'],
    ledger: ['dynamodb:Query', 'dynamodb:PutItem'],
    pages: ['subject#jump-box#*', 'audit#jump-box'],
    lists: false,
    invokes: ['keep-jump-boxes'],
    secrets: ['signing-secret'],
    keepsFailures: false,
  },
  'answer-slack': {
    role: 'AnswerSlackRole',
    reads: [],
    powers: ['lambda:InvokeFunction'],
    ledger: ['dynamodb:Query', 'dynamodb:PutItem'],
    pages: ['person#*', 'subject#jump-box#*', 'guard#slack'],
    lists: false,
    invokes: ['operators-api'],
    secrets: ['signing-secret', 'bot-token'],
    keepsFailures: false,
  },
  'tell-slack': {
    role: 'TellSlackRole',
    reads: [],
    powers: [],
    ledger: ['dynamodb:Query', 'dynamodb:PutItem'],
    pages: ['slack#*'],
    lists: false,
    secrets: ['bot-token'],
    keepsFailures: true,
  },
})

/** A right that a call drags along without ever showing up as a call of its own. */
export interface ImpliedRight {
  readonly action: string
  readonly because: string
  readonly source: string
  /**
   * Which functions need it: all, those that hold a power, those that give tags, those whose failures are kept, those that
   * read a secret of Slack's, that launch by a parameter or with a profile, or all under a key of one's own.
   */
  readonly with: 'all' | 'keepsFailures' | 'tags' | 'parameters' | 'profiles' | 'kmsKey' | keyof Mutations
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
  ...(['scheduler:CreateSchedule', 'scheduler:UpdateSchedule'] as const).map((power) => ({
    action: 'iam:PassRole',
    with: power,
    because: 'A schedule is handed the role by which it calls its target.',
    source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html',
  })),
  {
    action: 'iam:PassRole',
    with: 'profiles',
    because: 'An instance that is launched with a profile is handed its role.',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
  },
  {
    action: 'ssm:GetParameters',
    with: 'parameters',
    because: "EC2 reads the parameter that names the image in the caller's name.",
    source: 'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-ec2-aliases.html',
  },
  ...(['ec2:CreateSnapshots', 'ec2:CopySnapshot', 'ec2:RunInstances', 'ec2:CreateSecurityGroup'] as const).map(
    (power) => ({
      action: 'ec2:CreateTags',
      with: power,
      because: 'Tags that something is made with are checked as a CreateTags too.',
      source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html',
    }),
  ),
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

/** What a function's calls imply. */
export function implicationsOf(
  { powers, keepsFailures, tags, parameters = [], profiles = false }: FunctionRights,
  kmsKey = '',
): readonly ImpliedRight[] {
  return impliedRights.filter(
    ({ with: who }) =>
      who === 'all' ||
      (who === 'keepsFailures' && keepsFailures) ||
      (who === 'tags' && tags === true) ||
      (who === 'parameters' && parameters.length > 0) ||
      (who === 'profiles' && profiles) ||
      (who === 'kmsKey' && kmsKey !== '') ||
      powers.some((power) => power === who),
  )
}

/** The rights that a function's calls imply. */
export const impliedBy = (rights: FunctionRights, kmsKey = ''): readonly string[] => [
  ...new Set(implicationsOf(rights, kmsKey).map(({ action }) => action)),
]
