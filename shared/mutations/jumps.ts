import {
  DeleteSecurityGroupCommand,
  type DeleteSecurityGroupCommandInput,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
  type TerminateInstancesCommandInput,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
  type UpdateSecurityGroupRuleDescriptionsIngressCommandInput,
} from '@aws-sdk/client-ec2'
import { ChangeResourceRecordSetsCommand, type ChangeResourceRecordSetsCommandInput } from '@aws-sdk/client-route-53'
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  type DeleteScheduleCommandInput,
  UpdateScheduleCommand,
  type UpdateScheduleCommandInput,
} from '@aws-sdk/client-scheduler'
import { ec2 } from '#shared/aws/ec2.ts'
import { route53, scheduler } from '#shared/aws/jumps.ts'
import { inEc2, mutation } from './table.ts'

const SCHEDULES = ['arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/portcullis-${Stage}/*']
/** What was made for a jump box, and nothing else: nothing in production is ended, whatever a plan may hold. */
const BOXES_ALONE = { StringLike: { 'aws:ResourceTag/portcullis:jump-box': '*' } }

export const jumpMutations = {
  'ec2:RunInstances': mutation({
    does: 'Launches the one instance of a jump box that a person asked for, as its zone says.',
    // It has a client token: sent again, it answers with the same instance.
    send: (input: RunInstancesCommandInput) => ec2().send(new RunInstancesCommand(input)),
    resources: [
      ...inEc2('instance', 'volume', 'network-interface', 'security-group', 'subnet'),
      'arn:${AWS::Partition}:ec2:${AWS::Region}::image/*',
    ],
    alreadySo: [],
    created: ({ Instances = [] }) => Instances.flatMap(({ InstanceId }) => InstanceId ?? []),
  }),
  'ec2:TerminateInstances': mutation({
    does: 'Ends the instance of a jump box.',
    send: (input: TerminateInstancesCommandInput) => ec2().send(new TerminateInstancesCommand(input)),
    resources: inEc2('instance'),
    condition: BOXES_ALONE,
    alreadySo: ['InvalidInstanceID.NotFound'],
  }),
  'ec2:DeleteSecurityGroup': mutation({
    does: 'Deletes the group of a jump box that has ended.',
    send: (input: DeleteSecurityGroupCommandInput) => ec2().send(new DeleteSecurityGroupCommand(input)),
    resources: inEc2('security-group'),
    condition: BOXES_ALONE,
    alreadySo: ['InvalidGroup.NotFound', 'InvalidGroupId.NotFound'],
  }),
  'ec2:UpdateSecurityGroupRuleDescriptionsIngress': mutation({
    does: 'Says in the rule of a jump box until when it is good, where it was extended.',
    send: (input: UpdateSecurityGroupRuleDescriptionsIngressCommandInput) =>
      ec2().send(new UpdateSecurityGroupRuleDescriptionsIngressCommand(input)),
    resources: inEc2('security-group'),
    condition: BOXES_ALONE,
    alreadySo: ['InvalidGroup.NotFound', 'InvalidPermission.NotFound'],
  }),
  'scheduler:CreateSchedule': mutation({
    does: 'Sets the one-time schedule that ends a jump box.',
    send: (input: CreateScheduleCommandInput) => scheduler().send(new CreateScheduleCommand(input)),
    resources: SCHEDULES,
    alreadySo: ['ConflictException'],
  }),
  'scheduler:UpdateSchedule': mutation({
    does: 'Moves it, where the box was extended.',
    send: (input: UpdateScheduleCommandInput) => scheduler().send(new UpdateScheduleCommand(input)),
    resources: SCHEDULES,
    alreadySo: ['ResourceNotFoundException'],
  }),
  'scheduler:DeleteSchedule': mutation({
    does: 'Deletes it, where the box has ended.',
    send: (input: DeleteScheduleCommandInput) => scheduler().send(new DeleteScheduleCommand(input)),
    resources: SCHEDULES,
    alreadySo: ['ResourceNotFoundException'],
  }),
  'route53:ChangeResourceRecordSets': mutation({
    does: "Gives a jump box its name under the zone's domain, and takes it away again.",
    send: (input: ChangeResourceRecordSetsCommandInput) => route53().send(new ChangeResourceRecordSetsCommand(input)),
    resources: ['arn:${AWS::Partition}:route53:::hostedzone/*'],
    alreadySo: [],
  }),
}
