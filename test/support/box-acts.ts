import fc from 'fast-check'
import { expect } from 'vitest'
import { Fault } from '#shared/fault.ts'
import { type BoxRequest, standingOf } from '#shared/jump/box-request.ts'
import { zoneOf } from '#shared/jump/zone.ts'
import { aws } from './box-cloud.ts'
import { TARGETS } from './box-policy.ts'
import { type BoxStage, MINUTE } from './box-stage.ts'

/** Something that happens; `which` stands for one of the requests that there are by then. */
export type Act =
  | {
      readonly does: 'ask'
      readonly person: string
      readonly zone: string
      readonly duration: string
      readonly proven: boolean
    }
  | {
      readonly does: 'prove' | 'approve' | 'decline' | 'close' | 'shut down' | 'lose schedule' | 'tamper' | 'look'
      readonly which: number
    }
  | { readonly does: 'extend'; readonly which: number; readonly minutes: number }
  | { readonly does: 'wait'; readonly minutes: number }
  | { readonly does: 'sweep' | 'fire' | 'tell ends' }
  | {
      readonly does: 'fault'
      readonly call: string
      readonly times: number
      readonly after: boolean
      readonly code: string
    }

const CALLS = [
  'ec2:CreateSecurityGroup',
  'ec2:AuthorizeSecurityGroupIngress',
  'ec2:AuthorizeSecurityGroupEgress',
  'ec2:RevokeSecurityGroupEgress',
  'ec2:UpdateSecurityGroupRuleDescriptionsIngress',
  'ec2:RunInstances',
  'ec2:CreateTags',
  'ec2:TerminateInstances',
  'ec2:DeleteSecurityGroup',
  'scheduler:CreateSchedule',
  'scheduler:UpdateSchedule',
  'scheduler:DeleteSchedule',
  'route53:ChangeResourceRecordSets',
]

const which = fc.nat({ max: 5 })
const does = <const T extends string>(...names: T[]) => fc.constantFrom(...names)

const asking = fc.record({
  does: does('ask'),
  person: fc.constantFrom('alice', 'carol'),
  zone: fc.constantFrom('lab', 'full', 'vault'),
  duration: fc.constantFrom('5m', '30m', '1h', '4h'),
  proven: fc.boolean(),
})

const more = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 4, arbitrary: asking },
    {
      weight: 6,
      arbitrary: fc.record({
        does: does('prove', 'approve', 'approve', 'decline', 'close', 'shut down', 'lose schedule', 'tamper', 'look'),
        which,
      }),
    },
    { weight: 2, arbitrary: fc.record({ does: does('extend'), which, minutes: fc.integer({ min: 1, max: 90 }) }) },
    { weight: 3, arbitrary: fc.record({ does: does('wait'), minutes: fc.constantFrom(1, 4, 11, 45, 130) }) },
    { weight: 5, arbitrary: fc.record({ does: does('sweep', 'fire', 'tell ends') }) },
    {
      weight: 3,
      arbitrary: fc.record({
        does: does('fault'),
        call: fc.constantFrom(...CALLS),
        times: fc.integer({ min: 1, max: 4 }),
        after: fc.boolean(),
        code: fc.constantFrom('RequestLimitExceeded', 'UnauthorizedOperation', 'TimeoutError'),
      }),
    },
  ),
  { minLength: 3, maxLength: 25, size: 'max' },
)

/** What happens, from somebody's request on. */
export const acts: fc.Arbitrary<readonly Act[]> = fc.tuple(asking, more).map(([first, rest]) => [first, ...rest])

/** Has it happen. What is refused or fails is thrown as a fault; a bug is not, and comes out. */
export async function happen(there: BoxStage, act: Act): Promise<void> {
  const ids = [...there.requests.keys()]
  const id = 'which' in act && ids.length > 0 ? ids[act.which % ids.length]! : ''
  const owner = there.requests.get(id)?.person ?? ''
  if ('which' in act && !id) return
  try {
    await carryOut(there, act, id, owner)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
  }
}

