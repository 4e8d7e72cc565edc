import type { IncomingHttpHeaders } from 'node:http'
import { actionOfRest } from '#local/rest-actions.ts'

/** How a service speaks: it decides where the action's name stands and what an error looks like. */
export type Protocol = 'ec2' | 'query' | 'json' | 'rest-json' | 'rest-xml'

/** One request to the cloud, with what its wire form says about it. */
export interface Call {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The name in the credential scope: `ec2`, `dynamodb`, `monitoring`, … or a fallback for what is not signed. */
  readonly service: string
  readonly action: string
  readonly protocol: Protocol
  /** The application id in the SDK's user agent, which names the function that called. */
  readonly app: string | null
  readonly accessKey: string | null
  readonly region: string | null
  /** The parameters of a query protocol. */
  readonly params: URLSearchParams
}

const NO_PARAMS = new URLSearchParams()
const S3_HOST = /(^|\.)s3[.-]/

/** Reads service, action and caller from a request. */
export function readCall(method: string, url: string, headers: IncomingHttpHeaders, body: Buffer): Call {
  const at = url.indexOf('?')
  const query = at < 0 ? NO_PARAMS : new URLSearchParams(url.slice(at + 1))
  const scope = credentialScope(headers, query)
  const target = one(headers['x-amz-target'])
  const isForm = one(headers['content-type']).startsWith('application/x-www-form-urlencoded') && !target
  const params = isForm ? new URLSearchParams(body.toString('utf8')) : query
  const path = at < 0 ? url : url.slice(0, at)
  // An HTTP API is where its address says, whatever service the client has signed for.
  const service = isHttpApi(path, headers)
    ? 'execute-api'
    : (scope?.service ?? serviceOfUnsigned(path, headers, target))
  const named = target ? target.slice(target.lastIndexOf('.') + 1) : params.get('Action')
  return {
    method,
    url,
    headers,
    body,
    service,
    action: named ?? actionOfRest(service, method, path, query),
    protocol: protocolOf(service, target, named !== null && named !== ''),
    app: /(?:^|\s)app\/(\S+)/.exec(one(headers['user-agent']))?.[1] ?? null,
    accessKey: scope?.accessKey ?? null,
    region: scope?.region ?? null,
    params,
  }
}

/** `Credential=AKIA…/20260101/eu-central-1/ec2/aws4_request`, in the header or, presigned, in the query. */
function credentialScope(headers: IncomingHttpHeaders, query: URLSearchParams) {
  const signed = /Credential=([^,\s]+)/.exec(one(headers.authorization))?.[1] ?? query.get('X-Amz-Credential')
  const [accessKey, , region, service] = (signed ?? '').split('/')
  return accessKey && service ? { accessKey, region: region ?? null, service } : null
}

function isHttpApi(path: string, headers: IncomingHttpHeaders): boolean {
  return path.startsWith('/_aws/execute-api/') || one(headers.host).includes('.execute-api.')
}

/** What carries no signature: function URLs, SNS confirmations, virtual-host S3. One emulator has them all. */
function serviceOfUnsigned(path: string, headers: IncomingHttpHeaders, target: string): string {
  const host = one(headers.host)
  if (host.includes('.lambda-url.') || path.startsWith('/_aws/lambda-url/')) return 'lambda-url'
  if (S3_HOST.test(host)) return 's3'
  return target ? target.slice(0, target.lastIndexOf('.')).toLowerCase() : 'unsigned'
}

function protocolOf(service: string, target: string, named: boolean): Protocol {
  if (service === 'ec2') return 'ec2'
  if (target) return 'json'
  if (named) return 'query'
  return service === 's3' || service === 'route53' ? 'rest-xml' : 'rest-json'
}

function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
