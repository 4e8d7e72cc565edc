import {
  DeleteSecurityGroupCommand,
  DescribeInstanceAttributeCommand,
  DescribeNetworkInterfacesCommand,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { BusEvent } from '#local/event-bus.ts'
import { KEYS } from '#local/principals.ts'
import { hostsOf, IMAGE, type Network } from '../support/hosts.ts'
import { as, cloud, control, ec2, eventually, json, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
let network: Network
let queue: string
let tokens = 0

/** A rule that catches EC2's news, with a queue behind it. */
beforeAll(async () => {
  hosts = hostsOf(as(KEYS.alice))
  network = await hosts.newNetwork()
  queue = (await json('sqs', 'AmazonSQS.CreateQueue', { QueueName: 'states' })).QueueUrl as string
  const pattern = { source: ['aws.ec2'], 'detail-type': ['EC2 Instance State-change Notification'] }
  await json('events', 'AWSEvents.PutRule', { Name: 'states', EventPattern: JSON.stringify(pattern) })
  const Arn = `arn:aws:sqs:${cloud.region}:${cloud.account}:states`
  await json('events', 'AWSEvents.PutTargets', { Rule: 'states', Targets: [{ Id: 'queue', Arn }] })
})
beforeEach(() => control.reset())

const states = async (id: string) =>
  (await control.events())
    .map(({ event }) => event.detail as { 'instance-id'?: string; state: string })
    .filter((detail) => detail['instance-id'] === id)
    .map(({ state }) => state)
const stateOf = async (id: string) => (await hosts.instance(id)).State!.Name
const terminate = (id: string) => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
const asked = (group: string, InstanceInitiatedShutdownBehavior: 'stop' | 'terminate' = 'stop') => ({
  ImageId: IMAGE,
  MinCount: 1,
  MaxCount: 1,
  InstanceType: 't3.micro' as const,
  ClientToken: `ending-${++tokens}`,
  InstanceInitiatedShutdownBehavior,
  NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: network.subnet, Groups: [group] }],
})
const box = async (group: string, behaviour: 'stop' | 'terminate' = 'stop') =>
  (await ec2.send(new RunInstancesCommand(asked(group, behaviour)))).Instances![0]!.InstanceId!

describe('news of an instance', () => {
  test('come over the bus as EC2 sends them', async () => {
    const id = await box(await hosts.newGroup(network.vpc))
    const seen: string[] = []
    await eventually(async () => {
      const received = (await json('sqs', 'AmazonSQS.ReceiveMessage', {
        QueueUrl: queue,
        MaxNumberOfMessages: 10,
      })) as {
        Messages?: { Body: string }[]
      }
      for (const { Body } of received.Messages ?? []) {
        const event = JSON.parse(Body) as BusEvent & { detail: { state: string } }
        expect(event).toMatchObject({
          source: 'aws.ec2',
          account: '123456789012',
          region: 'eu-central-1',
          resources: [`arn:aws:ec2:eu-central-1:123456789012:instance/${id}`],
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        })
        expect(event.detail).toEqual({ 'instance-id': id, state: expect.stringMatching(/^(pending|running)$/) })
        seen.push(event.detail.state)
      }
      return seen.length === 2
    })
    expect(seen.sort()).toEqual(['pending', 'running'])
  })

  test('tell of every state that it comes through, and of a repeated launch nothing', async () => {
    const launch = asked(await hosts.newGroup(network.vpc))
    const run = async () => (await ec2.send(new RunInstancesCommand(launch))).Instances![0]!.InstanceId!
    const id = await run()
    await run()
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }))
    await terminate(id)
    await terminate(id)
    const lived = ['pending', 'running', 'stopping', 'stopped', 'pending', 'running', 'shutting-down', 'terminated']
    await eventually(async () => (await states(id)).length >= lived.length)
    expect(await states(id)).toEqual(lived)
  })
})

