import { normalCidr } from '#shared/kit/cidr.ts'

/** One inbound rule of a security group, as EC2 states it. */
export interface IngressRule {
  /** `sgr-…`; unknown where the rule was read from the group or from a record of before 2021. */
  readonly id?: string
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1`. */
  readonly protocol: string
  /** The first port or the ICMP type; −1 for all. */
  readonly from: number
  /** The last port or the ICMP code; −1 for all. */
  readonly to: number
  /** Where from: exactly one of `cidr`, `prefixList`, `group`. */
  readonly cidr?: string
  readonly prefixList?: string
  readonly group?: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
}

export interface SecurityGroup {
  readonly id: string
  readonly name?: string
  readonly vpc?: string
  /** The other VPCs that the group is associated with; read where an exemption is bounded by VPCs. */
  readonly vpcs?: readonly string[]
  readonly owner?: string
  readonly tags: Readonly<Record<string, string>>
}

/** What is there: a group and its inbound rules. `group` is null where EC2 knows no such group. */
export interface GroupWorld {
  readonly subject: string
  readonly group: SecurityGroup | null
  readonly rules: readonly IngressRule[]
  /** The ranges of the prefix lists that the rules name; null where a list can't be read. */
  readonly lists?: PrefixLists
}

export type PrefixLists = Readonly<Record<string, readonly string[] | null>>

/** Where to look. The event may hold the group's id, or only something that leads to it, or to all that use it. */
export type GroupSubject =
  | { readonly groupId: string }
  | { readonly groupName: string }
  | { readonly ruleId: string; readonly mayBeGone?: true }
  /** `after`: a later version than this one is about to be in force. */
  | { readonly prefixListId: string; readonly after?: number }

/** What a rule lets in, without its id: two rules with the same text let in the same. */
export const permissionText = (rule: IngressRule): string =>
  `${rule.protocol}|${rule.from}|${rule.to}|${rule.cidr ?? rule.prefixList ?? rule.group ?? ''}`

/** The same, however the range is spelt: a record shows what was asked for, a read what EC2 made of it. */
export const normalText = (rule: IngressRule): string =>
  permissionText(rule.cidr === undefined ? rule : { ...rule, cidr: normalCidr(rule.cidr) })
