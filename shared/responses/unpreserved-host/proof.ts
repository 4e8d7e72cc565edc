import { type EvidenceWorld, isLive, type Snapshot } from './world.ts'

/** What the second look finds kept: of the newest set. It stands in the ledger and in the notice. */
export interface EvidenceProof {
  readonly since: string
  readonly snapshots: string
  readonly copies: string
  /** The manifest as it was read back: with its version and digest it can be told from any other. */
  readonly manifest: string
}

export function proof({ sets }: EvidenceWorld): EvidenceProof | null {
  const [newest] = sets
  if (!newest) return null
  const manifest = newest.objects.find((one) => one.name === 'manifest.json')
  return {
    since: newest.since,
    snapshots: counted(newest.snapshots),
    copies: counted(newest.copies),
    manifest: manifest?.uri ?? 'none yet',
  }
}

function counted(all: readonly Snapshot[]): string {
  const live = all.filter(isLive)
  const [done, locked] = [live.filter((one) => one.state === 'completed'), live.filter((one) => one.lock)]
  return `${done.length} of ${live.length} completed${locked.length > 0 ? `, ${locked.length} locked` : ''}`
}
