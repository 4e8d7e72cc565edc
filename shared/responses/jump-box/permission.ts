import type { IpPermission } from '@aws-sdk/client-ec2'
import { isIpv6 } from './wanted.ts'
import type { BoxRule } from './world.ts'

/** A rule's text (`out tcp 22-22 sg-1`) as EC2 takes it. */
export function permissionOf(rule: string, Description?: string): IpPermission {
  const [, IpProtocol = '', ports = '', peer = ''] = rule.split(' ')
  // A type of ICMP with all of its codes ends in −1: `8--1`.
  const [, FromPort = -1, ToPort = -1] = /^(\d+)-(-?\d+)$/.exec(ports)?.map(Number) ?? []
  const about = Description === undefined ? {} : { Description }
  return {
    IpProtocol,
    ...(IpProtocol === '-1' ? {} : { FromPort, ToPort }),
    ...(peer.startsWith('sg-')
      ? { UserIdGroupPairs: [{ GroupId: peer, ...about }] }
      : peer.startsWith('pl-')
        ? { PrefixListIds: [{ PrefixListId: peer, ...about }] }
        : isIpv6(peer)
          ? { Ipv6Ranges: [{ CidrIpv6: peer, ...about }] }
          : { IpRanges: [{ CidrIp: peer, ...about }] }),
  } as IpPermission
}

/** What a group lets through, as EC2 tells it: a rule for each peer. */
export function rulesIn(direction: 'in' | 'out', permissions: readonly IpPermission[] = []): BoxRule[] {
  return permissions.flatMap(({ IpProtocol = '-1', FromPort = -1, ToPort = -1, ...peers }) => {
    const ports = FromPort < 0 || IpProtocol === '-1' ? 'all' : `${FromPort}-${ToPort}`
    const rule = (peer = '', description = ''): BoxRule => ({
      text: `${direction} ${IpProtocol} ${ports} ${peer}`,
      description,
    })
    return [
      ...(peers.IpRanges ?? []).map((one) => rule(one.CidrIp, one.Description)),
      ...(peers.Ipv6Ranges ?? []).map((one) => rule(one.CidrIpv6, one.Description)),
      ...(peers.UserIdGroupPairs ?? []).map((one) => rule(one.GroupId, one.Description)),
      ...(peers.PrefixListIds ?? []).map((one) => rule(one.PrefixListId, one.Description)),
    ]
  })
}
