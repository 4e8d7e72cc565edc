import { randomUUID } from 'node:crypto'
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  DescribeAddressesCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstanceAttributeCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  ModifyNetworkInterfaceAttributeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterEach, describe, expect, test } from 'vitest'
import type { Head } from '#shared/story.ts'
import { account, calm, control, ec2, entriesOf, invoke, ledger, options, region, until } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'
import { hostFinding } from '../support/guard-duty.ts'
import { hostsOf } from '../support/hosts.ts'
import { mailbox } from '../support/mail.ts'
import { portcullis } from '../support/portcullis.ts'
import { newRole } from '../support/roles.ts'
import { scalingOf } from '../support/scaling.ts'

const hosts = hostsOf(options)
const RESPONDER = `portcullis-${STAGE}-quarantine-instance`

afterEach(calm)

/** Two interfaces in one VPC with IPv6, one in another, each in a group that lets things in. */
async function newHost(more: Parameters<typeof hosts.newHost>[0] = {}) {
  const [near, far] = [await hosts.newNetwork({ ipv6: true }), await hosts.newNetwork()]
  const [web, inner] = [await hosts.newGroup(near.vpc), await hosts.newGroup(far.vpc)]
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: web,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
    }),
  )
  const subnets = [near.subnet, near.subnet, far.subnet]
  const host = await hosts.newHost({
    subnets,
    groups: { [near.subnet]: [web], [far.subnet]: [inner] },
    volumes: 1,
    ...more,
  })
  return { ...host, near, far, web, inner }
}

const accuse = (instance: string, type: string, id = randomUUID().replaceAll('-', '')) =>
  control.emit(hostFinding({ account, region, instance, type, id }))

async function groupsOf(host: string): Promise<string[][]> {
  const Filters = [{ Name: 'attachment.instance-id', Values: [host] }]
  const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }))
  return NetworkInterfaces.sort((a, b) => a.Attachment!.DeviceIndex! - b.Attachment!.DeviceIndex!).map((one) =>
    one.Groups!.map((group) => group.GroupId!),
  )
}

async function rulesOf(groups: readonly string[]) {
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [...new Set(groups)] }))
  return SecurityGroups.flatMap((one) => [...one.IpPermissions!, ...one.IpPermissionsEgress!])
}

const incidentOf = async (host: string, response = 'suspicious-host') => {
  const heads = (
    await Promise.all((['open', 'held', 'closed'] as const).map((status) => ledger.incidents(status, 10_000)))
  ).flat()
  return heads
    .filter((head) => head.subject === host && head.response === response)
    .sort((a, b) => (a.id < b.id ? 1 : -1))[0]
}

/** The host's incident, once its verdict is this one; with what failed in it where that does not come to be. */
async function held(host: string, verdict = 'contained') {
  const isSo = (head: Head | undefined) =>
    head?.verdict === verdict && (verdict !== 'contained' || head.status === 'held')
  try {
    return await until(`the incident of ${host} to be ${verdict}`, () => incidentOf(host), isSo, 60)
  } catch (error) {
    const head = await incidentOf(host)
    const failed = head ? (await entriesOf(head.id)).filter(({ what }) => what === 'failed' || what === 'verified') : []
    throw new Error(`${(error as Error).message}\n${failed.map((one) => JSON.stringify(one).slice(0, 600)).join('\n')}`)
  }
}

