import {
  AttachInstancesCommand,
  type AttachInstancesCommandInput,
  DetachInstancesCommand,
  type DetachInstancesCommandInput,
  EnterStandbyCommand,
  type EnterStandbyCommandInput,
  ExitStandbyCommand,
  type ExitStandbyCommandInput,
} from '@aws-sdk/client-auto-scaling'
import {
  AssociateAddressCommand,
  type AssociateAddressCommandInput,
  AssociateIamInstanceProfileCommand,
  type AssociateIamInstanceProfileCommandInput,
  AuthorizeSecurityGroupEgressCommand,
  type AuthorizeSecurityGroupEgressCommandInput,
  CreateSecurityGroupCommand,
  type CreateSecurityGroupCommandInput,
  CreateTagsCommand,
  type CreateTagsCommandInput,
  DeleteTagsCommand,
  type DeleteTagsCommandInput,
  DisassociateAddressCommand,
  type DisassociateAddressCommandInput,
  DisassociateIamInstanceProfileCommand,
  type DisassociateIamInstanceProfileCommandInput,
  ModifyInstanceAttributeCommand,
  type ModifyInstanceAttributeCommandInput,
  ModifyNetworkInterfaceAttributeCommand,
  type ModifyNetworkInterfaceAttributeCommandInput,
  RevokeSecurityGroupEgressCommand,
  type RevokeSecurityGroupEgressCommandInput,
  StartInstancesCommand,
  type StartInstancesCommandInput,
  StopInstancesCommand,
  type StopInstancesCommandInput,
} from '@aws-sdk/client-ec2'
import {
  DeregisterTargetsCommand,
  type DeregisterTargetsCommandInput,
  RegisterTargetsCommand,
  type RegisterTargetsCommandInput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {
  DeleteRolePolicyCommand,
  type DeleteRolePolicyCommandInput,
  PutRolePolicyCommand,
  type PutRolePolicyCommandInput,
} from '@aws-sdk/client-iam'
import { SendCommandCommand, type SendCommandCommandInput, SSMClient } from '@aws-sdk/client-ssm'
import { patient } from '#shared/aws/client-options.ts'
import { ec2 } from '#shared/aws/ec2.ts'
import { balancing, iam, scaling } from '#shared/aws/hosts.ts'
import { onceIn } from '#shared/aws/once-in.ts'
import { NOW } from '#shared/responses/suspicious-host/sessions.ts'
import { inEc2, mutation } from './table.ts'

const HERE = '${AWS::Region}:${AWS::AccountId}'
const GROUPS = [`arn:\${AWS::Partition}:autoscaling:${HERE}:autoScalingGroup:*:autoScalingGroupName/*`]
const TARGETS = [`arn:\${AWS::Partition}:elasticloadbalancing:${HERE}:targetgroup/*/*`]
const ROLES = ['arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*']

export const hostMutations = {
  'ec2:CreateSecurityGroup': mutation({
    does: 'Makes a group without rules, for hosts in quarantine; makes the group of a jump box.',
    send: (input: CreateSecurityGroupCommandInput) => onceIn().send(new CreateSecurityGroupCommand(input)),
    resources: inEc2('security-group', 'vpc'),
    // Another run was faster: its group is found by the next look.
    alreadySo: ['InvalidGroup.Duplicate'],
    created: ({ GroupId }) => (GroupId ? [GroupId] : []),
  }),
  'ec2:RevokeSecurityGroupEgress': mutation({
    does: 'Takes the outbound rules out of a quarantine group that EC2 gives to every new group; the same of a jump box.',
    send: (input: RevokeSecurityGroupEgressCommandInput) => ec2().send(new RevokeSecurityGroupEgressCommand(input)),
    resources: inEc2('security-group'),
    alreadySo: ['InvalidPermission.NotFound', 'InvalidSecurityGroupRuleId.NotFound', 'InvalidGroup.NotFound'],
  }),
  'ec2:AuthorizeSecurityGroupEgress': mutation({
    does: "Lets a quarantine group reach its own VPC, where the policy's `reach` says so; lets a jump box reach what its zone names.",
    send: (input: AuthorizeSecurityGroupEgressCommandInput) =>
      ec2().send(new AuthorizeSecurityGroupEgressCommand(input)),
    resources: inEc2('security-group'),
    alreadySo: ['InvalidPermission.Duplicate'],
  }),
  'ec2:ModifyNetworkInterfaceAttribute': mutation({
    does: 'Puts a network interface of a host into its quarantine group; puts its own groups back.',
    send: (input: ModifyNetworkInterfaceAttributeCommandInput) =>
      ec2().send(new ModifyNetworkInterfaceAttributeCommand(input)),
    resources: inEc2('network-interface', 'security-group', 'instance'),
    alreadySo: ['InvalidNetworkInterfaceID.NotFound'],
  }),
  'ec2:ModifyInstanceAttribute': mutation({
    does: 'Protects a host in quarantine from being ended, stopped or losing its volumes; puts that back.',
    send: (input: ModifyInstanceAttributeCommandInput) => ec2().send(new ModifyInstanceAttributeCommand(input)),
    resources: inEc2('instance', 'volume'),
    alreadySo: ['InvalidInstanceID.NotFound'],
  }),
  'ec2:CreateTags': mutation({
    does: 'Marks a host in quarantine, and hands it over where the policy says so; puts tags back as they were; tells the guest of a jump box when it ends.',
    send: (input: CreateTagsCommandInput) => ec2().send(new CreateTagsCommand(input)),
    resources: inEc2('instance', 'security-group'),
    alreadySo: [],
  }),
  'ec2:DeleteTags': mutation({
    does: 'Takes its marks off a host that is released.',
    send: (input: DeleteTagsCommandInput) => ec2().send(new DeleteTagsCommand(input)),
    resources: inEc2('instance'),
    alreadySo: ['InvalidInstanceID.NotFound'],
  }),
  'ec2:DisassociateAddress': mutation({
    does: 'Takes an Elastic IP off a host in quarantine.',
    send: (input: DisassociateAddressCommandInput) => ec2().send(new DisassociateAddressCommand(input)),
    resources: inEc2('elastic-ip', 'instance', 'network-interface'),
    alreadySo: ['InvalidAssociationID.NotFound'],
  }),
  'ec2:AssociateAddress': mutation({
    does: 'Puts an Elastic IP back on a host that is released.',
    send: (input: AssociateAddressCommandInput) => ec2().send(new AssociateAddressCommand(input)),
    resources: inEc2('elastic-ip', 'instance', 'network-interface'),
    alreadySo: [],
  }),
  'ec2:DisassociateIamInstanceProfile': mutation({
    does: 'Takes the instance profile off a host in quarantine.',
    send: (input: DisassociateIamInstanceProfileCommandInput) =>
      ec2().send(new DisassociateIamInstanceProfileCommand(input)),
    resources: inEc2('instance'),
    alreadySo: ['NoSuchAssociation', 'InvalidAssociationID.NotFound'],
  }),
  'ec2:AssociateIamInstanceProfile': mutation({
    does: 'Puts the instance profile back on a host that is released.',
    send: (input: AssociateIamInstanceProfileCommandInput) => ec2().send(new AssociateIamInstanceProfileCommand(input)),
    resources: inEc2('instance'),
    alreadySo: [],
  }),
  'ec2:StopInstances': mutation({
    does: 'Stops a host in quarantine, once its snapshots are begun.',
    send: (input: StopInstancesCommandInput) => ec2().send(new StopInstancesCommand(input)),
    resources: inEc2('instance'),
    alreadySo: ['InvalidInstanceID.NotFound'],
  }),
  'ec2:StartInstances': mutation({
    does: 'Starts a host that is released, where it was stopped by us.',
    send: (input: StartInstancesCommandInput) => ec2().send(new StartInstancesCommand(input)),
    resources: inEc2('instance'),
    alreadySo: [],
  }),
  'autoscaling:EnterStandby': mutation({
    does: 'Puts a host in quarantine on standby, so that its Auto Scaling group does not end it.',
    send: (input: EnterStandbyCommandInput) => scaling().send(new EnterStandbyCommand(input)),
    resources: GROUPS,
    alreadySo: [],
  }),
  'autoscaling:ExitStandby': mutation({
    does: 'Takes a host that is released out of standby.',
    send: (input: ExitStandbyCommandInput) => scaling().send(new ExitStandbyCommand(input)),
    resources: GROUPS,
    alreadySo: [],
  }),
  'autoscaling:DetachInstances': mutation({
    does: 'Detaches a host in quarantine from its Auto Scaling group.',
    send: (input: DetachInstancesCommandInput) => scaling().send(new DetachInstancesCommand(input)),
    resources: GROUPS,
    alreadySo: [],
  }),
  'autoscaling:AttachInstances': mutation({
    does: 'Attaches a host that is released to its Auto Scaling group again.',
    send: (input: AttachInstancesCommandInput) => scaling().send(new AttachInstancesCommand(input)),
    resources: GROUPS,
    alreadySo: [],
  }),
  'elasticloadbalancing:DeregisterTargets': mutation({
    does: 'Takes a host in quarantine out of a target group.',
    send: (input: DeregisterTargetsCommandInput) => balancing().send(new DeregisterTargetsCommand(input)),
    resources: TARGETS,
    alreadySo: ['InvalidTargetException', 'TargetGroupNotFoundException'],
  }),
  'elasticloadbalancing:RegisterTargets': mutation({
    does: 'Registers a host that is released with its target group again.',
    send: (input: RegisterTargetsCommandInput) => balancing().send(new RegisterTargetsCommand(input)),
    resources: TARGETS,
    alreadySo: [],
  }),
  'iam:PutRolePolicy': mutation({
    does: "Denies the sessions of a host in quarantine, by an inline policy of its own on the host's role.",
    send: (input: PutRolePolicyCommandInput) => {
      // When it is sent is when older sessions end: the plan can't know.
      const PolicyDocument = input.PolicyDocument?.replace(NOW, new Date().toISOString())
      return iam().send(new PutRolePolicyCommand({ ...input, PolicyDocument }))
    },
    resources: ROLES,
    alreadySo: [],
  }),
  'iam:DeleteRolePolicy': mutation({
    does: "Takes that policy off the host's role again.",
    send: (input: DeleteRolePolicyCommandInput) => iam().send(new DeleteRolePolicyCommand(input)),
    resources: ROLES,
    alreadySo: ['NoSuchEntity', 'NoSuchEntityException'],
  }),
  'ssm:SendCommand': mutation({
    does: 'Runs an SSM document of the policy on a suspicious host.',
    send: (input: SendCommandCommandInput) => {
      ssm ??= new SSMClient({ ...patient(), maxAttempts: 1 })
      return ssm.send(new SendCommandCommand(input))
    },
    resources: [
      ...inEc2('instance'),
      `arn:\${AWS::Partition}:ssm:${HERE}:document/*`,
      'arn:${AWS::Partition}:ssm:${AWS::Region}::document/*',
    ],
    alreadySo: [],
    created: ({ Command }) => (Command?.CommandId ? [Command.CommandId] : []),
  }),
}

let ssm: SSMClient | undefined
