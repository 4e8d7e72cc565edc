import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, errorAnswer, pretendAnswer } from '#local/answer.ts'
import type { Call } from '#local/call.ts'
import type { DoorState } from '#local/door-state.ts'
import type { Upstream } from '#local/forward.ts'
import { hintsOf } from '#local/hints.ts'
import { whoAmI } from '#local/principals.ts'
import type { Fault } from '#local/switches.ts'

/** What became of a call: what the caller gets (null: a reset connection), and what CloudTrail saw (null: nothing). */
export interface Outcome {
  readonly answer: Answer | null
  readonly seen: Answer | null
}

const NOTHING: Outcome = { answer: null, seen: null }

/** Answers a call under the switches. */
export async function outcomeOf(call: Call, upstream: Upstream, state: DoorState, account: string): Promise<Outcome> {
  const switches = state.switches()
  const { latencyMs, latencyFor } = switches
  if (latencyMs > 0 && (latencyFor === 'everyone' || call.app)) await sleep(latencyMs)
  const fault = state.faults.hit(call)
  switch (fault?.kind) {
    case 'drop':
      return NOTHING
    case 'kill':
      state.endRun(call)
      return NOTHING
    case 'hang':
      await state.faults.hold()
      return NOTHING
    case 'error':
      return both(errorOf(call, fault, fault.status ?? 400, fault.code ?? 'InternalError'))
    case 'pretend':
      return both(pretendAnswer(call, fault.fields))
    case 'hold':
      await state.faults.hold()
  }
  const answer =
    whoAmI(call, account) ??
    state.guardDuty.answer(call) ??
    (await upstream.send(call, hintsOf(call, switches, account)))
  // It took effect, so the trail has it, whatever the caller is told.
  return fault === undefined ? both(answer) : { answer: await told(call, fault, answer, state), seen: answer }
}

/** What the caller is told of a call that was carried out. */
async function told(call: Call, fault: Fault, answer: Answer, state: DoorState): Promise<Answer | null> {
  switch (fault.kind) {
    case 'error-after':
      return fault.code ? errorOf(call, fault, fault.status ?? 500, fault.code) : null
    case 'hang-after':
      await state.faults.hold()
      return null
    case 'kill-after':
      state.endRun(call)
      return null
    default:
      return answer
  }
}

function errorOf(call: Call, fault: Fault, status: number, code: string): Answer {
  const message = fault.message ?? 'Broken on purpose by a switch of the local cloud.'
  return errorAnswer(call, status, code, message, fault.fields)
}

function both(answer: Answer): Outcome {
  return { answer, seen: answer }
}
