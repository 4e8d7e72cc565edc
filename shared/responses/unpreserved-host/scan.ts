import type { Instance } from '@aws-sdk/client-ec2'
import { awsCode } from '#shared/fault.ts'
import type { Outside, Scanned } from '#shared/response.ts'
import { imageOwners } from '#shared/responses/suspicious-host/further.ts'
import { tagsOf, volumesOf } from './from-aws.ts'
import type { EvidenceSubject } from './subjects.ts'
import { type EvidenceWorld, HOST, type Place } from './world.ts'

const PAGE = 1_000

/** The hosts that are meant. Of snapshots, only those that are evidence by their tag: others' news is no news here. */
export async function locate(where: EvidenceSubject, { reads }: Outside): Promise<readonly string[]> {
  if ('host' in where) return [where.host]
  try {
    const { Snapshots = [] } = await reads['ec2:DescribeSnapshots']({
      OwnerIds: ['self'],
      SnapshotIds: [where.snapshot],
    })
    return Snapshots.flatMap(({ Tags }) => tagsOf(Tags)[HOST] ?? []).filter((id) => /^i-[0-9a-f]+$/.test(id))
  } catch (error) {
    if (/^InvalidSnapshot\./.test(awsCode(error))) return []
    throw error
  }
}

/** Looks through all instances for launches that a rule forbids. Hosts that are accused are known from the ledger. */
export async function* scan(
  place: Place,
  outside: Outside,
  worth: (world: EvidenceWorld) => boolean,
  from?: string,
): AsyncGenerator<Scanned<EvidenceWorld>> {
  let cursor = from
  do {
    const page = await outside.reads['ec2:DescribeInstances']({
      MaxResults: PAGE,
      ...(cursor ? { NextToken: cursor } : {}),
    })
    const instances = (page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances)
    const owners = await imageOwners(
      instances.flatMap((one) => one.ImageId ?? []),
      outside,
    )
    const worlds = instances.map((one) => worldOf(one, place, owners))
    cursor = page.NextToken || undefined
    // What is worth a closer look is looked at in full: a page does not tell enough to act on.
    yield { worlds: worlds.filter(worth), seen: worlds.length, cursor, inPart: true }
  } while (cursor)
}

const worldOf = (
  one: Instance,
  place: Place,
  owners: ReadonlyMap<string, readonly string[]> | undefined,
): EvidenceWorld => ({
  subject: one.InstanceId ?? '',
  place,
  host: {
    state: one.State?.Name ?? 'unknown',
    launchedAt: (one.LaunchTime ?? new Date(0)).toISOString(),
    vpc: one.VpcId ?? '',
    tags: tagsOf(one.Tags),
    ...(owners ? { imageOwners: owners.get(one.ImageId ?? '') ?? [] } : {}),
    volumes: volumesOf(one, []),
    disks: [],
  },
  sets: [],
  keys: {},
  unread: [],
  hasObjects: true,
})
