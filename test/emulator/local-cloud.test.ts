import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type IpPermission,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import { CreateFunctionCommand, GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Cloud, ROOT, startCloud } from '#local/cloud.ts'
import type { TrailRecord } from '#local/cloudtrail.ts'
import { type Control, controlOf } from '#local/control.ts'
import { KEYS } from '#local/principals.ts'
import { parseXml } from '#local/xml.ts'

const run = promisify(execFile)
const WORLD: IpPermission = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }

let cloud: Cloud
let control: Control
let ec2: EC2Client
let vpc: string
let groups = 0

function as(accessKeyId: string, app?: string) {
  const credentials = { accessKeyId, secretAccessKey: 'local' }
  const named = app === undefined ? {} : { userAgentAppId: app }
  return { endpoint: cloud.url, region: cloud.region, credentials, maxAttempts: 1, ...named }
}

async function newGroup(): Promise<string> {
  const name = { GroupName: `group-${++groups}`, Description: 'a test', VpcId: vpc }
  return (await ec2.send(new CreateSecurityGroupCommand(name))).GroupId!
}

async function open(group: string, ...permissions: IpPermission[]): Promise<string[]> {
  const IpPermissions = permissions.length > 0 ? permissions : [WORLD]
  const answer = await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions }))
  return answer.SecurityGroupRules!.map((rule) => rule.SecurityGroupRuleId!)
}

async function ingress(group: string) {
  const Filters = [{ Name: 'group-id', Values: [group] }]
  const { SecurityGroupRules } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }))
  return SecurityGroupRules!.filter((rule) => !rule.IsEgress)
}

/** The last record of that name, once it is on the bus. */
async function record(name: string): Promise<TrailRecord> {
  return eventually(async () => {
    const records = (await control.events()).map(({ event }) => event.detail as TrailRecord)
    return records.findLast(({ eventName }) => eventName === name)
  })
}

async function eventually<T>(look: () => Promise<T | undefined | false>, ms = 5000): Promise<T> {
  for (const until = Date.now() + ms; ; await sleep(20)) {
    const seen = await look()
    if (seen) return seen
    if (Date.now() > until) throw new Error(`Expected it within ${ms} ms: ${look}`)
  }
}

/** The header's form; neither emulator looks at the signature. */
function signedAs(key: string, service: string): string {
  return `AWS4-HMAC-SHA256 Credential=${key}/20260101/${cloud.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`
}

async function json(service: string, target: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(cloud.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      authorization: signedAs(KEYS.deploy, service),
    },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, unknown>
}

beforeAll(async () => {
  cloud = await startCloud({ retryDelaySeconds: 0.2 })
  control = controlOf(cloud.url)
  ec2 = new EC2Client(as(KEYS.alice))
  vpc = (await ec2.send(new DescribeVpcsCommand({}))).Vpcs![0]!.VpcId!
}, 60_000)

afterAll(() => cloud?.stop())

beforeEach(() => control.reset())

test('AWS’s regular XML is read as it stands', () => {
  const source =
    '<?xml version="1.0"?>\n<a x="1>0">\n  <b>1 &lt; 2 &#x41;</b>\n  <!-- no --><c/><d><item>é</item></d>\n</a>\n'
  expect(parseXml(source)).toEqual({
    name: 'a',
    text: '',
    children: [
      { name: 'b', text: '1 < 2 A', children: [] },
      { name: 'c', text: '', children: [] },
      { name: 'd', text: '', children: [{ name: 'item', text: 'é', children: [] }] },
    ],
  })
  expect(() => parseXml('<a><b></a></b>')).toThrow('Expected </b> in the XML, found </a>.')
  expect(() => parseXml('<a><b></b>')).toThrow(/^Expected one complete XML document/)
})

