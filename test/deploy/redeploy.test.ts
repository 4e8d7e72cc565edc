import { join } from 'node:path'
import { DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cloud, startCloud } from '#local/cloud.ts'
import { deployTo, packageTo, removeFrom, workingCopy } from '#local/deploy.ts'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'

const stage = 'prod'
const TableName = `portcullis-ledger-${stage}`
let cloud: Cloud
let dynamodb: DynamoDBClient
let ec2: EC2Client
let s3: S3Client

beforeAll(async () => {
  cloud = await startCloud()
  const options = {
    endpoint: cloud.url,
    region: cloud.region,
    credentials: { accessKeyId: 'AKIALOCALALICE000000', secretAccessKey: 'local' },
  }
  dynamodb = new DynamoDBClient(options)
  ec2 = new EC2Client(options)
  s3 = new S3Client({ ...options, forcePathStyle: true })
})
afterAll(() => cloud.stop())

/** A working copy of its own, with a folder for its package. */
const inCopy = (name: string) => {
  const cwd = workingCopy(`package-${name}-${process.pid}`)
  return { stage, cwd, folder: join(cwd, 'package') }
}

const ofTheLedger = async () => (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table!

test('a policy that acts is refused where nobody would hear of it, in one sentence, and nothing is deployed', async () => {
  const armed = { PORTCULLIS_POLICY: 'test/support/policy.yml' }
  const refused = await deployTo(cloud, { stage, env: armed, params: { noticesQueue: '' } }).catch(
    (error: Error) => error.message,
  )
  expect(refused).toContain('subscriber-missing: Expected somebody to hear the notices of stage prod')
  expect(refused).not.toMatch(/^ +at /m)
  await expect(ofTheLedger()).rejects.toThrow(/ResourceNotFound|not found/i)
})

test('a package that acts is refused as well, whatever the policy is by the time it is deployed', async () => {
  const there = inCopy('armed')
  await packageTo(cloud, { ...there, env: { PORTCULLIS_POLICY: 'test/support/policy.yml' } })
  const refused = await deployTo(cloud, { ...there, params: { noticesQueue: '' } }).catch(
    (error: Error) => error.message,
  )
  expect(refused).toContain('subscriber-missing: Expected somebody to hear the notices of stage prod')
  await expect(ofTheLedger()).rejects.toThrow(/ResourceNotFound|not found/i)
})

test('as shipped it only watches: the door stays open, and the ledger says what would be done', async () => {
  await deployTo(cloud, { stage })
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'a test' }))
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    }),
  )
  const ledger = dynamodbLedger({ table: TableName, client: dynamodb, newId: () => '' })
  await expect
    .poll(async () => (await ledger.incidents('open', 10)).map((head) => [head.subject, head.verdict]), {
      timeout: 15_000,
    })
    .toEqual([[GroupId, 'open']])
  const { SecurityGroupRules } = await ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [GroupId!] }] }),
  )
  expect(SecurityGroupRules!.filter((rule) => !rule.IsEgress)).toHaveLength(1)
  const [head] = await ledger.incidents('open', 1)
  const [opened] = (await ledger.history(head!.id))!.entries
  expect(opened).toMatchObject({
    what: 'opened',
    decided: [{ decision: { mode: 'watch' } }],
    plan: [{ does: { call: 'ec2:RevokeSecurityGroupIngress' } }],
  })
})

test('deploy, remove, deploy: ledger and evidence are kept, and adopted with what they hold', async () => {
  const kept = { Bucket: `portcullis-evidence-${stage}-${cloud.account}-${cloud.region}`, Key: 'facts.json' }
  await s3.send(new PutObjectCommand({ ...kept, Body: 'what was seen', ChecksumAlgorithm: 'SHA256' }))
  const Item = { pk: { S: 'incident#KEEP' }, sk: { S: 'head' } }
  await dynamodb.send(new PutItemCommand({ TableName, Item }))
  const before = await ofTheLedger()
  await removeFrom(cloud, { stage })
  expect((await ofTheLedger()).TableId).toBe(before.TableId)

  const there = inCopy('watching')
  await packageTo(cloud, there)
  await deployTo(cloud, there)
  await deployTo(cloud, { stage })
  const after = await ofTheLedger()
  expect(after.TableId).toBe(before.TableId)
  expect(after.DeletionProtectionEnabled).toBe(true)
  const { Body } = await s3.send(new GetObjectCommand(kept))
  expect(await Body!.transformToString()).toBe('what was seen')
  expect((await dynamodb.send(new GetItemCommand({ TableName, Key: { pk: Item.pk, sk: Item.sk } }))).Item).toEqual(Item)
})

test('where somebody has confirmed a subscription, a policy that acts is deployed without a queue', async () => {
  await deployTo(cloud, { stage, env: { PORTCULLIS_POLICY: 'test/support/policy.yml' }, params: { noticesQueue: '' } })
})
