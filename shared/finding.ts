import type { PortRange } from '#shared/kit/ports.ts'
import type { OpenPorts } from '#shared/responses/open-ingress/exposure.ts'
import type { IngressRule } from '#shared/responses/open-ingress/world.ts'

/** Who or what keeps a finding from being cured, and until when (ISO time). */
export type Spare =
  | {
      readonly by: 'exemption'
      readonly name: string
      readonly owner: string
      readonly reason: string
      readonly until: string
    }
  | { readonly by: 'grace'; readonly incident: string; readonly until: string }

/** What is wrong, the facts, and the rule of the policy that says so. A closed union, told apart by `finding`. */
export type Finding = OpenIngress

export interface OpenIngress {
  readonly finding: 'open-ingress'
  readonly subject: string
  /** The name of the policy's rule. */
  readonly rule: string
  /** What the world reaches, and how much of it. */
  readonly open: readonly OpenPorts[]
  /** The rules that have to go. */
  readonly rules: readonly IngressRule[]
  /** Allowed ports that close with them. */
  readonly closesToo: readonly PortRange[]
  /** Exemptions that would have spared it, had they not expired. */
  readonly lapsed: readonly string[]
  readonly spared?: Spare
}

/** Facts that the world itself does not hold, but judging needs. */
export interface Circumstances {
  readonly now: Date
  readonly account: string
  /** What people reopened, from the ledger. */
  readonly graces: readonly Grace[]
}

/** One permission that a person put back, left alone until then. */
export interface Grace {
  readonly permission: string
  readonly until: string
  readonly incident: string
}