describe('routing', () => {
  test('each service answers behind the one address', async () => {
    const { Arn } = await new STSClient(as(KEYS.mallory)).send(new GetCallerIdentityCommand({}))
    expect(Arn).toBe('arn:aws:iam::123456789012:user/mallory')
    const { TopicArn } = await new SNSClient(as(KEYS.deploy)).send(new CreateTopicCommand({ Name: 'notices' }))
    expect(TopicArn).toBe('arn:aws:sns:eu-central-1:123456789012:notices')
    expect(await json('sqs', 'AmazonSQS.CreateQueue', { QueueName: 'q' })).toEqual({
      QueueUrl: `${cloud.url}/123456789012/q`,
    })
    expect((await control.calls()).map(({ service, action }) => `${service}:${action}`)).toEqual([
      'sts:GetCallerIdentity',
      'sns:CreateTopic',
      'sqs:CreateQueue',
    ])
  })

  test('bodies pass byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256))
    const headers = { authorization: signedAs(KEYS.deploy, 's3') }
    const place = `<CreateBucketConfiguration><LocationConstraint>${cloud.region}</LocationConstraint></CreateBucketConfiguration>`
    await fetch(`${cloud.url}/bucket`, { method: 'PUT', headers, body: place })
    await fetch(`${cloud.url}/bucket/a%20b`, { method: 'PUT', headers, body: bytes })
    const back = await fetch(`${cloud.url}/bucket/a%20b`, { headers })
    expect(Buffer.from(await back.arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('the call log names what IAM would be asked', async () => {
    const table = { TableName: 'ledger', AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }] }
    const keys = { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }], BillingMode: 'PAY_PER_REQUEST' }
    await json('dynamodb', 'DynamoDB_20120810.CreateTable', { ...table, ...keys })
    const ledger = new DynamoDBClient(as('123456789012', 'close-open-ingress'))
    const where = { TableName: 'ledger', ConditionExpression: 'attribute_not_exists(pk)' }
    const Put = { ...where, Item: { pk: { S: 'a' } } }
    const ConditionCheck = { ...where, Key: { pk: { S: 'stop' } } }
    await ledger.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }, { ConditionCheck }] }))
    const again = ledger.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }, { ConditionCheck }] }))
    await expect(again).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }],
    })
    expect((await control.calls()).at(-1)).toMatchObject({
      action: 'TransactWriteItems',
      actions: ['dynamodb:PutItem', 'dynamodb:ConditionCheckItem'],
      resources: ['ledger'],
      app: 'close-open-ingress',
      errorCode: 'TransactionCanceledException',
    })
  })
})

