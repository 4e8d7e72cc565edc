import type {
  AssociateAddressCommandInput,
  DisassociateAddressCommandInput,
  NetworkInterface,
  NetworkInterfaceAssociation,
} from '@aws-sdk/client-ec2'
import { one, refuse, swapped, without } from './refuse.ts'
import { id, interfacesOf, type World } from './world.ts'

/**
 * An Elastic IP goes to one private address, primary if none is said. It leaves where it was, and what was there before
 * leaves: another Elastic IP stays the account's, a public address of Amazon's pool is gone
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html).
 */
export function associateAddress(world: World, input: AssociateAddressCommandInput) {
  const address = one(world.Addresses, 'eipalloc', input.AllocationId, (each) => each.AllocationId)
  const nic = chosen(world, input)
  const PrivateIpAddress = input.PrivateIpAddress ?? nic.PrivateIpAddress
  if (nic.RequesterManaged) refuse('AuthFailure', 'You do not have permission to access the specified resource.')
  if (!nic.PrivateIpAddresses?.some((each) => each.PrivateIpAddress === PrivateIpAddress))
    refuse('InvalidParameterValue', `Invalid value '${PrivateIpAddress}' for PrivateIpAddress.`)
  if (!world.InternetGateways.some((gateway) => gateway.Attachments?.some((each) => each.VpcId === nic.VpcId)))
    refuse('Gateway.NotAttached', `Network ${nic.VpcId} is not attached to any internet gateway`)
  const there = address.NetworkInterfaceId === nic.NetworkInterfaceId && address.PrivateIpAddress === PrivateIpAddress
  if (there) return { world, output: { AssociationId: address.AssociationId } }
  if (address.AssociationId && input.AllowReassociation === false)
    refuse('Resource.AlreadyAssociated', `resource ${input.AllocationId} is already associated`)
  const AssociationId = id('eipassoc', 0xc0000 + world.Serial)
  const old = world.Addresses.find(
    (each) => each.NetworkInterfaceId === nic.NetworkInterfaceId && each.PrivateIpAddress === PrivateIpAddress,
  )
  const cleared = [old?.AssociationId, address.AssociationId].reduce(
    (now, each) => (each ? disassociateAddress(now, { AssociationId: each }).world : now),
    world,
  )
  const { AllocationId, PublicIp } = address
  const given = { AllocationId, AssociationId, PublicIp, IpOwnerId: world.Account }
  const Addresses = cleared.Addresses.map((each) =>
    each.AllocationId !== AllocationId
      ? each
      : {
          ...each,
          AssociationId,
          NetworkInterfaceId: nic.NetworkInterfaceId,
          NetworkInterfaceOwnerId: nic.OwnerId,
          PrivateIpAddress,
          ...(nic.Attachment?.InstanceId ? { InstanceId: nic.Attachment.InstanceId } : {}),
        },
  )
  const now = one(cleared.NetworkInterfaces, 'eni', nic.NetworkInterfaceId, (each) => each.NetworkInterfaceId)
  const NetworkInterfaces = swapped(cleared.NetworkInterfaces, now, withPublic(now, PrivateIpAddress, given))
  return {
    world: { ...cleared, Addresses, NetworkInterfaces, Serial: world.Serial + 1 },
    output: { AssociationId },
  }
}

/** "The instance must have exactly one attached network interface": the same page, InstanceId. */
function chosen(world: World, { InstanceId, NetworkInterfaceId }: AssociateAddressCommandInput): NetworkInterface {
  if (NetworkInterfaceId)
    return one(world.NetworkInterfaces, 'eni', NetworkInterfaceId, (each) => each.NetworkInterfaceId)
  if (!InstanceId) return refuse('MissingParameter', 'Either InstanceId or NetworkInterfaceId must be specified')
  one(world.Instances, 'i', InstanceId, (each) => each.InstanceId)
  const [nic, ...more] = interfacesOf(world, InstanceId)
  if (!nic || more.length > 0)
    return refuse('InvalidInstanceID', `There are multiple interfaces attached to instance '${InstanceId}'.`)
  return nic
}

/**
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html. A service's interface keeps its
 * addresses (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html). An association that is no
 * more is refused here: that page says no error comes, the page of error codes has one, and it does come.
 */
export function disassociateAddress(world: World, { AssociationId }: DisassociateAddressCommandInput) {
  const address = one(world.Addresses, 'eipassoc', AssociationId, (each) => each.AssociationId)
  const nic = one(world.NetworkInterfaces, 'eni', address.NetworkInterfaceId, (each) => each.NetworkInterfaceId)
  if (nic.RequesterManaged) refuse('AuthFailure', 'You do not have permission to access the specified resource.')
  const free = without(
    address,
    'AssociationId',
    'NetworkInterfaceId',
    'NetworkInterfaceOwnerId',
    'PrivateIpAddress',
    'InstanceId',
  )
  return {
    world: {
      ...world,
      Addresses: swapped(world.Addresses, address, free),
      NetworkInterfaces: swapped(world.NetworkInterfaces, nic, withPublic(nic, address.PrivateIpAddress)),
    },
    output: {},
  }
}

/** The interface with another public address, or none, at one of its private ones. */
export function withPublic(
  nic: NetworkInterface,
  at: string | undefined,
  given?: NetworkInterfaceAssociation,
): NetworkInterface {
  const put = <T extends { Association?: NetworkInterfaceAssociation | undefined }>(each: T) => ({
    ...without(each, 'Association'),
    ...(given ? { Association: given } : {}),
  })
  const next: NetworkInterface = {
    ...nic,
    PrivateIpAddresses: (nic.PrivateIpAddresses ?? []).map((each) => (each.PrivateIpAddress === at ? put(each) : each)),
  }
  return at === nic.PrivateIpAddress ? put(next) : next
}
