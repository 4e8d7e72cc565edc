import type { Answer } from '#local/answer.ts'
import type { TrailMapper } from '#local/cloudtrail.ts'
import { PASCAL, pascalRequest, pascalResponse } from '#local/cloudtrail-pascal.ts'
import { plainValue, responseValue, smallOf } from '#local/cloudtrail-values.ts'
import { type QueryTree, queryTree } from '#local/query-tree.ts'
import { findXml, parseXml } from '#local/xml.ts'

type Fields = Readonly<Record<string, QueryTree>>

/** Lists whose name in a record is not the parameter's: the list's name there, and its items' where they are scalars. */
const LISTS: Readonly<Record<string, readonly [list: string, item?: string]>> = {
  TagSpecification: ['tagSpecificationSet'],
  Tag: ['tagSet'],
  SecurityGroupRuleId: ['securityGroupRuleIds', 'securityGroupRuleId'],
  PrivateIpAddresses: ['privateIpAddressesSet'],
  SecurityGroupId: ['groupSet', 'groupId'],
  GroupId: ['groupSet', 'groupId'],
  SecurityGroup: ['groupSet', 'groupName'],
  InstanceId: ['instancesSet', 'instanceId'],
  ResourceId: ['resourcesSet', 'resourceId'],
  NetworkInterface: ['networkInterfaceSet'],
  BlockDeviceMapping: ['blockDeviceMapping'],
}

const RULE_LISTS = ['Groups', 'IpRanges', 'Ipv6Ranges', 'PrefixListIds']

/** What stands in a record though the caller did not say it. */
const ALWAYS: Readonly<Record<string, object>> = {
  CreateNetworkInterface: { groupSet: {}, privateIpAddressesSet: {} },
  StopInstances: { force: false },
}

/** EC2's calls as CloudTrail records them. */
export const ec2Mapper: TrailMapper = {
  eventSource: 'ec2.amazonaws.com',
  isMutating: (action) => !/^(Describe|Get|List|Search|Export)/.test(action),
  requestParameters(call) {
    const fields = queryTree(call.params)
    if (PASCAL.has(call.action)) return { [`${call.action}Request`]: pascalRequest(fields) }
    if (call.action === 'RunInstances') return runInstances(fields)
    if (call.action === 'ModifySnapshotAttribute') return snapshotPermissions(fields)
    const permissions = /^(Authorize|Revoke|Update).*SecurityGroup/.test(call.action) ? { ipPermissions: {} } : {}
    return { ...permissions, ...ALWAYS[call.action], ...mapped(fields) }
  },
  responseElements(call, answer) {
    const root = parseXml(answer.body.toString('utf8'))
    if (PASCAL.has(call.action)) return { [`${call.action}Response`]: pascalResponse(root) }
    return returned(responseValue(root) as Record<string, unknown>)
  },
  requestId: (answer: Answer) => requestIdOf(answer.body.toString('utf8')),
  errorCode: (code, status) => `${status < 500 ? 'Client' : 'Server'}.${code}`,
}

/** A call that gives nothing back says `return` on AWS, which moto leaves out. */
function returned(elements: Record<string, unknown>): Record<string, unknown> {
  return Object.keys(elements).every((name) => name === 'requestId') ? { ...elements, _return: true } : elements
}

function requestIdOf(body: string): string | null {
  if (!body.trimStart().startsWith('<')) return null
  const root = parseXml(body)
  return (findXml(root, 'requestId') ?? findXml(root, 'RequestID') ?? findXml(root, 'RequestId'))?.text ?? null
}

/** The common form: names begin small, lists are `{items}`. */
function mapped(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => member(name, value)))
}

function member(name: string, value: QueryTree): [string, unknown] {
  const small = smallOf(name)
  if (typeof value === 'string') return [small, plainValue(small, value)]
  if (!Array.isArray(value)) return [small, attribute(small, value as Fields) ?? mapped(value as Fields)]
  const isScalar = value.every((item) => typeof item === 'string')
  const [list = isScalar || !name.endsWith('s') ? `${small}Set` : small, itemName = small] = LISTS[name] ?? []
  const items = value.map((item) =>
    typeof item === 'string' ? { [itemName]: plainValue(itemName, item) } : mappedItem(name, item as Fields),
  )
  return [list, { items }]
}

/** `DisableApiTermination.Value=true`: what stands below `Value` is what its attribute is, and not text. */
function attribute(name: string, { Value, ...others }: Fields): unknown {
  if (typeof Value !== 'string' || Object.keys(others).length > 0) return undefined
  return { value: name === 'userData' ? '<sensitiveDataRemoved>' : plainValue(name, Value) }
}

/** Who may use a snapshot, in the one form that both ways of asking leave in the record. */
function snapshotPermissions(fields: Fields): unknown {
  const { SnapshotId, OperationType, UserId = [], UserGroup = [], CreateVolumePermission = {} } = fields
  const newer = CreateVolumePermission as Readonly<Record<string, readonly Fields[]>>
  const older = [
    ...(UserId as readonly string[]).map((id) => ({ UserId: id })),
    ...(UserGroup as readonly string[]).map((group) => ({ Group: group })),
  ]
  const changes = Object.entries({ add: newer.Add ?? [], remove: newer.Remove ?? [] }).flatMap(([kind, items]) => {
    const all = OperationType === kind ? [...items, ...older] : items
    return all.length > 0 ? [[kind, { items: all.map(mapped) }]] : []
  })
  const permission = Object.fromEntries(changes) as object
  return { snapshotId: SnapshotId, createVolumePermission: permission, attributeType: 'CREATE_VOLUME_PERMISSION' }
}

function mappedItem(list: string, item: Fields): unknown {
  if (list === 'TagSpecification') {
    const { Tag, ...rest } = item
    return { ...mapped(rest), tags: ((Tag ?? []) as readonly Fields[]).map(mapped) }
  }
  if (list !== 'IpPermissions') return mapped(item)
  const empty = RULE_LISTS.filter((name) => !item[name]).map((name) => [smallOf(name), {}])
  return { ...mapped(item), ...Object.fromEntries(empty) }
}

/** A launch names what it launches in `instancesSet`; everything else stands beside it. */
function runInstances(fields: Fields): unknown {
  const { ImageId, MinCount, MaxCount, KeyName, UserData, ...rest } = fields
  const image = Object.entries({ ImageId, MinCount, MaxCount, KeyName }).flatMap(([name, value]) =>
    value === undefined ? [] : [member(name, value)],
  )
  const secret = UserData === undefined ? {} : { userData: '<sensitiveDataRemoved>' }
  return { instancesSet: { items: [Object.fromEntries(image)] }, ...secret, ...mapped(rest) }
}
