import type { Ending } from '#shared/ending.ts'
import { errorText } from '#shared/fault.ts'
import type { Finding } from '#shared/finding.ts'
import { breakerClause, isOpen } from '#shared/guard.ts'
import { approvedAt } from '#shared/jump/standing.ts'
import { outsideOf } from '#shared/look.ts'
import type { Surroundings, World } from '#shared/response.ts'
import type { Head } from '#shared/story.ts'

/** What a notice says beside the finding: read once all is done, since none of it decides anything. */
export interface Afterwards {
  readonly surroundings: Surroundings
  /** Other incidents that the open breaker leaves to people; null where they could not be read. */
  readonly leftByBreaker: readonly Head[] | null
}

export const NOTHING_AROUND: Afterwards = { surroundings: { lines: [], facts: {} }, leftByBreaker: [] }

/** Looks around for the notice. What can't be read is said, and keeps no notice back. */
export async function afterwards<S, W extends World, F extends Finding>({
  response,
  page,
  world,
  memory,
  ports,
}: Ending<S, W, F>): Promise<Afterwards> {
  const known = { request: memory.request, approvedAt: approvedAt(memory) }
  const breaker = breakerClause(response.name)
  const [surroundings, leftByBreaker] = await Promise.all([
    response.surroundings?.(world, outsideOf(ports), known).catch((error: unknown) => ({
      lines: [`What uses it could not be read: ${errorText(error)}`],
      facts: { surroundings: null },
    })) ?? NOTHING_AROUND.surroundings,
    isOpen(memory.guard, response.breaker?.(ports.policy) ?? ports.policy.breaker, ports.clock.now())
      ? ports.ledger.incidents('open', 200).catch(() => null)
      : [],
  ])
  const isOther = (head: Head) => head.left === `ask ${breaker}` && head.subject !== page.subject
  return { surroundings, leftByBreaker: leftByBreaker?.filter(isOther) ?? null }
}
