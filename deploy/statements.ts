import type { Reads } from '#shared/aws/reads.ts'
import { everyMutation } from '#shared/mutations/every.ts'
import type { Mutation } from '#shared/mutations/table.ts'
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
  const makes = powers.filter((power) => power === 'ec2:CreateSnapshots' || power === 'ec2:CopySnapshot')
  return [
    ...(wide.length > 0 ? allow('Look', wide, '*') : []),
    ...reads.flatMap((read) => (narrowReads[read] ? allow(nameOf(read), [read], narrowReads[read].map(sub)) : [])),
    ...powers.flatMap((power) => {
      const row: Pick<Mutation<never, unknown>, 'resources' | 'condition'> = everyMutation[power]
      const { resources, condition } = row
      return allow(nameOf(power), [power], resources.map(sub), condition ? { Condition: condition } : {})
    }),
    ...(makes.length > 0
      ? allow('TagWhatIsMade', ['ec2:CreateTags'], [sub('arn:${AWS::Partition}:ec2:*::snapshot/*')], {
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
