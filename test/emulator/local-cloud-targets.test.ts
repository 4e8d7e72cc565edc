import { TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import {
  DeregisterTargetsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
  type TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { beforeAll, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf } from '../support/hosts.ts'
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

const register = (TargetGroupArn: string, ...Targets: TargetDescription[]) =>
  its.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }))
const deregister = (TargetGroupArn: string, ...Targets: TargetDescription[]) =>
  its.elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }))

test('instances are registered by port, and go one by one or all at once', async () => {
  const [group, host] = [await its.newTargetGroup(vpc), await hosts.newHost({ subnets: [subnet] })]
  await register(group, { Id: host.id }, { Id: host.id, Port: 8080 })
  expect(await its.targetsOf(group)).toEqual([`${host.id}:80 healthy`, `${host.id}:8080 healthy`])
  const { TargetGroups } = await its.elb.send(new DescribeTargetGroupsCommand({}))
  expect(TargetGroups).toContainEqual(
    expect.objectContaining({ TargetGroupArn: group, TargetType: 'instance', VpcId: vpc, Port: 80 }),
  )
  await deregister(group, { Id: host.id, Port: 8080 })
  expect(await its.targetsOf(group)).toEqual([`${host.id}:80 healthy`])
  await deregister(group, { Id: host.id, Port: 8080 })
  expect(await record('DeregisterTargets')).toMatchObject({
    eventSource: 'elasticloadbalancing.amazonaws.com',
    apiVersion: '2015-12-01',
    requestParameters: { targetGroupArn: group, targets: [{ id: host.id, port: 8080 }] },
    responseElements: null,
  })
  await deregister(group, { Id: host.id })
  expect(await its.targetsOf(group)).toEqual([])
  const asked = new DescribeTargetHealthCommand({ TargetGroupArn: group, Targets: [{ Id: host.id }] })
  const { TargetHealthDescriptions } = await its.elb.send(asked)
  expect(TargetHealthDescriptions).toMatchObject([
    { TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered' } },
  ])
  await register(group, { Id: host.id })
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [host.id] }))
  expect(await its.targetsOf(group)).toEqual([])
})

test('addresses are targets of their own', async () => {
  const [group, host] = [await its.newTargetGroup(vpc, 'ip', 443), await hosts.newHost({ subnets: [subnet] })]
  const address = (await hosts.instance(host.id)).PrivateIpAddress!
  await register(group, { Id: address }, { Id: '10.200.1.1', AvailabilityZone: 'all' })
  expect(await its.targetsOf(group)).toEqual([`10.200.1.1:443 healthy`, `${address}:443 healthy`].sort())
  const { TargetHealthDescriptions } = await its.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: group }))
  expect(TargetHealthDescriptions!.find((one) => one.Target!.Id === '10.200.1.1')!.Target!.AvailabilityZone).toBe('all')
  await deregister(group, { Id: address, Port: 443 })
  expect(await its.targetsOf(group)).toEqual(['10.200.1.1:443 healthy'])
})

test('what is taken out drains first, where a switch says so', async () => {
  const [group, host] = [await its.newTargetGroup(vpc), await hosts.newHost({ subnets: [subnet] })]
  await register(group, { Id: host.id })
  await control.change({ drainMs: 300 })
  await deregister(group, { Id: host.id })
  expect(await its.targetsOf(group)).toEqual([`${host.id}:80 draining`])
  await eventually(async () => (await its.targetsOf(group)).length === 0)
})

test('a group that is not there is refused in the service’s own words', async () => {
  const none = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/none/0123456789abcdef'
  await expect(deregister(none, { Id: 'i-1' })).rejects.toMatchObject({ name: 'TargetGroupNotFoundException' })
  expect(await record('DeregisterTargets')).toMatchObject({ errorCode: 'TargetGroupNotFoundException' })
})
