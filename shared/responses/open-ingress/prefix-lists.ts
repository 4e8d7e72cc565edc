import { awsCode, isDenied } from '#shared/fault.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Outside } from '#shared/response.ts'
import type { IngressRule, PrefixLists } from './world.ts'

/** The largest page of GetManagedPrefixListEntries. */
const PAGE = 100
/**
 * For so many milliseconds a list that was read need not be read again: one list is many groups. Less than the first pause
 * of who looks again because a change does not show yet.
 */
const FRESH = 900
/** Lists are changed in the background: so long it is waited for, 7.5 s in all. Then the sweep will see it. */
const WAITS = [500, 1_000, 2_000, 4_000, 0]
const AT_ONCE = 8

interface Kept {
  readonly at: number
  readonly entries: Promise<readonly string[] | null>
}
const kept = new WeakMap<Outside['reads'], Map<string, Kept>>()

/** The ranges of every prefix list that these rules name. */
export async function listsOf(rules: readonly IngressRule[], outside: Outside): Promise<PrefixLists> {
  const ids = [...new Set(rules.flatMap((rule) => rule.prefixList ?? []))]
  const entries = await mapLimit(ids, AT_ONCE, (id) => entriesOf(id, outside))
  return Object.fromEntries(ids.map((id, i) => [id, entries[i]!]))
}

/**
 * The ranges of a prefix list, ours or one that another account shares; null where it may not be read or is shared no
 * longer (its rules stay in force then: what it holds is a missing fact, not an empty list).
 */
export function entriesOf(id: string, { reads, now }: Outside, how?: 'anew'): Promise<readonly string[] | null> {
  const lists = kept.get(reads) ?? new Map<string, Kept>()
  kept.set(reads, lists)
  const known = lists.get(id)
  if (known && how !== 'anew' && now() - known.at < FRESH) return known.entries
  const entries = read(id, reads)
  lists.set(id, { at: now(), entries })
  // What failed is asked again by the next who wants it.
  entries.catch(() => lists.delete(id))
  return entries
}

async function read(id: string, reads: Outside['reads']): Promise<readonly string[] | null> {
  const cidrs: string[] = []
  let cursor: string | undefined
  try {
    do {
      const page = await reads['ec2:GetManagedPrefixListEntries']({
        PrefixListId: id,
        MaxResults: PAGE,
        ...(cursor ? { NextToken: cursor } : {}),
      })
      cidrs.push(...(page.Entries ?? []).flatMap((entry) => entry.Cidr ?? []))
      cursor = page.NextToken || undefined
    } while (cursor)
    return cidrs
  } catch (error) {
    if (isDenied(error) || isGone(error)) return null
    throw error
  }
}

/** Waits until the list is of a later version than this one, and no change of it is under way. */
export async function untilLater(id: string, version: number, { reads, sleep }: Outside): Promise<void> {
  for (const wait of WAITS) {
    try {
      const { PrefixLists } = await reads['ec2:DescribeManagedPrefixLists']({ PrefixListIds: [id] })
      const { State = '', Version = 0 } = PrefixLists?.[0] ?? {}
      // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ManagedPrefixList.html
      if (State.endsWith('-failed') || (!State.endsWith('-in-progress') && Version > version)) return
    } catch (error) {
      // Whether it can be read is for those who read what it holds to say.
      if (isDenied(error) || isGone(error)) return
      throw error
    }
    await sleep(wait)
  }
}

const isGone = (error: unknown): boolean => /^InvalidPrefixListI[Dd]\./.test(awsCode(error))
