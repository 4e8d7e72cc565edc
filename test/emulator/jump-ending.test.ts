import { CreateSecurityGroupCommand, CreateTagsCommand, RunInstancesCommand } from '@aws-sdk/client-ec2'
import { ListResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53'
import { ulid } from 'ulid'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { boxName } from '#shared/responses/jump-box/world.ts'
import {
  endsIn,
  gone,
  groupOf,
  incidentOf,
  instancesOf,
  keeperCalls,
  opened,
  scheduleOf,
  stateOf,
  sweepBoxes,
} from '../support/boxes.ts'
import { calm, control, doors, ec2, ledger, open, options, tcp, until } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'
import { as } from '../support/portcullis.ts'

afterEach(calm)

const estate = inject('estate')
const carol = as('carol')

describe('A box is made as it has to be', () => {
  test('by a chain of calls in which nothing could come later: look, claim, group, launch', async () => {
    const since = Date.now()
    const { request } = await opened('carol')
    const calls = await keeperCalls(since)
    const launch = calls.findIndex(({ action }) => action === 'RunInstances')
    const before = calls.slice(0, launch).map(({ service, action }) => `${service}:${action}`)
    const chain = ['dynamodb:TransactWriteItems', 'ec2:CreateSecurityGroup']
    console.log(`Request → RunInstances: ${[...new Set(before)].join(', ')} → RunInstances`)
    // What waits for the group's id goes beside the launch; of all others only these two come before it.
    const reads = /^(ec2|route53|scheduler):(Describe|List|Get)|^dynamodb:Query$/
    const beside = /:(Authorize|Revoke)SecurityGroup|^scheduler:CreateSchedule$/
    expect(before.filter((call) => !reads.test(call) && !beside.test(call))).toEqual(chain)
    await carol('jump', 'close', request.id)
  })

  test('and goes with its name, its group and its schedule', async () => {
    const { request, connection } = await opened('carol')
    const [instance] = await instancesOf(request.id)
    expect(instance).toMatchObject({
      PublicIpAddress: connection!.address,
      MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled' },
    })
    expect(instance?.IamInstanceProfile).toBeUndefined()
    const names = async () => {
      const all = await new Route53Client(options).send(new ListResourceRecordSetsCommand({ HostedZoneId: estate.dns }))
      return all
        .ResourceRecordSets!.map(({ Name }) => Name)
        .filter((name) => name?.startsWith(request.id.toLowerCase()))
    }
    expect(await names()).toHaveLength(1)
    expect(await scheduleOf(request.id)).toMatch(/^at\(/)
    const { code, out } = await carol('jump', 'close', request.id)
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('gone') })
    await gone(request.id, 1)
    expect(await names()).toEqual([])
  })

  test('an extension moves its end in the tag, the schedule and the description of its rule', async () => {
    const { request, standing } = await opened('carol')
    await carol('jump', 'extend', request.id, '--for', '30m')
    const end = new Date(Date.parse(standing.until) + 1_800_000).toISOString()
    const [instance] = await instancesOf(request.id)
    expect(instance!.Tags).toContainEqual({ Key: 'portcullis:until', Value: end })
    expect(await scheduleOf(request.id)).toBe(`at(${end.slice(0, 19)})`)
    const group = await groupOf(request.id)
    expect(group!.IpPermissions![0]!.IpRanges![0]!.Description).toBe(
      `carol: look at the logs, until ${end.slice(0, 16)}Z`,
    )
    const more = await carol('jump', 'extend', request.id, '--for', '5h')
    expect(more.out).toContain('ready')
    const last = await carol('jump', 'extend', request.id, '--for', '5m', '--json')
    expect(last.code).toBe(3)
    await carol('jump', 'close', request.id)
  })
})

describe('A box ends', () => {
  test('by its schedule alone: the call that ends it comes within 2 s', async () => {
    const { request } = await opened('carol')
    const since = Date.now()
    const at = await endsIn(request.id, 3)
    await gone(request.id)
    const ended = (await keeperCalls(since)).find(({ action }) => action === 'TerminateInstances')!
    console.log(`Expiry → TerminateInstances: ${ended.at - at} ms`)
    expect(ended.at - at).toBeGreaterThanOrEqual(0)
    expect(ended.at - at).toBeLessThanOrEqual(2_000)
    await until(
      'its incident to be over',
      () => incidentOf(request.id),
      (head) => head?.status === 'closed' && head.verdict === 'gone',
    )
  })

  test('by the sweep alone, where its schedule is lost', async () => {
    await control.change({ schedulesOff: true })
    const { request } = await opened('carol')
    const at = await endsIn(request.id, 4)
    await new Promise((resolve) => setTimeout(resolve, at + 1_500 - Date.now()))
    expect(await stateOf(request.id)).toBe('running')
    await sweepBoxes()
    await gone(request.id, 5)
  })

  test("by the guest's own timer alone, where nothing outside lives; what hangs on it goes when EC2 says that it is over", async () => {
    await control.change({ schedulesOff: true })
    const { request } = await opened('carol')
    const [instance] = await instancesOf(request.id)
    await control.shutDownGuest(instance!.InstanceId!)
    await gone(request.id)
    await until(
      'its incident to be over',
      () => incidentOf(request.id),
      (head) => head?.status === 'closed',
    )
    expect(await instancesOf(request.id)).toHaveLength(1)
  })

  test('and while its instance shuts down, says so; its group goes with the event that tells of its end', async () => {
    await control.change({ terminateMs: 1_500 })
    const { request } = await opened('carol')
    const { out } = await carol('jump', 'close', request.id)
    expect(out).toContain('ending')
    expect(await groupOf(request.id)).toBeDefined()
    await gone(request.id, 10)
  })
})

describe('What nobody asked for', () => {
  test('in the group of a box goes again: one address more, which is no door to the world', async () => {
    const { request } = await opened('carol')
    const { GroupId = '' } = (await groupOf(request.id)) ?? {}
    const own = await doors(GroupId)
    await open(GroupId, [tcp(22, '198.51.100.99/32')])
    await sweepBoxes()
    const left = await until(
      'the rule to go',
      () => doors(GroupId),
      (all) => all.length === 1,
    )
    expect(left).toEqual(own)
    await carol('jump', 'close', request.id)
  })

  test('and is called like a box is ended by the sweep; what merely carries the tag is left alone', async () => {
    const orphan = ulid()
    const launch = { ImageId: 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64' }
    const one = { ...launch, MinCount: 1, MaxCount: 1, SubnetId: estate.subnet }
    const Tags = [{ Key: 'portcullis:jump-box', Value: orphan }]
    const TagSpecifications = [{ ResourceType: 'instance' as const, Tags }]
    await ec2.send(new RunInstancesCommand({ ...one, ClientToken: boxName(STAGE, orphan), TagSpecifications }))
    const lonely = ulid()
    const name = boxName(STAGE, lonely)
    await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: 'a test', VpcId: estate.vpc }))
    const foreign = (await ec2.send(new RunInstancesCommand(one))).Instances![0]!.InstanceId!
    await ec2.send(new CreateTagsCommand({ Resources: [foreign], Tags }))
    await sweepBoxes()
    await gone(orphan, 5)
    await gone(lonely, 5)
    expect(await incidentOf(orphan)).toMatchObject({ status: 'closed', verdict: 'gone' })
    const told = await control.calls()
    expect(
      told.filter(({ app, resources }) => app === 'keep-jump-boxes' && JSON.stringify(resources).includes(foreign)),
    ).toEqual([])
    expect(await ledger.requestOf('carol', 'lab')).not.toBe(orphan)
  })
})
