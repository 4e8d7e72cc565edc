import type {
  DescribeSecurityGroupRulesCommandOutput,
  DescribeSecurityGroupsCommandOutput,
  PrefixListState,
  SecurityGroup,
} from '@aws-sdk/client-ec2'
import type { Reads } from '#shared/aws/reads.ts'
import type { Call } from '#shared/plan.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { MetricName, Ports } from '#shared/ports.ts'
import type { GroupWorld, IngressRule } from '#shared/responses/open-ingress/world.ts'
import type { ApiCall, Tick } from '#shared/signal.ts'
import { afterCall } from './ec2-model.ts'
import { fakeLedger } from './fake-ledger.ts'

const $metadata = {}

/** Ports onto a world of groups in memory, with a clock that only sleeping moves. */
export function fakeWorld(policy: Policy, groups: Record<string, IngressRule[]>) {
  const worlds = new Map(
    Object.entries(groups).map(([id, rules]): [string, GroupWorld] => [
      id,
      { subject: id, group: { id, tags: {} }, rules },
    ]),
  )
  const books = fakeLedger()
  const lists = new Map<string, readonly string[]>()
  /** How far a change of a list has come; a list that is not here is long done with it. */
  const listStates = new Map<string, { State: PrefixListState; Version: number }>()
  const metrics: [MetricName, number][] = []
  const notices: { subject: string; message: Record<string, unknown>; importance: string | undefined }[] = []
  const time = { now: Date.parse('2026-06-01T12:00:00Z'), left: 300_000, page: 1_000, quota: 60 }
  let ids = 0
  const page = (all: SecurityGroup[], token: string | undefined) => {
    const from = Number(token ?? 0)
    const to = from + time.page
    return { SecurityGroups: all.slice(from, to), ...(to < all.length ? { NextToken: String(to) } : {}), $metadata }
  }
  const reads: Pick<
    Reads,
    | 'ec2:DescribeSecurityGroups'
    | 'ec2:DescribeSecurityGroupRules'
    | 'ec2:DescribeSecurityGroupVpcAssociations'
    | 'ec2:GetManagedPrefixListEntries'
    | 'ec2:DescribeNetworkInterfaces'
    | 'ec2:DescribeManagedPrefixLists'
  > = {
    'ec2:DescribeSecurityGroups': async ({
      GroupIds,
      Filters,
      NextToken,
    }): Promise<DescribeSecurityGroupsCommandOutput> => {
      const list = Filters?.[0]?.Values?.[0]
      const wanted = GroupIds
        ? GroupIds.flatMap((id) => worlds.get(id) ?? [])
        : [...worlds.values()].filter(({ rules }) => !list || rules.some((rule) => rule.prefixList === list))
      if (GroupIds && wanted.length === 0)
        throw Object.assign(new Error('no such group'), { name: 'InvalidGroup.NotFound' })
      return page(wanted.map(asGroup), NextToken)
    },
    'ec2:DescribeSecurityGroupRules': async ({
      Filters,
      SecurityGroupRuleIds: wanted,
    }): Promise<DescribeSecurityGroupRulesCommandOutput> => ({
      SecurityGroupRules: (wanted ? [...worlds.keys()] : (Filters?.[0]?.Values ?? [])).flatMap((id) =>
        (worlds.get(id)?.rules ?? [])
          .filter((rule) => !wanted || wanted.includes(rule.id!))
          .map((rule) => asRule(id, rule)),
      ),
      $metadata,
    }),
    'ec2:DescribeSecurityGroupVpcAssociations': async ({ Filters }) => ({
      SecurityGroupVpcAssociations: (worlds.get(Filters?.[0]?.Values?.[0] ?? '')?.group?.vpcs ?? []).map((VpcId) => ({
        VpcId,
      })),
      $metadata,
    }),
    'ec2:GetManagedPrefixListEntries': async ({ PrefixListId = '' }) => {
      const entries = lists.get(PrefixListId)
      if (!entries) throw Object.assign(new Error('no such list'), { name: 'InvalidPrefixListID.NotFound' })
      return { Entries: entries.map((Cidr) => ({ Cidr })), $metadata }
    },
    'ec2:DescribeManagedPrefixLists': async ({ PrefixListIds: [id = ''] = [] }) => {
      if (!lists.has(id)) throw Object.assign(new Error('no such list'), { name: 'InvalidPrefixListID.NotFound' })
      const state = listStates.get(id) ?? { State: 'restore-complete' as const, Version: 99 }
      return { PrefixLists: [{ PrefixListId: id, ...state }], $metadata }
    },
    'ec2:DescribeNetworkInterfaces': async () => ({ NetworkInterfaces: [], $metadata }),
  }
  const ports: Ports = {
    stage: 'prod',
    account: '123456789012',
    region: 'eu-central-1',
    policy,
    notices: 'topic',
    ledger: books.ledger,
    newId: () => `INCIDENT${++ids}`,
    clock: {
      now: () => time.now,
      sleep: async (milliseconds) => {
        time.now += milliseconds
      },
      left: () => time.left,
    },
    log: () => {},
    metric: (name, value) => metrics.push([name, value]),
    reads: reads as Reads,
    mutations: {
      'ec2:AuthorizeSecurityGroupIngress': {
        alreadySo: ['InvalidPermission.Duplicate'],
        forgoes: ['RulesPerSecurityGroupLimitExceeded'],
        created: ({ SecurityGroupRules = [] }) => SecurityGroupRules.map((rule) => rule.SecurityGroupRuleId!),
        send: async (input) => {
          const call: Call = { call: 'ec2:AuthorizeSecurityGroupIngress', input }
          const before = worlds.get(input.GroupId!)!
          if (before.rules.length >= time.quota)
            throw Object.assign(new Error('no room'), { name: 'RulesPerSecurityGroupLimitExceeded' })
          const after = afterCall(before, call)
          worlds.set(input.GroupId!, after)
          const added = after.rules.filter((rule) => !before.rules.includes(rule))
          return { $metadata, SecurityGroupRules: added.map((rule) => asRule(input.GroupId!, rule)) }
        },
      },
      'ec2:RevokeSecurityGroupIngress': {
        alreadySo: [],
        send: async (input) => {
          const call: Call = { call: 'ec2:RevokeSecurityGroupIngress', input }
          worlds.set(input.GroupId!, afterCall(worlds.get(input.GroupId!)!, call))
          return { $metadata }
        },
      },
      'sns:Publish': {
        alreadySo: [],
        send: async ({ Subject, Message, MessageAttributes }) => {
          const importance = MessageAttributes?.importance?.StringValue
          notices.push({ subject: Subject!, message: JSON.parse(JSON.parse(Message!).default), importance })
          return { $metadata }
        },
      },
    },
  }
  return {
    ports,
    worlds,
    lists,
    listStates,
    metrics,
    notices,
    time,
    ...books,
    run: { id: 'run-1', startedAt: time.now },
  }
}

