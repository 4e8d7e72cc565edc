import { CopySnapshotCommand, CreateSnapshotCommand, CreateSnapshotsCommand } from '@aws-sdk/client-ec2'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { BusEvent } from '#local/event-bus.ts'
import { KEYS } from '#local/principals.ts'
import { hostsOf } from '../support/hosts.ts'
import { as, cloud, control, ec2, eventually, json, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
let queue: string

/** A rule that catches EBS's news, with a queue behind it. */
beforeAll(async () => {
  hosts = hostsOf(as(KEYS.alice))
  queue = (await json('sqs', 'AmazonSQS.CreateQueue', { QueueName: 'news' })).QueueUrl as string
  const types = ['EBS Multi-Volume Snapshots Completion Status', 'EBS Snapshot Notification']
  const EventPattern = JSON.stringify({ source: ['aws.ec2'], 'detail-type': types })
  await json('events', 'AWSEvents.PutRule', { Name: 'news', EventPattern })
  const Arn = `arn:aws:sqs:${cloud.region}:${cloud.account}:news`
  await json('events', 'AWSEvents.PutTargets', { Rule: 'news', Targets: [{ Id: 'queue', Arn }] })
})
beforeEach(() => control.reset())

async function arrived(): Promise<BusEvent & { readonly detail: Record<string, unknown> }> {
  const body = await eventually(async () => {
    const { Messages } = (await json('sqs', 'AmazonSQS.ReceiveMessage', { QueueUrl: queue })) as {
      Messages?: [{ Body: string; ReceiptHandle: string }]
    }
    if (!Messages) return undefined
    const [{ Body, ReceiptHandle }] = Messages
    await json('sqs', 'AmazonSQS.DeleteMessage', { QueueUrl: queue, ReceiptHandle })
    return Body
  })
  return JSON.parse(body) as BusEvent & { readonly detail: Record<string, unknown> }
}

const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

test('of several volumes comes once, when all of them are complete', async () => {
  await control.change({ snapshotMs: 300 })
  const host = await hosts.newHost({ volumes: 1 })
  const begun = Date.now()
  const asked = new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId: host.id } })
  const ids = (await ec2.send(asked)).Snapshots!.map((one) => one.SnapshotId!)
  const event = await arrived()
  expect(Date.now() - begun).toBeGreaterThanOrEqual(300)
  const arn = (kind: string, id: string | undefined) => `arn:aws:ec2::eu-central-1:${kind}/${id}`
  expect(event).toMatchObject({
    source: 'aws.ec2',
    'detail-type': 'EBS Multi-Volume Snapshots Completion Status',
    account: '123456789012',
    region: 'eu-central-1',
    resources: ids.map((id) => arn('snapshot', id)),
  })
  expect(event.detail).toEqual({
    event: 'createSnapshots',
    result: 'succeeded',
    cause: '',
    'request-id': '',
    startTime: moment,
    endTime: moment,
    snapshots: ids.map((id, at) => ({
      snapshot_id: arn('snapshot', id),
      source: arn('volume', host.volumes[at]),
      status: 'completed',
    })),
  })
})

test('of a failure names what failed', async () => {
  await control.change({ snapshotsFail: true })
  const host = await hosts.newHost()
  const asked = new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId: host.id } })
  const [snapshot] = (await ec2.send(asked)).Snapshots!
  expect((await arrived()).detail).toMatchObject({
    result: 'failed',
    cause: `Snapshot ${snapshot!.SnapshotId} is in status error`,
    snapshots: [{ status: 'error' }],
  })
})

test('of one snapshot and of a copy have the form of their own', async () => {
  const host = await hosts.newHost()
  const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId: host.volumes[0]! }))
  const arn = (id?: string) => `arn:aws:ec2:eu-central-1::snapshot/${id}`
  const single = { 'detail-type': 'EBS Snapshot Notification' }
  expect(await arrived()).toMatchObject({
    ...single,
    detail: {
      event: 'createSnapshot',
      snapshot_id: arn(SnapshotId),
      source: `arn:aws:ec2:eu-central-1::volume/${host.volumes[0]}`,
    },
  })
  const from = { SourceRegion: 'eu-central-1', SourceSnapshotId: SnapshotId! }
  const copy = await ec2.send(new CopySnapshotCommand(from))
  expect(await arrived()).toMatchObject({
    ...single,
    resources: [arn(copy.SnapshotId)],
    detail: {
      event: 'copySnapshot',
      result: 'succeeded',
      snapshot_id: arn(copy.SnapshotId),
      source: arn(SnapshotId),
      Incremental: 'true',
    },
  })
  await ec2.send(new CopySnapshotCommand({ ...from, Encrypted: true, KmsKeyId: 'alias/none' }))
  expect((await arrived()).detail).toMatchObject({ result: 'failed', cause: 'Given key ID is not accessible' })
})
