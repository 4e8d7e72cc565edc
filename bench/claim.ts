import type { Seen } from './cloud.ts'
import { alike, same } from './measure.ts'

/** What a run wrote before it acted, and what a baseline has to write to be its equal. */

/** What an item of the baseline's transaction has beside its padding. */
const WRAPPING = 140

const claimOf = ({ calls }: Pick<Seen, 'calls'>) => calls.find((call) => call.call === 'dynamodb:TransactWriteItems')!

/** How long the padding of each of the baseline's items has to be. */
export const sizesOf = (seen: Seen): number[] => claimOf(seen).items.map((size) => Math.max(0, size - WRAPPING))

/** Throws where the baseline did not write as much. */
export function sameClaim(ours: Seen, bare: Seen): void {
  same('the items written before acting', claimOf(ours).items.length, claimOf(bare).items.length)
  alike('the size of what was written before acting', claimOf(ours).bytes, claimOf(bare).bytes)
}
