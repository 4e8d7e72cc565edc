import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateFunctionCommand, GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  type CreateScheduleInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '#local/cloud.ts'
import { broken, hangs, lost, throttled } from '#local/fault-forms.ts'
import { KEYS } from '#local/principals.ts'
import { as, cloud, control, eventually, json, run, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

const GroupName = 'boxes'
let scheduler: SchedulerClient
let target: string
let queue: string
let schedules = 0

/** A function that tells a queue of every event it gets, and fails where the event says so. */
const TELLER = `export const handler = async (event) => {
  const headers = { 'x-amz-target': 'AmazonSQS.SendMessage', 'content-type': 'application/x-amz-json-1.0',
    authorization: 'AWS4-HMAC-SHA256 Credential=AKIALOCALTELLER00000/20260101/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=0' }
  const body = JSON.stringify({ QueueUrl: process.env.QUEUE, MessageBody: JSON.stringify(event) })
  await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body })
  if (event.fails) throw new Error('on purpose')
}`

beforeAll(async () => {
  scheduler = new SchedulerClient(as(KEYS.alice))
  queue = await newQueue('told')
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-test-'))
  writeFileSync(join(folder, 'index.mjs'), TELLER)
  await run(join(ROOT, '.venv/bin/python'), ['-m', 'zipfile', '-c', 'code.zip', 'index.mjs'], { cwd: folder })
  const lambda = new LambdaClient(as(KEYS.deploy))
  const FunctionName = 'teller'
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::123456789012:role/teller',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 20,
      Code: { ZipFile: readFileSync(join(folder, 'code.zip')) },
      Environment: { Variables: { QUEUE: queue } },
    }),
  )
  rmSync(folder, { recursive: true })
  const about = await eventually(async () => {
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }))
    return Configuration?.State === 'Active' && Configuration
  })
  target = about.FunctionArn!
  await scheduler.send(new CreateScheduleGroupCommand({ Name: GroupName }))
})

async function newQueue(QueueName: string): Promise<string> {
  return (await json('sqs', 'AmazonSQS.CreateQueue', { QueueName })).QueueUrl as string
}

async function messages(QueueUrl: string): Promise<unknown[]> {
  const asked = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }
  const { Messages } = (await json('sqs', 'AmazonSQS.ReceiveMessage', asked)) as { Messages?: { Body: string }[] }
  return (Messages ?? []).map(({ Body }) => JSON.parse(Body) as unknown)
}

const told = async (box: string) => (await messages(queue)).filter((one) => (one as { box?: string }).box === box)

/** A one-time schedule that ends so many seconds from now, on a whole second as they all are. */
function scheduleOf(inSeconds: number, change: { Name?: string; GroupName?: string } = {}, input: object = {}) {
  const Name = change.Name ?? `box-${++schedules}`
  return {
    Name,
    GroupName,
    ScheduleExpression: expression(inSeconds),
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    ClientToken: `token-${Name}`,
    Target: {
      Arn: target,
      RoleArn: 'arn:aws:iam::123456789012:role/scheduler',
      Input: JSON.stringify({ box: Name, ...input }),
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 },
    },
    ...(change.GroupName ? { GroupName: change.GroupName } : {}),
  } satisfies CreateScheduleInput
}
const momentOf = (inSeconds: number) => Math.ceil(Date.now() / 1000 + inSeconds) * 1000
const expression = (inSeconds: number) => `at(${new Date(momentOf(inSeconds)).toISOString().slice(0, 19)})`
const create = (asked: CreateScheduleInput) => scheduler.send(new CreateScheduleCommand(asked))
const get = (Name: string) => scheduler.send(new GetScheduleCommand({ Name, GroupName }))
const isMissing = (call: Promise<unknown>) =>
  call.then(
    () => false,
    (error: Error) => error.name === 'ResourceNotFoundException',
  )
const isGone = (name: string) => isMissing(get(name))

