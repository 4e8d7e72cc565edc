import { createHash } from 'node:crypto'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateFlowLogsCommand, DescribeFlowLogsCommand } from '@aws-sdk/client-ec2'
import {
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  DescribeInstanceInformationCommand,
  GetParameterCommand,
  ListCommandInvocationsCommand,
  PutParameterCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf } from '../support/hosts.ts'
import { newRole } from '../support/roles.ts'
import { as, ec2, eventually, record, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
beforeAll(() => {
  hosts = hostsOf(as(KEYS.alice))
})

describe('a bucket for evidence', () => {
  const Bucket = 'evidence-123456789012'
  let s3: S3Client
  let stacks: CloudFormationClient
  beforeAll(async () => {
    s3 = new S3Client(as(KEYS.deploy))
    stacks = new CloudFormationClient(as(KEYS.deploy))
    const lock = { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 30 } }, ObjectLockEnabled: 'Enabled' }
    const sse = [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' }, BucketKeyEnabled: true }]
    const Properties = {
      BucketName: Bucket,
      ObjectLockEnabled: true,
      ObjectLockConfiguration: lock,
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: { ServerSideEncryptionConfiguration: sse },
    }
    const template = { Resources: { Evidence: { Type: 'AWS::S3::Bucket', Properties } } }
    await stacks.send(new CreateStackCommand({ StackName: 'evidence', TemplateBody: JSON.stringify(template) }))
    await ended('CREATE_COMPLETE')
  })

  const ended = (status: string) =>
    eventually(async () => {
      const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName: 'evidence' }))
      return Stacks![0]!.StackStatus === status
    })

  test('has versions, a lock and encryption, as its template says', async () => {
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled')
    const { ObjectLockConfiguration } = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))
    expect(ObjectLockConfiguration).toEqual({
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 30 } },
    })
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }))
    expect(ServerSideEncryptionConfiguration!.Rules).toMatchObject([
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' }, BucketKeyEnabled: true },
    ])
  })

  test('keeps what is put into it, with its checksum, and what was there before', async () => {
    const [Key, text] = ['incident/x/console.txt', 'what the console said']
    const sum = createHash('sha256').update(text).digest('base64')
    const ObjectLockRetainUntilDate = new Date(Date.now() + 86_400_000)
    const lock = { ObjectLockMode: 'COMPLIANCE' as const, ObjectLockRetainUntilDate }
    const put = { Bucket, Key, Body: text, ChecksumAlgorithm: 'SHA256' as const, ...lock }
    const { VersionId, ChecksumSHA256 } = await s3.send(new PutObjectCommand(put))
    expect([typeof VersionId, ChecksumSHA256]).toEqual(['string', sum])
    const later = await s3.send(
      new PutObjectCommand({ Bucket, Key, Body: Buffer.from('another'), ChecksumAlgorithm: 'SHA256' }),
    )
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, VersionId, ChecksumMode: 'ENABLED' }))
    expect(head).toMatchObject({ ObjectLockMode: 'COMPLIANCE', ChecksumSHA256: sum, ContentLength: text.length })
    expect(head.ObjectLockRetainUntilDate!.getTime()).toBeCloseTo(ObjectLockRetainUntilDate.getTime(), -4)
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))
    expect(await got.Body!.transformToString()).toBe(text)
    const { Retention } = await s3.send(new GetObjectRetentionCommand({ Bucket, Key, VersionId: later.VersionId }))
    expect(Retention).toMatchObject({ Mode: 'GOVERNANCE' })
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    await s3.send(new DeleteObjectCommand({ Bucket, Key }))
    const { Versions, DeleteMarkers } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
    expect([Versions!.length, DeleteMarkers!.length]).toEqual([2, 1])
    await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NoSuchKey' })
    const missing = s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }))
    await expect(missing).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } })
  })

  test('wants the body that its checksum is of', async () => {
    const wrong = createHash('sha256').update('other').digest('base64')
    const put = new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'text', ChecksumSHA256: wrong })
    await expect(s3.send(put)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } })
  })

  test('is not deleted while it holds anything', async () => {
    await stacks.send(new DeleteStackCommand({ StackName: 'evidence' }))
    await ended('DELETE_FAILED')
  })
})

