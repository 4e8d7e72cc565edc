import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import type { Cast } from '#local/demo/cast.ts'
import { KEYS } from '#local/principals.ts'

/** A host of the demo: its id, and each of its interfaces with the group that it belongs into. */
export interface DemoHost {
  readonly id: string
  readonly interfaces: readonly { readonly id: string; readonly group: string }[]
}

/** Launches a host with one interface in each of two VPCs, each in a group that lets things in and out. */
export async function launchHost(cast: Cast): Promise<DemoHost> {
  const ec2 = cast.ec2(KEYS.deploy)
  const place = async (prefix: string) => {
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: `${prefix}.0.0/16` }))
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId!, CidrBlock: `${prefix}.1.0/24` }))
    const group = { GroupName: 'demo-host', Description: 'A group of the demo', VpcId: Vpc!.VpcId! }
    return { subnet: Subnet!.SubnetId!, group: (await ec2.send(new CreateSecurityGroupCommand(group))).GroupId! }
  }
  const [near, far] = [await place('10.41'), await place('10.42')]
  const launched = await ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-0123456789abcdef0',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: near.subnet, Groups: [near.group] }],
    }),
  )
  const [host] = launched.Instances!
  const InstanceId = host!.InstanceId!
  const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: far.subnet, Groups: [far.group] }))
  const second = made.NetworkInterface!.NetworkInterfaceId!
  await ec2.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId: second, InstanceId, DeviceIndex: 1 }))
  return {
    id: InstanceId,
    interfaces: [
      { id: host!.NetworkInterfaces![0]!.NetworkInterfaceId!, group: near.group },
      { id: second, group: far.group },
    ],
  }
}

/** What GuardDuty says of a host that talks to a mining pool, as EventBridge carries it. */
export function miningFinding({ cloud }: Cast, instanceId: string): object {
  const now = new Date().toISOString()
  return {
    source: 'aws.guardduty',
    'detail-type': 'GuardDuty Finding',
    resources: [],
    time: now,
    detail: {
      schemaVersion: '2.0',
      accountId: cloud.account,
      region: cloud.region,
      partition: 'aws',
      id: 'demo0000000000000000000000000001',
      arn: `arn:aws:guardduty:${cloud.region}:${cloud.account}:detector/demo/finding/demo0000000000000000000000000001`,
      type: 'CryptoCurrency:EC2/BitcoinTool.B!DNS',
      severity: 8,
      createdAt: now,
      updatedAt: now,
      title: 'Bitcoin-related domain name queried by the instance.',
      resource: { resourceType: 'Instance', instanceDetails: { instanceId, launchTime: now } },
      service: { serviceName: 'guardduty', detectorId: 'demo', archived: false, count: 1, eventFirstSeen: now },
    },
  }
}