async function carryOut(there: BoxStage, act: Act, id: string, owner: string): Promise<unknown> {
  switch (act.does) {
    case 'ask': {
      const { person, zone, duration, proven } = act
      const wish = { zone, duration: zone === 'vault' ? '30m' : duration }
      return proven ? there.open(person, wish) : there.ask(person, wish)
    }
    case 'look':
      return there.look(id)
    case 'prove':
      return there.prove(id)
    case 'approve':
      return there.answer(id, 'approved')
    case 'decline':
      return there.answer(id, 'declined')
    case 'close':
      return there.close(id, owner)
    case 'extend':
      return there.extend(id, 60 * act.minutes, owner)
    case 'shut down':
      return there.shutDown(id)
    case 'lose schedule':
      return there.schedules.delete(`portcullis-jump-prod-${id}`)
    case 'tamper':
      return there
        .groupOf(id)
        ?.rules.push({ egress: false, protocol: 'tcp', from: 1, to: 9, peer: TARGETS, description: '' })
    case 'wait':
      there.time.now += act.minutes * MINUTE
      return undefined
    case 'sweep':
      return there.sweep()
    case 'fire':
      return there.fire()
    case 'tell ends':
      return tellEnds(there)
    case 'fault': {
      const { call, times, after, code } = act
      // What AWS refuses it does not do all the same.
      const isDone = after && code === 'TimeoutError'
      return there.faults.set(call, { error: aws(code), times, ...(isDone ? { after: true } : {}) })
    }
  }
}

async function tellEnds(there: BoxStage): Promise<void> {
  for (const one of there.instances.values()) if (there.stateOf(one) === 'terminated') await there.ended(one.id)
}

/** All goes well from now on, and the sweep comes round until it finds nothing to do and nothing to wait for. */
export async function settleDown(there: BoxStage): Promise<void> {
  there.faults.clear()
  for (let i = 0; i < 8; i++) {
    const before = there.calls.length
    await there.sweep(2 * MINUTE)
    const isEnding = [...there.instances.values()].some((one) => there.stateOf(one) === 'shutting-down')
    if (there.calls.length === before && !isEnding && i >= 2) return
  }
  throw new Error('there was always something to do')
}

/** What must hold of every request once all has settled. */
export function expectSafe(there: BoxStage): void {
  for (const request of there.requests.values()) expectRight(there, request)
  const ours = 'portcullis-jump-prod-'
  const alive = [...there.instances.values()]
    .filter((one) => there.stateOf(one) === 'running')
    .map(({ token }) => token)
  const names = [...there.groups.values()].map(({ GroupName }) => GroupName).filter((name) => name.startsWith(ours))
  expect([...names].sort()).toEqual([...alive].sort())
  expect([...there.schedules.keys()].sort()).toEqual([...alive].sort())
}

function expectRight(there: BoxStage, request: BoxRequest): void {
  const { id } = request
  const { approval } = zoneOf(request.zone, there.ports.policy)!
  const approvedAt = there.asks.get(id)?.state === 'approved' ? there.asks.get(id)!.decidedAt : undefined
  const { state, until } = standingOf(request, approvedAt, approval?.within, there.time.now)
  const hasEnded = there.instanceOf(id)?.endedAt !== undefined
  const isWanted = state === 'wanted' && (!approval || approvedAt !== undefined) && !hasEnded
  expect(there.launchesOf(id)).toBeLessThanOrEqual(1)
  expect([id, there.isAlive(id)]).toEqual([id, isWanted])
  if (!isWanted) {
    expect([there.groupOf(id), there.scheduleOf(id), there.recordOf(id)]).toEqual([undefined, undefined, undefined])
    return
  }
  const zone = zoneOf(request.zone, there.ports.policy)!
  expect(there.rulesOf(id).filter((rule) => rule.startsWith('in '))).toEqual([
    `in tcp ${zone.port}-${zone.port} ${request.address}`,
  ])
  expect(there.rulesOf(id)).toHaveLength(1 + zone.egress.flatMap(({ ports }) => ports).length)
  expect(there.scheduleOf(id)!.ScheduleExpression).toBe(`at(${until.slice(0, 19)})`)
  expect(there.instanceOf(id)!.tags).toContainEqual({ Key: 'portcullis:until', Value: until })
  expect(there.recordOf(id) !== undefined).toBe(zone.dns !== undefined)
  expect(there.head(id)).toMatchObject({ status: 'held', verdict: 'ready' })
}
