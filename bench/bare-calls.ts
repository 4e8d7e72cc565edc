import { DynamoDBClient, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { DescribeSecurityGroupRulesCommand, EC2Client, type SecurityGroupRule } from '@aws-sdk/client-ec2'
import { patient } from '#shared/aws/client-options.ts'

/** The calls that both acting baselines make, with the client options of the real thing. */
export const ec2 = new EC2Client(patient())
export const dynamodb = new DynamoDBClient(patient())
const TableName = 'bench-ledger'

/** One partition of the ledger. */
export const page = (pk: string) =>
  dynamodb.send(
    new QueryCommand({
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
    }),
  )

/** What is known of a group, and what bounds the response. */
export const recall = (group: string) =>
  Promise.all([page(`subject#open-ingress#${group}`), page('guard#open-ingress')])

/** A transaction with items of these sizes. */
export function write(pk: string, sizes: readonly number[]) {
  const items = sizes.map((size, i) => ({ pk: { S: pk }, sk: { S: `${i}` }, body: { S: 'x'.repeat(size) } }))
  const puts = items.map((Item) => ({ Put: { TableName, Item } }))
  return dynamodb.send(new TransactWriteItemsCommand({ TransactItems: puts }))
}

export async function rulesOf(groups: readonly string[]): Promise<SecurityGroupRule[]> {
  const Filters = [{ Name: 'group-id', Values: [...groups] }]
  const page = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 1_000 }))
  return page.SecurityGroupRules ?? []
}

export const isOpen = (rule: SecurityGroupRule): boolean =>
  rule.IsEgress === false && rule.CidrIpv4 === '0.0.0.0/0' && rule.FromPort === 22
