import { type Decided, decide } from '#shared/decision.ts'
import { summaryOf } from '#shared/describe.ts'
import type { Finding } from '#shared/finding.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Head, Memory, Page } from '#shared/ledger.ts'
import type { Ports } from '#shared/ports.ts'
import type { Response, World } from '#shared/response.ts'

/** What of the world is wrong, with what is decided about it. */
export const decideAll = <S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  world: W,
  memory: Memory,
  { policy, account, clock }: Ports,
): Decided<F>[] =>
  response
    .judge(world, policy, { now: new Date(clock.now()), account, graces: memory.graces })
    .map((finding) => ({ finding, decision: decide(finding, policy) }))

export const findingsOf = <F extends Finding>(decided: readonly Decided<F>[]): F[] =>
  decided.map(({ finding }) => finding)

/** The head of an incident as it is when it opens. */
export const headOf = (
  response: string,
  { subject }: Page,
  id: string,
  decided: readonly Decided[],
  ports: Ports,
): Head => ({
  id,
  status: 'open',
  response,
  subject,
  account: ports.account,
  region: ports.region,
  openedAt: iso(ports.clock.now()),
  summary: summaryOf(subject, decided),
})
