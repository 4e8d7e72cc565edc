import { describe, expect, test } from 'vitest'
import { boxPolicy, JOINED, KEY, TARGETS } from '../support/box-policy.ts'
import { boxStage, HOUR } from '../support/box-stage.ts'

const until = '2026-06-01T13:00:00.000Z'

describe('A box that is opened', () => {
  test('is one instance with one group and one schedule, and the verdict is ready.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    expect(there.verdict(id)).toBe('ready')
    expect(there.isAlive(id)).toBe(true)
    expect([there.launches.length, there.schedules.size]).toEqual([1, 1])
    expect(there.calls.map(({ call }) => call).sort()).toEqual([
      'ec2:AuthorizeSecurityGroupEgress',
      'ec2:AuthorizeSecurityGroupEgress',
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2:CreateSecurityGroup',
      'ec2:RevokeSecurityGroupEgress',
      'ec2:RevokeSecurityGroupEgress',
      'ec2:RunInstances',
      'scheduler:CreateSchedule',
    ])
  })

  test.each([
    ['203.0.113.7/32', 'in tcp 22-22 203.0.113.7/32'],
    ['2001:db8::7/128', 'in tcp 22-22 2001:db8::7/128'],
  ])('lets in %s alone, on one port, and says who, why and until when.', async (address, rule) => {
    const there = boxStage(boxPolicy(), { ipv6: true })
    const id = await there.open('alice', { address, reason: 'why <not>?' })
    expect(there.rulesOf(id).filter((one) => one.startsWith('in '))).toEqual([rule])
    expect(there.groupOf(id)!.rules.find(({ egress }) => !egress)!.description).toBe(
      'alice: why _not__, until 2026-06-01T13:00Z',
    )
    expect(there.verdict(id)).toBe('ready')
  })

  test.each([true, false])(
    'reaches its zone and nothing else: what EC2 gives a new group is gone (IPv6: %s).',
    async (ipv6) => {
      const there = boxStage(boxPolicy(), { ipv6 })
      const id = await there.open('alice')
      expect(there.rulesOf(id).filter((one) => one.startsWith('out '))).toEqual([
        `out tcp 22-22 ${TARGETS}`,
        `out tcp 443-443 ${TARGETS}`,
      ])
    },
  )

  test('is launched as it has to be.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    const { launch } = there.instanceOf(id)!
    expect(launch).toMatchObject({
      ClientToken: `portcullis-jump-prod-${id}`,
      ImageId: 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
      InstanceType: 't4g.nano',
      MinCount: 1,
      MaxCount: 1,
      InstanceInitiatedShutdownBehavior: 'terminate',
      MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled', HttpPutResponseHopLimit: 1 },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, DeleteOnTermination: true } }],
      NetworkInterfaces: [
        { SubnetId: 'subnet-0a1', Groups: [there.groupOf(id)!.GroupId], AssociatePublicIpAddress: true },
      ],
    })
    expect(launch).not.toHaveProperty('IamInstanceProfile')
    expect(launch).not.toHaveProperty('KeyName')
    const tags = Object.fromEntries(there.instanceOf(id)!.tags.map(({ Key, Value }) => [Key, Value]))
    expect(tags).toEqual({
      Name: 'jump box of alice',
      owner: 'alice',
      'portcullis:jump-box': id,
      'portcullis:zone': 'lab',
      'portcullis:reason': 'look at the logs',
      'portcullis:until': until,
    })
  })

  test('holds the key in its user data, and no secret: only what anybody may know.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    const told = Buffer.from(there.instanceOf(id)!.launch.UserData!, 'base64').toString()
    expect(told).toContain(`${KEY} alice`)
    expect(told).not.toMatch(/PRIVATE|secret|password|AKIA|token=(?!\$)/i)
    expect(told).not.toContain('look at the logs')
  })

  test('is what its zone says, where that says more.', async () => {
    const there = boxStage()
    const id = await there.open('alice', { zone: 'full' })
    const { launch, tags, publicAddress } = there.instanceOf(id)!
    expect(launch).toMatchObject({
      ImageId: 'ami-0123',
      InstanceType: 't4g.small',
      IamInstanceProfile: { Name: 'jump-profile' },
      BlockDeviceMappings: [{ DeviceName: '/dev/sda1' }],
      NetworkInterfaces: [{ Groups: [there.groupOf(id)!.GroupId, JOINED] }],
    })
    expect(tags).toEqual(
      expect.arrayContaining([
        { Key: 'team', Value: 'night' },
        { Key: 'owner', Value: 'the-night-shift' },
      ]),
    )
    expect(there.rulesOf(id)).toEqual([
      'in tcp 2222-2222 203.0.113.7/32',
      `out icmp -1--1 ${TARGETS}`,
      `out tcp 5000-5100 ${TARGETS}`,
      `out udp 53-53 ${TARGETS}`,
    ])
    expect(there.recordOf(id)).toEqual({ TTL: 60, values: [publicAddress] })
    expect(there.verdict(id)).toBe('ready')
    expect(there.texts().at(-1)).toContain(`ssh -p 2222 ec2-user@${publicAddress}`)
  })

  test('has a schedule that ends it at its very second, and is gone once it has fired.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    expect(there.scheduleOf(id)).toMatchObject({
      GroupName: 'portcullis-prod',
      ScheduleExpression: 'at(2026-06-01T13:00:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
    })
    expect(JSON.parse(there.scheduleOf(id)!.Target!.Input!)).toMatchObject({ portcullis: 'approved', subject: id })
  })

  test('where it shows late, is waited for, and told of once it can be reached.', async () => {
    const there = boxStage(boxPolicy(), { showMs: 6_000 })
    const id = await there.open('alice')
    expect([there.verdict(id), there.launches.length]).toEqual(['ready', 1])
    expect(there.texts()).toEqual([expect.stringContaining('READY')])
  })
})

