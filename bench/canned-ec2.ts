import { ACCOUNT, groupId, REGION, ruleId } from './account.ts'

const VPC = 'vpc-0a1b2c3d4e5f60718'
const NAMESPACE = 'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"'

interface Rule {
  readonly id: string
  readonly protocol: string
  readonly port: number
  readonly cidr?: string
  readonly group?: string
  readonly description: string
}

interface Group {
  readonly id: string
  readonly name: string
  rules: readonly Rule[]
}

export interface Answer {
  readonly status: number
  /** The sizes of the items of a transaction. */
  readonly items?: readonly number[]
  readonly body: Buffer
}

export interface CannedEc2 {
  answer(action: string, input: URLSearchParams): Answer
  /** Puts every rule back. */
  reset(): void
  /** What is left: every rule's id, in order. Two runs ended in the same state when these are equal. */
  ruleIds(): string[]
}

/**
 * Security groups as EC2 tells of them: some eight inbound rules each, tags and descriptions; every so many-th one lets
 * the world in on port 22. Pages are rendered once and kept, so that what a measurement sees is the client's work.
 */
export function cannedEc2(count: number, open: number): CannedEc2 {
  const every = open > 0 ? Math.floor(count / open) : 0
  const isOpen = (i: number) => every > 0 && i % every === 0 && i / every < open
  const untouched: readonly Group[] = Array.from({ length: count }, (_, i) => groupOf(i, isOpen(i)))
  const rendered = new Map<string, Buffer>()
  let groups = new Map<string, Group>()
  /** The numbers of the groups that lost a rule: their pages are rendered anew, and the kept ones wait for the reset. */
  const changed = new Set<number>()

  function reset(): void {
    groups = new Map(untouched.map((group) => [group.id, { ...group }]))
    changed.clear()
  }

  const ruleIds = (): string[] => [...groups.values()].flatMap((group) => group.rules.map((rule) => rule.id)).sort()

  function respond(action: string, input: URLSearchParams): Answer {
    const token = Number(input.get('NextToken') ?? 0)
    const size = Number(input.get('MaxResults') ?? 1_000)
    if (action === 'DescribeSecurityGroups') {
      const ids = values(input, 'GroupId.')
      if (ids.length === 0) return { status: 200, body: page(token, size) }
      const found = ids.flatMap((id) => groups.get(id) ?? [])
      if (found.length < ids.length) return failure('InvalidGroup.NotFound')
      return answer(action, `<securityGroupInfo>${found.map(groupXml).join('')}</securityGroupInfo>`)
    }
    if (action === 'DescribeSecurityGroupRules') return rules(input, token, size)
    if (action === 'RevokeSecurityGroupIngress') return revoke(input)
    return failure('InvalidAction')
  }

  function page(from: number, size: number): Buffer {
    const key = `${from} ${size}`
    const kept = rendered.get(key)
    const isDirty = [...changed].some((i) => i >= from && i < from + size)
    if (kept && !isDirty) return kept
    const all = [...groups.values()]
    const next = from + size < all.length ? `<nextToken>${from + size}</nextToken>` : ''
    const items = all
      .slice(from, from + size)
      .map(groupXml)
      .join('')
    const { body } = answer('DescribeSecurityGroups', `<securityGroupInfo>${items}</securityGroupInfo>${next}`)
    if (!isDirty) rendered.set(key, body)
    return body
  }

  function rules(input: URLSearchParams, token: number, size: number): Answer {
    const ids = new Set(values(input, 'SecurityGroupRuleId.'))
    const those = values(input, 'Filter.1.Value.').flatMap((id) => groups.get(id) ?? [])
    const items = (those.length > 0 ? those : [...groups.values()]).flatMap((group) => [
      ...group.rules.filter((rule) => ids.size === 0 || ids.has(rule.id)).map((rule) => ruleXml(group, rule)),
      ...(ids.size === 0 ? [egressXml(group)] : []),
    ])
    const next = token + size < items.length ? `<nextToken>${token + size}</nextToken>` : ''
    const shown = items.slice(token, token + size).join('')
    return answer('DescribeSecurityGroupRules', `<securityGroupRuleSet>${shown}</securityGroupRuleSet>${next}`)
  }

  function revoke(input: URLSearchParams): Answer {
    const group = groups.get(input.get('GroupId') ?? '')
    const ids = new Set(values(input, 'SecurityGroupRuleId.'))
    if (!group) return failure('InvalidGroup.NotFound')
    const left = group.rules.filter((rule) => !ids.has(rule.id))
    if (ids.size === 0 || group.rules.length - left.length < ids.size)
      return failure('InvalidSecurityGroupRuleId.NotFound')
    group.rules = left
    changed.add(Number.parseInt(group.id.slice(4), 16) - 1)
    return answer('RevokeSecurityGroupIngress', '<return>true</return>')
  }

  reset()
  for (let from = 0; from < count; from += 1_000) page(from, 1_000)
  return { answer: respond, reset, ruleIds }
}

