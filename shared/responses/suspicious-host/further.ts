import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2'
import { awsCode } from '#shared/fault.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Outside } from '#shared/response.ts'
import { EVIDENCE, HOST } from '#shared/responses/unpreserved-host/world.ts'
import { type Evidence, type Host, ROLE_TAG, type Role, type Target } from './world.ts'

/** What of a host takes more than one round of reads: nothing of it is waited for before the host is cut off. */

const PAGE = 1_000

/**
 * Who owns these images, by their ids: an account, and an alias such as `amazon`. Undefined where no rule turns on it. Of an
 * image that is gone nobody is known to be the owner.
 */
export async function imageOwners(
  images: readonly string[],
  { reads, policy }: Outside,
): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  if (!policy['suspicious-hosts'].rules.some((rule) => rule.when.rogue?.['image-owners'])) return undefined
  const owners = new Map<string, readonly string[]>()
  const ids = [...new Set(images)]
  // A filter takes 200 values, and passes over ids that are gone.
  for (let i = 0; i < ids.length; i += 200) {
    const { Images = [] } = await reads['ec2:DescribeImages']({
      Filters: [{ Name: 'image-id', Values: ids.slice(i, i + 200) }],
    })
    for (const { ImageId = '', OwnerId, ImageOwnerAlias } of Images)
      owners.set(
        ImageId,
        [OwnerId, ImageOwnerAlias].flatMap((one) => one ?? []),
      )
  }
  return owners
}

/** All target groups that hosts can be in. */
export async function targetGroups({ reads }: Pick<Outside, 'reads'>): Promise<readonly TargetGroup[]> {
  const groups: TargetGroup[] = []
  let cursor: string | undefined
  do {
    const page = await reads['elasticloadbalancing:DescribeTargetGroups']({
      PageSize: 400,
      ...(cursor ? { Marker: cursor } : {}),
    })
    groups.push(...(page.TargetGroups ?? []).filter((one) => one.TargetType !== 'lambda'))
    cursor = page.NextMarker || undefined
  } while (cursor)
  return groups
}

/** There is no way from an instance to its target groups: all of them are asked. */
export async function targetsOf(
  id: string,
  { interfaces, vpc }: Host,
  { reads, policy }: Outside,
): Promise<readonly Target[] | undefined> {
  if (policy['suspicious-hosts'].rules.every((rule) => rule.targets === 'leave')) return undefined
  const vpcs = new Set([vpc, ...interfaces.map((one) => one.vpc)])
  const arns = (await targetGroups({ reads })).flatMap(({ VpcId, TargetGroupArn }) =>
    TargetGroupArn && (!VpcId || vpcs.has(VpcId)) ? [TargetGroupArn] : [],
  )
  const own = new Set([id, ...interfaces.flatMap((one) => one.ips)])
  const found = await mapLimit(arns, 8, async (group) => {
    const { TargetHealthDescriptions = [] } = await reads['elasticloadbalancing:DescribeTargetHealth']({
      TargetGroupArn: group,
    })
    return TargetHealthDescriptions.flatMap(({ Target, TargetHealth }): Target[] =>
      Target?.Id && own.has(Target.Id) && TargetHealth?.State !== 'draining'
        ? [
            {
              group,
              id: Target.Id,
              port: Target.Port ?? 0,
              ...(Target.AvailabilityZone ? { zone: Target.AvailabilityZone } : {}),
            },
          ]
        : [],
    )
  })
  return found.flat()
}

export async function roleOf({ profile, tags }: Host, { reads, policy }: Outside): Promise<Role | null | undefined> {
  if (!policy['suspicious-hosts'].rules.some((rule) => rule.contain !== 'network-only')) return undefined
  const denialsOf = async (RoleName: string) => {
    const { PolicyNames = [] } = await reads['iam:ListRolePolicies']({ RoleName })
    return PolicyNames.filter((name) => name.startsWith('portcullis-'))
  }
  if (!profile) {
    const name = tags[ROLE_TAG]
    if (profile === undefined || name === undefined) return profile
    const denials = await denialsOf(name).catch((error: unknown) => {
      // Anybody may have written the tag: a role that there is none of keeps nothing unknown.
      if (awsCode(error).startsWith('NoSuchEntity')) return null
      throw error
    })
    return denials && { name, path: '/', byTag: true, denials, siblings: [] }
  }
  const { InstanceProfile } = await reads['iam:GetInstanceProfile']({
    InstanceProfileName: profile.arn.split('/').at(-1),
  })
  const role = InstanceProfile?.Roles?.[0]
  if (!role?.RoleName) return null
  const [denials, siblings] = await Promise.all([
    denialsOf(role.RoleName),
    reads['ec2:DescribeIamInstanceProfileAssociations']({
      Filters: [{ Name: 'state', Values: ['associated'] }],
      MaxResults: PAGE,
    }),
  ])
  return {
    name: role.RoleName,
    path: role.Path ?? '/',
    denials,
    siblings: (siblings.IamInstanceProfileAssociations ?? []).flatMap(({ IamInstanceProfile, InstanceId }) =>
      IamInstanceProfile?.Arn === profile.arn ? (InstanceId ?? []) : [],
    ),
  }
}

export async function evidenceOf(id: string, { reads }: Outside): Promise<Evidence['sets']> {
  const { Snapshots = [] } = await reads['ec2:DescribeSnapshots']({
    OwnerIds: ['self'],
    Filters: [{ Name: `tag:${HOST}`, Values: [id] }],
    MaxResults: PAGE,
  })
  const bySet = Map.groupBy(
    Snapshots.filter((one) => one.State !== 'error'),
    (one) => one.Tags?.find(({ Key }) => Key === EVIDENCE)?.Value ?? '',
  )
  return [...bySet.values()].map((set) => ({
    begunAt: set.map((one) => (one.StartTime ?? new Date(0)).toISOString()).sort()[0] ?? '',
    volumes: set.flatMap((one) => one.VolumeId ?? []).sort(),
  }))
}
