import type { Call } from '#local/call.ts'
import { addressOf, userIdentityOf } from '#local/principals.ts'
import { signerOf } from '#local/signature.ts'
import type { Switches } from '#local/switches.ts'

/** What the door tells the emulators beside a call: nobody else may. */
export const HINTS = [
  'x-local-caller',
  'x-local-lag-ms',
  'x-local-owners',
  'x-local-managed',
  'x-local-settling',
  'x-local-ask',
] as const

/** The services of moto in which something takes its time. */
const SETTLING = new Set(['ec2', 'autoscaling', 'elasticloadbalancing'])

/** The hints for one call; see the launchers. */
export function hintsOf(call: Call, switches: Switches, account: string): Readonly<Record<string, string>> {
  if (call.service === 'execute-api') return httpApiHints(call, account)
  return { ...(call.service === 'ec2' ? ec2Hints(switches) : {}), ...settlingHints(call, switches) }
}

function ec2Hints({ staleReadsMs, foreign, managedInterfaces }: Switches): Readonly<Record<string, string>> {
  return {
    ...(staleReadsMs > 0 ? { 'x-local-lag-ms': String(staleReadsMs) } : {}),
    ...(foreign.length > 0 ? { 'x-local-owners': JSON.stringify(foreign) } : {}),
    ...(managedInterfaces.length > 0 ? { 'x-local-managed': JSON.stringify(managedInterfaces) } : {}),
  }
}

function settlingHints(call: Call, switches: Switches): Readonly<Record<string, string>> {
  const { snapshotMs, snapshotsFail, standbyMs, drainMs, terminateMs } = switches
  const settling = { snapshotMs, snapshotsFail, standbyMs, drainMs, terminateMs }
  if (!SETTLING.has(call.service) || !Object.values(settling).some(Boolean)) return {}
  return { 'x-local-settling': JSON.stringify(settling) }
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
