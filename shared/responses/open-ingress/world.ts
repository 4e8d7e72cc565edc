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
  readonly owner?: string
  readonly tags: Readonly<Record<string, string>>
}

/** What is there: a group and its inbound rules. `group` is null where EC2 knows no such group. */
export interface GroupWorld {
  readonly subject: string
  readonly group: SecurityGroup | null
  readonly rules: readonly IngressRule[]
}

/** Where to look. The event may hold the group's id, or only something that leads to it. */
export type GroupSubject = { readonly groupId: string } | { readonly groupName: string } | { readonly ruleId: string }

/** What a rule lets in, without its id: two rules with the same text let in the same. */
export const permissionText = (rule: IngressRule): string =>
  `${rule.protocol}|${rule.from}|${rule.to}|${rule.cidr ?? rule.prefixList ?? rule.group ?? ''}`
