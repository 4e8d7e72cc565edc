import { expect, test } from 'vitest'
import type { Step } from '#shared/plan.ts'
import { isDone } from '#shared/responses/suspicious-host/is-done.ts'
import { proof } from '#shared/responses/suspicious-host/proof.ts'
import type { HostWorld, QuarantineGroup } from '#shared/responses/suspicious-host/world.ts'

/** Whether a step shows, which is all that tells what a run that died has done; and what is proven by looking. */

const EVERYTHING = ['in -1 0.0.0.0/0', 'in -1 ::/0', 'out -1 0.0.0.0/0', 'out -1 ::/0']
const group = (id: string, reach: QuarantineGroup['reach'], rules: readonly string[] = []): QuarantineGroup => ({
  id,
  name: id,
  vpc: 'vpc-1',
  reach,
  rules,
})
const GROUPS = [
  group('sg-none', 'none'),
  group('sg-other', 'none'),
  group('sg-bad', 'none', ['in -1 0.0.0.0/0']),
  group('sg-all', 'all', EVERYTHING),
]

function world(groups: readonly string[] | null): HostWorld {
  const own = {
    id: 'eni-1',
    vpc: 'vpc-1',
    subnet: 'subnet-1',
    groups: groups ?? [],
    owner: '111122223333',
    isPrimary: true,
    ips: ['10.0.0.1'],
  }
  const host = {
    state: 'running',
    launchedAt: '2026-05-01T00:00:00.000Z',
    owner: '111122223333',
    vpc: 'vpc-1',
    subnet: 'subnet-1',
    zone: 'a',
    image: 'ami-1',
    isSpot: false,
    tags: {},
    interfaces: groups ? [own] : [],
    volumes: [],
  }
  return { subject: 'i-1', host, groups: GROUPS, unread: [] }
}
const cut = (to: string): Step => ({
  id: 'step',
  title: 'Cut off eni-1',
  of: 'eni-1',
  does: { call: 'ec2:ModifyNetworkInterfaceAttribute', input: { NetworkInterfaceId: 'eni-1', Groups: [to] } },
  undo: [],
  tier: 'exact',
})

test.each<[string, readonly string[] | null, string, boolean]>([
  ['in the group that was meant', ['sg-none'], 'sg-none', true],
  ['in another clean one', ['sg-other'], 'sg-none', true],
  ['in one that was poisoned', ['sg-bad'], 'sg-none', false],
  ['in its own', ['sg-web'], 'sg-none', false],
  ['in its own beside the one that was meant', ['sg-none', 'sg-web'], 'sg-none', false],
  ['on the way, in the one that lets everything through', ['sg-all'], 'sg-none', false],
  ['on the way, as it was meant', ['sg-all'], 'sg-all', true],
  ['cut off, and was meant to be on the way', ['sg-none'], 'sg-all', true],
  ['not there any more', null, 'sg-none', true],
])('an interface that is %s', (_name, groups, to, done) => {
  expect(isDone(cut(to), world(groups))).toBe(done)
})

test.each<[string, readonly string[] | null, 'closed' | 'open']>([
  ['a clean group', ['sg-other'], 'closed'],
  ['no group', [], 'closed'],
  ['the group that lets everything through', ['sg-all'], 'open'],
  ['a poisoned group', ['sg-bad'], 'open'],
  ['a clean group and another', ['sg-none', 'sg-other'], 'open'],
])('with its interface in %s, of groups %j, new paths are proven %s', (_name, groups, newPaths) => {
  const known = { account: '111122223333', taken: [], now: new Date('2026-06-01T12:00:00Z') }
  expect(proof(world(groups), known)).toMatchObject({ newPaths })
})