describe('What is asked twice', () => {
  test('is there once: a second request joins the box, and nothing more is called.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    const before = there.calls.length
    expect(await there.open('alice', { reason: 'something else', address: '203.0.113.9/32' })).toBe(id)
    expect(there.calls.length).toBe(before)
    expect(there.rulesOf(id)[0]).toBe('in tcp 22-22 203.0.113.7/32')
  })

  test('by others, or for another zone, is another box; nobody shares.', async () => {
    const there = boxStage()
    const ids = [await there.open('alice'), await there.open('bob'), await there.open('alice', { zone: 'full' })]
    expect(new Set(ids).size).toBe(3)
    expect(there.launches.length).toBe(3)
  })

  test('after the box has ended is a new one.', async () => {
    const there = boxStage()
    const id = await there.open('alice')
    await there.close(id)
    const next = await there.open('alice')
    expect(next).not.toBe(id)
    expect([there.isAlive(id), there.isAlive(next)]).toEqual([false, true])
  })

  test('by many looks at once makes one of each.', async () => {
    const there = boxStage()
    const { request } = await there.ask('alice', { address: '203.0.113.7/32' })
    await Promise.allSettled(Array.from({ length: 8 }, () => there.look(request.id)))
    await there.sweep()
    expect([there.launches.length, there.schedules.size, there.verdict(request.id)]).toEqual([1, 1, 'ready'])
    expect([...there.groups.values()].filter((one) => one.GroupName.startsWith('portcullis-jump'))).toHaveLength(1)
  })
})

test('An address that is not proven opens nothing, and lapses with its link.', async () => {
  const there = boxStage()
  const { request } = await there.ask('alice')
  await there.look(request.id)
  expect(there.calls).toEqual([])
  await there.sweep(HOUR)
  await expect(there.prove(request.id)).rejects.toMatchObject({ code: 'box-refused' })
  expect(there.calls).toEqual([])
})