describe('a host that GuardDuty accuses', () => {
  test('is cut off on every interface in every VPC, protected, and that is proven; released, all is as it was', async () => {
    const mail = await mailbox()
    const host = await newHost()
    const before = await groupsOf(host.id)
    await accuse(host.id, 'CryptoCurrency:EC2/BitcoinTool.B!DNS')
    const head = await held(host.id)
    const after = await groupsOf(host.id)
    expect(after.map((own) => own.length)).toEqual([1, 1, 1])
    expect(await rulesOf(after.flat())).toEqual([])
    expect(after[0]).toEqual(after[1])
    expect(after[2]).not.toEqual(after[0])
    const asked = new DescribeInstanceAttributeCommand({ InstanceId: host.id, Attribute: 'disableApiTermination' })
    expect((await ec2.send(asked)).DisableApiTermination).toEqual({ Value: true })
    const told = await until(
      'the notice',
      () =>
        mail
          .read()
          .then((all) =>
            all.filter((one) => one.facts.subject === host.id && one.facts.response === 'suspicious-host'),
          ),
      (all) => all.length > 0,
    )
    expect(told[0]!.facts.proof).toMatchObject({
      newPaths: 'closed',
      establishedFlows: expect.stringMatching(/^possible until /),
    })
    expect(told[0]!.facts.text).toContain('network ACL')

    const said = await portcullis('release', head!.id, '--reason', 'it was a drill', '--json')
    expect(said).toMatchObject({ code: 0, error: '' })
    expect(JSON.parse(said.out)).toMatchObject({ what: 'undone', fidelity: 'exact', differs: [] })
    expect(await groupsOf(host.id)).toEqual(before)
    expect((await ec2.send(asked)).DisableApiTermination).toEqual({ Value: false })
    expect(await incidentOf(host.id)).toMatchObject({ status: 'closed' })
  })

  test('loses its address, its profile and its sessions where the policy says so, and gets them back', async () => {
    const { iam, name, arn } = await role()
    const host = await newHost({ profile: name })
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))
    await ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: host.interfaces[0] }))
    await accuse(host.id, 'Trojan:EC2/BlackholeTraffic')
    const head = await held(host.id, 'open')
    expect(head!.left).toBe('watch residue.flows')
    expect(await addressOn(AllocationId!)).toBeUndefined()
    expect(await profilesOf(host.id)).toEqual([])
    const { PolicyDocument } = await iam.send(
      new GetRolePolicyCommand({ RoleName: name, PolicyName: `portcullis-${host.id}` }),
    )
    expect(decodeURIComponent(PolicyDocument!)).toContain(`*:${host.id}`)

    const said = await portcullis('release', head!.id, '--reason', 'it was a drill', '--json')
    expect(JSON.parse(said.out)).toMatchObject({ what: 'undone', fidelity: 'exact', differs: [] })
    expect(await addressOn(AllocationId!)).toBe(host.interfaces[0])
    expect(await profilesOf(host.id)).toEqual([arn])
    await expect(
      iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName: `portcullis-${host.id}` })),
    ).rejects.toThrow()
  })

  test('is stopped where the policy says so', async () => {
    const host = await newHost()
    await accuse(host.id, 'Backdoor:EC2/C&CActivity.B!DNS')
    await held(host.id)
    expect((await hosts.instance(host.id)).State!.Name).toMatch(/stop/)
  })

  test('may reach its own VPC where the policy says so; it is tagged, handed over, and a document is run', async () => {
    // SSM knows hosts that have a profile.
    const host = await newHost({ profile: (await role()).name })
    await accuse(host.id, 'Recon:EC2/Portscan')
    await held(host.id)
    const rules = await rulesOf((await groupsOf(host.id))[2]!)
    expect(rules.map((rule) => rule.IpRanges!.map((range) => range.CidrIp))).toEqual([
      [expect.stringMatching(/^10\./)],
      [expect.stringMatching(/^10\./)],
    ])
    const tags = Object.fromEntries((await hosts.instance(host.id)).Tags!.map(({ Key, Value }) => [Key, Value]))
    expect(tags).toMatchObject({
      team: 'security',
      'portcullis:held-by': 'incident-responders',
      'portcullis:quarantine': 'inside-only',
    })
  })
})

test('somebody who takes an interface out of quarantine is told of, and it goes back', async () => {
  const mail = await mailbox()
  const host = await newHost()
  await accuse(host.id, 'CryptoCurrency:EC2/BitcoinTool.B!DNS')
  await held(host.id)
  const [quarantine] = await groupsOf(host.id)
  await ec2.send(
    new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: host.interfaces[1], Groups: [host.web] }),
  )
  await until(
    'the interface to be back',
    () => groupsOf(host.id),
    (all) => all[1]![0] === quarantine![0],
  )
  const again = await until(
    'the notice',
    () =>
      mail
        .read()
        .then((all) => all.filter((one) => one.facts.subject === host.id && one.facts.response === 'suspicious-host')),
    (all) => all.length > 1,
  )
  expect(again[1]!.facts.text).toContain('Out of quarantine again')
})

