import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Scarce } from '#shared/ledger.ts'
import type { Outside } from '#shared/response.ts'
import { targetGroups } from './further.ts'

/** So many hosts are kept at most: all that is kept is read with every look. */
const MOST = 500
const IS_HOST = /^i-/

/**
 * The hosts that are more than the allowed share of a target group's healthy targets. Finding that out takes two rounds of
 * reads, one call a group, and a host is to be cut off after one: so the sweep does, and a look reads what it found. As
 * with Auto Scaling groups, a group of one is no reason to ask.
 */
export async function scarce({ reads, policy }: Outside): Promise<Scarce> {
  const { rules, share } = policy['suspicious-hosts']
  if (rules.every((rule) => rule.mode !== 'act')) return {}
  const found = await mapLimit(await targetGroups({ reads }), 8, async ({ TargetGroupArn = '', VpcId }) => {
    const { TargetHealthDescriptions = [] } = await reads['elasticloadbalancing:DescribeTargetHealth']({
      TargetGroupArn,
    })
    const healthy = TargetHealthDescriptions.filter((one) => one.TargetHealth?.State === 'healthy')
    // One host may be several targets: one for each port.
    const ids = [...new Set(healthy.flatMap(({ Target }) => Target?.Id ?? []))]
    if (ids.length < 2 || 100 <= share * ids.length) return []
    const percent = Math.ceil(100 / ids.length)
    const name = TargetGroupArn.split('/')[1] ?? TargetGroupArn
    const says = `it would take ${percent} % of the healthy targets of target group ${name} away`
    return (await hostsOf(ids, VpcId, { reads })).map((host) => [host, says] as const)
  })
  return Object.fromEntries(found.flat().slice(0, MOST))
}

/** Targets are named by their instance, or by an address of one in that VPC. */
async function hostsOf(
  ids: readonly string[],
  vpc: string | undefined,
  { reads }: Pick<Outside, 'reads'>,
): Promise<readonly string[]> {
  const addresses = ids.filter((id) => !IS_HOST.test(id))
  if (addresses.length === 0) return ids
  const { NetworkInterfaces = [] } = await reads['ec2:DescribeNetworkInterfaces']({
    Filters: [
      { Name: 'addresses.private-ip-address', Values: addresses },
      ...(vpc ? [{ Name: 'vpc-id', Values: [vpc] }] : []),
    ],
  })
  const own = NetworkInterfaces.flatMap(({ Attachment }) => Attachment?.InstanceId ?? [])
  return [...ids.filter((id) => IS_HOST.test(id)), ...own]
}
