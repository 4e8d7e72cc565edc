import { randomUUID } from 'node:crypto'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  type IpPermission,
  type SecurityGroupRule,
  type Tag,
} from '@aws-sdk/client-ec2'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { inject } from 'vitest'
import { controlOf } from '#local/control.ts'
import { slackOf } from '#local/slack.ts'
import { CALM } from '#local/switches.ts'
import { tickOf } from '#local/tick.ts'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import type { Entry, Head } from '#shared/story.ts'
import { STAGE } from './cloud-setup.ts'

/** The cloud that all tests share, as somebody with the key `AKIALOCALALICE…` sees it. */
export const { url, slackUrl, region, account, env } = inject('cloud')
export const control = controlOf(url)
export const slack = slackOf(slackUrl)
export const options = {
  endpoint: url,
  region,
  credentials: { accessKeyId: 'AKIALOCALALICE000000', secretAccessKey: 'local' },
}
export const ec2 = new EC2Client(options)
export const lambda = new LambdaClient(options)
export const dynamodb = new DynamoDBClient(options)
export const TABLE = `portcullis-ledger-${STAGE}`
export const RESPONDER = `portcullis-${STAGE}-close-open-ingress`
export const UNDO = `portcullis-${STAGE}-undo-open-ingress`
export const APP = 'close-open-ingress'
export const ledger = dynamodbLedger({ table: TABLE, client: dynamodb, newId: randomUUID })

/** Turns every switch off, and lets go of what is held; the log of calls stays, for the test of the rights. */
export async function calm(): Promise<void> {
  await control.change(CALM)
  await control.release()
}

export async function newGroup(): Promise<string> {
  const answer = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: `group-${randomUUID()}`, Description: 'a test' }),
  )
  return answer.GroupId!
}

export const tcp = (port: number, cidr = '0.0.0.0/0', description?: string): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  ...(cidr.includes(':')
    ? { Ipv6Ranges: [{ CidrIpv6: cidr, ...(description ? { Description: description } : {}) }] }
    : { IpRanges: [{ CidrIp: cidr, ...(description ? { Description: description } : {}) }] }),
})

/** Opens a door, and answers with the ids of its rules. */
export async function open(
  group: string,
  permissions: readonly IpPermission[] = [tcp(22)],
  tags: readonly Tag[] = [],
): Promise<string[]> {
  const answer = await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: group,
      IpPermissions: [...permissions],
      ...(tags.length > 0 ? { TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [...tags] }] } : {}),
    }),
  )
  return answer.SecurityGroupRules!.map((rule) => rule.SecurityGroupRuleId!)
}

export async function inbound(group: string): Promise<SecurityGroupRule[]> {
  const answer = await ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [group] }] }),
  )
  return answer.SecurityGroupRules!.filter((rule) => !rule.IsEgress)
}

/** What the group lets in, as short texts. */
export const doors = async (group: string): Promise<string[]> =>
  (await inbound(group)).map((rule) => `${rule.IpProtocol}/${rule.FromPort} ${rule.CidrIpv4 ?? rule.CidrIpv6}`).sort()

/** Asks again until the answer is what is hoped for; throws the last answer when time is up. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  isSo: (answer: T) => boolean,
  seconds = 15,
): Promise<T> {
  const end = Date.now() + seconds * 1_000
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    if (Date.now() > end)
      throw new Error(
        `Expected ${what} within ${seconds} s; the last answer was ${JSON.stringify(answer)?.slice(0, 2_000)}`,
      )
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const closed = (group: string, seconds?: number) =>
  until(
    `group ${group} to let nobody in`,
    () => doors(group),
    (left) => left.length === 0,
    seconds,
  )

/** Every incident of a group, newest first. */
export async function incidentsOf(group: string): Promise<Head[]> {
  const heads = (
    await Promise.all((['open', 'closed'] as const).map((status) => ledger.incidents(status, 10_000)))
  ).flat()
  return heads.filter((head) => head.subject === group).sort((a, b) => (a.id < b.id ? 1 : -1))
}

/** The newest incident of a group, once it has a verdict. */
export async function verdictOf(group: string, verdict: Head['verdict'], seconds?: number): Promise<Head> {
  const [head] = await until(
    `an incident of ${group} with verdict ${verdict}`,
    () => incidentsOf(group),
    ([newest]) => newest?.verdict === verdict,
    seconds,
  )
  return head!
}

export async function entriesOf(incident: string): Promise<readonly Entry[]> {
  return (await ledger.history(incident))!.entries
}

/** Invokes a responder as the schedule does, and waits for its answer. */
export const sweep = (name = RESPONDER) => invoke(name, tickOf({ account, region }))

export async function invoke(
  name: string,
  event: unknown,
): Promise<{ readonly error: string | undefined; readonly answer: unknown }> {
  const reply = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }))
  const answer: unknown = JSON.parse(Buffer.from(reply.Payload ?? []).toString() || 'null')
  return { error: reply.FunctionError, answer }
}

/** How a response has counted events, by their id. */
export async function counted(response = 'open-ingress'): Promise<ReadonlyMap<string, string>> {
  const books = new Map<string, string>()
  let start: Record<string, never> | undefined
  do {
    const page = await dynamodb.send(
      new ScanCommand({ TableName: TABLE, ...(start ? { ExclusiveStartKey: start } : {}) }),
    )
    for (const item of page.Items ?? []) {
      const { pk, sk, outcome } = unmarshall(item) as { pk: string; sk: string; outcome?: string }
      if (pk.startsWith('event#') && sk === response) books.set(pk.slice('event#'.length), outcome ?? '')
    }
    start = page.LastEvaluatedKey as typeof start
  } while (start)
  return books
}

/** The id of the record that the door made of the call that opened this group last. */
export async function eventOf(group: string): Promise<string> {
  const events = await until(
    'the record of the call',
    () => control.events(),
    (all) => all.some((one) => JSON.stringify(one).includes(group)),
  )
  const records = events.map(
    (one) =>
      JSON.parse(JSON.stringify(one)) as {
        event: { detail: { eventID: string; eventName: string; requestParameters: unknown } }
      },
  )
  const mine = records.filter(
    ({ event }) => event.detail.eventName?.startsWith('Authorize') && JSON.stringify(event.detail).includes(group),
  )
  return mine.at(-1)!.event.detail.eventID
}
