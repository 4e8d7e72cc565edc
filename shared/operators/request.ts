import { Fault } from '#shared/fault.ts'
import { bodyOf } from '#shared/kit/http-body.ts'
import { field, text } from '#shared/kit/loose.ts'
import type { Person } from '#shared/story.ts'

/** A request of an operator, as API Gateway hands it over. */
export interface OperatorsRequest {
  /** `POST /incidents/{id}/undo` */
  readonly route: string
  readonly incident: string
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  /** Who asks and from where: IAM and the gateway say so, never the body or a header. */
  readonly by: Person
}

/**
 * Reads an event of an HTTP API (payload format 2.0) whose authorizer is IAM. Throws `input-invalid` where the body is no
 * JSON, and `caller-unknown` where nobody has vouched for the caller: such a request never came through the authorizer.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function readRequest(event: unknown): OperatorsRequest {
  const context = field(event, 'requestContext')
  const name = text(field(field(field(context, 'authorizer'), 'iam'), 'userArn'))
  const from = text(field(field(context, 'http'), 'sourceIp'))
  if (!name || !from)
    throw new Fault('caller-unknown', 'Expected a request that IAM has authorised; who asks is not known.')
  return {
    route: text(field(event, 'routeKey')) ?? '',
    incident: text(field(field(event, 'pathParameters'), 'id')) ?? '',
    query: (field(event, 'queryStringParameters') ?? {}) as Readonly<Record<string, string>>,
    body: jsonOf(bodyOf(event)),
    by: { name, from },
  }
}

function jsonOf(body: Buffer | undefined): unknown {
  if (body === undefined) return {}
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch (error) {
    throw new Fault('input-invalid', 'Expected JSON in the body of the request; got other text.', error)
  }
}
