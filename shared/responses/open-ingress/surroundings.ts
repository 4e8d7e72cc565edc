import type { NetworkInterface } from '@aws-sdk/client-ec2'
import { quote } from '#shared/kit/quote.ts'
import type { Outside, Surroundings } from '#shared/response.ts'

/** One page says enough: a notice names a few, and counts. */
const PAGE = 500
const SHOWN = 10

/** What uses the group, and whether the internet can reach that. Read after acting: it decides nothing. */
export async function surroundings(groupId: string, { reads }: Outside): Promise<Surroundings> {
  const page = await reads['ec2:DescribeNetworkInterfaces']({
    Filters: [{ Name: 'group-id', Values: [groupId] }],
    MaxResults: PAGE,
  })
  const users = (page.NetworkInterfaces ?? []).map(userOf)
  const reachable = users.filter((user) => user.public.length > 0)
  const count = `${users.length}${page.NextToken ? ' or more' : ''}`
  const lines =
    users.length === 0
      ? ['Nothing uses the group now.']
      : [
          `The group is on ${count} network interface${users.length === 1 ? '' : 's'}, ${reachable.length} of them with a public address:`,
          ...[...reachable, ...users.filter((user) => user.public.length === 0)].slice(0, SHOWN).map(lineOf),
          ...(users.length > SHOWN ? [`  … and ${users.length - SHOWN} more`] : []),
        ]
  return { lines, facts: { attached: users.slice(0, 50), attachedCount: users.length, publicCount: reachable.length } }
}

interface User {
  readonly interface: string
  /** What the interface belongs to: an instance, a load balancer, a service. */
  readonly of: string
  readonly public: readonly string[]
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html */
const userOf = (one: NetworkInterface): User => ({
  interface: one.NetworkInterfaceId ?? '',
  of: one.Attachment?.InstanceId ?? one.Description ?? one.InterfaceType ?? 'nothing',
  public: [
    one.Association?.PublicIp,
    ...(one.PrivateIpAddresses ?? []).map((address) => address.Association?.PublicIp),
    // An IPv6 address is public by itself; whether the subnet routes it is another matter.
    ...(one.Ipv6Addresses ?? []).map((address) => address.Ipv6Address),
  ].filter((address, i, all): address is string => address !== undefined && all.indexOf(address) === i),
})

const lineOf = (user: User): string =>
  `  ${user.interface} of ${/^i-[0-9a-f]+$/.test(user.of) ? user.of : quote(user.of, 80)}${user.public.length > 0 ? `, public ${user.public.slice(0, 3).join(', ')}` : ''}`
