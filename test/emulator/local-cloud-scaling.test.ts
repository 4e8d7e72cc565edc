import {
  AttachInstancesCommand,
  DetachInstancesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling'
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf } from '../support/hosts.ts'
import { newRole } from '../support/roles.ts'
import { scalingOf } from '../support/scaling.ts'
import { as, control, ec2, eventually, record, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
let its: ReturnType<typeof scalingOf>
let subnet: string
let vpc: string
beforeAll(async () => {
  hosts = hostsOf(as(KEYS.alice))
  its = scalingOf(as(KEYS.alice))
  ;({ subnet, vpc } = await hosts.newNetwork())
})

const enter = (name: string, id: string, ShouldDecrementDesiredCapacity = true) =>
  its.scaling.send(
    new EnterStandbyCommand({ AutoScalingGroupName: name, InstanceIds: [id], ShouldDecrementDesiredCapacity }),
  )
const exit = (name: string, id: string) =>
  its.scaling.send(new ExitStandbyCommand({ AutoScalingGroupName: name, InstanceIds: [id] }))
const detach = (name: string, id: string, ShouldDecrementDesiredCapacity = true) =>
  its.scaling.send(
    new DetachInstancesCommand({ AutoScalingGroupName: name, InstanceIds: [id], ShouldDecrementDesiredCapacity }),
  )
const attach = (name: string, id: string) =>
  its.scaling.send(new AttachInstancesCommand({ AutoScalingGroupName: name, InstanceIds: [id] }))
const ids = async (name: string) => (await its.scalingGroup(name)).Instances!.map((one) => one.InstanceId!)
const first = async (name: string) => (await ids(name))[0]!
const sizes = async (name: string) => {
  const { DesiredCapacity, Instances } = await its.scalingGroup(name)
  return [DesiredCapacity, Instances!.map((one) => one.LifecycleState).sort()]
}

describe('standby', () => {
  test('takes an instance out of service and out of its target groups, and back', async () => {
    const targets = await its.newTargetGroup(vpc)
    const { profile, profileArn } = await newRole(as(KEYS.alice))
    const name = await its.newScalingGroup({ subnet, desired: 2, targetGroups: [targets], profile })
    const id = await first(name)
    expect((await hosts.instance(id)).IamInstanceProfile!.Arn).toBe(profileArn)
    expect(await its.memberOf(id)).toMatchObject({
      AutoScalingGroupName: name,
      LifecycleState: 'InService',
      LaunchTemplate: { LaunchTemplateName: name },
    })
    expect((await hosts.instance(id)).Tags).toContainEqual({ Key: 'aws:autoscaling:groupName', Value: name })
    expect(await its.targetsOf(targets)).toHaveLength(2)
    const { Activities } = await enter(name, id)
    expect(Activities).toMatchObject([{ AutoScalingGroupName: name, StatusCode: 'InProgress' }])
    expect(await sizes(name)).toEqual([1, ['InService', 'Standby']])
    expect(await its.memberOf(id)).toMatchObject({ LifecycleState: 'Standby' })
    expect(await its.targetsOf(targets)).toEqual([expect.not.stringContaining(id)])
    await expect(enter(name, id)).rejects.toMatchObject({
      name: 'ValidationError',
      message: `The instance ${id} is not in InService.`,
    })
    await exit(name, id)
    expect(await sizes(name)).toEqual([2, ['InService', 'InService']])
    expect(await its.targetsOf(targets)).toHaveLength(2)
  })

  test('is refused at the smallest size, unless another instance comes in its place', async () => {
    const name = await its.newScalingGroup({ subnet, min: 1, max: 1, desired: 1 })
    const id = await first(name)
    const has = `AutoScalingGroup ${name} has min-size=1, max-size=1, and desired-size=1.`
    const message = `${has} To place into standby 1 instance, please update the AutoScalingGroup sizes appropriately.`
    await expect(enter(name, id)).rejects.toMatchObject({
      name: 'ValidationError',
      message,
      $metadata: { httpStatusCode: 400 },
    })
    await enter(name, id, false)
    expect(await sizes(name)).toEqual([1, ['InService', 'Standby']])
    await expect(exit(name, id)).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('max-size=1, and desired-size=1. To move out of standby 1 instance'),
    })
  })

  test('outlives a group that shrinks, and is not replaced when it ends', async () => {
    const name = await its.newScalingGroup({ subnet, desired: 2 })
    const id = await first(name)
    await enter(name, id)
    await its.scaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, DesiredCapacity: 0 }))
    expect(await sizes(name)).toEqual([0, ['Standby']])
    expect((await hosts.instance(id)).State!.Name).toBe('running')
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
    expect(await sizes(name)).toEqual([0, []])
  })

  test('takes its time where a switch says so', async () => {
    const name = await its.newScalingGroup({ subnet, desired: 1 })
    const id = await first(name)
    await control.change({ standbyMs: 300 })
    await enter(name, id)
    expect(await its.memberOf(id)).toMatchObject({ LifecycleState: 'EnteringStandby' })
    await eventually(async () => (await its.memberOf(id))!.LifecycleState === 'Standby')
    await exit(name, id)
    expect(await its.memberOf(id)).toMatchObject({ LifecycleState: 'Pending' })
    await eventually(async () => (await its.memberOf(id))!.LifecycleState === 'InService')
  })
})