describe('flow logs', () => {
  test('are found by what they log, and read from where they go', async () => {
    const logs = new CloudWatchLogsClient(as(KEYS.deploy))
    const [{ vpc, subnet }, logGroupName] = [await hosts.newNetwork(), '/vpc/flow-logs']
    const host = await hosts.newHost({ subnets: [subnet] })
    await logs.send(new CreateLogGroupCommand({ logGroupName }))
    const made = new CreateFlowLogsCommand({
      ResourceType: 'VPC',
      ResourceIds: [vpc],
      TrafficType: 'ALL',
      LogGroupName: logGroupName,
      DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/flow-logs',
    })
    const [FlowLogId] = (await ec2.send(made)).FlowLogIds!
    const found = async (id: string) =>
      (await ec2.send(new DescribeFlowLogsCommand({ Filter: [{ Name: 'resource-id', Values: [id] }] }))).FlowLogs
    expect(await found(vpc)).toMatchObject([
      {
        FlowLogId,
        LogGroupName: logGroupName,
        DeliverLogsStatus: 'SUCCESS',
        FlowLogStatus: 'ACTIVE',
        TrafficType: 'ALL',
      },
    ])
    expect(await found(subnet)).toEqual([])
    expect(await record('CreateFlowLogs')).toMatchObject({
      requestParameters: { CreateFlowLogsRequest: { ResourceType: 'VPC', ResourceId: { content: vpc, tag: 1 } } },
      responseElements: { CreateFlowLogsResponse: { flowLogIdSet: { item: FlowLogId } } },
    })
    const logStreamName = `${host.interfaces[0]}-all`
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
    const now = Date.now()
    const line = (to: string) => `2 123456789012 ${host.interfaces[0]} 10.0.0.1 ${to} 1 2 6 3 180 1 2 ACCEPT OK`
    const logEvents = ['203.0.113.7', '198.51.100.9'].map((to, at) => ({ timestamp: now + at, message: line(to) }))
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))
    const asked = { logGroupName, startTime: now - 1000, filterPattern: '"203.0.113.7"' }
    const { events } = await logs.send(
      new FilterLogEventsCommand({ ...asked, logStreamNamePrefix: host.interfaces[0] }),
    )
    expect(events!.map((one) => one.message)).toEqual([line('203.0.113.7')])
    const none = logs.send(new FilterLogEventsCommand({ logGroupName: '/none' }))
    await expect(none).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

describe('commands on hosts', () => {
  test('reach the managed ones that are named, and what came of them is listed', async () => {
    const ssm = new SSMClient(as(KEYS.alice))
    const role = await newRole(as(KEYS.alice))
    const [host, other] = [
      await hosts.newHost({ profile: role.profile }),
      await hosts.newHost({ profile: role.profile }),
    ]
    const plain = await hosts.newHost()
    const run = (...InstanceIds: string[]) => {
      const Parameters = { commands: ['ps aux'] }
      return ssm.send(new SendCommandCommand({ DocumentName: 'AWS-RunShellScript', InstanceIds, Parameters }))
    }
    const { Command } = await run(host.id)
    expect(Command).toMatchObject({ Status: 'Pending', InstanceIds: [host.id] })
    const listed = async (InstanceId?: string) => {
      const about = { CommandId: Command!.CommandId!, Details: true, ...(InstanceId ? { InstanceId } : {}) }
      return (await ssm.send(new ListCommandInvocationsCommand(about))).CommandInvocations
    }
    expect(await listed()).toMatchObject([
      { InstanceId: host.id, Status: 'Success', CommandPlugins: [{ ResponseCode: 0 }] },
    ])
    expect(await listed(other.id)).toEqual([])
    await expect(run(host.id, plain.id)).rejects.toMatchObject({ name: 'InvalidInstanceId' })
    const { InstanceInformationList } = await ssm.send(new DescribeInstanceInformationCommand({}))
    expect(InstanceInformationList!.map((one) => one.InstanceId).sort()).toEqual([host.id, other.id].sort())
    expect(await record('SendCommand')).toMatchObject({
      eventSource: 'ssm.amazonaws.com',
      errorCode: 'InvalidInstanceId',
      requestParameters: { instanceIds: [host.id, plain.id], parameters: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    })
    await ssm.send(new PutParameterCommand({ Name: '/a/b', Value: 'c', Type: 'String' }))
    expect((await ssm.send(new GetParameterCommand({ Name: '/a/b' }))).Parameter).toMatchObject({ Value: 'c' })
  })
})
