import type { Result } from '#shared/execute.ts'
import type { Finding } from '#shared/finding.ts'
import type { Step } from '#shared/plan.ts'
import { outcomeOf } from '#shared/record.ts'
import type { Response, World } from '#shared/response.ts'
import type { StepOutcome } from '#shared/story.ts'

/** What AWS said that it did, or would not do. */
export const answered = (plan: readonly Step[], results: readonly Result[]): StepOutcome[] =>
  plan.flatMap(({ id }, i) => (results[i]!.what === 'already-so' ? [] : [outcomeOf(id, results[i]!)]))

/** What became of the steps that AWS found nothing to do for, and of those whose answer was lost. */
export function found<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  plan: readonly Step[],
  results: readonly Result[],
  before: W,
  after: W | undefined,
): StepOutcome[] {
  const overtaken = plan.filter((_, i) => results[i]!.what === 'already-so')
  const lost = plan.filter((step, i) => wasLost(response, step, results[i]!, before, after))
  return [
    ...overtaken.map((step): StepOutcome => {
      const isDone = after !== undefined && response.isDone(step, after)
      return { what: isDone ? 'found-done' : 'not-done', step: step.id }
    }),
    ...lost.map(({ id }): StepOutcome => ({ what: 'found-done', step: id })),
  ]
}

/**
 * Whether a step that AWS gave no good answer for was taken all the same. Without that no undo would know of it; what was
 * refused was not taken, whoever may have done it since.
 */
export function wasLost<S, W extends World, F extends Finding>(
  response: Response<S, W, F>,
  step: Step,
  result: Result,
  before: W,
  after: W | undefined,
): boolean {
  const isOpen = result.what === 'failed' && result.fault.code === 'step-failed'
  return isOpen && after !== undefined && !response.isDone(step, before) && response.isDone(step, after)
}
