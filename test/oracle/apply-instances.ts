import type { Instance, StartInstancesCommandInput, StopInstancesCommandInput } from '@aws-sdk/client-ec2'
import { withPublic } from './apply-addresses.ts'
import { one, refuse } from './refuse.ts'
import { interfacesOf, type World } from './world.ts'

/**
 * A stopped instance keeps its private and IPv6 addresses and its Elastic IPs; the public IPv4 that EC2 gave it goes
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Stop_Start.html). The world has no clock:
 * the answer says `stopping`, the world `stopped`.
 */
export function stopInstances(world: World, { InstanceIds = [] }: StopInstancesCommandInput) {
  const stopping = InstanceIds.map((each) => one(world.Instances, 'i', each, (has) => has.InstanceId))
  for (const { InstanceId = '', State, RootDeviceType } of stopping) {
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Stop_Start.html#Using_StopProtection
    if (world.InstanceAttributes[InstanceId]?.DisableApiStop)
      refuse('OperationNotPermitted', `The instance '${InstanceId}' may not be stopped.`)
    if (RootDeviceType === 'instance-store')
      refuse('UnsupportedOperation', `The instance '${InstanceId}' does not have an 'ebs' root device type`)
    if (!['running', 'pending', 'stopping', 'stopped'].includes(State?.Name ?? ''))
      refuse('IncorrectInstanceState', `The instance '${InstanceId}' is not in a state from which it can be stopped.`)
  }
  const NetworkInterfaces = world.NetworkInterfaces.map((nic) => {
    if (!InstanceIds.includes(nic.Attachment?.InstanceId ?? '')) return nic
    const lent = (nic.PrivateIpAddresses ?? []).filter((each) => each.Association && !each.Association.AllocationId)
    return lent.reduce((now, each) => withPublic(now, each.PrivateIpAddress), nic)
  })
  const Instances = withState(world, InstanceIds, { Code: 80, Name: 'stopped' })
  const StoppingInstances = stopping.map(({ InstanceId, State }) => ({
    InstanceId,
    CurrentState: State?.Name === 'stopped' ? State : { Code: 64, Name: 'stopping' as const },
    PreviousState: State,
  }))
  return { world: { ...world, NetworkInterfaces, Instances }, output: { StoppingInstances } }
}

/**
 * Back again, with a new public IPv4 if the subnet gives one and there is one interface only
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html).
 */
export function startInstances(world: World, { InstanceIds = [] }: StartInstancesCommandInput) {
  const starting = InstanceIds.map((each) => one(world.Instances, 'i', each, (has) => has.InstanceId))
  for (const { InstanceId, State } of starting)
    if (!['stopped', 'running', 'pending'].includes(State?.Name ?? ''))
      refuse('IncorrectInstanceState', `The instance '${InstanceId}' is not in a state from which it can be started.`)
  let Serial = world.Serial
  const NetworkInterfaces = world.NetworkInterfaces.map((nic) => {
    const owner = starting.find((each) => each.InstanceId === nic.Attachment?.InstanceId)
    const giving = world.Subnets.find((each) => each.SubnetId === nic.SubnetId)?.MapPublicIpOnLaunch
    if (owner?.State?.Name !== 'stopped' || !giving || nic.Association) return nic
    if (interfacesOf(world, owner.InstanceId ?? '').length > 1) return nic
    return withPublic(nic, nic.PrivateIpAddress, { PublicIp: `18.185.0.${Serial++ % 256}`, IpOwnerId: 'amazon' })
  })
  const Instances = withState(world, InstanceIds, { Code: 16, Name: 'running' })
  const StartingInstances = starting.map(({ InstanceId, State }) => ({
    InstanceId,
    CurrentState: State?.Name === 'running' ? State : { Code: 0, Name: 'pending' as const },
    PreviousState: State,
  }))
  return { world: { ...world, NetworkInterfaces, Instances, Serial }, output: { StartingInstances } }
}

const withState = (world: World, ids: readonly string[], State: NonNullable<Instance['State']>): readonly Instance[] =>
  world.Instances.map((each) => (ids.includes(each.InstanceId ?? '') ? { ...each, State } : each))
