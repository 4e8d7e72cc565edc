import type {
  CreateSecurityGroupCommandInput,
  DescribeSecurityGroupsCommandInput,
  IpPermission,
} from '@aws-sdk/client-ec2'
import { aws, cut, fits, type Nature } from './box-cloud.ts'

/** One rule, flat: a peer of a permission. */
export interface FlatRule {
  readonly egress: boolean
  readonly protocol: string
  readonly from: number | undefined
  readonly to: number | undefined
  readonly peer: string
  description: string
}

export interface FakeGroup {
  readonly GroupId: string
  readonly GroupName: string
  readonly VpcId: string
  readonly Description: string
  readonly Tags: readonly { Key?: string | undefined; Value?: string | undefined }[]
  rules: FlatRule[]
}

type Input = { GroupId?: string; IpPermissions?: IpPermission[] }

/** What EC2 takes for a description. */
const PLAIN = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/

/** Security groups as EC2 keeps them. */
export function boxGroups(nature: Nature, users: (group: string) => boolean) {
  const all = new Map<string, FakeGroup>()
  let made = 0
  const groupOf = ({ GroupId = '' }: { GroupId?: string }): FakeGroup => {
    const group = all.get(GroupId)
    if (!group) throw aws('InvalidGroup.NotFound')
    return group
  }
  const authorize = (input: Input, egress: boolean) => {
    const group = groupOf(input)
    const more = flat(input.IpPermissions, egress)
    for (const one of more) {
      if (!PLAIN.test(one.description)) throw aws('InvalidParameterValue', 'Invalid rule description')
      if (one.peer.startsWith('sg-') && !all.has(one.peer)) throw aws('InvalidGroup.NotFound')
      if (group.rules.some((rule) => isSame(rule, one))) throw aws('InvalidPermission.Duplicate')
    }
    group.rules.push(...more)
    return { SecurityGroupRules: more.map((_, i) => ({ SecurityGroupRuleId: `sgr-${group.rules.length + i}` })) }
  }
  const revoke = (input: Input, egress: boolean) => {
    const group = groupOf(input)
    const less = flat(input.IpPermissions, egress)
    for (const one of less) if (!group.rules.some((rule) => isSame(rule, one))) throw aws('InvalidPermission.NotFound')
    group.rules = group.rules.filter((rule) => !less.some((one) => isSame(rule, one)))
    return {}
  }
  const perform = {
    'ec2:CreateSecurityGroup': ({
      GroupName = '',
      VpcId = '',
      Description = '',
      TagSpecifications,
    }: CreateSecurityGroupCommandInput) => {
      if ([...all.values()].some((one) => one.GroupName === GroupName && one.VpcId === VpcId))
        throw aws('InvalidGroup.Duplicate')
      if (!PLAIN.test(Description)) throw aws('InvalidParameterValue', 'Invalid group description')
      const GroupId = `sg-0c${String(++made).padStart(4, '0')}`
      const out = (peer: string): FlatRule => ({
        egress: true,
        protocol: '-1',
        from: undefined,
        to: undefined,
        peer,
        description: '',
      })
      const rules = [out('0.0.0.0/0'), ...(nature.ipv6 ? [out('::/0')] : [])]
      all.set(GroupId, { GroupId, GroupName, VpcId, Description, Tags: TagSpecifications?.[0]?.Tags ?? [], rules })
      return { GroupId }
    },
    'ec2:DeleteSecurityGroup': (input: { GroupId?: string }) => {
      const { GroupId } = groupOf(input)
      const isNamed = [...all.values()].some(
        (one) => one.GroupId !== GroupId && one.rules.some(({ peer }) => peer === GroupId),
      )
      if (users(GroupId) || isNamed) throw aws('DependencyViolation')
      all.delete(GroupId)
      return {}
    },
    'ec2:AuthorizeSecurityGroupIngress': (input: Input) => authorize(input, false),
    'ec2:AuthorizeSecurityGroupEgress': (input: Input) => authorize(input, true),
    'ec2:RevokeSecurityGroupIngress': (input: Input) => revoke(input, false),
    'ec2:RevokeSecurityGroupEgress': (input: Input) => revoke(input, true),
    'ec2:UpdateSecurityGroupRuleDescriptionsIngress': (input: Input) => {
      const group = groupOf(input)
      for (const one of flat(input.IpPermissions, false)) {
        if (!PLAIN.test(one.description)) throw aws('InvalidParameterValue', 'Invalid rule description')
        const rule = group.rules.find((rule) => isSame(rule, one))
        if (!rule) throw aws('InvalidPermission.NotFound')
        rule.description = one.description
      }
      return {}
    },
  }
  const reads = {
    'ec2:DescribeSecurityGroups': async ({ Filters = [], NextToken }: DescribeSecurityGroupsCommandInput) => {
      const [{ Name, Values = [] } = {}] = Filters
      const found = [...all.values()].filter((one) =>
        Values.some((value) => fits(value, Name === 'group-name' ? one.GroupName : one.GroupId)),
      )
      const { some, ...next } = cut(found, nature.page, NextToken)
      return {
        SecurityGroups: some.map(({ rules, ...one }) => ({
          ...one,
          IpPermissions: rules.filter(({ egress }) => !egress).map(permission),
          IpPermissionsEgress: rules.filter(({ egress }) => egress).map(permission),
        })),
        ...next,
      }
    },
  }
  return { all, perform, reads }
}

const isSame = (a: FlatRule, b: FlatRule): boolean =>
  a.egress === b.egress && a.protocol === b.protocol && a.from === b.from && a.to === b.to && a.peer === b.peer

/** The rules of permissions: one for each peer. EC2 keeps no ports where the protocol is all or has none. */
export const flat = (permissions: readonly IpPermission[] = [], egress: boolean): FlatRule[] =>
  permissions.flatMap(({ IpProtocol = '-1', FromPort, ToPort, ...peers }) => {
    const hasPorts = ['tcp', 'udp', 'icmp', 'icmpv6'].includes(IpProtocol)
    const [from, to] = hasPorts ? [FromPort, ToPort] : [undefined, undefined]
    const rule = (peer = '', description = ''): FlatRule => ({
      egress,
      protocol: IpProtocol,
      from,
      to,
      peer,
      description,
    })
    for (const { CidrIp = '' } of peers.IpRanges ?? [])
      if (!/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(CidrIp))
        throw aws('InvalidParameterValue', `CIDR block ${CidrIp} is malformed`)
    return [
      ...(peers.IpRanges ?? []).map((one) => rule(one.CidrIp, one.Description)),
      ...(peers.Ipv6Ranges ?? []).map((one) => rule(one.CidrIpv6, one.Description)),
      ...(peers.UserIdGroupPairs ?? []).map((one) => rule(one.GroupId, one.Description)),
      ...(peers.PrefixListIds ?? []).map((one) => rule(one.PrefixListId, one.Description)),
    ]
  })

const permission = ({ protocol, from, to, peer, description }: FlatRule): IpPermission => {
  const about = description === '' ? {} : { Description: description }
  return {
    IpProtocol: protocol,
    ...(from === undefined ? {} : { FromPort: from, ToPort: to }),
    IpRanges: /^\d+\./.test(peer) ? [{ CidrIp: peer, ...about }] : [],
    Ipv6Ranges: peer.includes(':') ? [{ CidrIpv6: peer, ...about }] : [],
    UserIdGroupPairs: peer.startsWith('sg-') ? [{ GroupId: peer, ...about }] : [],
    PrefixListIds: peer.startsWith('pl-') ? [{ PrefixListId: peer, ...about }] : [],
  }
}
