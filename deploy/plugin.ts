import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { bundle } from './bundle.ts'

/** The parts of serverless that this plugin touches. */
interface Serverless {
  readonly service: {
    readonly provider: {
      readonly stage: string
      readonly compiledCloudFormationTemplate: { readonly Resources: Record<string, unknown> }
    }
  }
  readonly processedInput: { readonly commands: readonly string[] }
  getProvider(name: 'aws'): {
    getAwsSdkV3Config(): Promise<object>
    readonly naming: { getStackName(): string }
  }
}

/**
 * Bundles the functions before they are packaged, and adopts a ledger that an earlier stack left behind.
 *
 * The ledger outlives its stack on purpose, and CloudFormation refuses to create a table that exists. So where the table
 * is there and this stack does not own it, the template leaves it out; everything refers to it by name.
 */
export class Portcullis {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>

  constructor(serverless: Serverless) {
    this.hooks = {
      'before:package:createDeploymentArtifacts': async () => {
        await bundle()
      },
      'after:aws:package:finalize:mergeCustomProviderResources': async () => {
        if (serverless.processedInput.commands[0] !== 'deploy') return
        if (await isLeftBehind(serverless))
          delete serverless.service.provider.compiledCloudFormationTemplate.Resources.Ledger
      },
    }
  }
}

async function isLeftBehind(serverless: Serverless): Promise<boolean> {
  const aws = serverless.getProvider('aws')
  const config = await aws.getAwsSdkV3Config()
  const TableName = `portcullis-ledger-${serverless.service.provider.stage}`
  const StackName = aws.naming.getStackName()
  const table = new DynamoDBClient(config).send(new DescribeTableCommand({ TableName }))
  if (!(await found(table, /ResourceNotFound/))) return false
  const resource = new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'Ledger' })
  return !(await found(new CloudFormationClient(config).send(resource), /does not exist/))
}

/** Whether the answer is there; an error that does not say "no" is an error. */
async function found(asking: Promise<unknown>, no: RegExp): Promise<boolean> {
  try {
    await asking
    return true
  } catch (error) {
    if (error instanceof Error && no.test(`${error.name} ${error.message}`)) return false
    throw error
  }
}
