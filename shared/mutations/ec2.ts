import {
  AuthorizeSecurityGroupIngressCommand,
  type AuthorizeSecurityGroupIngressCommandInput,
  RevokeSecurityGroupIngressCommand,
  type RevokeSecurityGroupIngressCommandInput,
} from '@aws-sdk/client-ec2'
import { ec2 } from '#shared/aws/ec2.ts'
import { mutation } from './table.ts'

const GROUPS = 'arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:security-group/*'
const RULES = 'arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:security-group-rule/*'

export const ec2Mutations = {
  'ec2:RevokeSecurityGroupIngress': mutation({
    does: 'Takes inbound rules out of a security group, by rule id.',
    send: (input: RevokeSecurityGroupIngressCommandInput) => ec2().send(new RevokeSecurityGroupIngressCommand(input)),
    resources: [GROUPS],
    alreadySo: ['InvalidSecurityGroupRuleId.NotFound', 'InvalidPermission.NotFound', 'InvalidGroup.NotFound'],
  }),
  'ec2:AuthorizeSecurityGroupIngress': mutation({
    does: 'Puts an inbound rule that was taken out back, with its description and tags; where the policy narrows, allows its own ranges; lets the one address of its request into a jump box.',
    send: (input: AuthorizeSecurityGroupIngressCommandInput) =>
      ec2().send(new AuthorizeSecurityGroupIngressCommand(input)),
    resources: [GROUPS, RULES],
    alreadySo: ['InvalidPermission.Duplicate'],
    forgoes: ['RulesPerSecurityGroupLimitExceeded'],
    created: ({ SecurityGroupRules = [] }) => SecurityGroupRules.flatMap((rule) => rule.SecurityGroupRuleId ?? []),
  }),
}
