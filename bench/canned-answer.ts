/** How the canned server answers: EC2 and the other services that speak XML. */

export interface Answer {
  readonly status: number
  /** The sizes of the items of a transaction. */
  readonly items?: readonly number[]
  readonly body: Buffer
}

const EC2 = 'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"'

export const ec2Answer = (action: string, content: string): Answer =>
  ok(
    `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response ${EC2}><requestId>bench</requestId>${content}</${action}Response>`,
  )

/** Auto Scaling, load balancers, IAM and SNS wrap what they answer once more. */
export const queryAnswer = (action: string, content: string): Answer =>
  ok(
    `<${action}Response><${action}Result>${content}</${action}Result><ResponseMetadata><RequestId>bench</RequestId></ResponseMetadata></${action}Response>`,
  )

export const failure = (code: string, status = 400): Answer => ({
  status,
  body: Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>canned</Message></Error></Errors><RequestID>bench</RequestID></Response>`,
  ),
})

export const json = (status: number, body: object): Answer => ({ status, body: Buffer.from(JSON.stringify(body)) })

/** The values of a list: `GroupId.1`, `GroupId.2` … */
export const values = (input: URLSearchParams, prefix: string): string[] =>
  [...input].filter(([name]) => name.startsWith(prefix)).map(([, value]) => value)

export const tag = (name: string, content: string | number | boolean): string => `<${name}>${content}</${name}>`
export const item = (content: string): string => tag('item', content)
export const items = (name: string, contents: readonly string[]): string => tag(name, contents.map(item).join(''))
export const tagSet = (those: Readonly<Record<string, string>>): string =>
  items(
    'tagSet',
    Object.entries(those).map(([key, value]) => tag('key', key) + tag('value', value)),
  )

const ok = (text: string): Answer => ({ status: 200, body: Buffer.from(text) })
