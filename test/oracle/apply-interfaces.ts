import type {
  AttachNetworkInterfaceCommandInput,
  DetachNetworkInterfaceCommandInput,
  ModifyInstanceAttributeCommandInput,
  ModifyNetworkInterfaceAttributeCommandInput,
  NetworkInterface,
} from '@aws-sdk/client-ec2'
import { one, refuse, swapped, without } from './refuse.ts'
import { id, interfacesOf, type World } from './world.ts'

/** The default quota (https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html). */
const GROUPS_PER_INTERFACE = 5

/**
 * `Groups` replaces what was there (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html).
 * One attribute a request. Of an interface that a service manages none can be changed
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html); EC2 says so as `AuthFailure`, seen in
 * https://github.com/cloud-custodian/cloud-custodian/issues/3406.
 */
export function modifyNetworkInterfaceAttribute(world: World, input: ModifyNetworkInterfaceAttributeCommandInput) {
  const nic = one(world.NetworkInterfaces, 'eni', input.NetworkInterfaceId, (each) => each.NetworkInterfaceId)
  if (nic.RequesterManaged) refuse('AuthFailure', 'You do not have permission to access the specified resource.')
  const said = (['Groups', 'Description', 'SourceDestCheck', 'Attachment'] as const).filter((key) => input[key])
  if (said.length !== 1)
    refuse('InvalidParameterCombination', `Expected one attribute, got ${said.join(', ') || 'none'}`)
  const { Groups, Description, SourceDestCheck, Attachment } = input
  if (Attachment && nic.Attachment?.AttachmentId !== Attachment.AttachmentId)
    refuse('InvalidAttachmentID.NotFound', `The attachment '${Attachment.AttachmentId}' does not exist`)
  const next: NetworkInterface = {
    ...nic,
    ...(Groups ? { Groups: carried(world, nic, Groups) } : {}),
    ...(Description ? { Description: Description.Value } : {}),
    ...(SourceDestCheck ? { SourceDestCheck: SourceDestCheck.Value } : {}),
    ...(Attachment ? { Attachment: { ...nic.Attachment, DeleteOnTermination: Attachment.DeleteOnTermination } } : {}),
  }
  return { world: { ...world, NetworkInterfaces: swapped(world.NetworkInterfaces, nic, next) }, output: {} }
}

/** At least one group, of the interface's own VPC. The code for one of another VPC is that of issue 3943 of cluster-api-provider-aws. */
function carried(world: World, nic: NetworkInterface, ids: readonly string[]) {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) refuse('InvalidParameterValue', 'You must specify at least one group')
  if (wanted.length > GROUPS_PER_INTERFACE)
    refuse('SecurityGroupsPerInterfaceLimitExceeded', 'The maximum number of security groups per interface')
  return wanted.map((wants) => {
    if (!wants.startsWith('sg-')) refuse('InvalidGroupId.Malformed', `Invalid id: "${wants}" (expecting "sg-...")`)
    const { GroupId, GroupName, VpcId } = one(world.SecurityGroups, 'sg', wants, (each) => each.GroupId)
    if (VpcId !== nic.VpcId)
      refuse('InvalidGroup.NotFound', 'You have specified two resources that belong to different networks.')
    return { GroupId, GroupName }
  })
}

/**
 * `Groups` of an instance are those of its interface, if it has one only: with more, EC2 asks for the interface
 * (https://github.com/hashicorp/terraform/pull/14299).
 */
