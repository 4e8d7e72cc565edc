import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, errorAnswer, pretendAnswer } from '#local/answer.ts'
import type { Call } from '#local/call.ts'
import type { DoorState } from '#local/door-state.ts'
import type { Upstream } from '#local/forward.ts'
import { addressOf, userIdentityOf, whoAmI } from '#local/principals.ts'
import { signerOf } from '#local/signature.ts'
import type { Switches } from '#local/switches.ts'

/** What became of a call: what the caller gets (null: a reset connection), and what CloudTrail saw (null: nothing). */
export interface Outcome {
  readonly answer: Answer | null
  readonly seen: Answer | null
}

/** Answers a call under the switches. */
export async function outcomeOf(call: Call, upstream: Upstream, state: DoorState, account: string): Promise<Outcome> {
  const switches = state.switches()
  const { latencyMs, latencyFor } = switches
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
  const answer = whoAmI(call, account) ?? (await upstream.send(call, hints(call, switches, account)))
  if (fault?.kind !== 'error-after') return both(answer)
  // It took effect, so the trail has it, whatever the caller is told.
  const told = fault.code ? errorAnswer(call, fault.status ?? 500, fault.code, message, fault.fields) : null
  return { answer: told, seen: answer }
}

/** What the emulators are told beside the call itself; see the launchers. */
function hints(call: Call, { staleReadsMs, foreign }: Switches, account: string): Readonly<Record<string, string>> {
  if (call.service === 'ec2') {
    return {
      ...(staleReadsMs > 0 ? { 'x-local-lag-ms': String(staleReadsMs) } : {}),
      ...(foreign.length > 0 ? { 'x-local-owners': JSON.stringify(foreign) } : {}),
    }
  }
  return call.service === 'execute-api' ? httpApiHints(call, account) : {}
}

/**
 * What API Gateway knows about a caller: who signed, and the address, which it appends to what the client says itself.
 * The application id is not asked: it is only a header.
 */
function httpApiHints(call: Call, account: string): Readonly<Record<string, string>> {
  const caller = { app: null, accessKey: signerOf(call, 'execute-api', Date.now()) }
  const said = call.headers['x-forwarded-for']
  const address = addressOf(caller)
  return {
    'x-forwarded-for': said ? `${said}, ${address}` : address,
    ...(caller.accessKey ? { 'x-local-caller': iamCaller(caller, account) } : {}),
  }
}

/** The block `requestContext.authorizer.iam` of an HTTP API's event. */
function iamCaller(call: Pick<Call, 'app' | 'accessKey'>, account: string): string {
  const { arn, principalId } = userIdentityOf(call, account, new Date())
  const ids = { callerId: principalId, userId: principalId, principalOrgId: null, cognitoIdentity: null }
  return JSON.stringify({ accessKey: call.accessKey, accountId: account, userArn: arn, ...ids })
}

function both(answer: Answer): Outcome {
  return { answer, seen: answer }
}
