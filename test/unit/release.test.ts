import { expect, test } from 'vitest'
import type { Ports } from '#shared/ports.ts'
import { release } from '#shared/responses/suspicious-host/release.ts'
import { apply } from '../oracle/apply.ts'
import { id } from '../oracle/world.ts'
import { hostStage } from '../support/host-stage.ts'
import { HOST, hostPolicy, twoVpcs } from '../support/host-worlds.ts'

const ALL = 'contain: stop\naddresses: detach\npreserve: none'
const INCIDENT = '01JQ0000000000000000000000'

/** A host with everything that a host can hang on, contained in every way. */
async function contained(rule = ALL) {
  const there = hostStage(hostPolicy(rule, '', 'act'), twoVpcs())
  there.estate.scaling.push({
    AutoScalingGroupName: 'web',
    DesiredCapacity: 4,
    MinSize: 1,
    MaxSize: 9,
    Instances: [1, 2, 3, 4].map((n) => ({ InstanceId: id('i', n), LifecycleState: 'InService' })),
  })
  there.estate.targets['arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web/1'] = [{ Id: HOST, Port: 443 }]
  there.estate.profiles[HOST] = { association: 'iip-assoc-1', arn: 'arn:aws:iam::1:instance-profile/web' }
  there.estate.roles.web = { path: '/', policies: { own: '{}' } }
  Object.assign(there.ports, { newId: () => INCIDENT })
  const before = snapshot(there)
  await there.accuse(HOST)
  return { ...there, before }
}

/** What a release has to bring back. */
function snapshot({ state, estate }: ReturnType<typeof hostStage>) {
  const own = state.world.NetworkInterfaces.filter((one) => one.Attachment?.InstanceId === HOST)
  return structuredClone({
    groups: own.map((one) => [one.NetworkInterfaceId, one.Groups!.map((group) => group.GroupId).sort()]),
    addresses: state.world.Addresses.map((one) => [one.AllocationId, one.NetworkInterfaceId, one.PrivateIpAddress]),
    instance: state.world.Instances.filter((one) => one.InstanceId === HOST).map((one) => [one.State!.Name, one.Tags]),
    attributes: {
      DisableApiTermination: false,
      DisableApiStop: false,
      InstanceInitiatedShutdownBehavior: 'stop',
      ...state.world.InstanceAttributes[HOST],
    },
    scaling: estate.scaling,
    targets: estate.targets,
    profiles: Object.keys(estate.profiles).map((host) => [host, estate.profiles[host]!.arn]),
    roles: estate.roles,
  })
}

const ask = (ports: Ports, more: object = {}) =>
  release({ incident: INCIDENT, reason: 'it was a false alarm', by: { name: 'lena' }, ...more }, ports, {
    id: 'release-1',
    startedAt: ports.clock.now(),
  })

test('contained in every way: stopped, off its address, on standby, out of its targets, without profile, its sessions denied', async () => {
  const there = await contained()
  expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained', status: 'held' })
  expect(there.texts().at(-1)).toContain('establishedFlows cut')
  const now = snapshot(there)
  expect(now).toMatchObject({ addresses: [[expect.anything(), undefined, undefined]], profiles: [] })
  expect(now.instance[0]![0]).toBe('stopped')
  expect(now.scaling[0]).toMatchObject({ DesiredCapacity: 3, Instances: [{ LifecycleState: 'Standby' }, {}, {}, {}] })
  expect(Object.values(now.targets)).toEqual([[]])
  const document = there.estate.roles.web!.policies[`portcullis-${HOST}`]!
  expect(JSON.parse(document).Statement[0]).toMatchObject({
    Effect: 'Deny',
    Condition: { StringLike: { 'aws:userid': `*:${HOST}` } },
  })
})

test('a release brings all of it back, and says so', async () => {
  const there = await contained()
  expect(await ask(there.ports)).toMatchObject({ what: 'undone', fidelity: 'best-effort', differs: [] })
  expect(snapshot(there)).toEqual(there.before)
  expect(there.headOf(HOST)).toMatchObject({ status: 'closed', undone: expect.any(String) })
  expect(there.opens.get(HOST)).toBeUndefined()
  expect(there.notices.at(-1)!.subject).toContain('released')
})

test('without a stop it is exact', async () => {
  const there = await contained('contain: credentials\naddresses: detach\npreserve: none')
  expect(await ask(there.ports)).toMatchObject({ what: 'undone', fidelity: 'exact', differs: [] })
  expect(snapshot(there)).toEqual(there.before)
})

test('what somebody changed since is not overwritten, unless forced', async () => {
  const there = await contained('contain: network-only')
  const call = { NetworkInterfaceId: id('eni', 2), Groups: [id('sg', 2)] }
  there.state.world = apply(there.state.world, 'ec2:ModifyNetworkInterfaceAttribute', call).world
  const answer = await ask(there.ports)
  expect(answer).toMatchObject({ what: 'refused', changed: [expect.stringContaining(id('eni', 2))] })
  expect(snapshot(there).groups[0]).not.toEqual(there.before.groups[0])
  expect(await ask(there.ports, { force: true })).toMatchObject({ what: 'undone' })
  expect(snapshot(there).groups).toEqual(there.before.groups)
})

test('a host that was tampered with and contained again is released to what it was before the first time', async () => {
  const there = await contained('contain: network-only')
  const call = { NetworkInterfaceId: id('eni', 2), Groups: [id('sg', 2)] }
  there.state.world = apply(there.state.world, 'ec2:ModifyNetworkInterfaceAttribute', call).world
  await there.sweep()
  expect(await ask(there.ports)).toMatchObject({ what: 'undone', fidelity: 'exact' })
  expect(snapshot(there)).toEqual(there.before)
})

test('released, the same finding is left alone until its grace ends; then it counts again', async () => {
  const there = await contained('contain: network-only')
  await ask(there.ports, { seconds: 3_600 })
  expect(await there.accuse(HOST)).toBe('spared')
  expect(snapshot(there).groups).toEqual(there.before.groups)
  there.time.now += 3_601_000
  Object.assign(there.ports, { newId: () => '01JQ0000000000000000000001' })
  expect(await there.accuse(HOST)).toBe('settled')
  expect(snapshot(there).groups).not.toEqual(there.before.groups)
})

test('a second release is refused, and so is that of an incident in which nothing was done', async () => {
  const there = await contained('contain: network-only')
  await ask(there.ports)
  expect(await ask(there.ports)).toMatchObject({ what: 'refused', why: expect.stringContaining('was undone') })
})

test('a release that is cut short is told, and goes on when it is asked again', async () => {
  const there = await contained()
  there.faults.set('autoscaling:ExitStandby', {
    error: Object.assign(new Error('later'), { name: 'Throttling' }),
    times: 1,
  })
  await expect(ask(there.ports)).rejects.toMatchObject({ code: 'step-failed' })
  expect(there.notices.at(-1)!.subject).toContain('half released')
  expect(await ask(there.ports)).toMatchObject({ what: 'undone' })
  expect(snapshot(there)).toEqual(there.before)
})

test.each([
  ['for a few seconds: it is waited for', 5_000, 'undone'],
  ['for longer: whoever asked is told to ask again', 30_000, 'claimed-elsewhere'],
])('Another run is at the host %s.', async (_how, milliseconds, came) => {
  const there = await contained('contain: network-only')
  const open = there.opens.get(HOST)!
  there.opens.set(HOST, { ...open, run: 'another', until: there.time.now + milliseconds })
  const answer = await ask(there.ports).then(
    ({ what }) => what,
    (error: { code: string }) => error.code,
  )
  expect(answer).toBe(came)
})
