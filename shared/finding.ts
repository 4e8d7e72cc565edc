import type { BoxRequest } from '#shared/jump/box-request.ts'
import type { PortRange } from '#shared/kit/ports.ts'
import type { Impairment } from '#shared/responses/impaired-defences/world.ts'
import type { Difference, Remains } from '#shared/responses/jump-box/differences.ts'
import type { Wanted } from '#shared/responses/jump-box/wanted.ts'
import type { OpenPorts } from '#shared/responses/open-ingress/exposure.ts'
import type { IngressRule } from '#shared/responses/open-ingress/world.ts'
import type { Lever } from '#shared/responses/suspicious-host/lever.ts'
import type { Residue } from '#shared/responses/suspicious-host/residue.ts'
import type { Gap, Need } from '#shared/responses/unpreserved-host/world.ts'
import type { Actor } from '#shared/signal.ts'
import type { Suspicion } from '#shared/suspicion.ts'

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
export type Finding =
  | OpenIngress
  | UndescribedIngress
  | ImpairedDefences
  | SuspiciousHost
  | HostResidue
  | UnreadyVpc
  | UnpreservedHost
  | EvidenceGap
  | WantedBox
  | OverdueBox
  | BlockedBox

export interface Found {
  readonly subject: string
  /** Exemptions that would have spared it, had they not expired. */
  readonly lapsed: readonly string[]
  readonly spared?: Spare
}

/** The world reaches ports that the policy forbids it. */
export interface OpenIngress extends Found {
  readonly finding: 'open-ingress'
  /** The name of the policy's rule. */
  readonly rule: string
  /** What the world reaches, and how much of it. */
  readonly open: readonly OpenPorts[]
  /** The rules that have to go. */
  readonly rules: readonly IngressRule[]
  /** Allowed ports that close with them. */
  readonly closesToo: readonly PortRange[]
  /** All ports or an administration port: the breaker keeps a reserve for these. */
  readonly worst: boolean
  /** What to allow in their place: the policy's own ranges, in the form of permissions that the group lacks. */
  readonly narrow?: readonly IngressRule[]
  /** The group that whatever is launched in its VPC without a group of its own gets. */
  readonly isDefault?: true
  /** The account that owns the group, where it is not ours: then nobody here can change it. */
  readonly foreign?: string
  /** What rewrites the group's rules, and whether anybody could have put that mark there. */
  readonly controller?: { readonly name: string; readonly forgeable: boolean }
  /** A fact that is missing and would decide. */
  readonly unsure?: { readonly fact: 'actor' | 'prefix-list'; readonly says: string }
  /** How often the same permission was closed within a day, and who opened it again. */
  readonly again?: Again
}

export interface Again {
  readonly times: number
  readonly by?: Actor
  /** Where the policy names them as automation: its name there, and after how many rounds it is left alone. */
  readonly automation?: { readonly name: string; readonly rounds: number }
  /** The CloudFormation stack of the group, by AWS's own tag. */
  readonly stack?: string
}

/** New inbound rules that do not say why they exist. */
export interface UndescribedIngress extends Found {
  readonly finding: 'undescribed-ingress'
  readonly rules: readonly IngressRule[]
  readonly by: readonly string[]
  readonly pattern: string
}

/** Something that makes us deaf or blind is switched off. */
export interface ImpairedDefences extends Found {
  readonly finding: 'impaired-defences'
  readonly impairment: Impairment
}

/** A host that must not go on as it is: what is still to be done about it. */
export interface SuspiciousHost extends Found {
  readonly finding: 'suspicious-host'
  /** The name of the policy's rule. */
  readonly rule: string
  /** Why, in words: who accuses it, or what is wrong with its launch. */
  readonly reasons: readonly string[]
  /** What accuses it: kept in the ledger until it is released. */
  readonly accusations: readonly Suspicion[]
  readonly open: readonly Lever[]
  /** A fact that makes it a question: who accuses it can be forged, or what it is part of would be taken away. */
  readonly doubt?: { readonly clause: string; readonly says: string }
  /** Who answers for it, by the tag that the policy names: told, never believed. */
  readonly owner?: string
  /** Something was done about it in this incident already. */
  readonly again: boolean
  /** It was in our hold, and somebody took it out. */
  readonly freed: boolean
}

