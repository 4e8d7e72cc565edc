import type { Call } from '#local/call.ts'

/** One line of the call log. */
export interface LoggedCall {
  /** Epoch milliseconds. */
  readonly at: number
  readonly service: string
  readonly action: string
  /** The IAM actions that the call needs, with the service's prefix. */
  readonly actions: readonly string[]
  /** What it touches, where the wire form names it: tables (`table`), indexes (`table/index`), topics, functions. */
  readonly resources: readonly string[]
  readonly app: string | null
  readonly accessKey: string | null
  readonly status: number
  readonly errorCode: string | null
  readonly durationMs: number
}

/** Names that differ between the credential scope and IAM. */
const IAM_PREFIX: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' }
const IAM_ACTION: Readonly<Record<string, string>> = { 'lambda:Invoke': 'lambda:InvokeFunction' }
/** A transaction needs the rights of its parts: there is no `dynamodb:TransactWriteItems` in IAM. */
const PARTS: Readonly<Record<string, string>> = {
  Put: 'dynamodb:PutItem',
  Update: 'dynamodb:UpdateItem',
  Delete: 'dynamodb:DeleteItem',
  ConditionCheck: 'dynamodb:ConditionCheckItem',
  Get: 'dynamodb:GetItem',
}

interface DynamoInput {
  readonly TableName?: string
  readonly IndexName?: string
  readonly RequestItems?: Readonly<Record<string, unknown>>
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[]
}

/** What IAM would be asked about this call. */
export function rightsOf(call: Call): Pick<LoggedCall, 'actions' | 'resources'> {
  if (call.service === 'dynamodb') return dynamoRights(call)
  const name = `${IAM_PREFIX[call.service] ?? call.service}:${call.action}`
  return { actions: [IAM_ACTION[name] ?? name], resources: resourcesOf(call) }
}

function dynamoRights(call: Call): Pick<LoggedCall, 'actions' | 'resources'> {
  const input = parsed(call.body) as DynamoInput
  const parts = (input.TransactItems ?? []).flatMap((item) => Object.entries(item))
  const tables = [...parts.map(([, part]) => part.TableName), ...Object.keys(input.RequestItems ?? {})]
  if (input.TableName) tables.push(input.IndexName ? `${input.TableName}/${input.IndexName}` : input.TableName)
  const actions =
    parts.length > 0 ? parts.map(([kind]) => PARTS[kind] ?? `dynamodb:${kind}`) : [`dynamodb:${call.action}`]
  return { actions: [...new Set(actions)], resources: [...new Set(tables)] }
}

function resourcesOf(call: Call): readonly string[] {
  if (call.service === 'lambda') {
    const name = /\/functions\/([^/?]+)/.exec(call.url)?.[1]
    return name ? [decodeURIComponent(name)] : []
  }
  if (call.service === 'scheduler') {
    const name = /\/schedules\/([^/?]+)/.exec(call.url)?.[1]
    return name ? [decodeURIComponent(name)] : []
  }
  const named = call.params.get('TopicArn') ?? call.params.get('GroupId') ?? call.params.get('QueueUrl')
  return named ? [named] : []
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) ?? {}
  } catch {
    return {}
  }
}
