import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2'
import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { GuardDutyClient, ListDetectorsCommand } from '@aws-sdk/client-guardduty'
import { IAMClient, ListRolesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { CreateFunctionCommand, GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '#local/cloud.ts'
import { broken, hangs, killedAfter, lost, throttled } from '#local/fault-forms.ts'
import { KEYS } from '#local/principals.ts'
import { newRole } from '../support/roles.ts'
import { scalingOf } from '../support/scaling.ts'
import { as, control, ec2, eventually, newGroup, run, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

describe('a fault is told in the words of the service', () => {
  const calls = () => {
    const options = as(KEYS.alice)
    const { scaling, elb } = scalingOf(options)
    return {
      'ec2:DescribeInstances': () => ec2.send(new DescribeInstancesCommand({})),
      'autoscaling:DescribeAutoScalingGroups': () => scaling.send(new DescribeAutoScalingGroupsCommand({})),
      'elasticloadbalancing:DescribeTargetGroups': () => elb.send(new DescribeTargetGroupsCommand({})),
      'iam:ListRoles': () => new IAMClient(options).send(new ListRolesCommand({})),
      'guardduty:ListDetectors': () => new GuardDutyClient(options).send(new ListDetectorsCommand({})),
      's3:ListBuckets': () => new S3Client(options).send(new ListBucketsCommand({})),
      'kms:ListKeys': () => new KMSClient(options).send(new ListKeysCommand({})),
      'ssm:GetParameter': () => new SSMClient(options).send(new GetParameterCommand({ Name: '/a' })),
    } as const
  }

  test.each([
    ['ec2:DescribeInstances', 'RequestLimitExceeded', 503, 'UnauthorizedOperation', 403, 'InternalError'],
    ['autoscaling:DescribeAutoScalingGroups', 'Throttling', 400, 'AccessDenied', 403, 'InternalFailure'],
    ['elasticloadbalancing:DescribeTargetGroups', 'Throttling', 400, 'AccessDenied', 403, 'InternalFailure'],
    ['iam:ListRoles', 'Throttling', 400, 'AccessDenied', 403, 'ServiceFailure'],
    [
      'guardduty:ListDetectors',
      'TooManyRequestsException',
      429,
      'AccessDeniedException',
      403,
      'InternalServerErrorException',
    ],
    ['s3:ListBuckets', 'SlowDown', 503, 'AccessDenied', 403, 'InternalError'],
    ['kms:ListKeys', 'ThrottlingException', 400, 'AccessDeniedException', 400, 'KMSInternalException'],
    ['ssm:GetParameter', 'ThrottlingException', 400, 'AccessDeniedException', 400, 'InternalServerError'],
  ] as const)('%s', async (action, slow, slowStatus, no, noStatus, bad) => {
    const call: () => Promise<unknown> = calls()[action]
    const name = (error: { name: string }) => error.name
    const failure = () =>
      call().then(
        () => ({ name: 'none', $metadata: {} }),
        (error: { name: string; $metadata: object }) => error,
      )
    await control.break(throttled(action, { times: 1 }))
    expect(await failure()).toMatchObject({ $metadata: { httpStatusCode: slowStatus } })
    expect((await control.calls()).at(-1)).toMatchObject({ errorCode: slow, status: slowStatus })
    expect(name(await failure())).not.toBe(slow)
    await control.deny(action)
    expect(await failure()).toMatchObject({ $metadata: { httpStatusCode: noStatus } })
    expect((await control.calls()).at(-1)).toMatchObject({ errorCode: no, status: noStatus })
    await control.break(broken(action))
    expect(await failure()).toMatchObject({ $metadata: { httpStatusCode: 500 } })
    expect((await control.calls()).at(-1)).toMatchObject({ errorCode: bad, status: 500 })
    await control.break(lost(action, { times: 1 }))
    expect(await failure()).toMatchObject({ code: 'ECONNRESET' })
  })
})

test('a call hangs until it is released, and nothing is done', async () => {
  const role = await newRole(as(KEYS.alice))
  const iam = new IAMClient({ ...as(KEYS.alice), requestHandler: { requestTimeout: 300, throwOnRequestTimeout: true } })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
  })
  const put = () => iam.send(new PutRolePolicyCommand({ RoleName: role.name, PolicyName: 'p', PolicyDocument }))
  await control.break(hangs('iam:PutRolePolicy'))
  await expect(put()).rejects.toMatchObject({ name: 'TimeoutError' })
  expect((await control.health()).held).toBe(1)
  expect(await control.release()).toBe(1)
  const done = async () =>
    (await control.events()).filter(({ event }) => JSON.stringify(event).includes('"PutRolePolicy"'))
  expect(await done()).toEqual([])
  await control.break({ service: 'iam', action: 'PutRolePolicy', kind: 'hang-after' })
  await expect(put()).rejects.toMatchObject({ name: 'TimeoutError' })
  await control.release()
  await eventually(async () => (await done()).length === 1)
})

describe('a function', () => {
  const app = 'doomed'
  let lambda: LambdaClient
  let group: string
  beforeAll(async () => {
    group = await newGroup()
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-test-'))
    const code = `import { createRequire } from 'node:module'
      const sdk = createRequire('${ROOT}/package.json')('@aws-sdk/client-ec2')
      const { EC2Client, CreateTagsCommand, DescribeVpcsCommand } = sdk
      const ec2 = new EC2Client({ maxAttempts: 1 })
      export const handler = async ({ id }) => {
        await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'run', Value: 'x' }] }))
        await ec2.send(new DescribeVpcsCommand({}))
        return 'done'
      }`
    writeFileSync(join(folder, 'index.mjs'), code)
    await run(join(ROOT, '.venv/bin/python'), ['-m', 'zipfile', '-c', 'code.zip', 'index.mjs'], { cwd: folder })
    lambda = new LambdaClient(as(KEYS.deploy))
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: app,
        Role: 'arn:aws:iam::123456789012:role/doomed',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: 20,
        Code: { ZipFile: readFileSync(join(folder, 'code.zip')) },
        Environment: { Variables: { AWS_SDK_UA_APP_ID: app } },
      }),
    )
    rmSync(folder, { recursive: true })
    await eventually(async () => {
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: app }))
      return Configuration?.State === 'Active'
    })
  })

  const invoke = (InvocationType: 'RequestResponse' | 'Event' = 'RequestResponse') => {
    const Payload = JSON.stringify({ id: group })
    return lambda.send(new InvokeCommand({ FunctionName: app, InvocationType, Payload }))
  }
  const made = async () => (await control.calls()).filter((call) => call.app === app).map((call) => call.action)

  test('dies right after a call that was carried out, and Lambda runs it again', async () => {
    expect((await invoke()).FunctionError).toBeUndefined()
    await control.reset()
    await control.break(killedAfter('ec2:CreateTags', { app, times: 1 }))
    const dead = await invoke()
    expect(dead.FunctionError).toBe('Unhandled')
    expect(await made()).toEqual(['CreateTags'])
    expect(await eventually(async () => (await control.events()).length === 1)).toBe(true)
    await control.reset()
    await control.break(killedAfter('ec2:CreateTags', { app, times: 1 }))
    await invoke('Event')
    await eventually(async () => (await made()).includes('DescribeVpcs'))
    expect(await made()).toEqual(['CreateTags', 'CreateTags', 'DescribeVpcs'])
  })

  test('dies before a call is carried out, as often as it is told to', async () => {
    await control.break({ service: 'ec2', action: 'CreateTags', app, kind: 'kill' })
    await invoke('Event')
    await eventually(async () => (await made()).length === 3)
    expect(await control.events()).toEqual([])
    await control.reset()
    expect((await invoke()).FunctionError).toBeUndefined()
  })

  test('can only be ended by what it has called itself', async () => {
    await control.break({ service: 'ec2', action: '*', kind: 'kill-after' })
    await expect(ec2.send(new DescribeInstancesCommand({}))).rejects.toMatchObject({ code: 'ECONNRESET' })
    await control.reset()
    expect((await invoke()).FunctionError).toBeUndefined()
  })
})
