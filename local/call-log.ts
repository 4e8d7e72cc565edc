import type { Call } from '#local/call.ts'
import { pathOf } from '#local/rest-actions.ts'
import { s3Rights } from '#local/s3-actions.ts'

/** One line of the call log. */
export interface LoggedCall {
  /** Epoch milliseconds. */
  readonly at: number
  readonly service: string
  readonly action: string
  /** The IAM actions that the call needs, with the service's prefix. */
  readonly actions: readonly string[]
  /**
   * What it touches, where the wire form names it: tables (`table`), indexes (`table/index`), topics, functions,
   * buckets, roles, keys, log groups, detectors, Auto Scaling and target groups, schedules, hosted zones, parameters.
   */
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

/** Parameters of query protocols that name what a call is about, the closest first. */
const NAMES = [
  'TopicArn',
  'GroupId',
  'QueueUrl',
  'RoleName',
  'InstanceProfileName',
  'AutoScalingGroupName',
  'TargetGroupArn',
] as const

interface DynamoInput {
  readonly TableName?: string
  readonly IndexName?: string
  readonly RequestItems?: Readonly<Record<string, unknown>>
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[]
}

/** What IAM would be asked about this call. */
export function rightsOf(call: Call): Pick<LoggedCall, 'actions' | 'resources'> {
  if (call.service === 'dynamodb') return dynamoRights(call)
  const resources = resourcesOf(call)
  if (call.service === 's3') return { actions: s3Rights(call.action, call.headers, call.url), resources }
  const name = `${IAM_PREFIX[call.service] ?? call.service}:${call.action}`
  const sideEffects = call.service === 'ec2' ? sideEffectsOf(call) : []
  return { actions: [IAM_ACTION[name] ?? name, ...sideEffects], resources }
}

/** What a call to EC2 does beside its name: tags on what it makes, a role given to a machine, an image looked up. */
function sideEffectsOf({ action, params }: Call): readonly string[] {
  const names = [...params.keys()]
  const tags = names.some((name) => /^TagSpecification\.\d+\.Tag\./.test(name))
  const passes = /^(RunInstances|(Associate|Replace)IamInstanceProfile)/.test(action)
  const profile = names.some((name) => name.startsWith('IamInstanceProfile.'))
  const alias = action === 'RunInstances' && params.get('ImageId')?.startsWith('resolve:ssm:')
  return [
    ...(tags ? ['ec2:CreateTags'] : []),
    ...(passes && profile ? ['iam:PassRole'] : []),
    ...(alias ? ['ssm:GetParameters'] : []),
  ]
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
  if (call.service === 'route53') {
    const zone = /\/hostedzone\/([^/?]+)/.exec(call.url)?.[1]
    return zone ? [decodeURIComponent(zone)] : []
  }
  if (call.service === 'ssm') {
    const { Name, Names } = parsed(call.body) as { readonly Name?: string; readonly Names?: readonly string[] }
    return Names ?? (Name ? [Name] : [])
  }
  if (call.service === 's3') return pathOf(call).split('/').slice(1, 2).filter(Boolean).map(decodeURIComponent)
  if (call.service === 'guardduty') return pathOf(call).split('/').slice(2, 3).filter(Boolean).map(decodeURIComponent)
  if (call.service === 'kms' || call.service === 'logs') {
    const { KeyId, logGroupName } = parsed(call.body) as { readonly KeyId?: string; readonly logGroupName?: string }
    return [KeyId ?? logGroupName ?? ''].filter(Boolean)
  }
  const named = NAMES.map((name) => call.params.get(name)).find((value) => value !== null)
  return named ? [named] : []
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) ?? {}
  } catch {
    return {}
  }
}
