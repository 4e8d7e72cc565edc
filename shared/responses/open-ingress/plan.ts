import type { IpPermission } from '@aws-sdk/client-ec2'
import type { OpenIngress } from '#shared/finding.ts'
import { digest } from '#shared/kit/canonical.ts'
import { normalCidr } from '#shared/kit/cidr.ts'
import type { Call, Step } from '#shared/plan.ts'
import { type GroupWorld, type IngressRule, permissionText } from './world.ts'

/** AWS's own tags can't be set by anybody else, so an undo can't bring them back. */
const RESERVED = /^aws:/i

/**
 * The calls that cure the findings: one revoke, by rule id, of all the rules that have to go, each with the call that
 * would put it back. One call is all or nothing on AWS's side. No findings, no steps.
 */
export function plan(findings: readonly OpenIngress[], world: GroupWorld): readonly Step[] {
  const rules = [...new Set(findings.flatMap((finding) => finding.rules))]
  if (rules.length === 0) return []
  const ids = rules.flatMap((rule) => rule.id ?? [])
  const does: Call = {
    call: 'ec2:RevokeSecurityGroupIngress',
    input: {
      GroupId: world.subject,
      // Ids are known from every read of the live group; old records have none, and a plan for them is only ever shown.
      ...(ids.length === rules.length
        ? { SecurityGroupRuleIds: ids }
        : { IpPermissions: rules.map((rule) => asPermission(rule)) }),
    },
  }
  return [
    {
      id: digest({ does, content: rules.map(permissionText) }).slice(0, 32),
      title: `Revoke ${rules.length} inbound rule${rules.length === 1 ? '' : 's'} of ${world.subject}`,
      does,
      undo: rules.map((rule) => putBack(world.subject, rule)),
      tier: rules.some((rule) => Object.keys(rule.tags ?? {}).some((key) => RESERVED.test(key)))
        ? 'best-effort'
        : 'exact',
    },
  ]
}

/** The call that puts one rule back: one rule a call, because the tags of a call go to all of its rules. */
function putBack(group: string, rule: IngressRule): Call {
  const tags = Object.entries(rule.tags ?? {}).filter(([key]) => !RESERVED.test(key))
  return {
    call: 'ec2:AuthorizeSecurityGroupIngress',
    input: {
      GroupId: group,
      IpPermissions: [asPermission(rule, rule.description)],
      ...(tags.length > 0
        ? {
            TagSpecifications: [
              { ResourceType: 'security-group-rule' as const, Tags: tags.map(([Key, Value]) => ({ Key, Value })) },
            ],
          }
        : {}),
    },
  }
}

function asPermission(rule: IngressRule, description?: string): IpPermission {
  const said = description === undefined ? {} : { Description: description }
  const cidr = rule.cidr === undefined ? undefined : normalCidr(rule.cidr)
  return {
    IpProtocol: rule.protocol,
    ...(rule.protocol === '-1' ? {} : { FromPort: rule.from, ToPort: rule.to }),
    ...(cidr === undefined
      ? {}
      : cidr.includes(':')
        ? { Ipv6Ranges: [{ CidrIpv6: cidr, ...said }] }
        : { IpRanges: [{ CidrIp: cidr, ...said }] }),
  }
}
