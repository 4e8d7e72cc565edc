import { randomUUID } from 'node:crypto'
import type { Call } from '#local/call.ts'
import { escapeXml, findXml, parseXml } from '#local/xml.ts'

/** What goes back to the caller. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Buffer
}

const EC2_NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/'

/** An error in the form that the call's own service gives it. */
export function errorAnswer(
  call: Call,
  status: number,
  code: string,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): Answer {
  const id = randomUUID()
  const error = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`
  const blame = `<Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>`
  switch (call.protocol) {
    case 'ec2':
      return xml(
        status,
        id,
        `<Response><Errors><Error>${error}</Error></Errors><RequestID>${id}</RequestID></Response>`,
      )
    case 'query':
      return errorResponse(status, id, `${blame}${error}`)
    case 'rest-xml':
      // S3 alone has its error at the top.
      return call.service === 's3'
        ? xml(status, id, `<Error>${error}<RequestId>${id}</RequestId></Error>`)
        : errorResponse(status, id, `${blame}${error}`)
    case 'json':
      return json(call, status, id, { __type: code, message, ...fields }, code)
    case 'rest-json':
      return json(call, status, id, { message, ...fields }, code)
  }
}

/** A success that nothing stands behind. */
export function pretendAnswer(call: Call, fields: Readonly<Record<string, unknown>> = {}): Answer {
  const id = randomUUID()
  const name = `${call.action}Response`
  if (call.protocol === 'ec2') {
    const inner = `<requestId>${id}</requestId><return>true</return>`
    return xml(200, id, `<${name} xmlns="${EC2_NAMESPACE}">${inner}</${name}>`)
  }
  if (call.protocol === 'json' || call.protocol === 'rest-json') return json(call, 200, id, fields)
  const result = `<${call.action}Result><MessageId>${id}</MessageId></${call.action}Result>`
  return xml(200, id, `<${name}>${result}<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></${name}>`)
}

/** The service's error code in an answer, or null where it is none. */
export function errorCodeOf(answer: Answer): string | null {
  return answer.status < 400 ? null : (errorOf(answer).code ?? `HTTP ${answer.status}`)
}

/** Code and message of an error answer, in whichever of the forms above it comes. */
export function errorOf(answer: Answer): { readonly code: string | null; readonly message: string } {
  const text = answer.body.toString('utf8')
  const header = String(answer.headers['x-amzn-errortype'] ?? '')
  try {
    if (text.trimStart().startsWith('<')) {
      const root = parseXml(text)
      return { code: findXml(root, 'Code')?.text ?? null, message: findXml(root, 'Message')?.text ?? '' }
    }
    const body = JSON.parse(text) as { __type?: string; code?: string; message?: string; Message?: string }
    const code = (body.__type ?? body.code ?? header).split('#').at(-1)!.split(':')[0]!
    return { code: code || null, message: body.message ?? body.Message ?? '' }
  } catch {
    return { code: header.split(':')[0] || null, message: text.slice(0, 200) }
  }
}

function errorResponse(status: number, id: string, error: string): Answer {
  return xml(status, id, `<ErrorResponse><Error>${error}</Error><RequestId>${id}</RequestId></ErrorResponse>`)
}

function xml(status: number, id: string, document: string): Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${document}`)
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': id }, body }
}

function json(
  call: Call,
  status: number,
  id: string,
  content: Readonly<Record<string, unknown>>,
  code?: string,
): Answer {
  const sent = String(call.headers['content-type'] ?? '')
  const type = sent.includes('json') ? sent : 'application/json'
  const headers = { 'content-type': type, 'x-amzn-requestid': id, ...(code ? { 'x-amzn-errortype': code } : {}) }
  return { status, headers, body: Buffer.from(JSON.stringify(content)) }
}