export const tick = (): Tick => ({
  kind: 'tick',
  id: 'tick',
  account: '123456789012',
  region: 'eu-central-1',
  at: new Date('2026-06-01T12:00:00Z'),
})

export const authorized = (groupId: string, ruleId: string, id = 'event-1'): ApiCall => ({
  kind: 'api-call',
  id,
  account: '123456789012',
  region: 'eu-central-1',
  at: new Date('2026-06-01T11:59:58Z'),
  source: 'ec2.amazonaws.com',
  name: 'AuthorizeSecurityGroupIngress',
  actor: { type: 'IAMUser', name: 'mallory' },
  request: { groupId },
  response: { securityGroupRuleSet: { items: [{ groupId, securityGroupRuleId: ruleId, isEgress: false }] } },
})

export const door = (id: string, port = 22): IngressRule => ({
  id,
  protocol: 'tcp',
  from: port,
  to: port,
  cidr: '0.0.0.0/0',
})

const asGroup = ({ subject, group, rules }: GroupWorld): SecurityGroup => ({
  GroupId: subject,
  ...(group?.name ? { GroupName: group.name } : {}),
  ...(group?.owner ? { OwnerId: group.owner } : {}),
  ...(group?.vpc ? { VpcId: group.vpc } : {}),
  Tags: Object.entries(group?.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
  IpPermissions: rules.map((rule) => ({
    IpProtocol: rule.protocol,
    FromPort: rule.from,
    ToPort: rule.to,
    ...(rule.prefixList
      ? { PrefixListIds: [{ PrefixListId: rule.prefixList }] }
      : { IpRanges: [{ CidrIp: rule.cidr ?? '' }] }),
  })),
})

const asRule = (GroupId: string, rule: IngressRule) => ({
  GroupId,
  SecurityGroupRuleId: rule.id!,
  IsEgress: false,
  IpProtocol: rule.protocol,
  FromPort: rule.from,
  ToPort: rule.to,
  ...(rule.description ? { Description: rule.description } : {}),
  ...(rule.prefixList
    ? { PrefixListId: rule.prefixList }
    : rule.cidr?.includes(':')
      ? { CidrIpv6: rule.cidr }
      : { CidrIpv4: rule.cidr! }),
})
