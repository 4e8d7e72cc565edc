import { isDeepStrictEqual } from 'node:util'
import type { DescribeInstancesCommandInput, Instance, RunInstancesCommandInput, Tag } from '@aws-sdk/client-ec2'
import { aws, cut, fits, type Nature } from './box-cloud.ts'

export interface FakeInstance {
  readonly id: string
  readonly token: string
  readonly launchedAt: number
  readonly launch: RunInstancesCommandInput
  /** Of each interface. */
  groups: Record<string, string[]>
  tags: Tag[]
  /** When somebody, or its own guest, had it shut down. */
  endedAt?: number
  publicAddress?: string
  privateAddress: string
  ipv6Address?: string
  rootDevice: string
  state: string
}

const TAG_VALUE = /^[\p{L}\p{N} ._:/=+\-@]{0,256}$/u

/** Instances as EC2 keeps them: for a while what has ended is told of, and what was just launched is not. */
export function boxInstances(nature: Nature, isGroup: (id: string) => boolean) {
  const all = new Map<string, FakeInstance>()
  /** The client tokens of all that was ever launched. */
  const launches: string[] = []
  const stateOf = (one: FakeInstance): string => {
    if (one.endedAt === undefined) return one.state
    return nature.now < one.endedAt + nature.terminateMs ? 'shutting-down' : 'terminated'
  }
  const instanceOf = (id = ''): FakeInstance => {
    const one = all.get(id)
    if (!one) throw aws('InvalidInstanceID.NotFound')
    return one
  }
  const perform = {
    'ec2:RunInstances': (input: RunInstancesCommandInput) => {
      const token = input.ClientToken!
      const twin = [...all.values()].find((one) => one.token === token)
      if (twin && !isDeepStrictEqual(twin.launch, input)) throw aws('IdempotentParameterMismatch')
      if (twin) return { Instances: [{ InstanceId: twin.id }] }
      const [card] = input.NetworkInterfaces ?? []
      if (!card?.Groups?.every(isGroup)) throw aws('InvalidGroup.NotFound')
      if (Buffer.from(input.UserData ?? '', 'base64').length > 16_384)
        throw aws('InvalidParameterValue', 'User data is limited to 16384 bytes')
      const tags = input.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? []
      if (!tags.every(({ Value = '' }) => TAG_VALUE.test(Value)))
        throw aws('InvalidParameterValue', 'Tag value is invalid')
      const n = launches.push(token)
      const id = `i-0d${String(n).padStart(4, '0')}`
      all.set(id, {
        ...{ id, token, launchedAt: nature.now, launch: structuredClone(input), state: 'running' },
        groups: { [`eni-0d${n}`]: [...card.Groups] },
        tags: [...tags],
        privateAddress: `10.0.${Math.floor(n / 250)}.${(n % 250) + 1}`,
        ...(card.AssociatePublicIpAddress ? { publicAddress: `198.51.${Math.floor(n / 250)}.${(n % 250) + 1}` } : {}),
        ...(card.Ipv6AddressCount ? { ipv6Address: `2001:db8:1::${n}` } : {}),
        rootDevice: input.ImageId === 'ami-0123' ? '/dev/sda1' : '/dev/xvda',
      })
      return { Instances: [{ InstanceId: id }] }
    },
    'ec2:TerminateInstances': ({ InstanceIds = [] }: { InstanceIds?: string[] }) => {
      for (const one of InstanceIds.map(instanceOf)) one.endedAt ??= nature.now
      return {}
    },
    'ec2:CreateTags': ({ Resources = [], Tags = [] }: { Resources?: string[]; Tags?: Tag[] }) => {
      for (const one of Resources.map(instanceOf))
        one.tags = [...one.tags.filter(({ Key }) => Tags.every((tag) => tag.Key !== Key)), ...Tags]
      return {}
    },
  }
  const shown = () =>
    [...all.values()].filter(
      (one) =>
        nature.now >= one.launchedAt + nature.showMs &&
        (one.endedAt === undefined || nature.now < one.endedAt + nature.terminateMs + nature.forgetMs),
    )
  const told = (one: FakeInstance): Instance => {
    const isOver = stateOf(one) === 'terminated'
    const { publicAddress, privateAddress, ipv6Address } = one
    return {
      InstanceId: one.id,
      ClientToken: one.token,
      State: { Name: stateOf(one) as never },
      LaunchTime: new Date(one.launchedAt),
      RootDeviceName: one.rootDevice,
      Tags: one.tags,
      ...(isOver ? {} : { PrivateIpAddress: privateAddress }),
      ...(publicAddress && !isOver ? { PublicIpAddress: publicAddress } : {}),
      NetworkInterfaces: isOver
        ? []
        : Object.entries(one.groups).map(([NetworkInterfaceId, groups]) => ({
            NetworkInterfaceId,
            Groups: groups.map((GroupId) => ({ GroupId })),
            Ipv6Addresses: ipv6Address ? [{ Ipv6Address: ipv6Address }] : [],
          })),
    }
  }
  const reads = {
    'ec2:DescribeInstances': async ({ Filters = [], InstanceIds, NextToken }: DescribeInstancesCommandInput) => {
      if (InstanceIds?.some((id) => shown().every((one) => one.id !== id))) throw aws('InvalidInstanceID.NotFound')
      const [{ Name, Values = [] } = {}] = Filters
      if (Filters.length > 0 && Name !== 'client-token') throw new Error(`no filter ${Name} is known here`)
      const found = shown().filter((one) =>
        InstanceIds ? InstanceIds.includes(one.id) : Values.some((value) => fits(value, one.token)),
      )
      const { some, ...next } = cut(found, nature.page, NextToken)
      return { Reservations: some.map((one) => ({ Instances: [told(one)] })), ...next }
    },
  }
  return {
    all,
    launches,
    stateOf,
    perform,
    reads,
    /** Whether anything that is not over yet is in this group. */
    users: (group: string) =>
      [...all.values()].some(
        (one) => stateOf(one) !== 'terminated' && Object.values(one.groups).flat().includes(group),
      ),
  }
}
