import { EnterStandbyCommand } from '@aws-sdk/client-auto-scaling'
import {
  CreateTagsCommand,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2'
import { ec2, write } from './bare-calls.ts'
import { look, scaling } from './bare-host-calls.ts'

type Asked = Readonly<Record<'host' | 'detector' | 'finding' | 'group' | 'id', string>> & { readonly sizes: number[] }

/** The calls by which a host is cut off, as parallel as can be, and nothing else. */
export async function handler({ host: InstanceId, detector, finding, group, id, sizes }: Asked): Promise<void> {
  const { interfaces, groups, volumes } = await look(InstanceId, detector, finding)
  await write(id, sizes)
  const modify = (input: object) => ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, ...input }))
  const keep = volumes.map(({ DeviceName, Ebs }) => ({
    BlockDeviceMappings: [{ DeviceName, Ebs: { VolumeId: Ebs?.VolumeId, DeleteOnTermination: false } }],
  }))
  const standby = { InstanceIds: [InstanceId], AutoScalingGroupName: group, ShouldDecrementDesiredCapacity: true }
  const Tags = [{ Key: 'portcullis:quarantine', Value: 'cut-off' }]
  await Promise.all([
    ...interfaces.map(({ NetworkInterfaceId, VpcId }) => {
      const Groups = groups.filter((one) => one.VpcId === VpcId).map((one) => one.GroupId!)
      return ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }))
    }),
    modify({ DisableApiTermination: { Value: true } }),
    modify({ InstanceInitiatedShutdownBehavior: { Value: 'stop' } }),
    modify({ DisableApiStop: { Value: true } }),
    ...keep.map(modify),
    scaling.send(new EnterStandbyCommand(standby)),
    ec2.send(new CreateTagsCommand({ Resources: [InstanceId], Tags })),
  ])
}
