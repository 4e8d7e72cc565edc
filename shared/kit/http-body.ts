import { field, text } from './loose.ts'

/**
 * The raw body of an event of an HTTP API, which hands over in base64 what is no plain text; undefined where there is none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function bodyOf(event: unknown): Buffer | undefined {
  const body = text(field(event, 'body'))
  if (body === undefined) return undefined
  return Buffer.from(body, field(event, 'isBase64Encoded') === true ? 'base64' : 'utf8')
}