function groupOf(i: number, open: boolean): Group {
  const office = `203.0.113.${i % 256}/32`
  const rules: Omit<Rule, 'id'>[] = [
    {
      protocol: 'tcp',
      port: 22,
      cidr: open ? '0.0.0.0/0' : `10.${i % 200}.0.0/16`,
      description: 'shell, for the release',
    },
    { protocol: 'tcp', port: 443, cidr: i % 5 === 0 ? '0.0.0.0/0' : '10.0.0.0/8', description: 'HTTPS' },
    { protocol: 'tcp', port: 443, cidr: i % 5 === 0 ? '::/0' : '2a05:d018:1234:5600::/56', description: 'HTTPS, IPv6' },
    { protocol: 'tcp', port: 5432, group: groupId((i * 7) % 997), description: 'PostgreSQL from the service' },
    { protocol: 'tcp', port: 8080, cidr: office, description: `office ${i % 40}, until the proxy is there` },
    { protocol: 'udp', port: 53, cidr: '172.16.0.0/12', description: 'resolvers' },
    { protocol: 'tcp', port: 9100, cidr: '100.64.0.0/10', description: 'metrics' },
    { protocol: 'tcp', port: 22, cidr: '198.51.100.0/24', description: 'bastion' },
  ]
  return { id: groupId(i), name: `service-${i}`, rules: rules.map((rule, at) => ({ id: ruleId(i, at), ...rule })) }
}

function groupXml(group: Group): string {
  const byPort = Map.groupBy(group.rules, (rule) => `${rule.protocol} ${rule.port}`)
  const permissions = [...byPort.values()].map((rules) => {
    const { protocol, port } = rules[0]!
    const sources = (those: readonly Rule[], name: string) =>
      those.map((rule) => item(tag(name, rule.cidr ?? rule.group!) + tag('description', rule.description))).join('')
    const from = (colon: boolean) => rules.filter((rule) => rule.cidr && rule.cidr.includes(':') === colon)
    const groups = rules.filter((rule) => rule.group)
    return item(
      `${tag('ipProtocol', protocol)}${tag('fromPort', port)}${tag('toPort', port)}` +
        tag('groups', groups.map((rule) => item(tag('userId', ACCOUNT) + tag('groupId', rule.group!))).join('')) +
        tag('ipRanges', sources(from(false), 'cidrIp')) +
        tag('ipv6Ranges', sources(from(true), 'cidrIpv6')) +
        tag('prefixListIds', ''),
    )
  })
  const out = item(
    `${tag('ipProtocol', '-1')}<groups/>${tag('ipRanges', item(tag('cidrIp', '0.0.0.0/0')))}<ipv6Ranges/><prefixListIds/>`,
  )
  return item(
    tag('ownerId', ACCOUNT) +
      tag('groupId', group.id) +
      tag('groupName', group.name) +
      tag('groupDescription', `Lets the neighbours of ${group.name} in`) +
      tag('vpcId', VPC) +
      tag('ipPermissions', permissions.join('')) +
      tag('ipPermissionsEgress', out) +
      tag('tagSet', tags({ Name: group.name, team: 'payments', stage: 'prod', 'cost-center': '4711' })) +
      tag('securityGroupArn', `arn:aws:ec2:${REGION}:${ACCOUNT}:security-group/${group.id}`),
  )
}

const ruleXml = (group: Group, rule: Rule): string =>
  item(
    tag('securityGroupRuleId', rule.id) +
      tag('groupId', group.id) +
      tag('groupOwnerId', ACCOUNT) +
      tag('isEgress', 'false') +
      tag('ipProtocol', rule.protocol) +
      tag('fromPort', rule.port) +
      tag('toPort', rule.port) +
      (rule.group ? tag('referencedGroupInfo', tag('groupId', rule.group) + tag('userId', ACCOUNT)) : '') +
      (rule.cidr ? tag(rule.cidr.includes(':') ? 'cidrIpv6' : 'cidrIpv4', rule.cidr) : '') +
      tag('description', rule.description) +
      tag('tagSet', tags({ team: 'payments' })),
  )

const egressXml = (group: Group): string =>
  item(
    tag('securityGroupRuleId', `${group.id.replace('sg-0', 'sgr-0e')}`) +
      tag('groupId', group.id) +
      tag('groupOwnerId', ACCOUNT) +
      tag('isEgress', 'true') +
      tag('ipProtocol', '-1') +
      tag('fromPort', -1) +
      tag('toPort', -1) +
      tag('cidrIpv4', '0.0.0.0/0') +
      tag('tagSet', ''),
  )

const tag = (name: string, content: string | number): string => `<${name}>${content}</${name}>`
const item = (content: string): string => tag('item', content)
const tags = (those: Readonly<Record<string, string>>): string =>
  Object.entries(those)
    .map(([key, value]) => item(tag('key', key) + tag('value', value)))
    .join('')

const values = (input: URLSearchParams, prefix: string): string[] =>
  [...input].filter(([name]) => name.startsWith(prefix)).map(([, value]) => value)

const answer = (action: string, content: string): Answer => ({
  status: 200,
  body: Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response ${NAMESPACE}><requestId>bench</requestId>${content}</${action}Response>`,
  ),
})

const failure = (code: string): Answer => ({
  status: 400,
  body: Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>canned</Message></Error></Errors><RequestID>bench</RequestID></Response>`,
  ),
})
