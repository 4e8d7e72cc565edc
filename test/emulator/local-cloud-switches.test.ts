import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import {
  as,
  control,
  ec2,
  eventually,
  ingress,
  newGroup,
  open,
  record,
  useLocalCloud,
  WORLD,
} from './local-cloud-support.ts'

useLocalCloud()

describe('switches', () => {
  test('delivery: lost, doubled, late, reordered', async () => {
    const group = await newGroup()
    await control.change({ lossRate: 1 })
    await open(group)
    expect((await eventually(async () => (await control.events()).at(-1))).fate).toBe('lost')
    await control.change({ lossRate: 0, duplicates: 1, deliveryDelayMs: 300 })
    await open(group, { ...WORLD, FromPort: 1, ToPort: 1 })
    const [late] = (await control.events()).slice(-1)
    expect(late).toMatchObject({ fate: 'waiting', deliveredAt: [] })
    const both = await eventually(async () =>
      (await control.events()).find(({ deliveredAt }) => deliveredAt.length === 2),
    )
    expect(both.deliveredAt[0]! - both.at).toBeGreaterThanOrEqual(290)
    await control.reset()
    await control.change({ reorder: true })
    await open(group, { ...WORLD, FromPort: 2, ToPort: 2 })
    await open(group, { ...WORLD, FromPort: 3, ToPort: 3 })
    const [one, two] = await eventually(async () => {
      const events = await control.events()
      return events.length === 2 && events.every(({ fate }) => fate === 'delivered') && events
    })
    expect(one!.deliveredAt[0]).toBeGreaterThan(two!.deliveredAt[0]!)
  })

  test('stale reads: a new rule does not show, a revoked one still does, by every way of reading', async () => {
    const group = await newGroup()
    const kept = await open(group)
    await control.change({ staleReadsMs: 400 })
    const added = await open(group, { ...WORLD, FromPort: 3389, ToPort: 3389 })
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds: kept }))
    const ids = async () => (await ingress(group)).map((rule) => rule.SecurityGroupRuleId)
    expect(await ids()).toEqual(kept)
    const byCidr = [{ Name: 'ip-permission.from-port', Values: ['3389'] }]
    const found = async () => (await ec2.send(new DescribeSecurityGroupsCommand({ Filters: byCidr }))).SecurityGroups!
    expect((await found()).map((one) => one.GroupId)).not.toContain(group)
    const byId = new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: added })
    await expect(ec2.send(byId)).rejects.toMatchObject({ name: 'InvalidSecurityGroupRuleId.NotFound' })
    await sleep(450)
    expect(await ids()).toEqual(added)
    expect((await found()).map((one) => one.GroupId)).toContain(group)
  })

  test('errors speak the service’s own language and count down', async () => {
    const group = await newGroup()
    const throttle = { service: 'ec2', action: 'AuthorizeSecurityGroupIngress', kind: 'error', times: 1 } as const
    await control.break({ ...throttle, status: 503, code: 'RequestLimitExceeded' })
    await expect(open(group)).rejects.toMatchObject({
      name: 'RequestLimitExceeded',
      $metadata: { httpStatusCode: 503 },
    })
    expect(await open(group)).toHaveLength(1)
    const slow = { service: 'dynamodb', action: 'PutItem', kind: 'error', code: 'ThrottlingException' } as const
    await control.break(slow, { service: 'sns', action: '*', kind: 'error', status: 403, code: 'AuthorizationError' })
    const put = new PutItemCommand({ TableName: 'ledger', Item: { pk: { S: 'z' } } })
    await expect(new DynamoDBClient(as(KEYS.deploy)).send(put)).rejects.toMatchObject({ name: 'ThrottlingException' })
    const topic = new SNSClient(as(KEYS.deploy)).send(new CreateTopicCommand({ Name: 'x' }))
    await expect(topic).rejects.toMatchObject({ Code: 'AuthorizationError' })
  })

  test('error-after, pretend, drop and hold', async () => {
    const group = await newGroup()
    const fault = { service: 'ec2', action: 'AuthorizeSecurityGroupIngress', resource: group, times: 1 }
    await control.break({ ...fault, kind: 'error-after', status: 500, code: 'InternalError' })
    await expect(open(group)).rejects.toMatchObject({ name: 'InternalError' })
    const [rule] = await ingress(group)
    expect(rule).toMatchObject({ FromPort: 22 })
    expect(await record('AuthorizeSecurityGroupIngress')).not.toHaveProperty('errorCode')

    const revoke = () =>
      ec2.send(
        new RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds: [rule!.SecurityGroupRuleId!] }),
      )
    await control.break({ service: 'ec2', action: 'RevokeSecurityGroupIngress', kind: 'pretend', times: 1 })
    expect((await revoke()).Return).toBe(true)
    expect(await ingress(group)).toHaveLength(1)

    await control.break({ service: 'ec2', action: 'RevokeSecurityGroupIngress', kind: 'drop', times: 1 })
    await expect(revoke()).rejects.toMatchObject({ code: 'ECONNRESET' })

    await control.break({ service: 'ec2', action: 'RevokeSecurityGroupIngress', kind: 'hold' })
    const held = revoke()
    await eventually(async () => (await control.health()).held === 1)
    expect(await ingress(group)).toHaveLength(1)
    expect(await control.release()).toBe(1)
    await held
    expect(await ingress(group)).toEqual([])
  })

  test('a switch that does not exist is refused in a sentence', async () => {
    await expect(control.change({ lossrate: 1 } as never)).rejects.toThrow(
      /Expected one of seed, .* got the switch 'lossrate'/,
    )
  })
})
