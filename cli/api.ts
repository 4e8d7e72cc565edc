import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { Fault, isFaultCode } from '#shared/fault.ts'
import { field, text } from '#shared/kit/loose.ts'
import { asked } from './aws.ts'
import { signedFetch } from './sigv4.ts'

/** Which deployment a command speaks to. */
export interface Deployment {
  readonly stage: string
  readonly region?: string
}

/** What every command on a deployment may be told. */
export interface Asked extends Deployment {
  readonly json?: boolean
}

/** The region that a command is for: the AWS SDK's, unless the command says otherwise. */
export function clientOptions({ region }: Deployment): { readonly region?: string } {
  // The CLI of AWS reads this variable, and the SDK does not.
  const chosen = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION
  return chosen ? { region: chosen } : {}
}

/** Asks the operators' API of a deployment, signed with the caller's own credentials. Its faults are thrown as ours. */
export async function ask<T>(deployment: Deployment, method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const { url, region } = await locate(deployment)
  const question = {
    expected: `to reach the operators' API of stage ${deployment.stage}`,
    denied: 'read-denied',
    failed: 'read-failed',
  } as const
  const response = await asked(question, async () =>
    signedFetch(new URL(`${url}${path}`), method, body ? JSON.stringify(body) : '', region),
  )
  const said = await response.text()
  if (response.ok) return JSON.parse(said) as T
  throw refusalOf(response.status, said, deployment)
}

/** Where the API is: the stack says it. Emulators serve it under a path of their one endpoint. */
async function locate(deployment: Deployment): Promise<{ readonly url: string; readonly region: string }> {
  const client = new CloudFormationClient(clientOptions(deployment))
  const StackName = `portcullis-${deployment.stage}`
  const question = {
    expected: `to find the operators' API of stage ${deployment.stage} (stack ${StackName} of AWS CloudFormation)`,
    denied: 'read-denied',
    failed: 'read-failed',
  } as const
  const { Stacks } = await asked(question, () => client.send(new DescribeStacksCommand({ StackName })))
  const id = Stacks?.[0]?.Outputs?.find((output) => output.OutputKey === 'OperatorsApi')?.OutputValue
  if (!id) throw new Fault('read-failed', `Expected stack ${StackName} to name its operators' API; deploy it anew.`)
  const region = await client.config.region()
  const emulator = process.env.AWS_ENDPOINT_URL
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = emulator ? `${emulator}/_aws/execute-api/${id}/$default` : `https://${id}.execute-api.${region}.${suffix}`
  return { url, region }
}

function refusalOf(status: number, said: string, { stage }: Deployment): Fault {
  const answer = parsed(said)
  const error = field(answer, 'error')
  const code = text(field(error, 'code'))
  const message = text(field(error, 'message')) ?? text(field(answer, 'message', 'Message')) ?? said.slice(0, 200)
  if (isFaultCode(code)) return new Fault(code, message)
  if (status === 403)
    return new Fault(
      'step-denied',
      `Expected IAM to let you ask that of stage ${stage}; it answered ${message}. The policies portcullis-${stage}-reader, -operator and -approver allow it.`,
    )
  return new Fault('step-failed', `Expected an answer of the operators' API; what came was ${status} ${message}`)
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said) as unknown
  } catch {
    return null
  }
}