describe('detaching', () => {
  test('lets an instance go, and attaching takes it back', async () => {
    const targets = await its.newTargetGroup(vpc)
    const name = await its.newScalingGroup({ subnet, max: 1, desired: 1, targetGroups: [targets] })
    const id = await first(name)
    await detach(name, id)
    expect(await its.memberOf(id)).toBeUndefined()
    expect(await sizes(name)).toEqual([0, []])
    expect(await its.targetsOf(targets)).toEqual([])
    expect((await hosts.instance(id)).Tags!.map((tag) => tag.Key)).not.toContain('aws:autoscaling:groupName')
    const other = await its.newScalingGroup({ subnet, desired: 0 })
    await attach(other, id)
    expect(await its.memberOf(id)).toMatchObject({ AutoScalingGroupName: other })
    await detach(other, id)
    await attach(name, id)
    expect(await sizes(name)).toEqual([1, ['InService']])
    expect(await its.targetsOf(targets)).toEqual([`${id}:80 healthy`])
    const more = await hosts.newHost()
    await expect(attach(name, more.id)).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('To attach 1 instance, please update the AutoScalingGroup sizes appropriately.'),
    })
  })

  test('without making the group smaller brings another instance', async () => {
    const name = await its.newScalingGroup({ subnet, min: 1, desired: 1 })
    const id = await first(name)
    await expect(detach(name, id)).rejects.toMatchObject({ name: 'ValidationError' })
    await detach(name, id, false)
    expect(await ids(name)).toEqual([expect.not.stringMatching(id)])
    const stranger = `The instance ${id} is not part of Auto Scaling group ${name}.`
    await expect(detach(name, id)).rejects.toMatchObject({ name: 'ValidationError', message: stranger })
    await expect(enter(name, id)).rejects.toMatchObject({ name: 'ValidationError', message: stranger })
    await expect(exit('nobody', id)).rejects.toMatchObject({
      name: 'ValidationError',
      message: "AutoScalingGroup name not found - AutoScalingGroup 'nobody' not found",
    })
  })

  test('of an instance that stands by leaves the wanted size', async () => {
    const name = await its.newScalingGroup({ subnet, desired: 2 })
    const id = await first(name)
    await enter(name, id)
    await detach(name, id)
    expect(await sizes(name)).toEqual([1, ['InService']])
  })
})

test('the records are those of Auto Scaling', async () => {
  const name = await its.newScalingGroup({ subnet, desired: 1 })
  const id = await first(name)
  expect(await record('CreateAutoScalingGroup')).toMatchObject({
    eventSource: 'autoscaling.amazonaws.com',
    requestParameters: {
      autoScalingGroupName: name,
      minSize: 0,
      maxSize: 4,
      desiredCapacity: 1,
      vPCZoneIdentifier: subnet,
    },
    responseElements: null,
  })
  await enter(name, id)
  expect(await record('EnterStandby')).toMatchObject({
    awsRegion: 'eu-central-1',
    requestParameters: { autoScalingGroupName: name, instanceIds: [id], shouldDecrementDesiredCapacity: true },
    responseElements: {
      activities: [
        {
          activityId: expect.any(String),
          autoScalingGroupName: name,
          statusCode: 'InProgress',
          progress: 50,
          startTime: expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M$/),
        },
      ],
    },
  })
  await enter(name, id).catch(() => {})
  expect(await record('EnterStandby')).toMatchObject({ errorCode: 'ValidationError', responseElements: null })
})
