import { describe, expect, test } from 'vitest'
import { boxPolicy } from '../support/box-policy.ts'
import { type BoxStage, boxStage, HOUR, MINUTE } from '../support/box-stage.ts'
import type { CallFault, Kind } from '../support/faulty-ports.ts'

/** The three things that are done to a box, each as a look that a call can spoil. */
type Act = 'open' | 'extend' | 'end'
const ACTS: readonly Act[] = ['open', 'extend', 'end']

/** A box that is about to be opened, extended or ended by the next look. */
async function about(act: Act, zone = 'full', terminateMs = 0) {
  const there = boxStage(boxPolicy(), { ipv6: true, terminateMs })
  const { request } = await there.ask('alice', { zone, address: '203.0.113.7/32' })
  const { id } = request
  if (act !== 'open') await there.look(id)
  if (act === 'extend') there.requests.set(id, { ...request, until: '2026-06-01T14:00:00.000Z', version: 2 })
  if (act === 'end') there.time.now += HOUR
  there.notices.length = 0
  return { there, id, run: (fault?: CallFault) => there.faulty(there.events.lookAt(id), fault) }
}

/** That all is as it has to be after this act, and that nothing is there twice. */
function expectDone(act: Act, there: BoxStage, id: string) {
  expect(there.launchesOf(id)).toBe(1)
  const own = [...there.groups.values()].filter(({ GroupName }) => GroupName.endsWith(id))
  const until = act === 'extend' ? '2026-06-01T14:00:00' : '2026-06-01T13:00:00'
  if (act === 'end') {
    expect([there.isAlive(id), own.length, there.schedules.size, there.records.size]).toEqual([false, 0, 0, 0])
    expect(there.head(id)).toMatchObject({ verdict: 'gone', status: 'closed' })
    return
  }
  expect([there.isAlive(id), own.length, there.schedules.size, there.records.size]).toEqual([true, 1, 1, 1])
  expect(there.scheduleOf(id)!.ScheduleExpression).toBe(`at(${until})`)
  expect(there.instanceOf(id)!.tags).toContainEqual({ Key: 'portcullis:until', Value: `${until}.000Z` })
  expect(own[0]!.rules.filter(({ egress }) => !egress)).toEqual([
    expect.objectContaining({
      peer: '203.0.113.7/32',
      description: expect.stringContaining(`until ${until.slice(0, 16)}Z`),
    }),
  ])
  expect(there.rulesOf(id)).toHaveLength(4)
  expect(there.head(id)).toMatchObject({ verdict: 'ready', status: 'held' })
}

/** The calls that a run makes which can be spoilt: all that change something. */
async function usesOf(act: Act): Promise<[string, number][]> {
  const { there, id, run } = await about(act)
  const { uses } = await run()
  expectDone(act, there, id)
  const all = [...uses].filter(([call]) =>
    /:(Create|Delete|Run|Authorize|Revoke|Update|Terminate|Change|Transact|Publish)/.test(call),
  )
  return all.flatMap(([call, times]) => Array.from({ length: times }, (_, nth): [string, number] => [call, nth]))
}

const USES = await Promise.all(
  ACTS.map(async (act) => (await usesOf(act)).map(([call, nth]) => [act, call, nth] as const)),
)

describe('A run that dies', () => {
  test.each(USES.flat())(
    'while it is to %s, after %s (%i), is finished by the next one, and nothing is made twice.',
    async (act, call, nth) => {
      const { there, id, run } = await about(act)
      expect((await run({ call, kind: 'killed', nth })).answer).toBe('killed')
      // The event is delivered again; by then others may take the incident up.
      there.time.now += 2 * MINUTE
      await there.look(id)
      expectDone(act, there, id)
    },
  )

  test.each(USES.flat())(
    'while it is to %s, after %s (%i), is finished by the sweep, where it had begun.',
    async (act, call, nth) => {
      const { there, id, run } = await about(act)
      await run({ call, kind: 'killed', nth })
      const begun = there.head(id) !== undefined
      await there.sweep()
      if (begun) expectDone(act, there, id)
      else expect(there.calls).toEqual([])
    },
  )
})

