import { inEc2 } from '#shared/mutations/table.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { BOX_TAG, UNTIL_TAG } from '#shared/responses/jump-box/world.ts'
import type { Bound, FunctionRights } from './rights.ts'

/** What was made for a box. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_ec2_securitygroups-vpc.html */
const OWN = { StringLike: { [`aws:ResourceTag/${BOX_TAG}`]: '*' } }
/** What is made with its tag. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html */
const MADE_AS_OWN = { StringLike: { [`aws:RequestTag/${BOX_TAG}`]: '*' } }
const OWN_GROUPS: readonly Bound[] = [{ resources: inEc2('security-group'), condition: OWN }]

/** By their ids, whosever they are: a shared VPC and its subnets are another account's. */
const named = (kind: string, ids: readonly string[]) =>
  ids.map((id) => `arn:\${AWS::Partition}:ec2:\${AWS::Region}:*:${kind}/${id}`)
const hostedZone = (id: string): string => `arn:\${AWS::Partition}:route53:::hostedzone/${id}`

/**
 * How the calls for jump boxes are bounded: to what the policy's zones name, and to what was made for a box. Whoever takes
 * the role over launches nothing anywhere else, and changes nothing that was there before.
 */
export function boxBounds(policy: Policy): NonNullable<FunctionRights['bounds']> {
  const { zones } = policy['jump-boxes']
  const subnets = once(zones.map(({ subnet }) => subnet))
  const vpcs = once(zones.map(({ vpc }) => vpc))
  const joins = once(zones.flatMap((zone) => zone.joins ?? []))
  const profiles = once(zones.flatMap(({ profile }) => profile ?? []))
  const names = zones.flatMap(({ dns }) => dns ?? [])
  return {
    'ec2:RunInstances': [
      { resources: inEc2('instance'), condition: { ...MADE_AS_OWN, ...withProfile(profiles) } },
      { resources: inEc2('volume'), condition: MADE_AS_OWN },
      {
        resources: [
          ...inEc2('network-interface'),
          ...named('subnet', subnets),
          ...named('security-group', joins),
          'arn:${AWS::Partition}:ec2:${AWS::Region}::image/*',
        ],
      },
      ...OWN_GROUPS,
    ],
    'ec2:CreateSecurityGroup': [
      { resources: inEc2('security-group'), condition: MADE_AS_OWN },
      { resources: named('vpc', vpcs) },
    ],
    'ec2:AuthorizeSecurityGroupIngress': OWN_GROUPS,
    'ec2:AuthorizeSecurityGroupEgress': OWN_GROUPS,
    'ec2:RevokeSecurityGroupIngress': OWN_GROUPS,
    'ec2:RevokeSecurityGroupEgress': OWN_GROUPS,
    // The expiry that the guest is told, and no other tag.
    'ec2:CreateTags': [
      {
        resources: inEc2('instance'),
        condition: { ...OWN, 'ForAllValues:StringEquals': { 'aws:TagKeys': [UNTIL_TAG] } },
      },
    ],
    'route53:ListResourceRecordSets': [{ resources: once(names.map(({ zone }) => hostedZone(zone))) }],
    // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
    'route53:ChangeResourceRecordSets': once(names.map(({ zone }) => zone)).map((zone) => ({
      resources: [hostedZone(zone)],
      condition: {
        'ForAllValues:StringLike': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': once(
            names.flatMap((one) => (one.zone === zone ? [`*.${one.name}`] : [])),
          ),
        },
        'ForAllValues:StringEquals': { 'route53:ChangeResourceRecordSetsRecordTypes': ['A', 'AAAA'] },
      },
    })),
  }
}

/** A profile hands a role over: none but those of the zones, which name them without their path. */
const withProfile = (profiles: readonly string[]): object =>
  profiles.length === 0
    ? { Null: { 'ec2:InstanceProfile': 'true' } }
    : {
        ArnLikeIfExists: {
          'ec2:InstanceProfile': profiles.flatMap((name) =>
            ['', '*/'].map((path) => ({
              'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:instance-profile/${path}${name}`,
            })),
          ),
        },
      }

const once = <T>(all: readonly T[]): T[] => [...new Set(all)]
