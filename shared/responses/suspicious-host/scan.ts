import { awsCode } from '#shared/fault.ts'
import type { Outside, Scanned } from '#shared/response.ts'
import { HOST } from '#shared/responses/unpreserved-host/world.ts'
import { hostOf } from './from-aws.ts'
import { imageOwners } from './further.ts'
import { blocksOf, quarantineGroups } from './observe.ts'
import type { HostSubject } from './subjects.ts'
import type { HostWorld } from './world.ts'

const PAGE = 1_000

/** The hosts that are meant. A group stands for those in it, where it is one of ours. */
export async function locate(where: HostSubject, { reads }: Outside): Promise<readonly string[] | null> {
  if ('host' in where) return [where.host]
  if ('snapshot' in where) {
    const found = await orNothing(reads['ec2:DescribeSnapshots']({ SnapshotIds: [where.snapshot] }))
    return (found?.Snapshots ?? []).flatMap(({ Tags = [] }) => Tags.find(({ Key }) => Key === HOST)?.Value ?? [])
  }
  if ('interface' in where) {
    const found = await orNothing(reads['ec2:DescribeNetworkInterfaces']({ NetworkInterfaceIds: [where.interface] }))
    return (found?.NetworkInterfaces ?? []).flatMap(({ Attachment }) => Attachment?.InstanceId ?? [])
  }
  const groups = await quarantineGroups({ reads } as Outside)
  if (!groups.some(({ id }) => id === where.group)) return []
  const found = await reads['ec2:DescribeNetworkInterfaces']({ Filters: [{ Name: 'group-id', Values: [where.group] }] })
  return [...new Set((found.NetworkInterfaces ?? []).flatMap(({ Attachment }) => Attachment?.InstanceId ?? []))]
}

/**
 * Looks through all instances, a page at a time, for launches that a rule forbids; and whether each VPC with instances in
 * it has a quarantine group ready. Hosts that are accused or held are known from the ledger.
 */
export async function* scan(
  outside: Outside,
  worth: (world: HostWorld) => boolean,
  from?: string,
): AsyncGenerator<Scanned<HostWorld>> {
  let cursor = from
  const vpcs = new Set<string>()
  const [groups, blocks] = await Promise.all([quarantineGroups(outside), blocksOf(outside)])
  do {
    const page = await outside.reads['ec2:DescribeInstances']({
      MaxResults: PAGE,
      ...(cursor ? { NextToken: cursor } : {}),
    })
    const instances = (page.Reservations ?? []).flatMap(({ Instances = [], OwnerId = '' }) =>
      Instances.map((one) => [one, OwnerId] as const),
    )
    const owners = await imageOwners(
      instances.flatMap(([one]) => one.ImageId ?? []),
      outside,
    )
    const worlds = instances.map(
      ([one, owner]): HostWorld => ({
        subject: one.InstanceId ?? '',
        host: {
          ...hostOf(one, owner),
          interfaces: [],
          ...(owners ? { imageOwners: owners.get(one.ImageId ?? '') ?? [] } : {}),
        },
        groups: [],
        unread: [],
      }),
    )
    for (const { host } of worlds) if (host && host.vpc !== '' && host.state !== 'terminated') vpcs.add(host.vpc)
    cursor = page.NextToken || undefined
    const places = [...vpcs].map(
      (vpc): HostWorld => ({
        subject: vpc,
        inUse: true,
        groups: groups.filter((one) => one.vpc === vpc),
        ...(blocks ? { blocks } : {}),
        unread: [],
      }),
    )
    // What is worth a closer look is looked at in full: a page does not tell enough to act on.
    const worthy = worlds.filter(worth)
    yield { worlds: cursor ? worthy : [...worthy, ...places.filter(worth)], seen: worlds.length, cursor, inPart: true }
  } while (cursor)
}

async function orNothing<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (/\.NotFound$|\.Malformed$/.test(awsCode(error))) return null
    throw error
  }
}