describe('the end of an instance', () => {
  test('takes its time where a switch says so, and its interface holds its group until then', async () => {
    const group = await hosts.newGroup(network.vpc)
    const id = await box(group)
    await control.change({ terminateMs: 700 })
    const begun = Date.now()
    expect((await terminate(id)).TerminatingInstances![0]).toMatchObject({
      PreviousState: { Name: 'running' },
      CurrentState: { Name: 'shutting-down' },
    })
    expect(await stateOf(id)).toBe('shutting-down')
    expect((await hosts.instance(id)).NetworkInterfaces![0]!.Groups![0]!.GroupId).toBe(group)
    const remove = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }))
    await expect(remove()).rejects.toMatchObject({ name: 'DependencyViolation' })
    expect((await terminate(id)).TerminatingInstances![0]!.PreviousState!.Name).toBe('shutting-down')
    await expect(ec2.send(new StartInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
    })
    expect(await states(id)).not.toContain('terminated')
    // Nobody has to look: it ends by itself.
    await eventually(async () => (await states(id)).includes('terminated'))
    expect(Date.now() - begun).toBeGreaterThanOrEqual(700)
    expect((await states(id)).filter((state) => state !== 'pending' && state !== 'running')).toEqual([
      'shutting-down',
      'terminated',
    ])
    expect(await stateOf(id)).toBe('terminated')
    expect((await hosts.instance(id)).NetworkInterfaces ?? []).toEqual([])
    await remove()
  })

  test('is the last of it: it cannot be started or stopped', async () => {
    const id = await box(await hosts.newGroup(network.vpc))
    await terminate(id)
    for (const command of [
      new StartInstancesCommand({ InstanceIds: [id] }),
      new StopInstancesCommand({ InstanceIds: [id] }),
    ]) {
      await expect(ec2.send(command as StopInstancesCommand)).rejects.toMatchObject({ name: 'IncorrectInstanceState' })
    }
  })
})

describe('a guest that shuts itself down', () => {
  test.each([
    ['terminate', 'terminated', ['shutting-down', 'terminated']],
    ['stop', 'stopped', ['stopping', 'stopped']],
  ] as const)('with the behaviour %s is %s, and nobody made a call', async (behaviour, end, told) => {
    const id = await box(await hosts.newGroup(network.vpc), behaviour)
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, DisableApiTermination: { Value: true } }))
    await eventually(async () => (await states(id)).length === 2)
    await control.reset()
    await control.shutDownGuest(id)
    expect(await control.calls()).toEqual([])
    expect(await states(id)).toEqual(told)
    expect(await control.events()).toHaveLength(2)
    expect(await hosts.instance(id)).toMatchObject({
      State: { Name: end },
      StateReason: { Code: 'Client.InstanceInitiatedShutdown' },
    })
    await expect(control.shutDownGuest(id)).rejects.toThrow('is not running')
  })

  test('takes its time to end too', async () => {
    const group = await hosts.newGroup(network.vpc)
    const id = await box(group, 'terminate')
    await control.change({ terminateMs: 300 })
    await control.shutDownGuest(id)
    expect(await hosts.instance(id)).toMatchObject({
      State: { Name: 'shutting-down' },
      StateReason: { Code: 'Client.InstanceInitiatedShutdown' },
    })
    await eventually(async () => (await states(id)).includes('terminated'))
    const Filters = [{ Name: 'group-id', Values: [group] }]
    expect((await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }))).NetworkInterfaces).toEqual([])
    const attribute = new DescribeInstanceAttributeCommand({
      InstanceId: id,
      Attribute: 'instanceInitiatedShutdownBehavior',
    })
    expect((await ec2.send(attribute)).InstanceInitiatedShutdownBehavior).toEqual({ Value: 'terminate' })
  })

  test('is known', async () => {
    await expect(control.shutDownGuest('i-0123456789abcdef0')).rejects.toThrow('does not exist')
  })
})
