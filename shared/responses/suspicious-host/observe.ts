import { awsCode, errorText } from '#shared/fault.ts'
import { normalCidr } from '#shared/kit/cidr.ts'
import type { Outside } from '#shared/response.ts'
import { flowsOf } from './flows.ts'
import { addressesOf, groupOf, hostOf, interfaceOf, scalingOf } from './from-aws.ts'
import { evidenceOf, imageOwners, roleOf, targetsOf } from './further.ts'
import { GROUP_TAG, type Host, type HostWorld, isGone, type QuarantineGroup } from './world.ts'

/** EC2's answers to ids that it does not know (yet, or any more). */
const GONE = new Set(['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed'])
const PAGE = 1_000

/**
 * The first look: what isolating turns on, in one round of reads side by side. What else is urgent (protections, Auto
 * Scaling, addresses, profile) is read beside it; where one of these fails, that is said, and the rest goes on.
 */
export async function glance(id: string, outside: Outside): Promise<HostWorld> {
  const { reads } = outside
  const unread: string[] = []
  const read = <T>(what: string, reading: Promise<T>): Promise<T | undefined> =>
    reading.catch((error: unknown) => {
      // An instance that is gone is known to be so by the first of these reads.
      if (!GONE.has(awsCode(error))) unread.push(`${what} (${errorText(error)})`)
      return undefined
    })
  const attribute = (Attribute: 'disableApiTermination' | 'disableApiStop' | 'instanceInitiatedShutdownBehavior') =>
    read(Attribute, reads['ec2:DescribeInstanceAttribute']({ InstanceId: id, Attribute }))
  const filters = (Name: string) => [{ Name, Values: [id] }]
  const [found, interfaces, groups, blocks, termination, stop, shutdown, addresses, profiles, scaling] =
    await Promise.all([
      orGone(reads['ec2:DescribeInstances']({ InstanceIds: [id] })),
      reads['ec2:DescribeNetworkInterfaces']({ Filters: filters('attachment.instance-id') }),
      quarantineGroups(outside),
      read('address blocks', blocksOf(outside)),
      attribute('disableApiTermination'),
      attribute('disableApiStop'),
      attribute('instanceInitiatedShutdownBehavior'),
      read('Elastic IPs', reads['ec2:DescribeAddresses']({ Filters: filters('instance-id') })),
      read(
        'instance profile',
        reads['ec2:DescribeIamInstanceProfileAssociations']({ Filters: filters('instance-id') }),
      ),
      read('Auto Scaling groups', scalingGroups(outside)),
    ])
  const instance = found?.Reservations?.flatMap(({ Instances = [], OwnerId }) =>
    Instances.map((one) => ({ one, OwnerId })),
  )[0]
  if (!instance?.one.InstanceId) return { subject: id, host: null, groups, unread: [] }
  const own = (interfaces.NetworkInterfaces ?? []).map(interfaceOf)
  const base = { ...hostOf(instance.one, instance.OwnerId ?? ''), interfaces: own }
  // A host without interfaces is none: what one read shows and the other does not is not known to be cut off.
  const listed = (instance.one.NetworkInterfaces ?? []).flatMap(({ NetworkInterfaceId }) => NetworkInterfaceId ?? [])
  const missing = listed.filter((one) => !own.some((shown) => shown.id === one))
  const hasMore = missing.length > 0 || (own.length === 0 && !isGone(base))
  if (hasMore) unread.push(`interfaces (${missing.join(', ') || 'EC2 shows none'})`)
  const association = profiles?.IamInstanceProfileAssociations?.find(
    ({ State }) => State === 'associated' || State === 'associating',
  )
  const host: Host = {
    ...base,
    ...(hasMore ? { hasMore } : {}),
    ...(termination && stop && shutdown
      ? {
          protections: {
            termination: termination.DisableApiTermination?.Value === true,
            stop: stop.DisableApiStop?.Value === true,
            shutdown: shutdown.InstanceInitiatedShutdownBehavior?.Value ?? 'stop',
          },
        }
      : {}),
    ...(addresses ? { addresses: addressesOf(addresses.Addresses ?? []) } : {}),
    ...(profiles
      ? {
          profile: association
            ? { association: association.AssociationId ?? '', arn: association.IamInstanceProfile?.Arn ?? '' }
            : null,
        }
      : {}),
    ...(scaling ? { scaling: scalingOf(id, scaling) } : {}),
  }
  const vpcs = new Set(own.map((one) => one.vpc))
  return { subject: id, host, groups: groups.filter(({ vpc }) => vpcs.has(vpc)), ...(blocks ? { blocks } : {}), unread }
}

