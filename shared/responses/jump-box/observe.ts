import type { Instance, SecurityGroup } from '@aws-sdk/client-ec2'
import { awsCode } from '#shared/fault.ts'
import type { Outside, Scanned } from '#shared/response.ts'
import { HOST_TAG } from '#shared/responses/suspicious-host/world.ts'
import { rulesIn } from './permission.ts'
import { firesAt, scheduleGroup } from './schedule.ts'
import {
  type BoxGroup,
  type BoxInstance,
  type BoxSchedule,
  type BoxWorld,
  boxIdOf,
  boxName,
  isEnding,
  UNTIL_TAG,
} from './world.ts'

/** What there is of one box: everything side by side, in one round of reads. */
export async function observe(subject: string, stage: string, outside: Outside): Promise<BoxWorld> {
  const name = boxName(stage, subject)
  const [instances, groups, schedule, records, joined] = await Promise.all([
    instancesOf(name, outside),
    groupsOf('group-name', [name], outside),
    scheduleNamed(name, stage, outside),
    recordsOf(subject, outside),
    joinedGroups(outside),
  ])
  const group = groups[0]
  // EC2 shows what is terminated for an hour or so; the client token is one instance's for as long.
  const instance = instances.find((one) => !isEnding(one)) ?? instances[0] ?? null
  return { subject, instance, group: group ? groupFrom(group) : null, schedule, records, joined }
}

/** The instances with these client tokens: given with the launch, and never to be changed. */
async function instancesOf(token: string, { reads }: Outside): Promise<BoxInstance[]> {
  const found: Instance[] = []
  let cursor: string | undefined
  do {
    const page = await reads['ec2:DescribeInstances']({
      Filters: [{ Name: 'client-token', Values: [token] }],
      ...(cursor ? { NextToken: cursor } : {}),
    })
    found.push(...(page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances))
    cursor = page.NextToken || undefined
  } while (cursor)
  return found.map(instanceFrom)
}

const instanceFrom = (one: Instance): BoxInstance => ({
  id: one.InstanceId ?? '',
  token: one.ClientToken ?? '',
  state: one.State?.Name ?? 'unknown',
  launchedAt: (one.LaunchTime ?? new Date(0)).toISOString(),
  ...(one.PublicIpAddress ? { publicAddress: one.PublicIpAddress } : {}),
  ...(one.PrivateIpAddress ? { privateAddress: one.PrivateIpAddress } : {}),
  ...(ipv6Of(one) ? { ipv6Address: ipv6Of(one)! } : {}),
  interfaces: Object.fromEntries(
    (one.NetworkInterfaces ?? []).map(({ NetworkInterfaceId = '', Groups = [] }) => [
      NetworkInterfaceId,
      Groups.flatMap(({ GroupId }) => GroupId ?? []),
    ]),
  ),
  rootDevice: one.RootDeviceName ?? '',
  until: one.Tags?.find(({ Key }) => Key === UNTIL_TAG)?.Value ?? '',
  ...(one.Tags?.some(({ Key }) => Key === HOST_TAG) ? { quarantined: true as const } : {}),
  ...(one.IamInstanceProfile?.Arn ? { profile: one.IamInstanceProfile.Arn } : {}),
})

const ipv6Of = ({ NetworkInterfaces = [] }: Instance): string | undefined =>
  NetworkInterfaces.flatMap(({ Ipv6Addresses = [] }) => Ipv6Addresses)[0]?.Ipv6Address

async function groupsOf(filter: string, Values: string[], { reads }: Outside): Promise<SecurityGroup[]> {
  const found: SecurityGroup[] = []
  let cursor: string | undefined
  do {
    const page = await reads['ec2:DescribeSecurityGroups']({
      Filters: [{ Name: filter, Values }],
      ...(cursor ? { NextToken: cursor } : {}),
    })
    found.push(...(page.SecurityGroups ?? []))
    cursor = page.NextToken || undefined
  } while (cursor)
  return found
}

const groupFrom = ({ GroupId = '', VpcId = '', IpPermissions, IpPermissionsEgress }: SecurityGroup): BoxGroup => ({
  id: GroupId,
  vpc: VpcId,
  rules: [...rulesIn('in', IpPermissions), ...rulesIn('out', IpPermissionsEgress)],
})

