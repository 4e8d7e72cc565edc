import type { GroupIdentifier, Instance, InstanceNetworkInterface } from '@aws-sdk/client-ec2'
import { without } from './refuse.ts'
import { interfacesOf, type World } from './world.ts'

/**
 * An instance as `DescribeInstances` shows it: with its interfaces, and of the primary one the addresses, the VPC and
 * the groups. The groups of the other interfaces stand with them only
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html).
 */
export function shownInstance(world: World, instance: Instance): Instance {
  const nics = interfacesOf(world, instance.InstanceId ?? '')
  const primary = nics.find((nic) => nic.Attachment?.DeviceIndex === 0)
  const { PrivateIpAddress, VpcId, SubnetId, Association } = primary ?? {}
  const NetworkInterfaces: InstanceNetworkInterface[] = nics.map((nic) => ({
    ...without(nic, 'TagSet', 'RequesterManaged', 'RequesterId', 'AvailabilityZone', 'Attachment'),
    Attachment: without(nic.Attachment ?? {}, 'InstanceId', 'InstanceOwnerId'),
  }))
  const SecurityGroups: GroupIdentifier[] = primary?.Groups ?? []
  return {
    ...instance,
    NetworkInterfaces,
    SecurityGroups,
    ...(primary ? { PrivateIpAddress, VpcId, SubnetId } : {}),
    ...(Association?.PublicIp ? { PublicIpAddress: Association.PublicIp } : {}),
  }
}