/** The full look: the same, with what takes further reads. Of a VPC, its quarantine groups. */
export async function observe(id: string, outside: Outside): Promise<HostWorld> {
  if (id.startsWith('vpc-')) return observeVpc(id, outside)
  const world = await glance(id, outside)
  if (!world.host || isGone(world.host)) return world
  const { host } = world
  const unread = [...world.unread]
  const read = <T>(what: string, reading: Promise<T>): Promise<T | undefined> =>
    reading.catch((error: unknown) => {
      unread.push(`${what} (${errorText(error)})`)
      return undefined
    })
  const [owners, targets, role, evidence, flows] = await Promise.all([
    read('owner of the image', imageOwners([host.image], outside)),
    read('target groups', targetsOf(id, host, outside)),
    read('role', roleOf(host, outside)),
    read('snapshots', evidenceOf(id, outside)),
    read('flow logs', flowsOf(host, outside)),
  ])
  return {
    ...world,
    host: {
      ...host,
      ...(owners ? { imageOwners: owners.get(host.image) ?? [] } : {}),
      ...(targets ? { targets } : {}),
      ...(role === undefined ? {} : { role }),
      ...(evidence ? { evidence: { sets: evidence } } : {}),
      ...(flows ? { flows } : {}),
    },
    unread,
  }
}

async function observeVpc(id: string, outside: Outside): Promise<HostWorld> {
  const [groups, blocks, users] = await Promise.all([
    quarantineGroups(outside),
    blocksOf(outside),
    outside.reads['ec2:DescribeInstances']({ Filters: [{ Name: 'vpc-id', Values: [id] }], MaxResults: 5 }),
  ])
  const inUse = (users.Reservations ?? []).some(({ Instances = [] }) => Instances.length > 0)
  return {
    subject: id,
    inUse,
    groups: groups.filter((one) => one.vpc === id),
    ...(blocks ? { blocks } : {}),
    unread: [],
  }
}

/** The quarantine groups of all VPCs: known by their tag, with the rules that they have now. */
export async function quarantineGroups({ reads }: Outside): Promise<readonly QuarantineGroup[]> {
  const groups: QuarantineGroup[] = []
  let cursor: string | undefined
  do {
    const page = await reads['ec2:DescribeSecurityGroups']({
      Filters: [{ Name: 'tag-key', Values: [GROUP_TAG] }],
      MaxResults: PAGE,
      ...(cursor ? { NextToken: cursor } : {}),
    })
    groups.push(...(page.SecurityGroups ?? []).map(groupOf))
    cursor = page.NextToken || undefined
  } while (cursor)
  return groups
}

/** All of them, since no call leads from an instance to what its group looks like: 100 to a page. */
export async function scalingGroups({ reads }: Outside) {
  const all = []
  let cursor: string | undefined
  do {
    const page = await reads['autoscaling:DescribeAutoScalingGroups']({
      MaxRecords: 100,
      ...(cursor ? { NextToken: cursor } : {}),
    })
    all.push(...(page.AutoScalingGroups ?? []))
    cursor = page.NextToken || undefined
  } while (cursor)
  return all
}

/** The address blocks of all VPCs, where a rule leaves these reachable. */
export async function blocksOf({ reads, policy }: Outside): Promise<HostWorld['blocks']> {
  if (!policy['suspicious-hosts'].rules.some((rule) => rule.reach === 'vpc')) return undefined
  const { Vpcs = [] } = await reads['ec2:DescribeVpcs']({ MaxResults: PAGE })
  return Object.fromEntries(
    Vpcs.map((one) => [
      one.VpcId ?? '',
      [
        ...(one.CidrBlockAssociationSet ?? []).flatMap(({ CidrBlock, CidrBlockState }) =>
          isOurs(CidrBlockState) && CidrBlock ? [normalCidr(CidrBlock)] : [],
        ),
        ...(one.Ipv6CidrBlockAssociationSet ?? []).flatMap(({ Ipv6CidrBlock, Ipv6CidrBlockState }) =>
          isOurs(Ipv6CidrBlockState) && Ipv6CidrBlock ? [normalCidr(Ipv6CidrBlock)] : [],
        ),
      ].sort(),
    ]),
  )
}

/** EC2 shows blocks for a while that a VPC has no more, or never got: these are somebody else's. */
const isOurs = (block: { readonly State?: string | undefined } | undefined): boolean =>
  block?.State === undefined || block.State === 'associated'

async function orGone<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (GONE.has(awsCode(error))) return null
    throw error
  }
}
