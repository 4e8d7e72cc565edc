import { randomUUID } from 'node:crypto'
import type { Answer } from '#local/answer.ts'
import { errorOf } from '#local/answer.ts'
import type { Call } from '#local/call.ts'
import { ec2Mapper } from '#local/cloudtrail-ec2.ts'
import { detectorInPath, jsonMapper } from '#local/cloudtrail-json.ts'
import { queryMapper } from '#local/cloudtrail-query.ts'
import { addressOf, type UserIdentity, userIdentityOf } from '#local/principals.ts'

/** A CloudTrail record of an API call, as far as its form is fixed. */
export interface TrailRecord {
  readonly eventVersion: string
  readonly userIdentity: UserIdentity
  readonly eventTime: string
  readonly eventSource: string
  readonly eventName: string
  readonly awsRegion: string
  readonly sourceIPAddress: string
  readonly userAgent: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly requestParameters: unknown
  readonly responseElements: unknown
  readonly requestID: string
  readonly eventID: string
  readonly readOnly: boolean
  readonly eventType: 'AwsApiCall'
  readonly apiVersion?: string
  readonly managementEvent: true
  readonly recipientAccountId: string
  readonly eventCategory: 'Management'
}

/** How one service's calls become records. A further service is one more file and one more line in MAPPERS. */
export interface TrailMapper {
  readonly eventSource: string
  isMutating(action: string): boolean
  requestParameters(call: Call): unknown
  responseElements(call: Call, answer: Answer): unknown
  requestId(answer: Answer): string | null
  /** EC2 alone prefixes its codes. */
  errorCode(code: string, status: number): string
  /** Where a service records that is one for all regions. */
  readonly region?: string
  readonly apiVersion?: string
}

const MAPPERS: Readonly<Record<string, TrailMapper>> = {
  ec2: ec2Mapper,
  cloudtrail: jsonMapper('cloudtrail', /^(Create|Update|Delete|Start|Stop|Put|Add|Remove)/),
  config: jsonMapper('config', /^(Put|Delete|Start|Stop)/),
  autoscaling: queryMapper({ service: 'autoscaling', reads: /^(Describe|Get)/ }),
  elasticloadbalancing: queryMapper({
    service: 'elasticloadbalancing',
    reads: /^(Describe|Get)/,
    apiVersion: '2015-12-01',
    exceptions: true,
  }),
  iam: queryMapper({
    service: 'iam',
    reads: /^(Get|List|Generate|Simulate)/,
    region: 'us-east-1',
    exceptions: true,
  }),
  kms: jsonMapper(
    'kms',
    /^(Create|Schedule|Cancel|Put|Enable|Disable|Update|Tag|Untag|Delete|Revoke|Retire|Import|Rep)/,
  ),
  ssm: jsonMapper(
    'ssm',
    /^(Send|Cancel|Put|Delete|Create|Update|Start|Stop|Terminate|Resume|Register|Deregister|Modify)/,
    {
      hidden: ['parameters', 'value'],
    },
  ),
  guardduty: jsonMapper('guardduty', /^(Create|Delete|Update|Archive|Unarchive|Start|Stop|Tag|Untag|Disassociate)/, {
    inPath: detectorInPath,
  }),
  // What goes over the bus is data: `PutEvents` is no management event.
  events: jsonMapper('events', /^(Put(Rule|Targets)|(Remove|Delete|Enable|Disable))/),
}

/** CloudTrail leaves out the parameters of a request beyond this size. */
const PARAMETERS_LIMIT = 100 * 1024

/** Whether CloudTrail would send this call to the event bus: management writes do, reads do not. */
export function isRecorded(call: Call): boolean {
  return MAPPERS[call.service]?.isMutating(call.action) ?? false
}

/** The record of a call and its answer. Only for calls that `isRecorded`. */
export function recordOf(call: Call, answer: Answer, account: string, region: string, at: Date): TrailRecord {
  const mapper = MAPPERS[call.service]
  if (!mapper) throw new Error(`Expected a service whose calls are recorded, got '${call.service}'.`)
  const failed = answer.status >= 400
  const error = failed ? errorOf(answer) : undefined
  return {
    eventVersion: '1.10',
    userIdentity: userIdentityOf(call, account, at),
    eventTime: `${at.toISOString().slice(0, 19)}Z`,
    eventSource: mapper.eventSource,
    eventName: call.action,
    awsRegion: mapper.region ?? region,
    sourceIPAddress: addressOf(call),
    userAgent: String(call.headers['user-agent'] ?? ''),
    ...(error
      ? { errorCode: mapper.errorCode(error.code ?? 'InternalError', answer.status), errorMessage: error.message }
      : {}),
    requestParameters: bounded(mapper.requestParameters(call)),
    responseElements: failed ? null : mapper.responseElements(call, answer),
    requestID: mapper.requestId(answer) ?? randomUUID(),
    eventID: randomUUID(),
    readOnly: false,
    eventType: 'AwsApiCall',
    ...(mapper.apiVersion ? { apiVersion: mapper.apiVersion } : {}),
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  }
}

function bounded(parameters: unknown): unknown {
  const size = Buffer.byteLength(JSON.stringify(parameters))
  if (size <= PARAMETERS_LIMIT) return parameters
  return { reason: 'requestParameters too large', omitted: 'true', originalSize: String(size) }
}