describe('a schedule', () => {
  test('is made, read, changed, listed and deleted', async () => {
    const asked = scheduleOf(3600, { Name: 'jump-a' })
    const { ScheduleArn } = await create(asked)
    expect(ScheduleArn).toBe(`arn:aws:scheduler:eu-central-1:123456789012:schedule/${GroupName}/jump-a`)
    const { ClientToken: _token, ...kept } = asked
    expect(await get('jump-a')).toMatchObject({ ...kept, State: 'ENABLED', Arn: ScheduleArn })
    const later = { ...asked, ScheduleExpression: expression(7200) }
    await scheduler.send(new UpdateScheduleCommand(later))
    expect((await get('jump-a')).ScheduleExpression).toBe(later.ScheduleExpression)
    await scheduler.send(new DeleteScheduleCommand({ Name: 'jump-a', GroupName }))
    expect(await isGone('jump-a')).toBe(true)
    expect((await control.calls()).map(({ actions, resources }) => [...actions, ...resources])).toEqual([
      ['scheduler:CreateSchedule', 'jump-a'],
      ['scheduler:GetSchedule', 'jump-a'],
      ['scheduler:UpdateSchedule', 'jump-a'],
      ['scheduler:GetSchedule', 'jump-a'],
      ['scheduler:DeleteSchedule', 'jump-a'],
      ['scheduler:GetSchedule', 'jump-a'],
    ])
  })

  test('is listed by its group and the beginning of its name, in pages', async () => {
    for (const at of [3, 1, 2]) await create(scheduleOf(3600, { Name: `list-${at}` }))
    await create(scheduleOf(3600, { Name: 'list-9', GroupName: 'default' }))
    const names = async (NamePrefix: string, more: object = {}) => {
      const asked = new ListSchedulesCommand({ GroupName, NamePrefix, ...more })
      const { Schedules, NextToken } = await scheduler.send(asked)
      return { names: Schedules!.map((one) => one.Name), NextToken }
    }
    expect((await names('list-')).names).toEqual(['list-1', 'list-2', 'list-3'])
    expect((await names('none-')).names).toEqual([])
    const first = await names('list-', { MaxResults: 2 })
    expect(first.names).toEqual(['list-1', 'list-2'])
    expect(await names('list-', { MaxResults: 2, NextToken: first.NextToken })).toEqual({ names: ['list-3'] })
  })

  test('is made once: the same request again gets the same answer, and another one a conflict', async () => {
    const asked = scheduleOf(3600)
    const { ScheduleArn } = await create(asked)
    expect((await create(asked)).ScheduleArn).toBe(ScheduleArn)
    const conflict = { name: 'ConflictException' }
    await expect(create({ ...asked, ClientToken: 'another' })).rejects.toMatchObject(conflict)
    await expect(create({ ...asked, ScheduleExpression: expression(60) })).rejects.toMatchObject(conflict)
  })

  test('that is not there is named so', async () => {
    const missing = { name: 'ResourceNotFoundException' }
    await expect(get('none')).rejects.toMatchObject(missing)
    await expect(scheduler.send(new DeleteScheduleCommand({ Name: 'none', GroupName }))).rejects.toMatchObject(missing)
    await expect(scheduler.send(new UpdateScheduleCommand(scheduleOf(60)))).rejects.toMatchObject(missing)
    await expect(create(scheduleOf(60, { GroupName: 'none' }))).rejects.toMatchObject(missing)
  })

  test.each(['at(2030-01-01T00:00:00Z)', 'at(2030-01-01T00:00:00.5)', 'at(2030-02-30T00:00:00)', 'at(soon)'])(
    'with a time that is none is refused: %s',
    async (ScheduleExpression) => {
      const asked = { ...scheduleOf(60), ScheduleExpression }
      await expect(create(asked)).rejects.toMatchObject({ name: 'ValidationException' })
    },
  )
})

