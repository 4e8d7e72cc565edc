/** A suspicious host's evidence, as far as it is there. */
export interface EvidenceWorld {
  readonly subject: string
}

/** What is still to be done for the evidence. `of` is what it is about. A closed union, told apart by `need`. */
export type Need = { readonly of: string } & { readonly need: 'snapshots' }

/** Evidence that is not there yet, or can't be had, and why. */
export type Gap = { readonly kind: 'unread'; readonly what: string }
