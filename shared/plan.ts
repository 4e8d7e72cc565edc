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
  /** The permissions that it closes: what is closed again and again is a tug of war. */
  readonly closes?: readonly string[]
  /** How true the undo is: `exact` means the same permissions, descriptions and tags (never the same rule ids). */
  readonly tier: 'exact' | 'best-effort' | 'none'
}