describe('when its time comes, a schedule', () => {
  test('invokes its function with its input, and is gone', async () => {
    const due = momentOf(1)
    const asked = scheduleOf(1)
    await create(asked)
    await eventually(async () => (await told(asked.Name)).length > 0)
    expect(Date.now()).toBeGreaterThanOrEqual(due)
    expect(Date.now() - due).toBeLessThan(2000)
    expect(await told(asked.Name)).toEqual([{ box: asked.Name }])
    await eventually(() => isGone(asked.Name))
  })

  test('leaves retries to Lambda', async () => {
    const asked = scheduleOf(0, {}, { fails: true })
    await create(asked)
    await eventually(async () => (await told(asked.Name)).length === 3)
  })

  test('sends its input to its dead-letter queue where its function is gone', async () => {
    const letters = await newQueue('dead-schedules')
    const asked = scheduleOf(0)
    const DeadLetterConfig = { Arn: `arn:aws:sqs:${cloud.region}:${cloud.account}:dead-schedules` }
    await create({ ...asked, Target: { ...asked.Target, Arn: `${target}-gone`, DeadLetterConfig } })
    expect(await eventually(async () => (await messages(letters))[0])).toEqual({ box: asked.Name })
  })

  test('is lost where a switch says so, and comes due again once it has another time', async () => {
    await control.change({ schedulesOff: true })
    const asked = scheduleOf(0)
    await create(asked)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    await control.change({ schedulesOff: false })
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(await told(asked.Name)).toEqual([])
    expect((await get(asked.Name)).Name).toBe(asked.Name)
    await scheduler.send(new UpdateScheduleCommand({ ...asked, ScheduleExpression: expression(0) }))
    await eventually(async () => (await told(asked.Name)).length === 1)
  })

  test('can be made again under the name of one that has ended', async () => {
    const asked = scheduleOf(0)
    await create(asked)
    await eventually(() => isGone(asked.Name))
    await create({ ...asked, ScheduleExpression: expression(0) })
    await eventually(async () => (await told(asked.Name)).length === 2)
  })
})

test('a group of schedules is made and deleted with its stack', async () => {
  const formation = new CloudFormationClient(as(KEYS.deploy))
  const StackName = 'boxes'
  const resource = { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'stacked' } }
  const TemplateBody = JSON.stringify({ Resources: { Boxes: resource } })
  await formation.send(new CreateStackCommand({ StackName, TemplateBody }))
  await eventually(async () => {
    const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName }))
    return Stacks![0]!.StackStatus === 'CREATE_COMPLETE'
  })
  const group = () => scheduler.send(new GetScheduleGroupCommand({ Name: 'stacked' }))
  expect(await group()).toMatchObject({ State: 'ACTIVE', Name: 'stacked' })
  await formation.send(new DeleteStackCommand({ StackName }))
  await eventually(() => isMissing(group()))
  expect((await control.calls()).at(-1)).toMatchObject({ actions: ['scheduler:GetScheduleGroup'] })
})

describe('a fault of the scheduler', () => {
  const failure = (asked: CreateScheduleInput) =>
    create(asked).then(
      () => ({ name: 'none', $metadata: {} }),
      (error: { name: string; $metadata: object }) => error,
    )

  test('is told in its own words, and nothing is made', async () => {
    const asked = scheduleOf(3600)
    const action = 'scheduler:CreateSchedule'
    await control.break(throttled(action))
    expect(await failure(asked)).toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 429 } })
    await control.deny(action)
    expect(await failure(asked)).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } })
    await control.break(broken(action))
    expect(await failure(asked)).toMatchObject({ name: 'InternalServerException', $metadata: { httpStatusCode: 500 } })
    await control.break(hangs(action))
    const slow = failure(asked)
    await eventually(async () => (await control.health()).held === 1)
    await control.release()
    expect(await slow).toMatchObject({ code: 'ECONNRESET' })
    expect(await isGone(asked.Name)).toBe(true)
  })

  test('can be an answer that is lost, which the same request gets again', async () => {
    const asked = scheduleOf(3600)
    await control.break(lost('scheduler:CreateSchedule', { times: 1, resource: asked.Name }))
    expect(await failure(asked)).toMatchObject({ code: 'ECONNRESET' })
    expect((await create(asked)).ScheduleArn).toContain(asked.Name)
  })
})
