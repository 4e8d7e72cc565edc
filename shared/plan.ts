import type { Mutations } from '#shared/mutations/table.ts'

/** One AWS call that changes something: its IAM action and the SDK's input. */
export type Call = {
  [N in keyof Mutations]: { readonly call: N; readonly input: Mutations[N]['input'] }
}[keyof Mutations]

/** One step of a plan, with the calls that take it back. A plan is data: the same findings make the same plan. */
export interface Step {
  /** The digest of what it changes and of the content it found there; it names the intent in the ledger. */
  readonly id: string
  readonly title: string
  readonly does: Call
  readonly undo: readonly Call[]
  /** Steps to take before, by their ids; whether these succeed makes no difference. */
  readonly after?: readonly string[]
  /** Steps without whose success this one must not be taken. */
  readonly needs?: readonly string[]
  /** What it is about: `eni-1`, `vpc-1`. Two steps of one incident about the same thing had the same state before them. */
  readonly of?: string
  /** It makes something, and AWS takes no token by which it would know a second try: it must not be taken twice. */
  readonly once?: true
  /** The permissions that it closes: what is closed again and again is a tug of war. */
  readonly closes?: readonly string[]
  /** How true the undo is: `exact` means the same permissions, descriptions and tags (never the same rule ids). */
  readonly tier: 'exact' | 'best-effort' | 'none'
}

/** The ids of the rules that a call takes away, where it names them so. */
export const revokedIds = ({ input }: Call): readonly string[] =>
  'SecurityGroupRuleIds' in input ? (input.SecurityGroupRuleIds ?? []) : []

/**
 * In place of an id that an earlier step creates: resolved when the step is taken. The plan's hash, and what a person
 * approves, are over the plan with these in it, so nothing in them is random.
 */
export interface Made {
  readonly madeBy: string
}

/** In place of content that is read when the step is taken: it is too large for a plan, or is not there yet. */
export interface Content {
  readonly content: string
}

/** The id that a step will have created, where an input wants one. The step must be among those that it `needs`. */
export const madeBy = (step: string): string => ({ madeBy: step }) satisfies Made as unknown as string

/** What `Response.content` answers with under this name. */
export const contentOf = (name: string): string => ({ content: name }) satisfies Content as unknown as string
