import type { Answer } from '#local/answer.ts'
import type { TrailMapper } from '#local/cloudtrail.ts'
import { plainValue, responseValue } from '#local/cloudtrail-values.ts'
import { type QueryTree, queryTree } from '#local/query-tree.ts'
import { findXml, parseXml } from '#local/xml.ts'

type Fields = Readonly<Record<string, QueryTree>>

/** EC2 calls that CloudTrail writes in PascalCase below `<Action>Request`, with `tag` as the place in the list. */
const PASCAL = new Set([
  'ModifySecurityGroupRules',
  'CreateManagedPrefixList',
  'ModifyManagedPrefixList',
  'RestoreManagedPrefixListVersion',
  'DeleteManagedPrefixList',
  'AssociateSecurityGroupVpc',
  'DisassociateSecurityGroupVpc',
])

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

/** EC2's calls as CloudTrail records them. */
export const ec2Mapper: TrailMapper = {
  eventSource: 'ec2.amazonaws.com',
  isMutating: (action) => !/^(Describe|Get|List|Search|Export)/.test(action),
  requestParameters(call) {
    const fields = queryTree(call.params)
    if (PASCAL.has(call.action)) return { [`${call.action}Request`]: pascal(fields) }
    if (call.action === 'RunInstances') return runInstances(fields)
    const permissions = /^(Authorize|Revoke|Update).*SecurityGroup/.test(call.action) ? { ipPermissions: {} } : {}
    const empty = call.action === 'CreateNetworkInterface' ? { groupSet: {}, privateIpAddressesSet: {} } : permissions
    return { ...empty, ...mapped(fields) }
  },
  responseElements(call, answer) {
    const root = parseXml(answer.body.toString('utf8'))
    if (!PASCAL.has(call.action)) return returned(responseValue(root) as Record<string, unknown>)
    const { _return, ...rest } = responseValue(root) as Record<string, unknown>
    const done = _return === undefined ? {} : { return: _return }
    return { [`${call.action}Response`]: { xmlns: 'http://ec2.amazonaws.com/doc/2016-11-15/', ...done, ...rest } }
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
  const small = name[0]!.toLowerCase() + name.slice(1)
  if (typeof value === 'string') return [small, plainValue(small, value)]
  if (!Array.isArray(value)) return [small, mapped(value as Fields)]
  const isScalar = value.every((item) => typeof item === 'string')
  const [list = isScalar || !name.endsWith('s') ? `${small}Set` : small, itemName = small] = LISTS[name] ?? []
  const items = value.map((item) =>
    typeof item === 'string' ? { [itemName]: plainValue(itemName, item) } : mappedItem(name, item as Fields),
  )
  return [list, { items }]
}

function mappedItem(list: string, item: Fields): unknown {
  if (list === 'TagSpecification') {
    const { Tag, ...rest } = item
    return { ...mapped(rest), tags: ((Tag ?? []) as readonly Fields[]).map(mapped) }
  }
  if (list !== 'IpPermissions') return mapped(item)
  const empty = RULE_LISTS.filter((name) => !item[name]).map((name) => [name[0]!.toLowerCase() + name.slice(1), {}])
  return { ...mapped(item), ...Object.fromEntries(empty) }
}

/** A launch names what it launches in `instancesSet`; everything else stands beside it. */
function runInstances(fields: Fields): unknown {
  const { ImageId, MinCount, MaxCount, KeyName, ...rest } = fields
  const image = Object.entries({ ImageId, MinCount, MaxCount, KeyName }).flatMap(([name, value]) =>
    value === undefined ? [] : [member(name, value)],
  )
  return { instancesSet: { items: [Object.fromEntries(image)] }, ...mapped(rest) }
}

/** The newer form: names as on the wire, one object for a list of one, an array for more. */
function pascal(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === 'string') return [name, plainValue(name, value)]
      if (!Array.isArray(value)) return [name, pascal(value as Fields)]
      const items = value.map((item, at) =>
        typeof item === 'string' ? { content: item, tag: at + 1 } : { ...pascal(item as Fields), tag: at + 1 },
      )
      return [name, items.length === 1 ? items[0] : items]
    }),
  )
}
