import type { Decided } from '#shared/decision.ts'
import type { Fault } from '#shared/fault.ts'
import type { Finding, Origin } from '#shared/finding.ts'
import type { Memory, Outcome, Page } from '#shared/ledger.ts'
import type { Doubts } from '#shared/look.ts'
import type { Notice } from '#shared/notice.ts'
import type { Step } from '#shared/plan.ts'
import type { Ports, Run } from '#shared/ports.ts'
import type { Response, World } from '#shared/response.ts'
import type { Signal } from '#shared/signal.ts'
import type { Head } from '#shared/story.ts'

/** How the loop ended for one subject. */
export interface Settled {
  readonly page: Page
  readonly outcome: Outcome
  /** There is something to write and to tell, but another run is at the incident: nothing was written. */
  readonly busy?: boolean
  /** Found, though no event had told of it. */
  readonly missed?: boolean
  /** What people are to be told, and what to write once they are. Absent when there is nothing new. */
  readonly telling?: Telling | undefined
  /** What went wrong on the way: to be thrown once people are told, so that the event is retried. */
  readonly fault?: Fault | undefined
  /** Somebody has left word meanwhile: it has to be looked at again. */
  readonly again?: boolean
}

export interface Telling {
  /** The notice by itself: what lies around the subject is read for it. */
  readonly notice: () => Promise<Notice>
  /** The same without anything more being read: all that a digest takes of it. */
  readonly brief: () => Notice
  readonly release: () => Promise<'released' | 'lost' | 'word'>
}

export interface Ending<S, W extends World, F extends Finding> {
  readonly response: Response<S, W, F>
  readonly page: Page
  readonly world: W
  readonly memory: Memory
  /** What is left, with what was decided about it; null where it could not be read. */
  readonly decided: readonly Decided<F>[] | null
  readonly steps: readonly Step[]
  /** What the steps were made for. */
  readonly cured: readonly Decided<F>[]
  /** Steps that AWS had no room for. */
  readonly forgone: readonly Step[]
  readonly failures: readonly Fault[]
  /** Who made which part, as the event told. */
  readonly origins: readonly Origin[]
  readonly doubts: Doubts
  readonly signal: Signal
  readonly ports: Ports
  readonly run: Run
  /** What had been told of the open incident when this run first looked; undefined where there was none. */
  readonly toldBefore: string | undefined
  /** The incident that this run has claimed and acted in. */
  readonly mine: { readonly head: Head; readonly decidedAt: number; readonly appliedAt: number } | undefined
}
