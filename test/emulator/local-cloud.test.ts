import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { CreateFunctionCommand, GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { ROOT, startCloud } from '#local/cloud.ts'
import { KEYS } from '#local/principals.ts'
import { parseXml } from '#local/xml.ts'
import {
  as,
  cloud,
  control,
  eventually,
  json,
  newGroup,
  open,
  run,
  signedAs,
  useLocalCloud,
} from './local-cloud-support.ts'

useLocalCloud()

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
  /** Which of the emulators' processes somebody has started; other clouds come and go beside this one. */
  const startedBy = async (parent: number | undefined) => {
    const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,args='])
    const lines = stdout.split('\n').filter((line) => line.includes('_launcher.py'))
    return lines
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([pid, ppid]) => (ppid === `${parent}` ? [Number(pid)] : []))
  }
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  const before = await startedBy(process.pid)
  const second = await startCloud()
  const own = (await startedBy(process.pid)).filter((pid) => !before.includes(pid))
  expect(own).toHaveLength(3)
  await second.stop()
  expect(own.filter(isAlive)).toEqual([])
  const script = `import('${join(ROOT, 'local/cloud.ts')}').then((m) => m.startCloud()).then(() => console.log('up'))`
  const parent = execFile(process.execPath, ['-e', script])
  await new Promise<void>((resolve) => parent.stdout!.once('data', () => resolve()))
  const others = await startedBy(parent.pid)
  expect(others).toHaveLength(3)
  parent.kill('SIGKILL')
  await eventually(async () => !others.some(isAlive))
}, 60_000)
