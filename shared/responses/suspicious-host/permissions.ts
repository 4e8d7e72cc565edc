import type { IpPermission } from '@aws-sdk/client-ec2'

/** Rules in the short form of `QuarantineGroup.rules`, all protocols, as EC2's permissions. */
export const permissionsOf = (rules: readonly string[]): IpPermission[] =>
  rules.map((rule) => {
    const cidr = rule.split(' ').at(-1) ?? ''
    return {
      IpProtocol: '-1',
      ...(cidr.includes(':') ? { Ipv6Ranges: [{ CidrIpv6: cidr }] } : { IpRanges: [{ CidrIp: cidr }] }),
    }
  })
