import type { SecurityGroupRule } from '@aws-sdk/client-ec2'
import { carries, type Peer } from './peers.ts'
import { ALL, holds, ICMP, ICMPV6, protocolNumber, spanOfRule, TCP, UDP } from './protocol.ts'
import { ruleRows } from './rules.ts'
import { type Block, block, joined, overlap, whole } from './space.ts'
import { must, type World } from './world.ts'

export const allows = (rule: SecurityGroupRule, protocol: number, port: number): boolean => {
  const its = protocolNumber(rule.IpProtocol)
  return its === ALL || (its === protocol && holds(spanOfRule(rule), port))
}

/**
 * Which addresses of a peer a rule means. A reference to a group means the private addresses of the interfaces that
 * carry it; a prefix list means its entries (https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html).
 * A list whose entries aren't known is taken to hold everything.
 */
export function meansSome(world: World, rule: SecurityGroupRule, peer: Peer): readonly Block[] {
  if (rule.ReferencedGroupInfo) return carries(peer, rule.ReferencedGroupInfo.GroupId) ? peer.blocks : []
  const list = world.PrefixLists.find((one) => one.PrefixListId === rule.PrefixListId)
  const blocks = rule.PrefixListId
    ? (list?.Entries.map((entry) => block(entry.Cidr ?? '')) ?? [whole(4), whole(6)])
    : [block(must(rule.CidrIpv4 ?? rule.CidrIpv6, 'a peer in every rule'))]
  return joined(blocks.flatMap((one) => peer.blocks.flatMap((its) => overlap(one, its) ?? [])))
}

const named = new WeakMap<World, ReadonlySet<number>>()

/** All protocols that some rule or entry names: two that nothing names fare alike. */
function namedIn(world: World): ReadonlySet<number> {
  const seen = named.get(world)
  if (seen) return seen
  const made = new Set([TCP, UDP, ICMP, ICMPV6])
  for (const group of world.SecurityGroups)
    for (const rule of ruleRows(world, group)) made.add(protocolNumber(rule.IpProtocol))
  for (const acl of world.NetworkAcls) for (const entry of acl.Entries ?? []) made.add(protocolNumber(entry.Protocol))
  made.delete(ALL)
  named.set(world, made)
  return made
}

export const otherThan = (world: World): number => {
  let number = 255
  while (namedIn(world).has(number)) number--
  return number
}

export function protocolsOf(world: World, rule: SecurityGroupRule): readonly number[] {
  const its = protocolNumber(rule.IpProtocol)
  return its === ALL ? [...namedIn(world), otherThan(world)] : [its]
}