describe('CloudTrail', () => {
  test('an unmodified AWS CLI leaves the record that AWS would write', async () => {
    const group = await newGroup()
    const { AWS_ENDPOINT_URL, AWS_DEFAULT_REGION } = cloud.env
    const env = { AWS_ENDPOINT_URL, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID: KEYS.alice, AWS_SECRET_ACCESS_KEY: 'x' }
    const rule = ['--protocol', 'tcp', '--port', '22', '--cidr', '0.0.0.0/0']
    const args = ['ec2', 'authorize-security-group-ingress', '--group-id', group, ...rule]
    await run(join(ROOT, '.venv/bin/aws'), args, { env: env as NodeJS.ProcessEnv })
    const [{ SecurityGroupRuleId }] = (await ingress(group)) as [{ SecurityGroupRuleId: string }]
    expect(await record('AuthorizeSecurityGroupIngress')).toEqual({
      eventVersion: '1.10',
      userIdentity: {
        type: 'IAMUser',
        principalId: expect.stringMatching(/^AIDA/),
        arn: 'arn:aws:iam::123456789012:user/alice',
        accountId: '123456789012',
        accessKeyId: KEYS.alice,
        userName: 'alice',
      },
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      eventSource: 'ec2.amazonaws.com',
      eventName: 'AuthorizeSecurityGroupIngress',
      awsRegion: 'eu-central-1',
      sourceIPAddress: expect.stringMatching(/^203\.0\.113\.\d+$/),
      userAgent: expect.stringMatching(/^aws-cli\//),
      requestParameters: {
        groupId: group,
        ipPermissions: {
          items: [
            {
              ipProtocol: 'tcp',
              fromPort: 22,
              toPort: 22,
              groups: {},
              ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] },
              ipv6Ranges: {},
              prefixListIds: {},
            },
          ],
        },
      },
      responseElements: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        _return: true,
        securityGroupRuleSet: {
          items: [
            {
              groupOwnerId: '123456789012',
              groupId: group,
              securityGroupRuleId: SecurityGroupRuleId,
              securityGroupRuleArn: `arn:aws:ec2:eu-central-1:123456789012:security-group-rule/${SecurityGroupRuleId}`,
              isEgress: false,
              ipProtocol: 'tcp',
              fromPort: 22,
              toPort: 22,
              cidrIpv4: '0.0.0.0/0',
            },
          ],
        },
      },
      requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '123456789012',
      eventCategory: 'Management',
    })
  })

  test('the flat form stays flat', async () => {
    const flat = { GroupId: await newGroup(), IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' }
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(flat))
    expect((await record('AuthorizeSecurityGroupIngress')).requestParameters).toEqual({
      groupId: flat.GroupId,
      ipProtocol: 'tcp',
      fromPort: 22,
      toPort: 22,
      cidrIp: '0.0.0.0/0',
      ipPermissions: {},
    })
  })

  test('tags are a bare list, and numbers in text stay text', async () => {
    const GroupId = await newGroup()
    const tags = [{ ResourceType: 'security-group-rule' as const, Tags: [{ Key: 'until', Value: '2026' }] }]
    const IpPermissions = [{ ...WORLD, IpProtocol: '6' }]
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions, TagSpecifications: tags }))
    const { requestParameters } = await record('AuthorizeSecurityGroupIngress')
    expect(requestParameters).toMatchObject({
      ipPermissions: { items: [{ ipProtocol: '6', fromPort: 22 }] },
      tagSpecificationSet: {
        items: [{ resourceType: 'security-group-rule', tags: [{ key: 'until', value: '2026' }] }],
      },
    })
    expect((await ingress(GroupId))[0]!.Tags).toEqual([{ Key: 'until', Value: '2026' }])
  })

  test('ModifySecurityGroupRules is PascalCase: one object for one rule, an array for more', async () => {
    const GroupId = await newGroup()
    const ids = await open(GroupId, WORLD, { ...WORLD, FromPort: 23, ToPort: 23 })
    const content = { IpProtocol: 'tcp', FromPort: 1, CidrIpv4: '0.0.0.0/0' }
    const updates = ids.map((SecurityGroupRuleId, at) => ({
      SecurityGroupRuleId,
      SecurityGroupRule: { ...content, ToPort: at + 1 },
    }))
    await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: updates.slice(0, 1) }))
    const one = await record('ModifySecurityGroupRules')
    expect(one.requestParameters).toEqual({
      ModifySecurityGroupRulesRequest: { GroupId, SecurityGroupRule: { ...updates[0], tag: 1 } },
    })
    expect(one.responseElements).toMatchObject({ ModifySecurityGroupRulesResponse: { return: true } })
    await control.reset()
    const more = [{ ...updates[0]!, SecurityGroupRule: { ...content, ToPort: 9 } }, updates[1]!]
    await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: more }))
    expect((await record('ModifySecurityGroupRules')).requestParameters).toEqual({
      ModifySecurityGroupRulesRequest: {
        GroupId,
        SecurityGroupRule: more.map((rule, at) => ({ ...rule, tag: at + 1 })),
      },
    })
  })

  test('a failed call and a dry run keep their parameters', async () => {
    const GroupId = await newGroup()
    const dry = { GroupId, IpPermissions: [WORLD], DryRun: true }
    await expect(ec2.send(new AuthorizeSecurityGroupIngressCommand(dry))).rejects.toMatchObject({
      name: 'DryRunOperation',
    })
    expect(await record('AuthorizeSecurityGroupIngress')).toMatchObject({
      errorCode: 'Client.DryRunOperation',
      requestParameters: { groupId: GroupId, ipPermissions: { items: [{ fromPort: 22 }] } },
      responseElements: null,
    })
    expect(await ingress(GroupId)).toEqual([])
  })

  test('a request over 100 KB is omitted from its record', async () => {
    const GroupId = await newGroup()
    const IpRanges = Array.from({ length: 1200 }, (_, at) => ({
      CidrIp: `10.${at >> 8}.${at & 255}.0/24`,
      Description: 'x'.repeat(80),
    }))
    await ec2
      .send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [{ ...WORLD, IpRanges }] }))
      .catch(() => {})
    expect((await record('AuthorizeSecurityGroupIngress')).requestParameters).toEqual({
      reason: 'requestParameters too large',
      omitted: 'true',
      originalSize: expect.stringMatching(/^\d{6}$/),
    })
  })

  test('callers are told apart: users, roles, root, functions', async () => {
    const group = await newGroup()
    const by = async (key: string, app?: string) => {
      await control.reset()
      const caller = new EC2Client(as(key, app))
      const wrong = { GroupId: group, SecurityGroupRuleIds: ['sgr-00000000000000000'] }
      await caller.send(new RevokeSecurityGroupIngressCommand(wrong)).catch(() => {})
      return (await record('RevokeSecurityGroupIngress')).userIdentity
    }
    expect(await by(KEYS.mallory)).toMatchObject({ type: 'IAMUser', userName: 'mallory' })
    expect(await by(KEYS.root)).toMatchObject({ type: 'Root', arn: 'arn:aws:iam::123456789012:root' })
    expect(await by(KEYS.deploy)).toMatchObject({
      type: 'AssumedRole',
      sessionContext: { sessionIssuer: { userName: 'deploy' } },
    })
    expect(await by('123456789012', 'close-open-ingress')).toMatchObject({
      type: 'AssumedRole',
      arn: 'arn:aws:sts::123456789012:assumed-role/close-open-ingress/close-open-ingress',
    })
  })
})

