import { field, list, text, whole } from '#shared/kit/loose.ts'
import { protocolName } from '#shared/kit/ports.ts'
import type { ApiCall } from '#shared/signal.ts'
import type { IngressRule } from './world.ts'

/** What a record of a call on a security group says about it; a read of the group says more, and is what decides. */
export interface GroupRecord {
  readonly groupId: string | undefined
  readonly groupName: string | undefined
  /** The ids of the rules that the call added or modified. */
  readonly ruleIds: readonly string[]
  /** What the call asked for, as far as the record shows it. */
  readonly rules: readonly IngressRule[]
  /** CloudTrail left the request out: it was over 100 KB. */
  readonly omitted: boolean
  /** Whether the rules may be outbound ones: a modification does not say. */
  readonly directionUnknown: boolean
}

/** Reads the record of AuthorizeSecurityGroupIngress or ModifySecurityGroupRules, in all the forms these are met in. */
export function readRecord({ name, request, response }: ApiCall): GroupRecord {
  return name === 'ModifySecurityGroupRules' ? modification(request) : authorization(request, response)
}

function authorization(request: unknown, response: unknown): GroupRecord {
  const answered = list(field(response, 'securityGroupRuleSet')).filter((rule) => field(rule, 'isEgress') !== true)
  const asked = list(field(request, 'ipPermissions')).flatMap(permission)
  const flat = isUnread(flatRule(request)) ? [] : [flatRule(request)]
  const rules = [...asked, ...flat]
  const fromAnswer = answered.flatMap(answeredRule)
  // The answer has the ids, and the request what was asked for: where both show as many rules, they are the same ones.
  const complete = fromAnswer.length > 0 && fromAnswer.length >= rules.length
  return {
    groupId: text(field(request, 'groupId')) ?? answered.map((rule) => text(field(rule, 'groupId'))).find(Boolean),
    groupName: text(field(request, 'groupName')),
    ruleIds: answered.flatMap((rule) => text(field(rule, 'securityGroupRuleId')) ?? []),
    rules: complete ? fromAnswer : rules,
    omitted: field(request, 'omitted') !== undefined,
    directionUnknown: false,
  }
}

function modification(request: unknown): GroupRecord {
  const inner = field(request, 'ModifySecurityGroupRulesRequest', 'modifySecurityGroupRulesRequest') ?? request
  const updates = list(field(inner, 'SecurityGroupRule', 'securityGroupRule', 'securityGroupRules'))
  const ruleIds = updates.flatMap((update) => text(field(update, 'SecurityGroupRuleId', 'securityGroupRuleId')) ?? [])
  const rules = updates.map((update): IngressRule => {
    const rule = field(update, 'SecurityGroupRule', 'securityGroupRule')
    const id = text(field(update, 'SecurityGroupRuleId', 'securityGroupRuleId'))
    return {
      ...(id ? { id } : {}),
      ...ports(
        field(rule, 'IpProtocol', 'ipProtocol'),
        field(rule, 'FromPort', 'fromPort'),
        field(rule, 'ToPort', 'toPort'),
      ),
      ...source({
        cidr: text(field(rule, 'CidrIpv4', 'cidrIpv4')) ?? text(field(rule, 'CidrIpv6', 'cidrIpv6')),
        prefixList: text(field(rule, 'PrefixListId', 'prefixListId')),
        group: text(field(rule, 'ReferencedGroupId', 'referencedGroupId')),
      }),
    }
  })
  return {
    groupId: text(field(inner, 'GroupId', 'groupId')),
    groupName: undefined,
    ruleIds,
    rules,
    omitted: field(request, 'omitted') !== undefined,
    directionUnknown: true,
  }
}

/** One `ipPermissions` item holds many sources: each is a rule. */
function permission(item: unknown): IngressRule[] {
  const range = ports(field(item, 'ipProtocol'), field(item, 'fromPort'), field(item, 'toPort'))
  const rule = (from: unknown, kind: 'cidr' | 'prefixList' | 'group', ...names: string[]): IngressRule => {
    const description = text(field(from, 'description'))
    return { ...range, ...source({ [kind]: text(field(from, ...names)) }), ...(description ? { description } : {}) }
  }
  return [
    ...list(field(item, 'ipRanges')).map((from) => rule(from, 'cidr', 'cidrIp')),
    ...list(field(item, 'ipv6Ranges')).map((from) => rule(from, 'cidr', 'cidrIpv6')),
    ...list(field(item, 'prefixListIds')).map((from) => rule(from, 'prefixList', 'prefixListId')),
    ...list(field(item, 'groups')).map((from) => rule(from, 'group', 'groupId', 'groupName')),
  ]
}

const flatRule = (request: unknown): IngressRule => ({
  ...ports(field(request, 'ipProtocol'), field(request, 'fromPort'), field(request, 'toPort')),
  ...source({
    cidr: text(field(request, 'cidrIp', 'cidrIpv6')),
    group: text(field(request, 'sourceSecurityGroupName')),
  }),
})

function answeredRule(rule: unknown): IngressRule[] {
  const id = text(field(rule, 'securityGroupRuleId'))
  const description = text(field(rule, 'description'))
  const from = source({
    cidr: text(field(rule, 'cidrIpv4')) ?? text(field(rule, 'cidrIpv6')),
    prefixList: text(field(rule, 'prefixListId')),
    group: text(field(field(rule, 'referencedGroupInfo'), 'groupId')),
  })
  const range = ports(field(rule, 'ipProtocol'), field(rule, 'fromPort'), field(rule, 'toPort'))
  return id ? [{ id, ...range, ...from, ...(description ? { description } : {}) }] : []
}

function ports(protocol: unknown, from: unknown, to: unknown): Pick<IngressRule, 'protocol' | 'from' | 'to'> {
  const name = protocolName(text(protocol) ?? '-1')
  return { protocol: name, from: name === '-1' ? -1 : (whole(from) ?? -1), to: name === '-1' ? -1 : (whole(to) ?? -1) }
}

const source = (
  from: { readonly [kind in 'cidr' | 'prefixList' | 'group']?: string | undefined },
): Partial<IngressRule> => Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined))

const isUnread = ({ cidr, prefixList, group }: IngressRule): boolean => (cidr ?? prefixList ?? group) === undefined
