import type { IpPermission } from '@aws-sdk/client-ec2'
import type { OpenIngress, UndescribedIngress } from '#shared/finding.ts'
import { digest } from '#shared/kit/canonical.ts'
import { normalCidr } from '#shared/kit/cidr.ts'
import { portsText } from '#shared/kit/ports.ts'
import type { Call, Step } from '#shared/plan.ts'
import { contentOf } from './origins.ts'
import { type GroupWorld, type IngressRule, permissionText } from './world.ts'

/** AWS's own tags can't be set by anybody else, so an undo can't bring them back. */
const RESERVED = /^aws:/i

/**
 * The calls that cure the findings: one revoke, by rule id, of all the rules that have to go, each with the call that
 * would put it back. One call is all or nothing on AWS's side. Where the policy narrows, what it allows instead comes
 * before, a call for each permission: one that is there already, or that there is no room for, takes no other down.
 * No findings, no steps.
 */
export function plan(findings: readonly (OpenIngress | UndescribedIngress)[], world: GroupWorld): readonly Step[] {
  const rules = [...new Set(findings.flatMap((finding) => finding.rules))]
  if (rules.length === 0) return []
  const narrow = new Map(
    findings
      .flatMap((finding) => ('narrow' in finding ? (finding.narrow ?? []) : []))
      .map((rule) => [permissionText(rule), rule]),
  )
  const first = [...narrow.values()].map((rule) => allow(world.subject, rule))
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
    ...first,
    {
      id: digest({ does, content: rules.map((rule) => contentOf(rule, world)) }).slice(0, 32),
      title: `Revoke ${rules.length} inbound rule${rules.length === 1 ? '' : 's'} of ${world.subject}`,
      does,
      undo: rules.map((rule) => putBack(world.subject, rule)),
      ...(first.length > 0 ? { after: first.map((step) => step.id) } : {}),
      closes: rules.map(permissionText),
      tier: rules.some((rule) => Object.keys(rule.tags ?? {}).some((key) => RESERVED.test(key)))
        ? 'best-effort'
        : 'exact',
    },
  ]
}

/** Allows a permission; it is taken back by the id that EC2 gives it. */
function allow(group: string, rule: IngressRule): Step {
  const does: Call = {
    call: 'ec2:AuthorizeSecurityGroupIngress',
    input: { GroupId: group, IpPermissions: [asPermission(rule, rule.description)] },
  }
  return {
    id: digest({ does, allows: permissionText(rule) }).slice(0, 32),
    title: `Allow ${rule.cidr ?? ''} on ${portsText(rule)} of ${group} instead`,
    does,
    undo: [],
    tier: 'exact',
  }
}

/** The call that puts one rule back: one rule a call, because the tags of a call go to all of its rules. */
export function putBack(group: string, rule: IngressRule): Call {
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
  return {
    IpProtocol: rule.protocol,
    ...(rule.protocol === '-1' ? {} : { FromPort: rule.from, ToPort: rule.to }),
    ...sourceOf(rule, said),
  }
}

function sourceOf({ cidr: text, prefixList, group }: IngressRule, said: { Description?: string }): IpPermission {
  if (prefixList !== undefined) return { PrefixListIds: [{ PrefixListId: prefixList, ...said }] }
  if (group !== undefined) return { UserIdGroupPairs: [{ GroupId: group, ...said }] }
  if (text === undefined) return {}
  const cidr = normalCidr(text)
  return cidr.includes(':') ? { Ipv6Ranges: [{ CidrIpv6: cidr, ...said }] } : { IpRanges: [{ CidrIp: cidr, ...said }] }
}

/** The rules that a call allows: the plan's own words, read back. */
export const rulesIn = ({ input }: Extract<Call, { call: 'ec2:AuthorizeSecurityGroupIngress' }>): IngressRule[] =>
  (input.IpPermissions ?? []).flatMap((permission) => {
    const { IpProtocol: protocol = '-1', FromPort: from = -1, ToPort: to = -1 } = permission
    const rule = (cidr: string | undefined, description: string | undefined): IngressRule[] =>
      cidr ? [{ protocol, from, to, cidr, ...(description ? { description } : {}) }] : []
    return [
      ...(permission.IpRanges ?? []).flatMap((one) => rule(one.CidrIp, one.Description)),
      ...(permission.Ipv6Ranges ?? []).flatMap((one) => rule(one.CidrIpv6, one.Description)),
    ]
  })
