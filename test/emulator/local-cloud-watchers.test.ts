import { setTimeout as sleep } from 'node:timers/promises'
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import {
  ConfigServiceClient,
  DescribeConfigurationRecorderStatusCommand,
  DescribeConfigurationRecordersCommand,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
  StopConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service'
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { as, cloud, control, eventually, json, record, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let trails: CloudTrailClient
let config: ConfigServiceClient
let bus: EventBridgeClient

beforeAll(() => {
  trails = new CloudTrailClient(as(KEYS.mallory))
  config = new ConfigServiceClient(as(KEYS.mallory))
  bus = new EventBridgeClient(as(KEYS.mallory))
})

const by = { type: 'IAMUser', userName: 'mallory' }
const TrailARN = 'arn:aws:cloudtrail:eu-central-1:123456789012:trail/all'

describe('CloudTrail', () => {
  test('a trail logs everything until someone stops it, narrows it or deletes it, and each of these is recorded', async () => {
    expect((await trails.send(new DescribeTrailsCommand({}))).trailList).toEqual([])
    const made = { Name: 'all', S3BucketName: 'logs', IsMultiRegionTrail: true }
    await trails.send(new CreateTrailCommand(made))
    expect(await record('CreateTrail')).toMatchObject({
      eventSource: 'cloudtrail.amazonaws.com',
      userIdentity: by,
      requestParameters: { name: 'all', s3BucketName: 'logs', isMultiRegionTrail: true },
      responseElements: { name: 'all', trailARN: TrailARN, s3BucketName: 'logs', isMultiRegionTrail: true },
    })
    const status = async () => (await trails.send(new GetTrailStatusCommand({ Name: TrailARN }))).IsLogging
    expect(await status()).toBe(false)
    await trails.send(new StartLoggingCommand({ Name: 'all' }))
    expect(await status()).toBe(true)
    await trails.send(new StopLoggingCommand({ Name: TrailARN }))
    expect(await status()).toBe(false)
    expect(await record('StopLogging')).toMatchObject({
      requestParameters: { name: TrailARN },
      responseElements: null,
    })
    expect((await control.events()).at(-1)!.event).toMatchObject({
      source: 'aws.cloudtrail',
      'detail-type': 'AWS API Call via CloudTrail',
    })

    const asked = new GetEventSelectorsCommand({ TrailName: 'all' })
    expect((await trails.send(asked)).EventSelectors).toEqual([
      { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] },
    ])
    const EventSelectors = [{ ReadWriteType: 'ReadOnly' as const, IncludeManagementEvents: false }]
    await trails.send(new PutEventSelectorsCommand({ TrailName: 'all', EventSelectors }))
    expect((await trails.send(asked)).EventSelectors).toEqual(EventSelectors)
    expect(await record('PutEventSelectors')).toMatchObject({
      requestParameters: {
        trailName: 'all',
        eventSelectors: [{ readWriteType: 'ReadOnly', includeManagementEvents: false }],
      },
      responseElements: {
        trailARN: TrailARN,
        eventSelectors: [{ readWriteType: 'ReadOnly', includeManagementEvents: false }],
      },
    })
    const AdvancedEventSelectors = [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }]
    await trails.send(new PutEventSelectorsCommand({ TrailName: 'all', AdvancedEventSelectors }))
    const both = await trails.send(asked)
    expect([both.EventSelectors ?? [], both.AdvancedEventSelectors]).toEqual([[], AdvancedEventSelectors])

    const elsewhere = new CloudTrailClient({ ...as(KEYS.alice), region: 'eu-west-1' })
    expect((await elsewhere.send(new DescribeTrailsCommand({}))).trailList).toMatchObject([
      { TrailARN, HomeRegion: 'eu-central-1', HasCustomEventSelectors: true },
    ])
    const far = await elsewhere.send(new GetEventSelectorsCommand({ TrailName: TrailARN }))
    expect(far.AdvancedEventSelectors).toEqual(AdvancedEventSelectors)

    await trails.send(new DeleteTrailCommand({ Name: 'all' }))
    expect(await record('DeleteTrail')).toMatchObject({ requestParameters: { name: 'all' }, responseElements: null })
    await expect(trails.send(new DeleteTrailCommand({ Name: 'all' }))).rejects.toMatchObject({
      name: 'TrailNotFoundException',
    })
    expect(await record('DeleteTrail')).toMatchObject({ errorCode: 'TrailNotFoundException', responseElements: null })
  })
})

