import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import {
  DescribeAddressesCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  type InstanceAttributeName,
} from '@aws-sdk/client-ec2'
import { GetFindingsCommand, GuardDutyClient } from '@aws-sdk/client-guardduty'
import { patient } from '#shared/aws/client-options.ts'
import { ec2, page } from './bare-calls.ts'

const guardduty = new GuardDutyClient(patient())
export const scaling = new AutoScalingClient(patient())

/** The finding, the host and what is known of it, side by side. */
export async function look(InstanceId: string, DetectorId: string, finding: string) {
  const by = (Name: string) => ({ Filters: [{ Name, Values: [InstanceId] }] })
  const ready = { Filters: [{ Name: 'tag-key', Values: ['portcullis:quarantine-group'] }], MaxResults: 1_000 }
  const attribute = (Attribute: InstanceAttributeName) =>
    ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }))
  const [found, interfaces, groups] = await Promise.all([
    ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] })),
    ec2.send(new DescribeNetworkInterfacesCommand(by('attachment.instance-id'))),
    ec2.send(new DescribeSecurityGroupsCommand(ready)),
    ...(['disableApiTermination', 'disableApiStop', 'instanceInitiatedShutdownBehavior'] as const).map(attribute),
    ec2.send(new DescribeAddressesCommand(by('instance-id'))),
    ec2.send(new DescribeIamInstanceProfileAssociationsCommand(by('instance-id'))),
    scaling.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 100 })),
    page(`subject#suspicious-host#${InstanceId}`),
    page('guard#suspicious-host'),
    guardduty.send(new GetFindingsCommand({ DetectorId, FindingIds: [finding] })),
  ])
  const volumes = found.Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings ?? []
  return { interfaces: interfaces.NetworkInterfaces ?? [], groups: groups.SecurityGroups ?? [], volumes }
}
