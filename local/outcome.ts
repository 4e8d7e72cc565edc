import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, errorAnswer, pretendAnswer } from '#local/answer.ts'
import type { Call } from '#local/call.ts'
import type { DoorState } from '#local/door-state.ts'
import type { Upstream } from '#local/forward.ts'
import { addressOf, userIdentityOf, whoAmI } from '#local/principals.ts'

/** What became of a call: what the caller gets (null: a reset connection), and what CloudTrail saw (null: nothing). */
export interface Outcome {
  readonly answer: Answer | null
  readonly seen: Answer | null
}

/** Answers a call under the switches. */
export async function outcomeOf(call: Call, upstream: Upstream, state: DoorState, account: string): Promise<Outcome> {
  const { latencyMs, latencyFor, staleReadsMs } = state.switches()
  if (latencyMs > 0 && (latencyFor === 'everyone' || call.app)) await sleep(latencyMs)
  const fault = state.faults.hit(call)
  const message = fault?.message ?? 'Broken on purpose by a switch of the local cloud.'
  switch (fault?.kind) {
    case 'drop':
      return { answer: null, seen: null }
    case 'error':
      return both(errorAnswer(call, fault.status ?? 400, fault.code ?? 'InternalError', message, fault.fields))
    case 'pretend':
      return both(pretendAnswer(call, fault.fields))
    case 'hold':
      await state.faults.hold()
  }
  const answer = whoAmI(call, account) ?? (await upstream.send(call, hints(call, staleReadsMs, account)))
  if (fault?.kind !== 'error-after') return both(answer)
  // It took effect, so the trail has it, whatever the caller is told.
  const told = fault.code ? errorAnswer(call, fault.status ?? 500, fault.code, message, fault.fields) : null
  return { answer: told, seen: answer }
}

/** What the emulators are told beside the call itself; see the launchers. */
function hints(call: Call, staleReadsMs: number, account: string): Readonly<Record<string, string>> {
  if (call.service === 'ec2' && staleReadsMs > 0) return { 'x-local-lag-ms': String(staleReadsMs) }
  if (call.service !== 'execute-api') return {}
  return {
    'x-forwarded-for': addressOf(call),
    ...(call.accessKey ? { 'x-local-caller': iamCaller(call, account) } : {}),
  }
}

/** The block `requestContext.authorizer.iam` of an HTTP API's event. */
function iamCaller(call: Call, account: string): string {
  const { arn, principalId } = userIdentityOf(call, account, new Date())
  const ids = { callerId: principalId, userId: principalId, principalOrgId: null, cognitoIdentity: null }
  return JSON.stringify({ accessKey: call.accessKey, accountId: account, userArn: arn, ...ids })
}

function both(answer: Answer): Outcome {
  return { answer, seen: answer }
}
