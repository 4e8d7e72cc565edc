import type { NetworkAcl } from '@aws-sdk/client-ec2'
import { ALL, holds, protocolNumber, type Span, spanOfEntry } from './protocol.ts'
import { type Block, block, within } from './space.ts'
import { must, type World } from './world.ts'

/** An entry of a network ACL, read. `block` is the far end: where a packet comes from inbound, goes to outbound. */
export interface AclLine {
  readonly egress: boolean
  readonly allow: boolean
  readonly block: Block
  readonly protocol: number
  readonly span: Span
}

const read = new WeakMap<NetworkAcl, readonly AclLine[]>()

function linesOf(acl: NetworkAcl): readonly AclLine[] {
  const seen = read.get(acl)
  if (seen) return seen
  const lines = [...(acl.Entries ?? [])]
    .sort((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0))
    .map((entry) => ({
      egress: entry.Egress === true,
      allow: entry.RuleAction === 'allow',
      block: block(must(entry.CidrBlock ?? entry.Ipv6CidrBlock, `a CIDR in every entry of ${acl.NetworkAclId}`)),
      protocol: protocolNumber(entry.Protocol),
      span: spanOfEntry(entry),
    }))
  read.set(acl, lines)
  return lines
}

/**
 * The ACL of a subnet, in the order in which it is asked: by rule number, the first that matches decides, and the rule
 * `*` denies the rest (https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html). A subnet without an ACL of its
 * own has the VPC's default one (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html).
 */
export function aclOf(world: World, subnet: string): readonly AclLine[] {
  const own = world.NetworkAcls.find((acl) => acl.Associations?.some((one) => one.SubnetId === subnet))
  if (own) return linesOf(own)
  const vpc = must(
    world.Subnets.find((one) => one.SubnetId === subnet),
    `subnet ${subnet}`,
  ).VpcId
  return linesOf(
    must(
      world.NetworkAcls.find((acl) => acl.VpcId === vpc && acl.IsDefault),
      `a default ACL of ${vpc}`,
    ),
  )
}

/** Whether one packet passes. ACLs keep no state: an answer is a packet like any other. */
export function aclPasses(
  lines: readonly AclLine[],
  egress: boolean,
  far: { readonly family: 4 | 6; readonly first: bigint },
  protocol: number,
  port: number,
): boolean {
  for (const line of lines) {
    if (line.egress !== egress || !within(line.block, far.family, far.first)) continue
    if (line.protocol !== ALL && line.protocol !== protocol) continue
    if (line.protocol !== ALL && !holds(line.span, port)) continue
    return line.allow
  }
  return false
}
