import { describe, expect, test } from 'vitest'
import { drill } from '#shared/drill.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import type { Ledger } from '#shared/ledger.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { Ports } from '#shared/ports.ts'
import { respondTo } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { door, fakeWorld } from '../support/fake-world.ts'
import { exemption, policyWith } from '../support/policies.ts'

/** What of the ledger only reads. */
const READS = new Set<keyof Ledger>([
  'recall',
  'guard',
  'askOf',
  'history',
  'incidents',
  'sweep',
  'lastEvent',
  'chainHead',
])

/** Ports by which nothing can be changed, written down, told or counted: each attempt throws. */
function readOnly(policy: Policy) {
  const world = fakeWorld(policy, { 'sg-1': [door('sgr-1'), door('sgr-2', 443)] })
  const forbidden = (name: string) => () => {
    throw new Error(`a drill called ${name}`)
  }
  const ledger = Object.fromEntries(
    Object.entries(world.ledger).map(([name, call]) => [
      name,
      READS.has(name as keyof Ledger) ? call : forbidden(name),
    ]),
  )
  const mutations = Object.fromEntries(
    Object.keys(world.ports.mutations).map((name) => [name, { alreadySo: [], send: forbidden(name) }]),
  )
  return { ...world, ports: { ...world.ports, ledger, mutations, metric: forbidden('metric') } as unknown as Ports }
}

const event = (groupId = 'sg-1') => ({
  account: '123456789012',
  region: 'eu-central-1',
  detail: {
    eventID: 'e-1',
    eventName: 'AuthorizeSecurityGroupIngress',
    eventSource: 'ec2.amazonaws.com',
    eventTime: '2026-06-01T12:00:00Z',
    userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::123456789012:user/lena' },
    requestParameters: { groupId },
  },
})

describe('A drill', () => {
  const respond = respondTo(openIngress, signalsOf)

  test('says what would be done, and by which clause; nothing is changed, written down, told or counted.', async () => {
    const world = readOnly(policyWith())
    expect(await respond({ portcullis: 'drill', event: event() }, world.ports, world.run)).toEqual([
      {
        subject: 'sg-1',
        decided: [
          {
            mode: 'act',
            because: 'open-ingress.rules.no-world-ingress',
            says: expect.stringContaining('act; the world may reach only tcp/80') as string,
          },
        ],
        plan: [
          {
            title: 'Revoke 1 inbound rule of sg-1',
            call: 'ec2:RevokeSecurityGroupIngress',
            input: { GroupId: 'sg-1', SecurityGroupRuleIds: ['sgr-1'] },
          },
        ],
      },
    ])
    expect(world.worlds.get('sg-1')!.rules).toHaveLength(2)
  })

  test('changes the state of the breaker no more than that of the group: it takes no token.', async () => {
    const world = readOnly(policyWith('breaker: { subjects: 1, reserve: 0 }\n'))
    for (let i = 0; i < 3; i++) await respond({ portcullis: 'drill', event: event() }, world.ports, world.run)
    expect(world.tokens.size).toBe(0)
  })

  test('says that it would ask, where the breaker is open or the kill switch is thrown.', async () => {
    const world = readOnly(policyWith('breaker: { subjects: 1, reserve: 0 }\n'))
    world.tokens.set('act#000', { name: 'act#000', subject: 'sg-0', until: world.time.now + 1 })
    const clauses = async () =>
      (await drill(openIngress, signalsOf(event()), world.ports)).flatMap((one) => one.decided.map((of) => of.because))
    expect(await clauses()).toEqual(['breaker.open-ingress'])
    world.state.disarmed = { by: { name: 'otto' }, at: '2026-06-01T11:00:00.000Z', reason: 'a migration' }
    expect(await clauses()).toEqual(['kill switch'])
  })

  test('plans nothing for what is spared, and shows the plan of what would only be watched.', async () => {
    const spared = readOnly(policyWith(exemption("accounts: ['123456789012']")))
    const [one] = await drill(openIngress, signalsOf(event()), spared.ports)
    expect([one?.decided.map((of) => of.mode), one?.plan]).toEqual([['spare'], []])
    const watched = readOnly(policyWith('    - { name: watched, mode: watch, allow: [tcp/443] }\n', 'only: [tcp/1]'))
    const [other] = await drill(openIngress, signalsOf(event()), watched.ports)
    expect([other?.decided.map((of) => of.mode), other?.plan.length]).toEqual([['watch'], 1])
  })

  test.each<[string, unknown]>([
    ['of a call that opens nothing', { ...event(), detail: { ...event().detail, eventName: 'CreateVpc' } }],
    ['of a call that failed', { ...event(), detail: { ...event().detail, errorCode: 'Client.UnauthorizedOperation' } }],
  ])('%s finds nothing to do.', async (_, what) => {
    const world = readOnly(policyWith())
    expect(await respond({ portcullis: 'drill', event: what }, world.ports, world.run)).toEqual([])
  })

  test.each<[string, unknown]>([
    ['of a tick', { 'detail-type': 'Scheduled Event', account: '123456789012' }],
    [
      'of an event that hides its group',
      { ...event(), detail: { ...event().detail, requestParameters: { omitted: true } } },
    ],
  ])('%s, by which everything would be looked at, is refused with a sentence.', async (_, what) => {
    const world = readOnly(policyWith())
    await expect(respond({ portcullis: 'drill', event: what }, world.ports, world.run)).rejects.toMatchObject({
      code: 'input-invalid',
      sentence: expect.stringContaining('everything would be looked at') as string,
    })
  })

  test('of a group that does not exist answers without a finding.', async () => {
    const world = readOnly(policyWith())
    expect(await respond({ portcullis: 'drill', event: event('sg-none') }, world.ports, world.run)).toEqual([
      { subject: 'sg-none', decided: [], plan: [] },
    ])
  })

  test('is told apart from the real thing: the same event by itself is acted on.', async () => {
    const world = fakeWorld(policyWith(), { 'sg-1': [door('sgr-1')] })
    await respond(event(), world.ports, world.run)
    expect(world.worlds.get('sg-1')!.rules).toEqual([])
  })
})