describe('security groups behave as on EC2', () => {
  test('several rules at once are all answered, normalised, or none is made', async () => {
    const group = await newGroup()
    const v6: IpPermission = { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0', Description: 'all' }] }
    expect(await open(group, WORLD, v6)).toHaveLength(2)
    expect(await ingress(group)).toMatchObject([
      { CidrIpv4: '0.0.0.0/0', FromPort: 22 },
      { CidrIpv6: '::/0', FromPort: -1, ToPort: -1, Description: 'all' },
    ])
    const late = open(group, { ...WORLD, IpRanges: [{ CidrIp: '208.236.235.254/8' }] }, v6)
    await expect(late).rejects.toMatchObject({ name: 'InvalidPermission.Duplicate' })
    expect(await ingress(group)).toHaveLength(2)
    await open(group, { ...WORLD, IpRanges: [{ CidrIp: '208.236.235.254/8' }] })
    expect((await ingress(group))[2]).toMatchObject({ CidrIpv4: '208.0.0.0/8' })
  })

  test('revoking by ids is all or nothing', async () => {
    const group = await newGroup()
    const ids = await open(group, WORLD, {
      IpProtocol: 'tcp',
      FromPort: 1,
      ToPort: 2,
      Ipv6Ranges: [{ CidrIpv6: '::/0' }],
    })
    const wrong = { GroupId: group, SecurityGroupRuleIds: [...ids, 'sgr-0123456789abcdef0'] }
    await expect(ec2.send(new RevokeSecurityGroupIngressCommand(wrong))).rejects.toMatchObject({
      name: 'InvalidSecurityGroupRuleId.NotFound',
    })
    expect(await ingress(group)).toHaveLength(2)
    const right = { GroupId: group, SecurityGroupRuleIds: ids }
    const { RevokedSecurityGroupRules } = await ec2.send(new RevokeSecurityGroupIngressCommand(right))
    expect(RevokedSecurityGroupRules!.map((rule) => rule.SecurityGroupRuleId)).toEqual(ids)
    expect(await ingress(group)).toEqual([])
  })

  test('modifying keeps the id and replaces what is behind it', async () => {
    const group = await newGroup()
    const [id] = (await open(group, {
      IpProtocol: 'tcp',
      FromPort: 1,
      ToPort: 2,
      Ipv6Ranges: [{ CidrIpv6: 'fd00::/8' }],
    })) as [string]
    const SecurityGroupRule = { IpProtocol: 'tcp', FromPort: 3, ToPort: 4, CidrIpv6: '::/0', Description: 'wide' }
    const SecurityGroupRules = [{ SecurityGroupRuleId: id, SecurityGroupRule }]
    await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId: group, SecurityGroupRules }))
    expect(await ingress(group)).toMatchObject([{ SecurityGroupRuleId: id, ...SecurityGroupRule }])
  })

  test('lists page', async () => {
    const group = await newGroup()
    await open(group, ...[1, 2, 3, 4, 5, 6].map((port) => ({ ...WORLD, FromPort: port, ToPort: port })))
    const Filters = [{ Name: 'group-id', Values: [group] }]
    const first = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 5 }))
    const rest = await ec2.send(
      new DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 5, NextToken: first.NextToken }),
    )
    expect([first.SecurityGroupRules!.length, rest.SecurityGroupRules!.length, rest.NextToken]).toEqual([
      5,
      2,
      undefined,
    ])
    for (let made = 0; made < 5; made++) await newGroup()
    const page = await ec2.send(new DescribeSecurityGroupsCommand({ MaxResults: 5 }))
    expect([page.SecurityGroups!.length, typeof page.NextToken]).toEqual([5, 'string'])
  })
})

