import { randomUUID } from 'node:crypto'
import {
  AutoScalingClient,
  type AutoScalingClientConfig,
  type AutoScalingInstanceDetails,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
} from '@aws-sdk/client-auto-scaling'
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2'
import {
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { IMAGE } from './hosts.ts'

/** What replaces hosts and what sends traffic to them, for tests. */

export interface ScalingOptions {
  readonly subnet: string
  readonly min?: number
  readonly max?: number
  readonly desired?: number
  readonly targetGroups?: readonly string[]
  /** The name of an instance profile; see roles.ts. */
  readonly profile?: string
}

export function scalingOf(config: AutoScalingClientConfig) {
  const scaling = new AutoScalingClient(config)
  const ec2 = new EC2Client(config as ConstructorParameters<typeof EC2Client>[0] & object)
  const elb = new ElasticLoadBalancingV2Client(
    config as ConstructorParameters<typeof ElasticLoadBalancingV2Client>[0] & object,
  )

  /** An Auto Scaling group with its launch template; its name. */
  async function newScalingGroup(options: ScalingOptions): Promise<string> {
    const name = `group-${randomUUID()}`
    const profile = options.profile ? { IamInstanceProfile: { Name: options.profile } } : {}
    const data = { ImageId: IMAGE, InstanceType: 't3.micro' as const, ...profile }
    await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData: data }))
    const made = new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchTemplate: { LaunchTemplateName: name, Version: '$Default' },
      VPCZoneIdentifier: options.subnet,
      MinSize: options.min ?? 0,
      MaxSize: options.max ?? 4,
      DesiredCapacity: options.desired ?? 1,
      ...(options.targetGroups ? { TargetGroupARNs: [...options.targetGroups] } : {}),
    })
    await scaling.send(made)
    return name
  }

  async function scalingGroup(name: string) {
    const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] })
    return (await scaling.send(asked)).AutoScalingGroups![0]!
  }

  /** What Auto Scaling says of an instance; undefined where it is in no group. */
  async function memberOf(id: string): Promise<AutoScalingInstanceDetails | undefined> {
    const { AutoScalingInstances } = await scaling.send(new DescribeAutoScalingInstancesCommand({ InstanceIds: [id] }))
    return AutoScalingInstances![0]
  }

  /** A target group; its ARN. */
  async function newTargetGroup(vpc: string, TargetType: 'instance' | 'ip' = 'instance', Port = 80): Promise<string> {
    const Name = `targets-${randomUUID().slice(0, 8)}`
    const made = new CreateTargetGroupCommand({ Name, Protocol: 'HTTP', Port, VpcId: vpc, TargetType })
    return (await elb.send(made)).TargetGroups![0]!.TargetGroupArn!
  }

  /** Where traffic goes, as `target:port state`. */
  async function targetsOf(TargetGroupArn: string): Promise<string[]> {
    const { TargetHealthDescriptions } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
    return TargetHealthDescriptions!
      .map((one) => `${one.Target!.Id}:${one.Target!.Port} ${one.TargetHealth!.State}`)
      .sort()
  }

  return { scaling, elb, newScalingGroup, scalingGroup, memberOf, newTargetGroup, targetsOf }
}
