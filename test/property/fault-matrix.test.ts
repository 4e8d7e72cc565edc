import { describe, expect, test } from 'vitest'
import { type Finisher, faultsOf, isRead, wrongIn } from '../support/fault-cells.ts'
import { HOST } from '../support/host-worlds.ts'
import { bareHost, insideHost, wholeHost } from '../support/whole-host.ts'

/**
 * The fault matrix in memory: every call of the playbook goes wrong in every way, at each of its uses. Then the host is
 * contained, or it is told which step failed and everything else is done; the next retry or sweep finishes; there is one
 * quarantine group a VPC and reach; and a release brings all of it back.
 */

/** Quarantine, and how often each call is made where nothing goes wrong. */
const PLAYBOOK = [
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:EnterStandby',
  'dynamodb:Query',
  'dynamodb:TransactWriteItems',
  'ec2:CreateSecurityGroup',
  'ec2:CreateTags',
  'ec2:DescribeAddresses',
  'ec2:DescribeFlowLogs',
  'ec2:DescribeIamInstanceProfileAssociations',
  'ec2:DescribeInstanceAttribute',
  'ec2:DescribeInstances',
  'ec2:DescribeNetworkAcls',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSnapshots',
  'ec2:DescribeVpcs',
  'ec2:DisassociateAddress',
  'ec2:DisassociateIamInstanceProfile',
  'ec2:ModifyInstanceAttribute',
  'ec2:ModifyNetworkInterfaceAttribute',
  'ec2:RevokeSecurityGroupEgress',
  'ec2:StopInstances',
  'elasticloadbalancing:DeregisterTargets',
  'elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetHealth',
  'guardduty:GetFindings',
  'iam:GetInstanceProfile',
  'iam:ListRolePolicies',
  'iam:PutRolePolicy',
  'sns:Publish',
]
const FINISHERS: readonly Finisher[] = ['retry', 'sweep']

const counted = async (host: typeof wholeHost) => (await host().event()).uses
const whole = await counted(wholeHost)
const bare = await counted(bareHost)
const inside = await counted(insideHost)

async function wrong(host: typeof wholeHost, call: string, times: number) {
  const found: string[] = []
  for (const fault of faultsOf(call, times))
    for (const finisher of FINISHERS) found.push(...(await wrongIn(host, fault, finisher)))
  return found
}

test('the playbook is whole: these calls are made where nothing goes wrong, and no others', () => {
  expect([...whole.keys()].sort()).toEqual(PLAYBOOK)
})

test.each(PLAYBOOK)('%s of a host with everything', async (call) => {
  expect(await wrong(wholeHost, call, whole.get(call)!)).toEqual([])
})

describe('where all is done in one round, and a run that dies leaves nothing to do', () => {
  test.each([...bare.keys()].filter((call) => !isRead(call)))('%s', async (call) => {
    expect(await wrong(bareHost, call, bare.get(call)!)).toEqual([])
  })
})

describe('where it may reach its own VPC, and loses the tracking of its connections', () => {
  test.each(
    [...inside.keys()].filter((call) => /SecurityGroup(In|E)gress|CreateSecurityGroup|NetworkInterfaceA/.test(call)),
  )('%s', async (call) => {
    expect(await wrong(insideHost, call, inside.get(call)!)).toEqual([])
  })
})

describe('a whole service that is out', () => {
  test.each(['ec2:*', 'dynamodb:*'])('%s, from any of its calls on', async (call) => {
    const found: string[] = []
    for (let from = 0; from < 60; from += 2)
      for (const kind of ['time-out', 'lost'] as const)
        found.push(...(await wrongIn(bareHost, { call, kind, from }, 'retry')))
    expect(found).toEqual([])
  })
})

test('a sweep that comes while a dead run still holds the host leaves it alone, and the retry finishes', async () => {
  const there = wholeHost()
  expect((await there.event({ call: 'ec2:CreateSecurityGroup', kind: 'killed', nth: 0 })).answer).toBe('killed')
  there.time.now += 5_000
  await there.tick()
  expect(there.quarantines().length).toBe(new Set(there.quarantines()).size)
  there.time.now += 55_000
  await there.event()
  expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained', status: 'held' })
  expect(there.isIsolated()).toBe(true)
})
