import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  type DescribeAutoScalingGroupsCommandInput,
} from '@aws-sdk/client-auto-scaling'
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  DescribeAddressesCommand,
  type DescribeAddressesCommandInput,
  DescribeFlowLogsCommand,
  type DescribeFlowLogsCommandInput,
  DescribeIamInstanceProfileAssociationsCommand,
  type DescribeIamInstanceProfileAssociationsCommandInput,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeInstanceAttributeCommand,
  type DescribeInstanceAttributeCommandInput,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeNetworkAclsCommand,
  type DescribeNetworkAclsCommandInput,
  DescribeNetworkInterfacesCommand,
  type DescribeNetworkInterfacesCommandInput,
  DescribeSecurityGroupsCommand,
  type DescribeSecurityGroupsCommandInput,
  DescribeSnapshotsCommand,
  type DescribeSnapshotsCommandInput,
  DescribeSubnetsCommand,
  type DescribeSubnetsCommandInput,
  DescribeVpcsCommand,
  type DescribeVpcsCommandInput,
} from '@aws-sdk/client-ec2'
import {
  DescribeTargetGroupsCommand,
  type DescribeTargetGroupsCommandInput,
  DescribeTargetHealthCommand,
  type DescribeTargetHealthCommandInput,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { GetFindingsCommand, type GetFindingsCommandInput, GuardDutyClient } from '@aws-sdk/client-guardduty'
import {
  GetInstanceProfileCommand,
  type GetInstanceProfileCommandInput,
  IAMClient,
  ListRolePoliciesCommand,
  type ListRolePoliciesCommandInput,
} from '@aws-sdk/client-iam'
import { patient } from './client-options.ts'
import { ec2 } from './ec2.ts'
import { once } from './once.ts'

/** The clients of what hosts hang on. */
export const scaling = once(() => new AutoScalingClient(patient()))
export const balancing = once(() => new ElasticLoadBalancingV2Client(patient()))
export const iam = once(() => new IAMClient(patient()))
export const guardduty = once(() => new GuardDutyClient(patient()))
export const logs = once(() => new CloudWatchLogsClient(patient()))

/** What can be asked about hosts and what they hang on. Nothing here changes anything. */
export const hostReads = {
  'ec2:DescribeInstances': (input: DescribeInstancesCommandInput) => ec2().send(new DescribeInstancesCommand(input)),
  'ec2:DescribeInstanceAttribute': (input: DescribeInstanceAttributeCommandInput) =>
    ec2().send(new DescribeInstanceAttributeCommand(input)),
  'ec2:DescribeAddresses': (input: DescribeAddressesCommandInput) => ec2().send(new DescribeAddressesCommand(input)),
  'ec2:DescribeIamInstanceProfileAssociations': (input: DescribeIamInstanceProfileAssociationsCommandInput) =>
    ec2().send(new DescribeIamInstanceProfileAssociationsCommand(input)),
  'ec2:DescribeImages': (input: DescribeImagesCommandInput) => ec2().send(new DescribeImagesCommand(input)),
  'ec2:DescribeSnapshots': (input: DescribeSnapshotsCommandInput) => ec2().send(new DescribeSnapshotsCommand(input)),
  'ec2:DescribeFlowLogs': (input: DescribeFlowLogsCommandInput) => ec2().send(new DescribeFlowLogsCommand(input)),
  'ec2:DescribeVpcs': (input: DescribeVpcsCommandInput) => ec2().send(new DescribeVpcsCommand(input)),
  'ec2:DescribeSubnets': (input: DescribeSubnetsCommandInput) => ec2().send(new DescribeSubnetsCommand(input)),
  'ec2:DescribeNetworkAcls': (input: DescribeNetworkAclsCommandInput) =>
    ec2().send(new DescribeNetworkAclsCommand(input)),
  'ec2:DescribeNetworkInterfaces': (input: DescribeNetworkInterfacesCommandInput) =>
    ec2().send(new DescribeNetworkInterfacesCommand(input)),
  'ec2:DescribeSecurityGroups': (input: DescribeSecurityGroupsCommandInput) =>
    ec2().send(new DescribeSecurityGroupsCommand(input)),
  'autoscaling:DescribeAutoScalingGroups': (input: DescribeAutoScalingGroupsCommandInput) =>
    scaling().send(new DescribeAutoScalingGroupsCommand(input)),
  'elasticloadbalancing:DescribeTargetGroups': (input: DescribeTargetGroupsCommandInput) =>
    balancing().send(new DescribeTargetGroupsCommand(input)),
  'elasticloadbalancing:DescribeTargetHealth': (input: DescribeTargetHealthCommandInput) =>
    balancing().send(new DescribeTargetHealthCommand(input)),
  'iam:GetInstanceProfile': (input: GetInstanceProfileCommandInput) => iam().send(new GetInstanceProfileCommand(input)),
  'iam:ListRolePolicies': (input: ListRolePoliciesCommandInput) => iam().send(new ListRolePoliciesCommand(input)),
  'guardduty:GetFindings': (input: GetFindingsCommandInput) => guardduty().send(new GetFindingsCommand(input)),
  'logs:FilterLogEvents': (input: FilterLogEventsCommandInput) => logs().send(new FilterLogEventsCommand(input)),
}
