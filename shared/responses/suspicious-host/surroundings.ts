import type { Outside, Surroundings } from '#shared/response.ts'
import type { HostWorld } from './world.ts'
import { isGone, isOff } from './world.ts'

/**
 * What is told beside the verdict: what no security group stops, who else holds the role, and which levers come next, each
 * with what it would hit. Read after acting, never before; nothing of it decides anything.
 */
export async function surroundings(world: HostWorld, outside: Outside): Promise<Surroundings> {
  const { host, subject } = world
  if (!host || isGone(host)) return { lines: [], facts: {} }
  const subnets = await Promise.all(
    [...new Set(host.interfaces.map((one) => one.subnet))].map(async (subnet) => ({
      subnet,
      neighbours: await neighboursIn(subnet, subject, outside),
      acl: await aclOf(subnet, outside),
    })),
  )
  const siblings = (host.role?.siblings ?? []).filter((id) => id !== subject)
  const secondary = host.interfaces.filter((one) => !one.isPrimary)
  const v6 = host.interfaces.flatMap((one) => one.ips.filter((ip) => ip.includes(':')))
  const levers = isOff(host)
    ? []
    : [
        ...subnets.map(
          ({ subnet, neighbours, acl }) =>
            `deny it in network ACL ${acl ?? '(none found)'} of ${subnet}: cuts established flows too, and touches ${count(neighbours, 'neighbour')} in the subnet`,
        ),
        'stop it: a sure cut. Lost are its memory, instance-store disks and a public IPv4 address that is not an Elastic IP',
        ...secondary.map((one) => `detach its secondary interface ${one.id}: a sure cut of what goes over that one`),
      ]
  return {
    lines: [
      'Not stopped by security groups: the DNS resolver of the VPC (names can carry data out), DHCP, the metadata service and time.',
      ...(v6.length > 0 ? [`It has public IPv6 addresses: ${v6.slice(0, 5).join(', ')}.`] : []),
      ...(siblings.length > 0
        ? [
            `Its role ${host.role!.name} is also on ${siblings.slice(0, 10).join(', ')}${siblings.length > 10 ? ` and ${siblings.length - 10} more` : ''}.`,
          ]
        : []),
      ...(levers.length > 0 ? ['Next levers, and what each would hit:', ...levers.map((one) => `  ${one}`)] : []),
    ],
    facts: {
      siblings: siblings.slice(0, 100),
      levers,
      neighbours: Object.fromEntries(subnets.map((one) => [one.subnet, one.neighbours])),
    },
  }
}

async function neighboursIn(subnet: string, host: string, { reads }: Outside): Promise<number> {
  const found = await reads['ec2:DescribeNetworkInterfaces']({
    Filters: [{ Name: 'subnet-id', Values: [subnet] }],
    MaxResults: 1_000,
  })
  return (found.NetworkInterfaces ?? []).filter((one) => one.Attachment?.InstanceId !== host).length
}

async function aclOf(subnet: string, { reads }: Outside): Promise<string | undefined> {
  const found = await reads['ec2:DescribeNetworkAcls']({
    Filters: [{ Name: 'association.subnet-id', Values: [subnet] }],
  })
  return found.NetworkAcls?.[0]?.NetworkAclId
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
