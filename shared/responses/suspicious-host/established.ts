import type { Taken } from '#shared/finding.ts'
import { isForeign } from './levers.ts'
import type { Host } from './world.ts'

/**
 * Security groups track connections, and what is tracked goes on after its group is changed until it says nothing for so
 * long. EC2's default for established TCP: five days (432,000 s); 350 s on instances of Nitro v6, which nothing here can
 * tell, so the longer one is said.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
 */
const LONGEST = 432_000

const CUT = 'ec2:ModifyNetworkInterfaceAttribute'

/** When each interface that we can change was cut off last (milliseconds); undefined where the ledger does not know of one. */
function cuts({ interfaces }: Host, account: string, taken: readonly Taken[]) {
  return interfaces
    .filter((one) => !isForeign(one, account))
    .map((one) => ({
      one,
      at: taken
        .filter(({ of, call }) => of === one.id && call === CUT)
        .reduce<number | undefined>((last, { at }) => Math.max(last ?? 0, at), undefined),
    }))
}

/** When the last of its interfaces was cut off; undefined where one of them was not, as far as the ledger knows. */
export function isolatedAt(host: Host, account: string, taken: readonly Taken[]): number | undefined {
  const all = cuts(host, account, taken)
  return all.length > 0 && all.every(({ at }) => at !== undefined) ? Math.max(...all.map(({ at }) => at!)) : undefined
}

/** Until when connections that were open then may go on, at the longest; undefined where that is not known. */
export function flowsEnd(host: Host, account: string, taken: readonly Taken[]): number | undefined {
  const all = cuts(host, account, taken)
  if (all.length === 0 || all.some(({ at }) => at === undefined)) return undefined
  return Math.max(...all.map(({ one, at }) => at! + 1_000 * (one.idle ?? LONGEST)))
}