export function modifyInstanceAttribute(world: World, input: ModifyInstanceAttributeCommandInput) {
  const { InstanceId = '', Groups, DisableApiStop, DisableApiTermination, InstanceInitiatedShutdownBehavior } = input
  const instance = one(world.Instances, 'i', InstanceId, (each) => each.InstanceId)
  if (Groups) {
    const [nic, ...more] = interfacesOf(world, InstanceId)
    if (!nic || more.length > 0)
      return refuse('InvalidInstanceID', `There are multiple interfaces attached to instance '${InstanceId}'.`)
    return modifyNetworkInterfaceAttribute(world, { NetworkInterfaceId: nic.NetworkInterfaceId, Groups })
  }
  const before = world.InstanceAttributes[InstanceId] ?? {
    DisableApiStop: false,
    DisableApiTermination: false,
    InstanceInitiatedShutdownBehavior: 'stop',
  }
  const after = {
    DisableApiStop: DisableApiStop?.Value ?? before.DisableApiStop,
    DisableApiTermination: DisableApiTermination?.Value ?? before.DisableApiTermination,
    InstanceInitiatedShutdownBehavior:
      InstanceInitiatedShutdownBehavior?.Value === undefined
        ? before.InstanceInitiatedShutdownBehavior
        : (InstanceInitiatedShutdownBehavior.Value as 'stop' | 'terminate'),
  }
  // Of a mapping that is there already only this can be changed; others stay as they are.
  const ends = (device: string | undefined) =>
    input.BlockDeviceMappings?.find((each) => each.DeviceName === device)?.Ebs?.DeleteOnTermination
  const BlockDeviceMappings = instance.BlockDeviceMappings?.map(({ DeviceName, Ebs }) => ({
    DeviceName,
    Ebs: { ...Ebs, DeleteOnTermination: ends(DeviceName) ?? Ebs?.DeleteOnTermination },
  }))
  const Instances = BlockDeviceMappings
    ? swapped(world.Instances, instance, { ...instance, BlockDeviceMappings })
    : world.Instances
  const InstanceAttributes = { ...world.InstanceAttributes, [InstanceId]: after }
  return { world: { ...world, Instances, InstanceAttributes }, output: {} }
}

/**
 * Same Availability Zone, another index; the VPC may be another
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html).
 */
export function attachNetworkInterface(world: World, input: AttachNetworkInterfaceCommandInput) {
  const { InstanceId = '', DeviceIndex = -1 } = input
  const nic = one(world.NetworkInterfaces, 'eni', input.NetworkInterfaceId, (each) => each.NetworkInterfaceId)
  const instance = one(world.Instances, 'i', InstanceId, (each) => each.InstanceId)
  if (nic.RequesterManaged) refuse('AuthFailure', 'You do not have permission to access the specified resource.')
  if (nic.Attachment) refuse('InvalidNetworkInterface.InUse', `Interface: [${nic.NetworkInterfaceId}] in use.`)
  if (instance.State?.Name === 'terminated') refuse('IncorrectState', `Instance '${InstanceId}' is terminated`)
  if (nic.AvailabilityZone !== instance.Placement?.AvailabilityZone)
    refuse('InvalidParameterCombination', 'You may not attach a network interface to an instance of another zone')
  if (DeviceIndex < 1 || interfacesOf(world, InstanceId).some((has) => has.Attachment?.DeviceIndex === DeviceIndex))
    refuse('InvalidParameterValue', `Instance '${InstanceId}' already has an interface at index '${DeviceIndex}'.`)
  const AttachmentId = id('eni-attach', 0xc0000 + world.Serial)
  const next: NetworkInterface = {
    ...nic,
    Status: 'in-use',
    Attachment: {
      AttachmentId,
      InstanceId,
      InstanceOwnerId: world.Account,
      DeviceIndex,
      NetworkCardIndex: input.NetworkCardIndex ?? 0,
      DeleteOnTermination: false,
      Status: 'attached',
    },
  }
  const Addresses = world.Addresses.map((address) =>
    address.NetworkInterfaceId === nic.NetworkInterfaceId ? { ...address, InstanceId } : address,
  )
  const NetworkInterfaces = swapped(world.NetworkInterfaces, nic, next)
  return {
    world: { ...world, NetworkInterfaces, Addresses, Serial: world.Serial + 1 },
    output: { AttachmentId, NetworkCardIndex: input.NetworkCardIndex ?? 0 },
  }
}

/** The primary one can't be detached, nor one that a service manages: the pages above. */
export function detachNetworkInterface(world: World, { AttachmentId }: DetachNetworkInterfaceCommandInput) {
  const nic = one(world.NetworkInterfaces, 'eni-attach', AttachmentId, (each) => each.Attachment?.AttachmentId)
  if (nic.RequesterManaged) refuse('OperationNotPermitted', "You are not allowed to manage 'ela-attach' attachments.")
  if (nic.Attachment?.DeviceIndex === 0)
    refuse(
      'OperationNotPermitted',
      'The network interface at device index 0 and networkCard index 0 cannot be detached.',
    )
  const next: NetworkInterface = { ...without(nic, 'Attachment'), Status: 'available' }
  const Addresses = world.Addresses.map((address) =>
    address.NetworkInterfaceId === nic.NetworkInterfaceId ? without(address, 'InstanceId') : address,
  )
  return {
    world: { ...world, NetworkInterfaces: swapped(world.NetworkInterfaces, nic, next), Addresses },
    output: {},
  }
}
