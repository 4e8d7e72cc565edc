import { describe, expect, test } from 'vitest'
import { bad, type Check, ok, unknown } from '#shared/doctor/check.ts'
import { runDoctor } from '#shared/doctor/doctor.ts'
import { renderChecks } from '#shared/doctor/render.ts'
import { type Practice, visit } from '#shared/doctor/visit.ts'
import type { Ports } from '#shared/ports.ts'
import { awsError, NOW, outside } from '../support/doctor-world.ts'
import { shipped } from '../support/policies.ts'

describe('The doctor', () => {
  test('where all is well finds nothing, and looks at everything', async () => {
    const { at, checks } = await runDoctor(outside())
    expect(at).toBe('2026-05-05T12:00:00.000Z')
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
    expect(checks.map(({ name }) => name)).toEqual([
      'trail',
      'config-recorder',
      'event-rules',
      'last-event',
      'last-sweep',
      'dead-letters',
      'powers of close-open-ingress',
      'powers of undo-open-ingress',
      'policy',
      'exemptions',
      'subscribers',
      'table',
      'clocks',
    ])
  })

  test('does not fall over what it may not look at: that is unknown, and the rest is still looked at', async () => {
    const denied = async () => {
      throw awsError('AccessDeniedException', 'not authorized')
    }
    const { checks } = await runDoctor(
      outside({ 'cloudtrail:DescribeTrails': denied, 'sqs:GetQueueAttributes': denied }),
    )
    expect(checks.filter(({ state }) => state === 'unknown').map(({ name }) => name)).toEqual(['trail', 'dead-letters'])
    expect(checks.filter(({ state }) => state === 'ok').length).toBe(11)
  })
})

/** A visit in a world that is as given: what was counted, told and kept. */
async function visited(told: readonly string[] | Error, queue: string, published?: Error) {
  const seen = {
    metrics: [] as unknown[],
    notices: [] as Record<string, string>[],
    kept: [] as unknown[],
    logs: [] as string[],
  }
  const world = outside({
    'sqs:GetQueueAttributes': async () => ({ Attributes: { ApproximateNumberOfMessages: queue } }),
  })
  const practice: Practice = {
    ...world,
    memory: () => ({
      recall: async () => {
        if (told instanceof Error) throw told
        return told
      },
      keep: async (names) => void seen.kept.push(names),
    }),
  }
  const ports = {
    ...world,
    stage: 'prod',
    policy: shipped,
    clock: { now: () => NOW, sleep: async () => {}, left: () => 60_000 },
    log: (_level: string, message: string) => void seen.logs.push(message),
    metric: (name: string, value: number) => void seen.metrics.push([name, value]),
    mutations: {
      'sns:Publish': {
        alreadySo: [],
        send: async (input: Record<string, string>) => {
          if (published) throw published
          seen.notices.push(input)
          return {}
        },
      },
    },
  } as unknown as Ports
  const report = await visit(practice)({}, ports)
  return { ...seen, report }
}

describe('A visit', () => {
  test('with nothing bad counts 0, and is silent', async () => {
    expect(await visited([], '0')).toMatchObject({ metrics: [['DoctorFindings', 0]], notices: [], kept: [] })
  })

  test('counts what is bad, tells what is new, and keeps that it was told', async () => {
    const { metrics, notices, kept, report } = await visited([], '3')
    expect(metrics).toEqual([['DoctorFindings', 1]])
    expect(notices[0]!.Subject).toBe('Portcullis may be deaf: dead-letters')
    expect(JSON.parse(notices[0]!.Message!).email).toContain('dead-letters: Events failed for good: 3 in')
    expect(kept).toEqual([['dead-letters']])
    expect(report.checks.find(({ name }) => name === 'dead-letters')).toMatchObject({ state: 'bad' })
  })

  test('tells a finding once, and counts it as long as it is there', async () => {
    expect(await visited(['dead-letters'], '3')).toMatchObject({
      metrics: [['DoctorFindings', 1]],
      notices: [],
      kept: [],
    })
  })

  test('forgets what is gone, so that it is told when it comes back', async () => {
    expect(await visited(['dead-letters'], '0')).toMatchObject({ notices: [], kept: [[]] })
  })

  test('tells everything again where it does not know what it told', async () => {
    const { notices, logs } = await visited(awsError('ledger-unreachable'), '3')
    expect(notices.length).toBe(1)
    expect(logs.length).toBe(1)
  })

  test('that could not tell fails, so that Lambda tries again, and keeps nothing as told', async () => {
    await expect(visited([], '3', awsError('NotFoundException'))).rejects.toThrow(/notice-failed/)
  })
})

describe('What people see', () => {
  const checks: Check[] = [
    ok('trail', 'Fine.'),
    unknown('clocks', 'No date.'),
    bad('table', 'It is\u001b[2J open.', 'Close it.'),
  ]

  test('the worst first, what to do below it, and a sum', () => {
    expect(renderChecks(checks)).toEqual({
      code: 1,
      text: [
        'BAD  table   It is [2J open.',
        '             → Close it.',
        '?    clocks  No date.',
        'ok   trail   Fine.',
        '',
        '1 ok, 1 bad, 1 unknown',
      ].join('\n'),
    })
  })

  test('only what is bad is a failure', () => {
    expect(renderChecks(checks.slice(0, 2)).code).toBe(0)
    expect(renderChecks([])).toEqual({ text: '0 ok, 0 bad, 0 unknown', code: 0 })
  })
})