async function scheduleNamed(Name: string, stage: string, { reads }: Outside): Promise<BoxSchedule | null> {
  const named = { GroupName: scheduleGroup(stage), Name }
  try {
    const { ScheduleExpression } = await reads['scheduler:GetSchedule'](named)
    return { at: firesAt(ScheduleExpression), named }
  } catch (error) {
    if (awsCode(error) === 'ResourceNotFoundException') return null
    throw error
  }
}

/** The names of the box; where no zone of the policy gives names, nobody asks. */
async function recordsOf(subject: string, { reads, policy }: Outside): Promise<BoxWorld['records']> {
  const places = policy['jump-boxes'].zones.flatMap(({ dns }) => dns ?? [])
  const own = [...new Map(places.map((one) => [`${one.zone} ${one.name}`, one])).values()]
  const found = await Promise.all(
    own.map(async ({ zone, name }) => {
      const StartRecordName = `${subject.toLowerCase()}.${name}`
      const { ResourceRecordSets = [] } = await reads['route53:ListResourceRecordSets']({
        HostedZoneId: zone,
        StartRecordName,
        MaxItems: 2,
      })
      return ResourceRecordSets.filter((one) => one.Name === `${StartRecordName}.`).map(
        ({ Type, ResourceRecords = [] }): [string, string[]] => [
          `${zone} ${StartRecordName} ${Type}`,
          ResourceRecords.flatMap(({ Value }) => Value ?? []),
        ],
      )
    }),
  )
  return Object.fromEntries(found.flat())
}

/** How many rules the groups have that boxes join; null of one that is not there. */
async function joinedGroups(outside: Outside): Promise<BoxWorld['joined']> {
  const ids = [...new Set(outside.policy['jump-boxes'].zones.flatMap(({ joins = [] }) => joins))]
  if (ids.length === 0) return {}
  const groups = await groupsOf('group-id', ids, outside)
  const rules = (id: string) => {
    const group = groups.find(({ GroupId }) => GroupId === id)
    return group ? groupFrom(group).rules.length : null
  }
  return Object.fromEntries(ids.map((id) => [id, rules(id)]))
}

/** Everything that is called like a box of this stage, asked for or not: what nobody asked for is ended. */
export async function* scan(stage: string, outside: Outside): AsyncGenerator<Scanned<BoxWorld>> {
  const all = boxName(stage, '*')
  const [instances, groups, schedules] = await Promise.all([
    instancesOf(all, outside),
    groupsOf('group-name', [all], outside),
    schedulesOf(stage, outside),
  ])
  const names = [
    ...instances.filter((one) => one.state !== 'terminated').map(({ token }) => token),
    ...groups.map(({ GroupName = '' }) => GroupName),
    ...schedules,
  ]
  const ids = [...new Set(names.flatMap((name) => boxIdOf(stage, name) ?? []))]
  const nothing = { instance: null, group: null, schedule: null, records: {}, joined: {} }
  const worlds = ids.map((subject): BoxWorld => ({ subject, ...nothing }))
  yield { worlds, seen: worlds.length, cursor: undefined, inPart: true }
}

async function schedulesOf(stage: string, { reads }: Outside): Promise<string[]> {
  const names: string[] = []
  let cursor: string | undefined
  do {
    const page = await reads['scheduler:ListSchedules']({
      GroupName: scheduleGroup(stage),
      NamePrefix: boxName(stage, ''),
      ...(cursor ? { NextToken: cursor } : {}),
    })
    names.push(...(page.Schedules ?? []).map(({ Name = '' }) => Name))
    cursor = page.NextToken || undefined
  } while (cursor)
  return names
}

/** The request of an instance that has ended, where it was a box: EC2 tells of all instances. */
export async function locate(
  where: { readonly instance: string },
  stage: string,
  { reads }: Outside,
): Promise<readonly string[]> {
  try {
    const { Reservations = [] } = await reads['ec2:DescribeInstances']({ InstanceIds: [where.instance] })
    const [instance] = Reservations.flatMap(({ Instances = [] }) => Instances)
    const id = boxIdOf(stage, instance?.ClientToken ?? '')
    return id ? [id] : []
  } catch (error) {
    if (/^InvalidInstanceID\.(NotFound|Malformed)$/.test(awsCode(error))) return []
    throw error
  }
}
