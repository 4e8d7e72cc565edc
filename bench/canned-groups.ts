import { ACCOUNT, groupId, LIST, REGION, ruleId } from './account.ts'
import { item, tag, tagSet } from './canned-answer.ts'

/** The security groups that the canned EC2 tells of, and how EC2 writes them. */

const VPC = 'vpc-0a1b2c3d4e5f60718'

export interface Rule {
  readonly id: string
  readonly protocol: string
  readonly port: number
  /** Where from: one of the three. */
  readonly cidr?: string
  readonly group?: string
  readonly list?: string
  readonly description: string
}

export interface Group {
  readonly id: string
  readonly name: string
  rules: readonly Rule[]
}

/** What lets the world in on port 22: nothing, a rule of its own, or one that names a customer's prefix list. */
export type Door = 'shut' | 'open' | 'listed'

export function groupOf(i: number, door: Door): Group {
  const office = `203.0.113.${i % 256}/32`
  const shell = { shut: { cidr: `10.${i % 200}.0.0/16` }, open: { cidr: '0.0.0.0/0' }, listed: { list: LIST } }
  const rules: Omit<Rule, 'id'>[] = [
    { protocol: 'tcp', port: 22, ...shell[door], description: 'shell, for the release' },
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

export function groupXml(group: Group): string {
  const byPort = Map.groupBy(group.rules, (rule) => `${rule.protocol} ${rule.port}`)
  const permissions = [...byPort.values()].map((rules) => {
    const { protocol, port } = rules[0]!
    const sources = (those: readonly Rule[], name: string) =>
      those
        .map((rule) => item(tag(name, rule.cidr ?? rule.list ?? rule.group!) + tag('description', rule.description)))
        .join('')
    const from = (colon: boolean) => rules.filter((rule) => rule.cidr && rule.cidr.includes(':') === colon)
    const groups = rules.filter((rule) => rule.group)
    const lists = rules.filter((rule) => rule.list)
    return item(
      `${tag('ipProtocol', protocol)}${tag('fromPort', port)}${tag('toPort', port)}` +
        tag('groups', groups.map((rule) => item(tag('userId', ACCOUNT) + tag('groupId', rule.group!))).join('')) +
        tag('ipRanges', sources(from(false), 'cidrIp')) +
        tag('ipv6Ranges', sources(from(true), 'cidrIpv6')) +
        tag('prefixListIds', sources(lists, 'prefixListId')),
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
      tagSet({ Name: group.name, team: 'payments', stage: 'prod', 'cost-center': '4711' }) +
      tag('securityGroupArn', `arn:aws:ec2:${REGION}:${ACCOUNT}:security-group/${group.id}`),
  )
}

export const ruleXml = (group: Group, rule: Rule): string =>
  item(
    tag('securityGroupRuleId', rule.id) +
      tag('groupId', group.id) +
      tag('groupOwnerId', ACCOUNT) +
      tag('isEgress', 'false') +
      tag('ipProtocol', rule.protocol) +
      tag('fromPort', rule.port) +
      tag('toPort', rule.port) +
      (rule.group ? tag('referencedGroupInfo', tag('groupId', rule.group) + tag('userId', ACCOUNT)) : '') +
      (rule.list ? tag('prefixListId', rule.list) : '') +
      (rule.cidr ? tag(rule.cidr.includes(':') ? 'cidrIpv6' : 'cidrIpv4', rule.cidr) : '') +
      tag('description', rule.description) +
      tagSet({ team: 'payments' }),
  )

export const egressXml = (group: Group): string =>
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

/** An interface that uses the group, with a public address. */
export const interfaceXml = (group: string): string =>
  item(
    tag('networkInterfaceId', group.replace('sg-', 'eni-')) +
      tag('attachment', tag('instanceId', group.replace('sg-', 'i-'))) +
      tag('association', tag('publicIp', '198.51.100.7')),
  )