test('a person who asks has it cut off, and is recorded', async () => {
  const host = await newHost()
  const said = await portcullis('quarantine', host.id, '--reason', 'it behaves oddly', '--json')
  expect(said).toMatchObject({ code: 0, error: '' })
  expect(JSON.parse(said.out)).toMatchObject({ incident: { verdict: 'contained', status: 'held', subject: host.id } })
  expect(await rulesOf((await groupsOf(host.id)).flat())).toEqual([])
})

test('where the policy asks, nothing is done before a person approves', async () => {
  const mail = await mailbox()
  const host = await newHost()
  const before = await groupsOf(host.id)
  await accuse(host.id, 'Policy:EC2/Something')
  const [told] = await until(
    'the ask',
    () =>
      mail
        .read()
        .then((all) => all.filter((one) => one.facts.subject === host.id && one.facts.response === 'suspicious-host')),
    (all) => all.length > 0,
  )
  expect(await groupsOf(host.id)).toEqual(before)
  const { hash } = told!.facts.ask as { hash: string }
  expect(await portcullis('approve', told!.facts.incident!, '--plan', hash, '--reason', 'yes')).toMatchObject({
    code: 0,
  })
  expect(await rulesOf((await groupsOf(host.id)).flat())).toEqual([])
})

test('a finding that GuardDuty does not know changes nothing', async () => {
  const host = await newHost()
  const before = await groupsOf(host.id)
  const { error } = await invoke(
    RESPONDER,
    hostFinding({ account, region, instance: host.id, type: 'CryptoCurrency:EC2/X' }),
  )
  expect(error).toBeUndefined()
  expect(await groupsOf(host.id)).toEqual(before)
})

test('detached from its Auto Scaling group where the policy says so, it is attached again; its flow logs are looked at', async () => {
  const { subnet, vpc } = await hosts.newNetwork()
  const logGroupName = `/flows/${vpc}`
  await new CloudWatchLogsClient(options).send(new CreateLogGroupCommand({ logGroupName }))
  await ec2.send(
    new CreateFlowLogsCommand({
      ResourceType: 'VPC',
      ResourceIds: [vpc],
      TrafficType: 'ALL',
      LogGroupName: logGroupName,
      DeliverLogsPermissionArn: `arn:aws:iam::${account}:role/flow-logs`,
    }),
  )
  const its = scalingOf(options)
  const group = await its.newScalingGroup({ subnet, desired: 2, profile: (await role()).name })
  const id = (await its.scalingGroup(group)).Instances![0]!.InstanceId!
  await accuse(id, 'Recon:EC2/Portscan')
  const head = await held(id)
  expect(await its.memberOf(id)).toBeUndefined()
  expect((await its.scalingGroup(group)).DesiredCapacity).toBe(1)
  const said = await portcullis('release', head!.id, '--reason', 'it was a scanner of ours', '--json')
  expect(said).toMatchObject({ code: 0, error: '' })
  expect(JSON.parse(said.out)).toMatchObject({ what: 'undone', differs: [] })
  expect(await its.memberOf(id)).toMatchObject({ AutoScalingGroupName: group, LifecycleState: 'InService' })
})

test('what was asked about a host that has ended is closed when the finding is told again', async () => {
  const host = await newHost()
  const finding = randomUUID().replaceAll('-', '')
  const toBe = (status: string) =>
    until(
      `the incident of ${host.id} to be ${status}`,
      () => incidentOf(host.id),
      (head) => head?.status === status,
      25,
    )
  await accuse(host.id, 'Policy:EC2/Ended', finding)
  await toBe('open')
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [host.id] }))
  await accuse(host.id, 'Policy:EC2/Ended', finding)
  await toBe('closed')
})

async function role() {
  const { name, profileArn } = await newRole(options)
  return { iam: new IAMClient(options), name, arn: profileArn }
}

async function addressOn(allocation: string): Promise<string | undefined> {
  const { Addresses } = await ec2.send(new DescribeAddressesCommand({ AllocationIds: [allocation] }))
  return Addresses![0]!.NetworkInterfaceId
}

async function profilesOf(host: string): Promise<string[]> {
  const Filters = [{ Name: 'instance-id', Values: [host] }]
  const asked = new DescribeIamInstanceProfileAssociationsCommand({ Filters })
  return (await ec2.send(asked))
    .IamInstanceProfileAssociations!.filter((one) => one.State === 'associated')
    .map((one) => one.IamInstanceProfile!.Arn!)
}
