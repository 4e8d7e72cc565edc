import type { Reads } from '#shared/aws/reads.ts'
import { everyMutation } from '#shared/mutations/every.ts'
import { inEc2, type Mutation } from '#shared/mutations/table.ts'
import { parameterName } from '#shared/slack/secrets.ts'
import { evidenceBucket } from './evidence.ts'
import { COPY_UNDER_KEYS, type FunctionRights } from './rights.ts'

/** Reads that know resources: all others are EC2's and the like, for which `*` alone stands. */
const narrowReads: { readonly [N in keyof Reads]?: readonly string[] } = {
  'iam:ListRolePolicies': ['arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*'],
  'logs:FilterLogEvents': ['arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*'],
  'ec2:GetConsoleOutput': ['arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*'],
  'ec2:GetConsoleScreenshot': ['arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*'],
  'iam:GetInstanceProfile': ['arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/*'],
  'guardduty:GetFindings': ['arn:${AWS::Partition}:guardduty:${AWS::Region}:${AWS::AccountId}:detector/*'],
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

/** What is changed of groups and instances is bounded to those that have the tag which the function gives to its own. */
function conditionOf(power: string, { ownTag }: FunctionRights): object | undefined {
  const bounded = /^ec2:(Authorize|Revoke)SecurityGroup|^ec2:CreateTags$/.test(power)
  return ownTag && bounded ? { StringLike: { [`aws:ResourceTag/${ownTag}`]: '*' } } : undefined
}

/** AWS's own parameters are nobody's: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html */
const parameterArn = (name: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:${name.startsWith('/aws/') ? '' : '${AWS::AccountId}'}:parameter${name}`,
})

/** The statements of a function's role. EC2's Describe calls know no resources: for these alone `*` stands as one. */
export function statementsOf(name: string, rights: FunctionRights, stage: string, kmsKey: string): object[] {
  const { reads, powers, ledger, lists, keepsFailures } = rights
  const allow = (sid: string, actions: readonly string[], resources: unknown, more = {}) => [
    { Sid: sid, Effect: 'Allow', Action: [...actions], Resource: resources, ...more },
  ]
  const table = `table/portcullis-ledger-${stage}`
  const tagging = rights.tags === true
  const wide = reads.filter((read) => !narrowReads[read])
  const sub = (resource: string) => ({
    'Fn::Sub': resource.replaceAll('${Stage}', stage).replaceAll('${EvidenceBucket}', evidenceBucket(stage)),
  })
  const nameOf = (action: string) => action.replace(/[^A-Za-z0-9]/g, '')
  const makes = powers.filter((power) => power in MADE)
  return [
    ...(wide.length > 0 ? allow('Look', wide, '*') : []),
    ...reads.flatMap((read) => (narrowReads[read] ? allow(nameOf(read), [read], narrowReads[read].map(sub)) : [])),
    ...powers.flatMap((power) => {
      const row: Pick<Mutation<never, unknown>, 'resources' | 'condition'> = everyMutation[power]
      const { resources, condition = conditionOf(power, rights) } = row
      const named = resources.flatMap((one) => (rights.invokes ?? ['']).map((name) => one.replace('${Invoked}', name)))
      return allow(nameOf(power), [power], [...new Set(named)].map(sub), condition ? { Condition: condition } : {})
    }),
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
    ...allow('Ledger', ledger, [arn('dynamodb', table)]),
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
