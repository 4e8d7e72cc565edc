import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import type { Cloud } from '#local/cloud.ts'
import { KEYS, SECRET } from '#local/principals.ts'

/** Where a stage's HTTP API is in the local cloud, whose functions say where it would be on AWS. */
export interface PublicUrls {
  readonly local: string
  /** Where the local cloud serves an address as AWS gives it. */
  localOf(address: string): string
}

/** Asks the stack for its API. */
export async function publicUrls({ url, region }: Pick<Cloud, 'url' | 'region'>, stage: string): Promise<PublicUrls> {
  const credentials = { accessKeyId: KEYS.deploy, secretAccessKey: SECRET }
  const client = new CloudFormationClient({ endpoint: url, region, credentials })
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: `portcullis-${stage}` }))
  const id = Stacks?.[0]?.Outputs?.find((output) => output.OutputKey === 'OperatorsApi')?.OutputValue
  const local = `${url}/_aws/execute-api/${id}/$default`
  return { local, localOf: (address) => address.replace(/^https:\/\/[^/]+/, local) }
}
