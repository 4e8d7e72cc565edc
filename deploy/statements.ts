import type { Reads } from '#shared/aws/reads.ts'
import { everyMutation } from '#shared/mutations/every.ts'
import { inEc2, type Mutations } from '#shared/mutations/table.ts'
import { parameterName } from '#shared/slack/secrets.ts'
import { evidenceBucket } from './evidence.ts'
import { type Bound, COPY_UNDER_KEYS, type FunctionRights } from './rights.ts'

/** Reads that know resources: all others are EC2's and the like, for which `*` alone stands. */
const narrowReads: { readonly [N in keyof Reads]?: readonly string[] } = {
  'iam:ListRolePolicies': ['arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*'],
  'logs:FilterLogEvents': ['arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*'],
  'ec2:GetConsoleOutput': ['arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*'],
  'ec2:GetConsoleScreenshot': ['arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*'],
  'iam:GetInstanceProfile': ['arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/*'],
  'guardduty:GetFindings': ['arn:${AWS::Partition}:guardduty:${AWS::Region}:${AWS::AccountId}:detector/*'],
  'scheduler:GetSchedule': [
    'arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/portcullis-${Stage}/*',
  ],
  // The key of copies may be another account's, in another region.
  'kms:DescribeKey': ['arn:${AWS::Partition}:kms:*:*:key/*'],
  's3:ListBucket': ['arn:${AWS::Partition}:s3:::${EvidenceBucket}'],
  's3:GetObject': ['arn:${AWS::Partition}:s3:::${EvidenceBucket}/*'],
}

/** An ARN in this account and region, whatever the partition. */
const arn = (service: string, resource: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
})

/** What calls make that gives it tags, by what they make. */
const MADE: Readonly<Record<string, readonly string[]>> = {
  'ec2:CreateSnapshots': ['arn:${AWS::Partition}:ec2:*::snapshot/*'],
  'ec2:CopySnapshot': ['arn:${AWS::Partition}:ec2:*::snapshot/*'],
  'ec2:RunInstances': inEc2('instance', 'volume'),
  'ec2:CreateSecurityGroup': inEc2('security-group'),
}