describe('Config', () => {
  test('a recorder is started and stopped, and that is recorded', async () => {
    const ConfigurationRecorder = { name: 'default', roleARN: 'arn:aws:iam::123456789012:role/config' }
    await config.send(new PutConfigurationRecorderCommand({ ConfigurationRecorder }))
    expect(await record('PutConfigurationRecorder')).toMatchObject({
      eventSource: 'config.amazonaws.com',
      userIdentity: by,
      requestParameters: { configurationRecorder: ConfigurationRecorder },
      responseElements: null,
    })
    const { ConfigurationRecorders } = await config.send(new DescribeConfigurationRecordersCommand({}))
    expect(ConfigurationRecorders).toMatchObject([{ ...ConfigurationRecorder, recordingGroup: { allSupported: true } }])
    const ConfigurationRecorderName = 'default'
    await expect(
      config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName })),
    ).rejects.toMatchObject({ name: 'NoAvailableDeliveryChannelException' })
    const DeliveryChannel = { name: 'default', s3BucketName: 'config' }
    await config.send(new PutDeliveryChannelCommand({ DeliveryChannel }))
    await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName }))
    const recording = async () => {
      const { ConfigurationRecordersStatus } = await config.send(new DescribeConfigurationRecorderStatusCommand({}))
      return ConfigurationRecordersStatus!.map((status) => status.recording)
    }
    expect(await recording()).toEqual([true])
    await config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName }))
    expect(await recording()).toEqual([false])
    expect(await record('StopConfigurationRecorder')).toMatchObject({
      requestParameters: { configurationRecorderName: 'default' },
      responseElements: null,
    })
    expect((await control.events()).at(-1)!.event.source).toBe('aws.config')
  })
})

describe('EventBridge', () => {
  test('a disabled rule delivers nothing, and whoever disabled it is recorded', async () => {
    const { QueueUrl } = await json('sqs', 'AmazonSQS.CreateQueue', { QueueName: 'seen' })
    const Arn = `arn:aws:sqs:${cloud.region}:${cloud.account}:seen`
    const EventPattern = JSON.stringify({ source: ['test.rule'] })
    await bus.send(new PutRuleCommand({ Name: 'watch', EventPattern }))
    await bus.send(new PutTargetsCommand({ Rule: 'watch', Targets: [{ Id: 'queue', Arn }] }))
    const emit = (number: number) =>
      control.emit({ source: 'test.rule', 'detail-type': 'Test', detail: { number }, time: '2026-01-02T03:04:05Z' })
    const came = async () => {
      const asked = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }
      const { Messages } = (await json('sqs', 'AmazonSQS.ReceiveMessage', asked)) as { Messages?: { Body: string }[] }
      return (Messages ?? []).map(({ Body }) => (JSON.parse(Body) as { detail: { number: number } }).detail.number)
    }
    await emit(1)
    await eventually(async () => (await came()).includes(1))

    await bus.send(new DisableRuleCommand({ Name: 'watch' }))
    expect((await bus.send(new DescribeRuleCommand({ Name: 'watch' }))).State).toBe('DISABLED')
    expect(await record('DisableRule')).toMatchObject({
      eventSource: 'events.amazonaws.com',
      userIdentity: by,
      requestParameters: { name: 'watch' },
      responseElements: null,
    })
    expect((await control.events()).at(-1)!.event.source).toBe('aws.events')
    await emit(2)
    await sleep(200)
    await bus.send(new EnableRuleCommand({ Name: 'watch' }))
    expect((await record('EnableRule')).requestParameters).toEqual({ name: 'watch' })
    await emit(3)
    await eventually(async () => (await came()).includes(3))
    expect(await came()).not.toContain(2)

    await expect(bus.send(new DeleteRuleCommand({ Name: 'watch' }))).rejects.toMatchObject({
      name: 'ValidationException',
    })
    await bus.send(new RemoveTargetsCommand({ Rule: 'watch', Ids: ['queue'] }))
    expect((await record('RemoveTargets')).requestParameters).toEqual({ rule: 'watch', ids: ['queue'] })
    await bus.send(new DeleteRuleCommand({ Name: 'watch' }))
    expect(await record('DeleteRule')).toMatchObject({ requestParameters: { name: 'watch' }, responseElements: null })
    const gone = { name: 'ResourceNotFoundException' }
    await expect(bus.send(new DescribeRuleCommand({ Name: 'watch' }))).rejects.toMatchObject(gone)
    await expect(bus.send(new DisableRuleCommand({ Name: 'watch' }))).rejects.toMatchObject(gone)
  })
})
