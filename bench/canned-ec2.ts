import { groupId, LIST } from './account.ts'
import { type Answer, ec2Answer as answer, failure, item, tag, values } from './canned-answer.ts'
import {
  type Door,
  egressXml,
  type Group,
  groupOf,
  groupXml,
  interfaceXml,
  type Rule,
  ruleXml,
} from './canned-groups.ts'

/** How many groups there are, how many of them are open, and what of them is special. */
export interface Groups {
  readonly groups: number
  readonly open: number
  /** The open ones are so by a customer's prefix list. */
  readonly listed?: boolean
  /** The rules of so many groups, the last ones, may not be read. */
  readonly refused?: number
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
export function cannedEc2({ groups: count, open, listed, refused = 0 }: Groups): CannedEc2 {
  const every = open > 0 ? Math.floor(count / open) : 0
  const isOpen = (i: number) => every > 0 && i % every === 0 && i / every < open
  const doorOf = (i: number): Door => (isOpen(i) ? (listed ? 'listed' : 'open') : 'shut')
  const untouched: readonly Group[] = Array.from({ length: count }, (_, i) => groupOf(i, doorOf(i)))
  const unreadable = new Set(untouched.slice(count - refused).map((group) => group.id))
  const rendered = new Map<string, Buffer>()
  let groups = new Map<string, Group>()
  let serial = 0
  /** The numbers of the groups whose rules have changed: their pages are rendered anew; the kept ones wait for the reset. */
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
      const users = values(input, 'Filter.1.Value.')
      if (ids.length === 0 && users.length === 0) return { status: 200, body: page(token, size) }
      const found =
        ids.length > 0
          ? ids.flatMap((id) => groups.get(id) ?? [])
          : [...groups.values()].filter((group) => group.rules.some((rule) => rule.list === users[0]))
      if (found.length < ids.length) return failure('InvalidGroup.NotFound')
      return answer(action, `<securityGroupInfo>${found.map(groupXml).join('')}</securityGroupInfo>`)
    }
    if (action === 'DescribeSecurityGroupRules') return rules(input, token, size)
    if (action === 'GetManagedPrefixListEntries') return entries(input)
    if (action === 'DescribeNetworkInterfaces') {
      const users = values(input, 'Filter.1.Value.').map(interfaceXml)
      return answer(action, tag('networkInterfaceSet', users.join('')))
    }
    // No group is used in another VPC than its own.
    if (action === 'DescribeSecurityGroupVpcAssociations')
      return answer(action, tag('securityGroupVpcAssociationSet', ''))
    if (action === 'RevokeSecurityGroupIngress') return revoke(input)
    if (action === 'AuthorizeSecurityGroupIngress') return authorize(input)
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
    const wanted = values(input, 'Filter.1.Value.')
    if (wanted.some((id) => unreadable.has(id))) return failure('UnauthorizedOperation', 403)
    const those = wanted.flatMap((id) => groups.get(id) ?? [])
    const items = (wanted.length > 0 ? those : [...groups.values()]).flatMap((group) => [
      ...group.rules.filter((rule) => ids.size === 0 || ids.has(rule.id)).map((rule) => ruleXml(group, rule)),
      ...(ids.size === 0 ? [egressXml(group)] : []),
    ])
    const next = token + size < items.length ? `<nextToken>${token + size}</nextToken>` : ''
    const shown = items.slice(token, token + size).join('')
    return answer('DescribeSecurityGroupRules', `<securityGroupRuleSet>${shown}</securityGroupRuleSet>${next}`)
  }

  /** The one customer's list there is: two halves of the world. */
  function entries(input: URLSearchParams): Answer {
    if (input.get('PrefixListId') !== LIST) return failure('InvalidPrefixListID.NotFound')
    const cidrs = ['0.0.0.0/1', '128.0.0.0/1'].map((cidr) => item(tag('cidr', cidr)))
    return answer('GetManagedPrefixListEntries', tag('entrySet', cidrs.join('')))
  }

  function revoke(input: URLSearchParams): Answer {
    const group = groups.get(input.get('GroupId') ?? '')
    const ids = new Set(values(input, 'SecurityGroupRuleId.'))
    if (!group) return failure('InvalidGroup.NotFound')
    const left = group.rules.filter((rule) => !ids.has(rule.id))
    if (ids.size === 0 || group.rules.length - left.length < ids.size)
      return failure('InvalidSecurityGroupRuleId.NotFound')
    change(group, left)
    return answer('RevokeSecurityGroupIngress', '<return>true</return>')
  }

  /** Adds one rule of one TCP port and one range: all that is ever opened here. */
  function authorize(input: URLSearchParams): Answer {
    const group = groups.get(input.get('GroupId') ?? '')
    if (!group) return failure('InvalidGroup.NotFound')
    const rule: Rule = {
      id: `sgr-0d${(++serial).toString(16).padStart(15, '0')}`,
      protocol: 'tcp',
      port: Number(input.get('IpPermissions.1.FromPort')),
      cidr: input.get('IpPermissions.1.IpRanges.1.CidrIp')!,
      description: 'opened in the storm',
    }
    const isThere = group.rules.some((one) => one.port === rule.port && one.cidr === rule.cidr)
    if (isThere) return failure('InvalidPermission.Duplicate')
    change(group, [...group.rules, rule])
    return answer('AuthorizeSecurityGroupIngress', tag('securityGroupRuleSet', ruleXml(group, rule)))
  }

  function change(group: Group, left: readonly Rule[]): void {
    group.rules = left
    changed.add(numberOf(group.id))
  }

  reset()
  for (let from = 0; from < count; from += 1_000) page(from, 1_000)
  return { answer: respond, reset, ruleIds }
}

/** The group's number by its id. */
const numberOf = (id: string): number => Number.parseInt(id.slice(4), 16) - Number.parseInt(groupId(0).slice(4), 16)