/** AWS's own parameters are nobody's: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html */
const parameterArn = (name: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:${name.startsWith('/aws/') ? '' : '${AWS::AccountId}'}:parameter${name}`,
})

/** The statements of a function's role. EC2's Describe calls know no resources: for these alone `*` stands as one. */
export function statementsOf(name: string, rights: FunctionRights, stage: string, kmsKey: string): object[] {
  const { reads, powers, ledger, lists, keepsFailures } = rights
  const allow = (sid: string, actions: readonly string[], resources: unknown, more = {}) => [
    { Sid: sid, Effect: 'Allow', Action: [...actions], Resource: resources, ...more } as const,
  ]
  const table = `table/portcullis-ledger-${stage}`
  const tagging = rights.tags === true
  const boundsOf = (action: keyof Reads | keyof Mutations, row: Bound): readonly Bound[] =>
    rights.bounds?.[action] ?? [row]
  const narrow = reads.flatMap((read) => {
    const resources = narrowReads[read]
    return resources || rights.bounds?.[read]
      ? [{ action: read, bounds: boundsOf(read, { resources: resources ?? [] }) }]
      : []
  })
  const wide = reads.filter((read) => !narrow.some(({ action }) => action === read))
  const sub = (resource: string) => ({
    'Fn::Sub': resource.replaceAll('${Stage}', stage).replaceAll('${EvidenceBucket}', evidenceBucket(stage)),
  })
  const nameOf = (action: string) => action.replace(/[^A-Za-z0-9]/g, '')
  const makes = powers.filter((power) => power in MADE)
  return [
    ...(wide.length > 0 ? allow('Look', wide, '*') : []),
    ...merged(
      [...narrow, ...powers.map((power) => ({ action: power, bounds: boundsOf(power, everyMutation[power]) }))].flatMap(
        ({ action, bounds }) =>
          bounds.flatMap(({ resources, condition }, i) => {
            const named = resources.flatMap((one) =>
              (rights.invokes ?? ['']).map((name) => one.replace('${Invoked}', name)),
            )
            const sid = `${nameOf(action)}${i === 0 ? '' : i + 1}`
            return allow(sid, [action], [...new Set(named)].map(sub), condition ? { Condition: condition } : {})
          }),
      ),
    ),
    ...(rights.secrets?.length
      ? allow(
          'SlackSecrets',
          ['ssm:GetParameter'],
          rights.secrets.map((secret) => arn('ssm', `parameter${parameterName(stage, secret)}`)),
        )
      : []),
    ...(rights.parameters?.length ? allow('Images', ['ssm:GetParameters'], rights.parameters.map(parameterArn)) : []),
    ...(makes.length > 0
      ? allow('TagWhatIsMade', ['ec2:CreateTags'], [...new Set(makes.flatMap((power) => MADE[power]!))].map(sub), {
          Condition: { StringEquals: { 'ec2:CreateAction': makes.map((power) => power.slice('ec2:'.length)) } },
        })
      : []),
    // Through EC2 alone, and grants for what AWS itself makes of them: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
    ...(makes.includes('ec2:CopySnapshot')
      ? [
          ...allow(
            'CopyUnderKeys',
            COPY_UNDER_KEYS.filter((action) => action !== 'kms:CreateGrant'),
            [sub('arn:${AWS::Partition}:kms:*:*:key/*')],
            { Condition: { StringLike: { 'kms:ViaService': 'ec2.*' } } },
          ),
          ...allow('GrantToCopy', ['kms:CreateGrant'], [sub('arn:${AWS::Partition}:kms:*:*:key/*')], {
            Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
          }),
        ]
      : []),
    ...(tagging
      ? allow('TagWhatIsPutBack', ['ec2:CreateTags'], [arn('ec2', 'security-group-rule/*')], {
          Condition: { StringEquals: { 'ec2:CreateAction': 'AuthorizeSecurityGroupIngress' } },
        })
      : []),
    ...(powers.includes('ec2:AssociateIamInstanceProfile')
      ? allow(
          'HandTheRoleBack',
          ['iam:PassRole'],
          [{ 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*' }],
          {
            Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
          },
        )
      : []),
    ...(powers.includes('scheduler:CreateSchedule')
      ? allow('HandTheRoleToSchedules', ['iam:PassRole'], [{ 'Fn::GetAtt': ['ScheduleRole', 'Arn'] }], {
          Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
        })
      : []),
    ...(rights.profiles
      ? allow('HandProfilesToBoxes', ['iam:PassRole'], [sub('arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*')], {
          Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
        })
      : []),
    ...(rights.pages
      ? [
          ...allow('Ledger', ['dynamodb:Query'], [arn('dynamodb', table)]),
          ...allow('OwnPages', ['dynamodb:PutItem'], [arn('dynamodb', table)], {
            Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...rights.pages] } },
          }),
        ]
      : allow('Ledger', ledger, [arn('dynamodb', table)])),
    ...(lists ? allow('LedgerIndex', ['dynamodb:Query'], [arn('dynamodb', `${table}/index/by-status`)]) : []),
    ...(keepsFailures ? allow('DeadLetters', ['sqs:SendMessage'], [{ 'Fn::GetAtt': ['DeadLetters', 'Arn'] }]) : []),
    ...allow(
      'Log',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [arn('logs', `log-group:/aws/lambda/portcullis-${stage}-${name}:*`)],
    ),
    ...(kmsKey ? allow('Key', ['kms:Decrypt', 'kms:GenerateDataKey'], [kmsKey]) : []),
  ]
}

/**
 * Statements on the same things under the same condition as one: a role's inline policies have room for 10,240 characters.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
function merged<T extends { readonly Sid: string; readonly Action: readonly string[] }>(statements: readonly T[]): T[] {
  const byScope = Map.groupBy(statements, ({ Action: _action, ...one }) => JSON.stringify({ ...one, Sid: '' }))
  return [...byScope.values()].map((alike) => {
    const [{ Sid, ...first }] = alike as [T]
    return {
      ...(first as T),
      Sid: alike.length > 1 ? `${Sid}AndMore` : Sid,
      Action: alike.flatMap(({ Action }) => Action),
    }
  })
}
