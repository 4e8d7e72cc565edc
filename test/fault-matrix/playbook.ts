import { broken, denied, hangs, killedAfter, lost, throttled } from '#local/fault-forms.ts'
import type { Fault } from '#local/switches.ts'

/** The calls of the playbook on the deployed stack, and how each goes wrong. */

export const PLAYBOOK: readonly string[] = [
  'ec2:DescribeInstances',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeInstanceAttribute',
  'ec2:DescribeAddresses',
  'ec2:DescribeIamInstanceProfileAssociations',
  'ec2:DescribeVpcs',
  'ec2:DescribeSnapshots',
  'ec2:DescribeNetworkAcls',
  'autoscaling:DescribeAutoScalingGroups',
  'elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetHealth',
  'iam:GetInstanceProfile',
  'iam:ListRolePolicies',
  'guardduty:GetFindings',
  'dynamodb:Query',
  'dynamodb:TransactWriteItems',
  'ec2:CreateSecurityGroup',
  'ec2:RevokeSecurityGroupEgress',
  'ec2:ModifyNetworkInterfaceAttribute',
  'ec2:ModifyInstanceAttribute',
  'ec2:CreateTags',
  'ec2:DisassociateAddress',
  'autoscaling:EnterStandby',
  'elasticloadbalancing:DeregisterTargets',
  'iam:PutRolePolicy',
  'ec2:DisassociateIamInstanceProfile',
  'ec2:StopInstances',
  'sns:Publish',
]

/** Cutting off turns on these: where one of them fails, it waits. */
const ISOLATING =
  /Describe(Instances|NetworkInterfaces|SecurityGroups)|GetFindings|dynamodb|SecurityGroup|NetworkInterfaceA/
export const isIsolating = (call: string): boolean => ISOLATING.test(call)
export const isRead = (call: string): boolean => /:(Describe|Get|List|Query)/.test(call)

const APP = 'quarantine-instance'
/** How often the SDK makes a call: the one that must not be made twice is made once. */
const tries = (call: string) => (call === 'ec2:CreateSecurityGroup' ? 1 : 4)

export interface Way {
  readonly fault: (call: string) => Fault
  /** It ends by itself; the others last until the first run is over. */
  readonly passes: boolean
}

export const WAYS: Readonly<Record<string, Way>> = {
  throttled: { fault: (call) => throttled(call, { app: APP }), passes: false },
  denied: { fault: (call) => denied(call, { app: APP }), passes: false },
  '5xx': { fault: (call) => broken(call, { app: APP }), passes: false },
  'time-out': { fault: (call) => hangs(call, { app: APP, times: tries(call) }), passes: true },
  lost: { fault: (call) => lost(call, { app: APP }), passes: false },
  killed: { fault: (call) => killedAfter(call, { app: APP, times: 1 }), passes: true },
}
