import type { CreateTagsCommandInput, DeleteTagsCommandInput, Tag } from '@aws-sdk/client-ec2'
import { refuse } from './refuse.ts'
import { ruleKey, ruleRows } from './rules.ts'
import type { World } from './world.ts'

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html: `aws:` is AWS's own; a key only once. */
export function checkedTags(tags: readonly Tag[] = []): Tag[] {
  for (const { Key } of tags)
    if (!Key || Key.startsWith('aws:')) refuse('InvalidParameterValue', `Value (${Key}) for parameter key is invalid.`)
  if (new Set(tags.map((tag) => tag.Key)).size < tags.length)
    refuse('InvalidParameterValue', 'Duplicate tag key specified')
  return tags.map(({ Key, Value = '' }) => ({ Key, Value }))
}

const lists = [
  ['Instances', 'InstanceId', 'Tags'],
  ['NetworkInterfaces', 'NetworkInterfaceId', 'TagSet'],
  ['SecurityGroups', 'GroupId', 'Tags'],
  ['Volumes', 'VolumeId', 'Tags'],
  ['Addresses', 'AllocationId', 'Tags'],
  ['Subnets', 'SubnetId', 'Tags'],
  ['Vpcs', 'VpcId', 'Tags'],
] as const

export function createTags(world: World, { Resources = [], Tags = [] }: CreateTagsCommandInput) {
  const added = checkedTags(Tags)
  const keys = new Set(added.map((tag) => tag.Key))
  return changed(world, Resources, (tags) => {
    const all = [...tags.filter((tag) => !keys.has(tag.Key)), ...added]
    if (all.length > 50) refuse('TagLimitExceeded', 'More than 50 tags')
    return all
  })
}

/**
 * A key alone takes its tag, a key with a value only the tag with that value, and no key all but AWS's own
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html).
 */
export const deleteTags = (world: World, { Resources = [], Tags }: DeleteTagsCommandInput) =>
  changed(world, Resources, (tags) =>
    tags.filter((tag) => {
      if (tag.Key?.startsWith('aws:')) return true
      return Tags && !Tags.some((gone) => gone.Key === tag.Key && (gone.Value ?? tag.Value) === tag.Value)
    }),
  )

function changed(world: World, resources: readonly string[], change: (tags: readonly Tag[]) => readonly Tag[]) {
  if (resources.length === 0) refuse('MissingParameter', 'The request must contain the parameter resourceIdSet')
  const after = resources.reduce((now, resource) => onOne(now, resource, change), world)
  return { world: after, output: {} }
}

function onOne(world: World, resource: string, change: (tags: readonly Tag[]) => readonly Tag[]): World {
  for (const [list, key, field] of lists) {
    const all: readonly object[] = world[list]
    const has = (each: object) => (each as Record<string, unknown>)[key] === resource
    if (!all.some(has)) continue
    const next = all.map((each) =>
      has(each) ? { ...each, [field]: change((each as Record<string, Tag[] | undefined>)[field] ?? []) } : each,
    )
    return { ...world, [list]: next }
  }
  const row = world.SecurityGroups.flatMap((group) => ruleRows(world, group)).find(
    (each) => each.SecurityGroupRuleId === resource,
  )
  if (!row) return refuse('InvalidID', `The ID '${resource}' is not valid`)
  const facts = { Id: resource, Tags: change(row.Tags ?? []) }
  return { ...world, Rules: { ...world.Rules, [ruleKey(row)]: facts } }
}