/** What is left of a host in quarantine that no call of ours ends. */
export interface HostResidue extends Found {
  readonly finding: 'host-residue'
  readonly rule: string
  readonly residue: Residue
}

/** A VPC with hosts, and no quarantine group to put them in. */
export interface UnreadyVpc extends Found {
  readonly finding: 'unready-vpc'
  readonly open: readonly Lever[]
}

/** A suspicious host whose evidence is not kept yet. */
export interface UnpreservedHost extends Found {
  readonly finding: 'unpreserved-host'
  readonly rule: string
  readonly reasons: readonly string[]
  /** Since when it is suspicious: it names this set of evidence. */
  readonly since: string
  readonly accusations: readonly Suspicion[]
  readonly needs: readonly Need[]
  /** Some of it is kept already: what was begun is finished, without being asked about anew. */
  readonly begun: boolean
  readonly doubt?: { readonly clause: string; readonly says: string }
}

/** Evidence that is not there yet, or can't be had, and why. */
export interface EvidenceGap extends Found {
  readonly finding: 'evidence-gap'
  readonly rule: string
  readonly gap: Gap
  /** The manifest states it, and nothing more can be done: no incident is kept open for it. */
  readonly over?: true
}

/** A jump box that somebody may have, and that is not as it has to be. */
export interface WantedBox extends Found {
  readonly finding: 'wanted-box'
  readonly request: BoxRequest
  readonly wanted: Wanted
  readonly differs: readonly Difference[]
  /** Until when (ISO time) it can be extended, in all. */
  readonly longest: string
}

/** What is there of a jump box that nobody wants any more. */
export interface OverdueBox extends Found {
  readonly finding: 'overdue-box'
  readonly remains: Remains
  /** In words: its time is up, somebody closed it, nobody asked for it. */
  readonly why: string
  /** Whose it was, and where, where anybody asked for it. */
  readonly of?: { readonly person: string; readonly zone: string; readonly reason: string }
  readonly instance: string | null
  readonly group: string | null
}

/** A jump box that can't be opened as its zone says. */
export interface BlockedBox extends Found {
  readonly finding: 'blocked-box'
  readonly request: BoxRequest
  readonly why: string
}

/** Facts that the world itself does not hold, but judging needs. */
export interface Circumstances {
  readonly now: Date
  readonly account: string
  /** What people reopened, from the ledger. */
  readonly graces: readonly Grace[]
  /** Who made which rule, from the event at hand and from the ledger. */
  readonly origins: readonly Origin[]
  /** What was closed before, from the ledger. */
  readonly rounds: readonly Round[]
  /** Why the subject is suspicious, from the event at hand and from the ledger. */
  readonly suspicions: readonly Suspicion[]
  /** What was done about it, and when (milliseconds), from the ledger. */
  readonly taken: readonly Taken[]
  /** The same of its incidents that are over. */
  readonly former?: readonly Taken[]
  /** Whether it is in our hold. */
  readonly held?: boolean
  /** That something has few of the subject, in words, from the ledger. */
  readonly scarce?: string | undefined
  /** Who wants it, from the ledger: null where nobody asked, absent where the ledger was not looked into. */
  readonly request?: BoxRequest | null
  /** When (ISO time) a person approved what was asked in the open incident. */
  readonly approvedAt?: string | undefined
}

/** One permission that a person put back, left alone until then. */
export interface Grace {
  readonly permission: string
  readonly until: string
  readonly incident: string
}

/** Who made a part of the subject (a rule, by its id), as an event told; void once the content is another. */
export interface Origin {
  readonly part: string
  readonly content: string
  readonly actor: Actor
  readonly event: string
  readonly at: string
}

/** How often a permission was closed, and when last (milliseconds). */
export interface Round {
  readonly permission: string
  readonly times: number
  readonly at: number
}

/** A step that was taken about something, and when. */
export interface Taken {
  readonly of: string
  readonly call: string
  readonly at: number
}