describe('switches', () => {
  test('delivery: lost, doubled, late, reordered', async () => {
    const group = await newGroup()
    await control.change({ lossRate: 1 })
    await open(group)
    expect((await eventually(async () => (await control.events()).at(-1))).fate).toBe('lost')
    await control.change({ lossRate: 0, duplicates: 1, deliveryDelayMs: 300 })
    await open(group, { ...WORLD, FromPort: 1, ToPort: 1 })
    const [late] = (await control.events()).slice(-1)
    expect(late).toMatchObject({ fate: 'waiting', deliveredAt: [] })
    const both = await eventually(async () =>
      (await control.events()).find(({ deliveredAt }) => deliveredAt.length === 2),
    )
    expect(both.deliveredAt[0]! - both.at).toBeGreaterThanOrEqual(290)
    await control.reset()
    await control.change({ reorder: true })
    await open(group, { ...WORLD, FromPort: 2, ToPort: 2 })
    await open(group, { ...WORLD, FromPort: 3, ToPort: 3 })
    const [one, two] = await eventually(async () => {
      const events = await control.events()
      return events.length === 2 && events.every(({ fate }) => fate === 'delivered') && events
    })
    expect(one!.deliveredAt[0]).toBeGreaterThan(two!.deliveredAt[0]!)
  })

  test('stale reads: a new rule does not show, a revoked one still does, by every way of reading', async () => {
    const group = await newGroup()
    const kept = await open(group)
    await control.change({ staleReadsMs: 400 })
    const added = await open(group, { ...WORLD, FromPort: 3389, ToPort: 3389 })
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds: kept }))
    const ids = async () => (await ingress(group)).map((rule) => rule.SecurityGroupRuleId)
    expect(await ids()).toEqual(kept)
    const byCidr = [{ Name: 'ip-permission.from-port', Values: ['3389'] }]
    const found = async () => (await ec2.send(new DescribeSecurityGroupsCommand({ Filters: byCidr }))).SecurityGroups!
    expect((await found()).map((one) => one.GroupId)).not.toContain(group)
    const byId = new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: added })
    await expect(ec2.send(byId)).rejects.toMatchObject({ name: 'InvalidSecurityGroupRuleId.NotFound' })
    await sleep(450)
    expect(await ids()).toEqual(added)
    expect((await found()).map((one) => one.GroupId)).toContain(group)
  })

  test('errors speak the service’s own language and count down', async () => {
    const group = await newGroup()
    const throttle = { service: 'ec2', action: 'AuthorizeSecurityGroupIngress', kind: 'error', times: 1 } as const
    await control.break({ ...throttle, status: 503, code: 'RequestLimitExceeded' })
    await expect(open(group)).rejects.toMatchObject({
      name: 'RequestLimitExceeded',
      $metadata: { httpStatusCode: 503 },
    })
    expect(await open(group)).toHaveLength(1)
    const slow = { service: 'dynamodb', action: 'PutItem', kind: 'error', code: 'ThrottlingException' } as const
    await control.break(slow, { service: 'sns', action: '*', kind: 'error', status: 403, code: 'AuthorizationError' })
    const put = new PutItemCommand({ TableName: 'ledger', Item: { pk: { S: 'z' } } })
    await expect(new DynamoDBClient(as(KEYS.deploy)).send(put)).rejects.toMatchObject({ name: 'ThrottlingException' })
    const topic = new SNSClient(as(KEYS.deploy)).send(new CreateTopicCommand({ Name: 'x' }))
    await expect(topic).rejects.toMatchObject({ Code: 'AuthorizationError' })
  })

  test('error-after, pretend, drop and hold', async () => {
    const group = await newGroup()
    const fault = { service: 'ec2', action: 'AuthorizeSecurityGroupIngress', resource: group, times: 1 }
    await control.break({ ...fault, kind: 'error-after', status: 500, code: 'InternalError' })
    await expect(open(group)).rejects.toMatchObject({ name: 'InternalError' })
    const [rule] = await ingress(group)
    expect(rule).toMatchObject({ FromPort: 22 })
    expect(await record('AuthorizeSecurityGroupIngress')).not.toHaveProperty('errorCode')

    const revoke = () =>
      ec2.send(
        new RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds: [rule!.SecurityGroupRuleId!] }),
      )
    await control.break({ service: 'ec2', action: 'RevokeSecurityGroupIngress', kind: 'pretend', times: 1 })
    expect((await revoke()).Return).toBe(true)
    expect(await ingress(group)).toHaveLength(1)

    await control.break({ service: 'ec2', action: 'RevokeSecurityGroupIngress', kind: 'drop', times: 1 })
    await expect(revoke()).rejects.toMatchObject({ code: 'ECONNRESET' })

    await control.break({ service: 'ec2', action: 'RevokeSecurityGroupIngress', kind: 'hold' })
    const held = revoke()
    await eventually(async () => (await control.health()).held === 1)
    expect(await ingress(group)).toHaveLength(1)
    expect(await control.release()).toBe(1)
    await held
    expect(await ingress(group)).toEqual([])
  })

  test('a switch that does not exist is refused in a sentence', async () => {
    await expect(control.change({ lossrate: 1 } as never)).rejects.toThrow(
      /Expected one of seed, .* got the switch 'lossrate'/,
    )
  })
})