/** Each call once: the first of its kind. */
const CALLS = USES.flat().filter(([, call, nth]) => nth === 0 && !/^(dynamodb|sns):/.test(call))
const KINDS: readonly Kind[] = ['throttled', 'denied', '5xx', 'time-out']

describe('A call that AWS does not make', () => {
  const cells = CALLS.flatMap(([act, call]) => KINDS.map((kind) => [act, call, kind] as const))
  test.each(cells)(
    '(to %s: %s, %s) ends in partial with the call named, and the next sweep makes it.',
    async (act, call, kind) => {
      const { there, id, run } = await about(act)
      const { answer } = await run({ call, kind })
      const code = kind === 'denied' ? 'step-denied' : 'step-failed'
      expect(answer).toMatchObject({ code, message: expect.stringContaining(call) })
      expect(there.verdict(id)).toBe('partial')
      expect(there.notices.at(-1)).toMatchObject({ importance: 'critical' })
      expect(there.texts().at(-1)).toContain(`FAILED (${code}): ${call}`)
      expect(there.launchesOf(id)).toBeLessThan(2)
      await there.sweep()
      expectDone(act, there, id)
    },
  )

  test.each(CALLS)(
    '(to %s: %s) but once, and then does, is no failure: it is made by the same run or the next.',
    async (act, call) => {
      const { there, id, run } = await about(act)
      await run({ call, kind: 'throttled', nth: 0 })
      await there.sweep()
      expectDone(act, there, id)
    },
  )

  test.each(CALLS)('(to %s: %s) and says so too late is found done.', async (act, call) => {
    for (const kind of ['lost', 'repeated'] as const) {
      const { there, id, run } = await about(act)
      await run({ call, kind, nth: 0 })
      await there.sweep()
      expectDone(act, there, id)
      expect(there.texts().join('\n')).not.toContain('FAILED')
    }
  })
})

describe('A read that AWS does not answer', () => {
  const reads = [
    'ec2:DescribeInstances',
    'ec2:DescribeSecurityGroups',
    'scheduler:GetSchedule',
    'route53:ListResourceRecordSets',
  ]
  test.each(ACTS.flatMap((act) => reads.map((read) => [act, read] as const)))(
    'is never "nothing there" (to %s: %s).',
    async (act, call) => {
      const { there, id, run } = await about(act)
      const before = there.calls.length
      expect((await run({ call, kind: 'throttled' })).answer).toMatchObject({ code: 'read-failed' })
      expect(there.calls.length).toBe(before)
      await there.look(id)
      expectDone(act, there, id)
    },
  )
})

test('A group that something still hangs on stays, is named, and goes when that has gone.', async () => {
  const { there, id, run } = await about('end')
  const group = there.groupOf(id)!.GroupId
  const [first] = there.groups.values()
  first!.rules.push({ egress: false, protocol: 'tcp', from: 22, to: 22, peer: group, description: '' })
  expect((await run()).answer).toMatchObject({
    code: 'step-failed',
    message: expect.stringContaining('DependencyViolation'),
  })
  expect(there.verdict(id)).toBe('partial')
  expect(there.texts().at(-1)).toContain('Still there: its group')
  first!.rules = []
  await there.sweep()
  expectDone('end', there, id)
})

test('An instance that does not show for ten minutes is taken up again when it shows: none is launched beside it.', async () => {
  const there = boxStage(boxPolicy(), { showMs: 10 * MINUTE })
  const { request } = await there.ask('alice', { address: '203.0.113.7/32' })
  await there.look(request.id).catch(() => {})
  await there.sweep(7 * MINUTE)
  expect(there.texts().at(-1)).toContain('PARTIAL')
  expect(await there.ask('alice')).toMatchObject({ joined: true, request: { id: request.id } })
  await there.sweep(7 * MINUTE)
  expect([there.isAlive(request.id), there.verdict(request.id), there.launches.length]).toEqual([true, 'ready', 1])
  await there.fire(HOUR)
  await there.sweep()
  expectDone('end', there, request.id)
})
