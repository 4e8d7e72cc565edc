import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetBucketLocationCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { Fault } from '#shared/fault.ts'
import { armedOf, type NamedMode } from '#shared/policy/modes.ts'
import { bundle } from './bundle.ts'
import { evidenceBucket } from './evidence.ts'
import { deployedPolicy } from './policy.ts'
import { hearingOf, requireSubscriber } from './subscriber.ts'

/** The parts of serverless that this plugin touches. */
interface Serverless {
  readonly service: {
    /** `armed` is put here when the service is packaged, and kept in the package: a deployment may come later, from there. */
    custom?: { readonly noticesQueue?: string; readonly armed?: readonly NamedMode[] }
    readonly provider: {
      readonly compiledCloudFormationTemplate: { readonly Resources: Record<string, unknown> }
    }
  }
  readonly classes: { readonly Error: new (message: string, code: string) => Error }
  getProvider(name: 'aws'): {
    getAwsSdkV3Config(): Promise<object>
    getStage(): string
    readonly naming: { getStackName(): string }
  }
}

/**
 * Bundles the functions before they are packaged. Before anything is deployed, be it from a package that was made earlier,
 * refuses to arm what nobody would hear of, and adopts a ledger and
 * evidence that an earlier stack left behind.
 *
 * These outlive their stack on purpose, and CloudFormation refuses to create a table or a bucket that exists. So where one
 * is there and this stack does not own it, the template leaves it out; everything refers to it by name.
 */
export class Portcullis {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>

  constructor(serverless: Serverless) {
    const { service } = serverless
    this.hooks = {
      'before:package:createDeploymentArtifacts': () =>
        plainly(serverless, async () => {
          const policy = deployedPolicy()
          service.custom = { ...service.custom, armed: armedOf(policy) }
          await bundle(policy)
        }),
      // By now a package is unpacked: its settings and its template are the service's.
      'before:aws:deploy:deploy:createStack': () =>
        plainly(serverless, async () => {
          const aws = serverless.getProvider('aws')
          const config = await aws.getAwsSdkV3Config()
          const stage = aws.getStage()
          const { noticesQueue = '', armed = armedOf(deployedPolicy()) } = service.custom ?? {}
          await requireSubscriber(armed, { stage, noticesQueue }, () => hearingOf(stage, config))
          const { Resources } = service.provider.compiledCloudFormationTemplate
          if (await isLeftBehind(serverless)) delete Resources.Ledger
          if (await isEvidenceLeftBehind(serverless)) {
            delete Resources.EvidenceBucket
            delete (Resources.EvidenceBucketPolicy as { DependsOn?: unknown }).DependsOn
          }
        }),
    }
  }
}

/** A fault is the operator's to mend: serverless shows its own errors as a sentence, and all others as a stack trace. */
async function plainly(serverless: Serverless, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw error instanceof Fault ? new serverless.classes.Error(error.message, error.code) : error
  }
}

async function isLeftBehind(serverless: Serverless): Promise<boolean> {
  const aws = serverless.getProvider('aws')
  const config = await aws.getAwsSdkV3Config()
  const TableName = `portcullis-ledger-${aws.getStage()}`
  const asking = new DynamoDBClient(config).send(new DescribeTableCommand({ TableName }))
  return (await orAbsent(asking, /ResourceNotFound/)) !== null && !(await owns(serverless, 'Ledger'))
}

async function isEvidenceLeftBehind(serverless: Serverless): Promise<boolean> {
  const aws = serverless.getProvider('aws')
  const config = await aws.getAwsSdkV3Config()
  const { Account = '' } = await new STSClient(config).send(new GetCallerIdentityCommand({}))
  const s3 = new S3Client(config)
  const Bucket = evidenceBucket(aws.getStage())
    .replace('${AWS::AccountId}', Account)
    .replace('${AWS::Region}', await s3.config.region())
  const asking = s3.send(new GetBucketLocationCommand({ Bucket, ExpectedBucketOwner: Account }))
  return (await orAbsent(asking, /NoSuchBucket/)) !== null && !(await owns(serverless, 'EvidenceBucket'))
}

/** Whether the stack that is there has this resource. */
async function owns(serverless: Serverless, LogicalResourceId: string): Promise<boolean> {
  const aws = serverless.getProvider('aws')
  const config = await aws.getAwsSdkV3Config()
  const StackName = aws.naming.getStackName()
  const asking = new DescribeStackResourceCommand({ StackName, LogicalResourceId })
  const owned = await orAbsent(new CloudFormationClient(config).send(asking), /does not exist/)
  // A stack that was removed may still answer, and says of what outlives it that it skipped deleting it.
  return owned !== null && !(owned.StackResourceDetail?.ResourceStatus?.startsWith('DELETE') ?? true)
}

/** The answer, or null where AWS says that there is none; any other error is an error. */
async function orAbsent<T>(asking: Promise<T>, no: RegExp): Promise<T | null> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof Error && no.test(`${error.name} ${error.message}`)) return null
    throw error
  }
}
