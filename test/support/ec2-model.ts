import { protocolName } from '#shared/kit/ports.ts'
import type { Call } from '#shared/plan.ts'
import type { GroupWorld, IngressRule } from '#shared/responses/open-ingress/world.ts'

let serial = 0

/**
 * EC2 as far as these tests need it: what a call does to a group. A rule that is added gets an id of its own, and the
 * same permission can't be there twice.
 */
export function afterCall(world: GroupWorld, { call, input }: Call): GroupWorld {
  if (call === 'ec2:RevokeSecurityGroupIngress') {
    const ids = new Set(input.SecurityGroupRuleIds ?? [])
    if (input.GroupId !== world.subject || ids.size === 0)
      throw new Error('expected a revoke of this group, by rule id')
    for (const id of ids) if (!world.rules.some((rule) => rule.id === id)) throw new Error(`no rule ${id}`)
    return { ...world, rules: world.rules.filter((rule) => !ids.has(rule.id ?? '')) }
  }
  if (call !== 'ec2:AuthorizeSecurityGroupIngress') throw new Error(`${call} is no call on a group's rules`)
  const tags = Object.fromEntries(
    (input.TagSpecifications ?? []).flatMap((spec) => (spec.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
  )
  if (Object.keys(tags).some((key) => key.startsWith('aws:'))) throw new Error('aws: tags are reserved')
  const added = (input.IpPermissions ?? []).flatMap((permission) =>
    [
      ...(permission.IpRanges ?? []).map((one) => ({ cidr: one.CidrIp ?? '', said: one.Description })),
      ...(permission.Ipv6Ranges ?? []).map((one) => ({ cidr: one.CidrIpv6 ?? '', said: one.Description })),
    ].map(
      ({ cidr, said }): IngressRule => ({
        id: `sgr-new-${++serial}`,
        protocol: protocolName(permission.IpProtocol ?? '-1'),
        from: permission.FromPort ?? -1,
        to: permission.ToPort ?? -1,
        cidr,
        ...(said ? { description: said } : {}),
        ...(Object.keys(tags).length > 0 ? { tags } : {}),
      }),
    ),
  )
  for (const one of added)
    if (world.rules.some((rule) => sameDoor(rule, one)))
      throw Object.assign(new Error('it is there already'), { name: 'InvalidPermission.Duplicate' })
  return { ...world, rules: [...world.rules, ...added] }
}

export const afterCalls = (world: GroupWorld, calls: readonly Call[]): GroupWorld => calls.reduce(afterCall, world)

const sameDoor = (a: IngressRule, b: IngressRule): boolean =>
  a.protocol === b.protocol && a.from === b.from && a.to === b.to && a.cidr !== undefined && a.cidr === b.cidr
