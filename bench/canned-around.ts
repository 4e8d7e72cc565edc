import { ACCOUNT, REGION, SCALING, TARGETS } from './account.ts'
import { type Answer, failure, json, queryAnswer, tag, values } from './canned-answer.ts'
import type { Host, HostState } from './canned-host-state.ts'

/** What hosts hang on beside EC2: Auto Scaling, load balancers, IAM and GuardDuty. */

const member = (content: string): string => tag('member', content)

/** Null for calls that are not known here. */
export function answerAround(state: HostState, action: string, input: URLSearchParams): Answer | null {
  const content = ACTIONS[action]?.(state, input)
  return content === undefined ? null : queryAnswer(action, content)
}

const embedded = ({ hosts }: HostState): Host[] => [...hosts.values()].filter((one) => one.isTarget || one.standby)

const ACTIONS: Readonly<Record<string, (state: HostState, input: URLSearchParams) => string>> = {
  DescribeAutoScalingGroups(state) {
    const hosts = embedded(state)
    if (hosts.length === 0) return '<AutoScalingGroups/>'
    const sizes = [tag('MinSize', 1), tag('MaxSize', 2 * hosts.length), tag('DesiredCapacity', hosts.length)]
    const members = hosts.map(({ id, standby }) =>
      member(tag('InstanceId', id) + tag('LifecycleState', standby ? 'Standby' : 'InService')),
    )
    const group = tag('AutoScalingGroupName', SCALING) + sizes.join('') + tag('Instances', members.join(''))
    return tag('AutoScalingGroups', member(group))
  },
  EnterStandby({ hosts }, input) {
    for (const id of values(input, 'InstanceIds.member.')) {
      const host = hosts.get(id)
      if (host) host.standby = true
    }
    return '<Activities/>'
  },
  DescribeTargetGroups: (state) =>
    embedded(state).length > 0
      ? tag('TargetGroups', member(tag('TargetGroupArn', TARGETS) + tag('TargetType', 'instance')))
      : '<TargetGroups/>',
  DescribeTargetHealth: ({ hosts }) =>
    tag(
      'TargetHealthDescriptions',
      [...hosts.values()]
        .filter((one) => one.isTarget)
        .map(({ id }) =>
          member(tag('Target', tag('Id', id) + tag('Port', 80)) + tag('TargetHealth', tag('State', 'healthy'))),
        )
        .join(''),
    ),
  DeregisterTargets({ hosts }, input) {
    const host = hosts.get(input.get('Targets.member.1.Id') ?? '')
    if (host) host.isTarget = false
    return ''
  },
  GetInstanceProfile: () =>
    tag(
      'InstanceProfile',
      tag('InstanceProfileName', 'worker') +
        tag('Roles', member(tag('RoleName', 'worker') + tag('Path', '/') + tag('RoleId', 'AROAEXAMPLE'))),
    ),
  ListRolePolicies: ({ policies }) => tag('PolicyNames', [...policies].map(member).join('')),
  PutRolePolicy({ policies }, input) {
    policies.add(input.get('PolicyName') ?? '')
    return ''
  },
}

/**
 * GuardDuty's findings: each id that is asked for is known, and tells by its beginning what has become of it, but for
 * those that somebody made up.
 */
export function findings(body: string): Answer {
  const { findingIds } = JSON.parse(body) as { findingIds?: string[] }
  if (!findingIds) return failure('BadRequestException')
  const known = findingIds.filter((id) => !id.startsWith('forged'))
  return json(200, {
    findings: known.map((id) => ({
      id,
      accountId: ACCOUNT,
      region: REGION,
      schemaVersion: '2.0',
      type: typeOf(id),
      severity: id.startsWith('mild') ? 2 : 8,
      createdAt: '2026-06-01T11:58:00.000Z',
      updatedAt: '2026-06-01T11:58:00.000Z',
      service: { archived: id.startsWith('archived'), serviceName: 'guardduty', count: 1 },
    })),
  })
}

/** Trojans have more done to them than miners: `bench/hosts.yml`. */
export const typeOf = (id: string): string =>
  id.startsWith('trojan') ? 'Trojan:EC2/DropPoint' : 'CryptoCurrency:EC2/BitcoinTool.B!DNS'
