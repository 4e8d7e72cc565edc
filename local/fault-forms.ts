import type { Fault } from '#local/switches.ts'

/** What a service says when it refuses, slows down or fails: code and HTTP status. */
interface Refusals {
  readonly denied: readonly [code: string, status: number]
  readonly throttled: readonly [code: string, status: number]
  readonly broken: readonly [code: string, status: number]
}

/** Services with a query protocol, and those with a JSON protocol, say the same among themselves but for a few. */
const QUERY: Refusals = {
  denied: ['AccessDenied', 403],
  throttled: ['Throttling', 400],
  broken: ['InternalFailure', 500],
}
const JSON_RPC: Refusals = {
  denied: ['AccessDeniedException', 400],
  throttled: ['ThrottlingException', 400],
  broken: ['InternalServerError', 500],
}
const REFUSALS: Readonly<Record<string, Refusals>> = {
  ec2: {
    denied: ['UnauthorizedOperation', 403],
    throttled: ['RequestLimitExceeded', 503],
    broken: ['InternalError', 500],
  },
  s3: { denied: ['AccessDenied', 403], throttled: ['SlowDown', 503], broken: ['InternalError', 500] },
  iam: { ...QUERY, broken: ['ServiceFailure', 500] },
  route53: QUERY,
  autoscaling: QUERY,
  elasticloadbalancing: QUERY,
  sts: QUERY,
  sns: { denied: ['AuthorizationError', 403], throttled: ['Throttled', 429], broken: ['InternalError', 500] },
  guardduty: {
    denied: ['AccessDeniedException', 403],
    throttled: ['TooManyRequestsException', 429],
    broken: ['InternalServerErrorException', 500],
  },
  lambda: {
    denied: ['AccessDeniedException', 403],
    throttled: ['TooManyRequestsException', 429],
    broken: ['ServiceException', 500],
  },
  scheduler: {
    denied: ['AccessDeniedException', 403],
    throttled: ['ThrottlingException', 429],
    broken: ['InternalServerException', 500],
  },
  kms: { ...JSON_RPC, broken: ['KMSInternalException', 500] },
  logs: { ...JSON_RPC, broken: ['ServiceUnavailableException', 500] },
}

type About = Partial<Pick<Fault, 'app' | 'resource' | 'times' | 'skip'>>

/** IAM says no, as the service puts it. EC2's actions go by their names, others as IAM spells them: `iam:PutRolePolicy`. */
export const denied = (action: string, about: About = {}): Fault =>
  refusal(action, 'denied', 'You are not authorized to perform this operation.', about)

/** The service is asked too often. */
export const throttled = (action: string, about: About = {}): Fault =>
  refusal(action, 'throttled', 'Rate exceeded', about)

/** The service fails by its own fault, and nothing is done. */
export const broken = (action: string, about: About = {}): Fault =>
  refusal(action, 'broken', 'An internal error has occurred', about)

/** There is no answer, and nothing is done. */
export const hangs = (action: string, about: About = {}): Fault => ({ ...named(action), ...about, kind: 'hang' })

/** It is done, and the answer is lost on the way. */
export const lost = (action: string, about: About = {}): Fault => ({ ...named(action), ...about, kind: 'error-after' })

/** It is done, and the function that called dies before it hears of it. */
export const killedAfter = (action: string, about: About = {}): Fault => ({
  ...named(action),
  ...about,
  kind: 'kill-after',
})

function refusal(action: string, why: keyof Refusals, message: string, about: About): Fault {
  const call = named(action)
  const [code, status] = (REFUSALS[call.service] ?? JSON_RPC)[why]
  return { ...call, ...about, kind: 'error', status, code, message }
}

function named(action: string): { readonly service: string; readonly action: string } {
  const [service, name] = action.split(':')
  return name === undefined ? { service: 'ec2', action } : { service: service!, action: name }
}
