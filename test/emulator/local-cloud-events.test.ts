import { CreateTagsCommand, DescribeSecurityGroupsCommand, RunInstancesCommand } from '@aws-sdk/client-ec2'
import { beforeEach, describe, expect, test } from 'vitest'
import type { BusEvent } from '#local/event-bus.ts'
import { configChange, configNotice, consoleSignIn, rootCall } from '../support/aws-events.ts'
import {
  cloud,
  control,
  ec2,
  eventually,
  json,
  newGroup,
  newList,
  open,
  useLocalCloud,
  WORLD,
} from './local-cloud-support.ts'

useLocalCloud()

let queue: string
let queues = 0

/** A rule that catches these sources, with a queue behind it. */
beforeEach(async () => {
  const QueueName = `events-${++queues}`
  queue = (await json('sqs', 'AmazonSQS.CreateQueue', { QueueName })).QueueUrl as string
  const EventPattern = JSON.stringify({ source: ['aws.config', 'aws.signin', 'aws.iam', 'aws.test'] })
  await json('events', 'AWSEvents.PutRule', { Name: QueueName, EventPattern })
  const Arn = `arn:aws:sqs:${cloud.region}:${cloud.account}:${QueueName}`
  await json('events', 'AWSEvents.PutTargets', { Rule: QueueName, Targets: [{ Id: 'queue', Arn }] })
  await control.reset()
})

async function delivered(): Promise<BusEvent[]> {
  const asked = { QueueUrl: queue, MaxNumberOfMessages: 10 }
  const { Messages } = (await json('sqs', 'AmazonSQS.ReceiveMessage', asked)) as { Messages?: { Body: string }[] }
  return (Messages ?? []).map(({ Body }) => JSON.parse(Body) as BusEvent)
}

const arrived = () => eventually(async () => (await delivered())[0])

describe('events of other services', () => {
  test('Config tells of a security group', async () => {
    const group = await newGroup()
    const list = await newList(['0.0.0.0/0'])
    const { IpRanges: _ranges, ...ports } = WORLD
    await open(group, WORLD, { ...ports, FromPort: 23, ToPort: 23, PrefixListIds: [{ PrefixListId: list }] })
    await ec2.send(new CreateTagsCommand({ Resources: [group], Tags: [{ Key: 'team', Value: 'a' }] }))
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [group] }))
    const change = configChange(SecurityGroups![0]!, cloud)
    await control.emit(change)
    expect(await arrived()).toMatchObject({
      source: 'aws.config',
      'detail-type': 'Config Configuration Item Change',
      account: cloud.account,
      region: cloud.region,
      detail: {
        messageType: 'ConfigurationItemChangeNotification',
        configurationItemDiff: { changeType: 'UPDATE' },
        configurationItem: {
          resourceType: 'AWS::EC2::SecurityGroup',
          resourceId: group,
          configurationItemStatus: 'OK',
          tags: { team: 'a' },
          configuration: {
            groupId: group,
            ipPermissions: [
              { fromPort: 22, toPort: 22, ipRanges: ['0.0.0.0/0'], ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }] },
              { fromPort: 23, ipRanges: [], prefixListIds: [{ prefixListId: list }] },
            ],
          },
        },
      },
    })
    const notice = configNotice(change, cloud) as { Records: { Sns: { Message: string } }[] }
    expect(JSON.parse(notice.Records[0]!.Sns.Message)).toEqual(change.detail)
    const text = configChange(SecurityGroups![0]!, { ...cloud, form: 'text' })
    expect(text).toHaveProperty('detail.configurationItem.configuration', expect.stringContaining(group))
    const summary = configChange(SecurityGroups![0]!, { ...cloud, form: 'summary' })
    expect(summary).toHaveProperty('detail.configurationItemSummary.resourceId', group)
    const gone = configChange(SecurityGroups![0]!, { ...cloud, changeType: 'DELETE' })
    expect(gone).toHaveProperty('detail.configurationItem.configuration', null)
  })

  test('a sign-in to the console, and a call by root', async () => {
    await control.emit(consoleSignIn({ ...cloud, who: 'root' }))
    expect(await arrived()).toMatchObject({
      source: 'aws.signin',
      'detail-type': 'AWS Console Sign In via CloudTrail',
      detail: {
        eventType: 'AwsConsoleSignIn',
        userIdentity: { type: 'Root', arn: `arn:aws:iam::${cloud.account}:root` },
        responseElements: { ConsoleLogin: 'Success' },
        additionalEventData: { MFAUsed: 'No' },
      },
    })
    await control.emit(rootCall({ ...cloud, eventSource: 'iam.amazonaws.com', eventName: 'CreateAccessKey' }))
    expect(await eventually(async () => (await delivered()).find(({ source }) => source === 'aws.iam'))).toMatchObject({
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventType: 'AwsApiCall', eventName: 'CreateAccessKey', userIdentity: { type: 'Root' } },
    })
  })
})

test('what is larger than 256 KB is dropped', async () => {
  const sized = (bytes: number) => {
    const event = { source: 'aws.test', 'detail-type': 'Test', detail: { text: '' } }
    return { ...event, detail: { text: 'x'.repeat(bytes - JSON.stringify(event).length) } }
  }
  expect((await control.emit(sized(256 * 1024 + 1))).fate).toBe('too-large')
  // The record of a call, too: an answer is never cut.
  const many = { ImageId: 'ami-0123456789abcdef0', MinCount: 200, MaxCount: 200 }
  await ec2.send(new RunInstancesCommand(many))
  expect((await control.events()).at(-1)).toMatchObject({ fate: 'too-large', event: { source: 'aws.ec2' } })
  expect((await control.emit(sized(255 * 1024))).fate).toBe('delivered')
  expect((await arrived()).detail).toMatchObject({ text: expect.any(String) })
  expect(await delivered()).toEqual([])
})
