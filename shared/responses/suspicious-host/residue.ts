/** What of a host in quarantine no call of ours ends: said plainly, left by decision. */
export type Residue =
  /** An interface that only its owner can change. */
  | { readonly kind: 'interface'; readonly of: string; readonly owner: string; readonly groups: readonly string[] }
  /** Connections that were open may go on until then (ISO time), at the longest; null where that is not known. */
  | { readonly kind: 'flows'; readonly until: string | null }
  /** Traffic was seen to pass after all was closed. */
  | { readonly kind: 'leak'; readonly lines: readonly string[] }
  /** A role that can't be edited: its sessions stay good until they expire. */
  | { readonly kind: 'role'; readonly role: string; readonly why: string }
  /** It could not be read, so it may not be as it should. */
  | { readonly kind: 'unread'; readonly what: string }
  /** It waits for snapshots to be begun. */
  | { readonly kind: 'awaits-evidence' }

export function residueText(residue: Residue): string {
  switch (residue.kind) {
    case 'interface':
      return `interface ${residue.of} belongs to ${residue.owner} and keeps ${residue.groups.join(', ') || 'no group'}: only its owner can change it`
    case 'flows':
      return residue.until === null
        ? 'connections that were open may go on: for how long is not known'
        : `connections that were open may go on until ${residue.until} at the longest`
    case 'leak':
      return `flow logs saw traffic pass after it was cut off: ${residue.lines.join('; ')}`
    case 'role':
      return `sessions of role ${residue.role} stay good until they expire: ${residue.why}`
    case 'unread':
      return `not known, for it could not be read: ${residue.what}`
    case 'awaits-evidence':
      return 'it is cut off once its snapshots are begun'
  }
}
