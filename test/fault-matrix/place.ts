import { randomUUID } from 'node:crypto'
import { AttachInstancesCommand } from '@aws-sdk/client-auto-scaling'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AuthorizeSecurityGroupIngressCommand,
  DescribeAddressesCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstanceAttributeCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
} from '@aws-sdk/client-ec2'
import { RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { controlOf } from '#local/control.ts'
import { tickOf } from '#local/tick.ts'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import type { Head } from '#shared/story.ts'
import { hostFinding } from '../support/guard-duty.ts'
import { hostsOf } from '../support/hosts.ts'
import { newRole } from '../support/roles.ts'
import { scalingOf } from '../support/scaling.ts'

/** A deployed stack in a local cloud, and hosts in it that hang on everything that a host can hang on. */

export interface Where {
  readonly url: string
  readonly region: string
  readonly account: string
  readonly stage: string
}

export type Place = ReturnType<typeof placeOf>

export interface Subject {
  readonly id: string
  readonly vpc: string
  readonly role: string
  /** Of its target group. */
  readonly targets: string
  /** Of its Elastic IP. */
  readonly address: string
}

export function placeOf({ url, region, account, stage }: Where) {
  const options = {
    endpoint: url,
    region,
    credentials: { accessKeyId: 'AKIALOCALALICE000000', secretAccessKey: 'local' },
  }
  const hosts = hostsOf(options)
  const { ec2 } = hosts
  const { scaling, elb, newScalingGroup, memberOf, newTargetGroup, targetsOf } = scalingOf(options)
  const iam = new IAMClient(options)
  const lambda = new LambdaClient(options)
  const client = new DynamoDBClient(options)
  const ledger = dynamodbLedger({ table: `portcullis-ledger-${stage}`, client, newId: randomUUID })
  const control = controlOf(url)

  /** A host with two interfaces, a volume, an address, a profile, an Auto Scaling group and a target group. */
  async function newSubject(): Promise<Subject> {
    const { vpc, subnet } = await hosts.newNetwork({ ipv6: true })
    const [web, role, targets] = await Promise.all([hosts.newGroup(vpc), newRole(options), newTargetGroup(vpc)])
    const open = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: web, IpPermissions: [open] }))
    const groups = { [subnet]: [web] }
    const host = await hosts.newHost({ subnets: [subnet, subnet], groups, volumes: 1, profile: role.profile })
    const { AllocationId = '' } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))
    await ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: host.interfaces[0] }))
    const name = await newScalingGroup({ subnet, desired: 0 })
    await scaling.send(new AttachInstancesCommand({ AutoScalingGroupName: name, InstanceIds: [host.id] }))
    await elb.send(new RegisterTargetsCommand({ TargetGroupArn: targets, Targets: [{ Id: host.id, Port: 80 }] }))
    return { id: host.id, vpc, role: role.name, targets, address: AllocationId }
  }

  const interfacesOf = async (host: string) => {
    const Filters = [{ Name: 'attachment.instance-id', Values: [host] }]
    const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }))
    return NetworkInterfaces
  }

  /** What a release has to bring back. */
  async function picture({ id, role, targets, address }: Subject) {
    const attribute = (Attribute: 'disableApiTermination' | 'disableApiStop') =>
      ec2.send(new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute }))
    const Filters = [{ Name: 'instance-id', Values: [id] }]
    const [instance, interfaces, end, stop, { Addresses }, profiles, member, registered, policies] = await Promise.all([
      hosts.instance(id),
      interfacesOf(id),
      attribute('disableApiTermination'),
      attribute('disableApiStop'),
      ec2.send(new DescribeAddressesCommand({ AllocationIds: [address] })),
      ec2.send(new DescribeIamInstanceProfileAssociationsCommand({ Filters })),
      memberOf(id),
      targetsOf(targets),
      iam.send(new ListRolePoliciesCommand({ RoleName: role })),
    ])
    return {
      state: instance.State!.Name,
      tags: (instance.Tags ?? []).map(({ Key, Value }) => `${Key}=${Value}`).sort(),
      volumes: (instance.BlockDeviceMappings ?? []).map(({ Ebs }) => [Ebs!.VolumeId, Ebs!.DeleteOnTermination]),
      groups: Object.fromEntries(
        interfaces
          .map((one) => [one.NetworkInterfaceId!, one.Groups!.map(({ GroupId }) => GroupId).sort()] as const)
          .sort(),
      ),
      protections: [end.DisableApiTermination, stop.DisableApiStop],
      address: [Addresses![0]!.NetworkInterfaceId, Addresses![0]!.PrivateIpAddress],
      profiles: profiles
        .IamInstanceProfileAssociations!.filter((one) => one.State === 'associated')
        .map((one) => one.IamInstanceProfile!.Arn),
      scaling: member?.LifecycleState,
      targets: registered.filter((one) => !one.endsWith(' draining')).map((one) => one.split(' ')[0]),
      policies: policies.PolicyNames,
    }
  }

  /** The quarantine groups of its VPC that reach nothing. */
  async function quarantines({ vpc }: Subject): Promise<readonly string[]> {
    const Filters = [
      { Name: 'vpc-id', Values: [vpc] },
      { Name: 'tag:portcullis:quarantine-group', Values: ['none'] },
    ]
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))
    return SecurityGroups.map((one) => one.GroupId!)
  }

  /** Every interface is in nothing but a group without rules. */
  async function isIsolated({ id }: Subject): Promise<boolean> {
    const own = (await interfacesOf(id)).map((one) => one.Groups!.map((group) => group.GroupId!))
    const { SecurityGroups = [] } = await ec2.send(
      new DescribeSecurityGroupsCommand({ GroupIds: [...new Set(own.flat())] }),
    )
    return (
      own.every((groups) => groups.length === 1) &&
      SecurityGroups.every((one) => !one.IpPermissions?.length && !one.IpPermissionsEgress?.length)
    )
  }

  async function headOf({ id }: Subject): Promise<Head | undefined> {
    const all = await Promise.all(
      (['open', 'held', 'closed'] as const).map((status) => ledger.incidents(status, 10_000)),
    )
    return all.flat().find((head) => head.subject === id && head.response === 'suspicious-host')
  }

  const entriesOf = async (incident: string) => (await ledger.history(incident))?.entries ?? []

  async function invoke(name: string, event: unknown) {
    const FunctionName = `portcullis-${stage}-${name}`
    const reply = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }))
    return JSON.parse(Buffer.from(reply.Payload ?? []).toString() || 'null') as Readonly<Record<string, unknown>>
  }

  return {
    control,
    newSubject,
    picture,
    quarantines,
    isIsolated,
    headOf,
    entriesOf,
    /** GuardDuty finds something; the policy of the tests stops hosts of this kind. */
    accuse: ({ id }: Subject) =>
      control.emit(hostFinding({ account, region, instance: id, type: 'Backdoor:EC2/C&CActivity.B!DNS' })),
    sweep: () => invoke('quarantine-instance', tickOf({ account, region })),
    release: ({ id }: Head) => invoke('release-instance', { incident: id, reason: 'a drill', by: { name: 'lena' } }),
  }
}
