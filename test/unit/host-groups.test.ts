import { describe, expect, test } from 'vitest'
import { apply } from '../oracle/apply.ts'
import { group, permit } from '../oracle/build.ts'
import { allowedBySecurityGroups, reach } from '../oracle/reach.ts'
import { groupIds, id, type World } from '../oracle/world.ts'
import { hostStage } from '../support/host-stage.ts'
import { HOST, hostPolicy, NEIGHBOUR, tagged, twoVpcs } from '../support/host-worlds.ts'

/** Quarantine groups: what is believed of them, and what is done where one is not as it should be. */

const stage = (rule?: string, world: World = twoVpcs()) => hostStage(hostPolicy(rule), world)
const ours = (there: ReturnType<typeof stage>, reaches = 'none') =>
  there.state.world.SecurityGroups.filter((one) => one.GroupName!.startsWith(`portcullis-quarantine-${reaches}`))
const into = (there: ReturnType<typeof stage>, nic: string, ...Groups: string[]) => {
  there.state.world = apply(there.state.world, 'ec2:ModifyNetworkInterfaceAttribute', {
    NetworkInterfaceId: nic,
    Groups,
  }).world
}

describe('beside the quarantine group', () => {
  test.each([1, 0xd0000])('group %i is one too many, whichever id comes first', async (n) => {
    const world = twoVpcs()
    const late = group(0xd0000, 1, [permit('tcp', 22)])
    const there = stage('contain: network-only', { ...world, SecurityGroups: [...world.SecurityGroups, late] })
    await there.accuse(HOST)
    into(there, id('eni', 2), ours(there)[0]!.GroupId!, id('sg', n))
    await there.sweep()
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(there.texts().at(-1)).toContain('Out of quarantine again')
  })
})

describe('a group that is not finished', () => {
  test('is no place for a host; once its rules are gone the next look moves it', async () => {
    const there = stage()
    there.faults.set('ec2:RevokeSecurityGroupEgress', {
      error: Object.assign(new Error('later'), { name: 'Unavailable' }),
      times: 99,
    })
    await expect(there.accuse(HOST)).rejects.toMatchObject({ code: 'step-failed' })
    expect(there.calls.filter(({ call }) => call === 'ec2:ModifyNetworkInterfaceAttribute')).toEqual([])
    there.faults.clear()
    await there.sweep()
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(ours(there)).toHaveLength(2)
  })

  test('that a run left behind is finished, and not made a second time', async () => {
    const there = stage()
    there.faults.set('ec2:CreateSecurityGroup', { error: new Error('the answer was lost'), times: 2, after: true })
    await there.accuse(HOST).catch(() => undefined)
    await there.sweep()
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(ours(there)).toHaveLength(2)
  })
})

describe('reach: vpc', () => {
  const blocks = (world: World): World => ({
    ...world,
    Vpcs: world.Vpcs.map((vpc) => ({
      ...vpc,
      CidrBlockAssociationSet: [{ CidrBlock: vpc.CidrBlock, CidrBlockState: { State: 'associated' as const } }],
    })),
  })
  const VPC = 'contain: network-only\nreach: vpc'

  test('the inside of the VPC is reached, and reaches it, in both families; nothing else', async () => {
    const there = stage(VPC, blocks(twoVpcs()))
    await there.accuse(HOST)
    const rules = allowedBySecurityGroups(there.state.world, HOST).filter((one) => one.interface === id('eni', 1))
    const texts = rules.map(
      ({ direction, rule }) => `${direction} ${rule.IpProtocol} ${rule.CidrIpv4 ?? rule.CidrIpv6}`,
    )
    expect(texts.toSorted()).toEqual([
      'in -1 10.1.0.0/16',
      'in -1 2600:1f18:1::/56',
      'out -1 10.1.0.0/16',
      'out -1 2600:1f18:1::/56',
    ])
    const paths = reach(there.state.world, HOST).paths
    expect(new Set(paths.map((one) => one.kind))).toEqual(new Set(['neighbour']))
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained' })
  })

  test('a host that is to reach nothing is not left in a group that reaches its VPC', async () => {
    const there = stage(VPC, blocks(twoVpcs()))
    await there.accuse(NEIGHBOUR)
    const strict = hostStage(hostPolicy(), there.state.world)
    const [wide] = ours(there, 'vpc')
    strict.state.world = { ...strict.state.world }
    into(strict as never, id('eni', 1), wide!.GroupId!)
    await strict.accuse(HOST)
    expect(allowedBySecurityGroups(strict.state.world, HOST)).toEqual([])
    const nic = strict.state.world.NetworkInterfaces.find((one) => one.NetworkInterfaceId === id('eni', 1))!
    expect(groupIds(nic)).not.toContain(wide!.GroupId)
  })
})

test('The way that lets established flows lose their tracking is no place to stay: where the cut fails, it is said to be open', async () => {
  const there = stage('contain: network-only\nuntrack: true')
  const { 'ec2:ModifyNetworkInterfaceAttribute': row } = there.ports.mutations
  const send = async (input: { Groups?: string[] }) => {
    if (ours(there).some((one) => input.Groups!.includes(one.GroupId!))) throw new Error('later')
    return row!.send(input as never)
  }
  Object.assign(there.ports.mutations, { 'ec2:ModifyNetworkInterfaceAttribute': { ...row, send } })
  await expect(there.accuse(HOST)).rejects.toMatchObject({ code: 'step-failed' })
  expect(there.headOf(HOST)).toMatchObject({ verdict: 'partial' })
  expect(there.texts().at(-1)).toContain('newPaths open')
  Object.assign(there.ports.mutations, { 'ec2:ModifyNetworkInterfaceAttribute': row })
  await there.sweep()
  expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
  expect(there.texts().at(-1)).toContain('newPaths closed')
})

test('A group with the name of ours and without the tag is none of ours, nor is one with the tag and a rule', async () => {
  const world = twoVpcs()
  const Tags = [{ Key: 'portcullis:quarantine-group', Value: 'none' }]
  const named = group(20, 1, [], [], { GroupName: 'portcullis-quarantine-none-9' })
  const poisoned = group(21, 1, [permit('tcp', 22)], [], { GroupName: 'quarantine', Tags })
  const there = stage('contain: network-only', { ...world, SecurityGroups: [...world.SecurityGroups, named, poisoned] })
  await there.accuse(HOST)
  expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
  const used = new Set(
    there.state.world.NetworkInterfaces.filter((one) => one.Attachment?.InstanceId === HOST).flatMap(groupIds),
  )
  expect([...used]).not.toContain(id('sg', 20))
  expect([...used]).not.toContain(id('sg', 21))
})

test('A host whose mark was taken off is marked again', async () => {
  const there = stage('contain: network-only', tagged(twoVpcs(), { Name: 'web' }))
  await there.accuse(HOST)
  there.state.world = tagged(there.state.world, { Name: 'web' })
  await there.sweep()
  const tags = there.state.world.Instances.find((one) => one.InstanceId === HOST)!.Tags
  expect(tags).toContainEqual({ Key: 'portcullis:quarantine', Value: 'detectors' })
})