describe('functions', () => {
  test('an event starts them, and their calls come back through the door under their name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-test-'))
    const code = `export const handler = async (event) => {
      const body = new URLSearchParams({ Action: 'DescribeVpcs', Version: '2016-11-15' })
      const scope = process.env.AWS_ACCESS_KEY_ID + '/20260101/' + process.env.AWS_REGION + '/ec2/aws4_request'
      const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=' + scope + ', SignedHeaders=host, Signature=0',
        'user-agent': 'test app/' + process.env.AWS_SDK_UA_APP_ID }
      await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', body, headers })
      return { node: process.version, name: event.detail?.eventName }
    }`
    writeFileSync(join(folder, 'index.mjs'), code)
    await run(join(ROOT, '.venv/bin/python'), ['-m', 'zipfile', '-c', 'code.zip', 'index.mjs'], { cwd: folder })
    const lambda = new LambdaClient(as(KEYS.deploy))
    const created = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'probe',
        Role: 'arn:aws:iam::123456789012:role/probe',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: readFileSync(join(folder, 'code.zip')) },
        Environment: { Variables: { AWS_SDK_UA_APP_ID: 'probe' } },
      }),
    )
    rmSync(folder, { recursive: true })
    await eventually(async () => {
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'probe' }))
      return Configuration?.State === 'Active'
    })
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'probe', Payload: '{}' }))
    expect(JSON.parse(Buffer.from(Payload!).toString())).toMatchObject({ node: expect.stringMatching(/^v24\./) })
    const EventPattern = JSON.stringify({
      source: ['aws.ec2'],
      detail: { eventName: ['AuthorizeSecurityGroupIngress'] },
    })
    await json('events', 'AWSEvents.PutRule', { Name: 'probe', EventPattern })
    await json('events', 'AWSEvents.PutTargets', { Rule: 'probe', Targets: [{ Id: '1', Arn: created.FunctionArn }] })
    const group = await newGroup()
    await control.reset()
    await open(group)
    const seen = await eventually(async () => (await control.calls()).find(({ app }) => app === 'probe'))
    expect(seen).toMatchObject({ service: 'ec2', action: 'DescribeVpcs', actions: ['ec2:DescribeVpcs'], status: 200 })
  })

  test('a bare record is wrapped, an event goes as it is', async () => {
    const bare = { eventSource: 'ec2.amazonaws.com', eventName: 'CreateVpc', eventTime: '2026-01-02T03:04:05Z' }
    const wrapped = await control.emit(bare)
    expect(wrapped.event).toMatchObject({
      source: 'aws.ec2',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: bare,
    })
    const event = { source: 'aws.config', 'detail-type': 'Config Rules Compliance Change', detail: { a: 1 } }
    expect(await control.emit(event)).toMatchObject({ event, fate: 'delivered' })
    await expect(control.emit({ some: 'thing' })).rejects.toThrow(/Expected an EventBridge event .* got some\.$/)
  })
})

test('nothing is left after a stop, nor after its parent is killed', async () => {
  const running = async () => {
    const { stdout } = await run('ps', ['-eo', 'args'])
    return stdout.split('\n').filter((line) => line.includes(join(ROOT, 'local')) && line.includes('_launcher.py'))
      .length
  }
  const before = await running()
  const second = await startCloud()
  expect(await running()).toBe(before + 2)
  await second.stop()
  expect(await running()).toBe(before)
  const script = `import('${join(ROOT, 'local/cloud.ts')}').then((m) => m.startCloud()).then(() => console.log('up'))`
  const parent = execFile(process.execPath, ['-e', script])
  await new Promise<void>((resolve) => parent.stdout!.once('data', () => resolve()))
  expect(await running()).toBe(before + 2)
  parent.kill('SIGKILL')
  await eventually(async () => (await running()) === before)
}, 30_000)
