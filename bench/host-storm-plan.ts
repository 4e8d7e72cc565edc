import { chanceOf } from '#local/chance.ts'
import { hostId } from './account.ts'

/** What GuardDuty finds in a storm, the same every time: about which host, and when whom it is delivered to. */

/** All but the first accuse a host of nothing that counts. */
const KINDS = ['accused', 'archived', 'forged', 'mild', 'sample', 'another-account'] as const
export type Kind = (typeof KINDS)[number]

export interface Finding {
  readonly kind: Kind
  readonly host: string
  /** A finding comes again with each of its updates: the id is the same, and the event is another. */
  readonly id: string
  readonly update: number
  /** When it is delivered, each time, in milliseconds from the start. */
  readonly deliveries: readonly number[]
}

/** How many hosts are accused, and within how many seconds. */
export interface Size {
  readonly hosts: number
  readonly seconds: number
}

/** How often each of them is. */
export const EACH = 5
/** Hosts about which there is nothing to be done, after the others. */
export const INNOCENT = 10
const EMPTY = 40

export function findings({ hosts, seconds }: Size): Finding[] {
  const chance = chanceOf(11)
  const deliveries = (): number[] => {
    // One in twenty comes long after others that are younger; one in seven comes again, a third of those at once.
    const at = 1_000 * seconds * chance()
    const late = chance() < 0.05 ? at + 4_000 : at
    return chance() < 1 / 7 ? [late, late + (chance() < 1 / 3 ? 0 : 3_000 * chance())] : [late]
  }
  const accused = Array.from({ length: hosts * EACH }, (_, i): Finding => {
    const [host, nth] = [i % hosts, Math.floor(i / hosts)]
    // Of five findings about a host two are news of earlier ones.
    return {
      kind: 'accused',
      host: hostId(host),
      id: `miner-${host}-${nth % 3}`,
      update: nth,
      deliveries: deliveries(),
    }
  })
  const empty = Array.from({ length: EMPTY }, (_, i): Finding => {
    const kind = KINDS[1 + (i % (KINDS.length - 1))]!
    return { kind, host: hostId(hosts + (i % INNOCENT)), id: `${kind}-${i}`, update: 0, deliveries: deliveries() }
  })
  return [...accused, ...empty]
}
