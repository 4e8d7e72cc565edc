import { describe, expect, test } from 'vitest'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { respondTo } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { door } from '../support/fake-world.ts'
import { exemption, policyWith } from '../support/policies.ts'
import { HOUR, mallory, pipeline, stage } from '../support/stage.ts'

/** AWS Config's second opinion: what is read from it, and what never is. */

const item = (more: object = {}) => ({
  resourceType: 'AWS::EC2::SecurityGroup',
  resourceId: 'sg-1',
  awsAccountId: '123456789012',
  awsRegion: 'eu-central-1',
  configurationItemCaptureTime: '2026-06-01T11:59:00.000Z',
  ...more,
})
const overTheBus = (detail: object, more: object = {}) => ({
  id: 'bus-1',
  source: 'aws.config',
  'detail-type': 'Config Configuration Item Change',
  account: '999999999999',
  region: 'us-east-1',
  detail,
  ...more,
})
const onTheTopic = (...messages: readonly string[]) => ({
  Records: messages.map((Message, i) => ({ EventSource: 'aws:sns', Sns: { MessageId: `sns-${i + 1}`, Message } })),
})
const change = {
  kind: 'config-change',
  account: '123456789012',
  region: 'eu-central-1',
  at: new Date('2026-06-01T11:59:00Z'),
  resourceType: 'AWS::EC2::SecurityGroup',
  resourceId: 'sg-1',
}

describe('Config’s word that something changed', () => {
  test.each([
    ['an item over EventBridge', overTheBus({ configurationItem: item() }), 'bus-1'],
    ['a summary over EventBridge', overTheBus({ configurationItemSummary: item() }), 'bus-1'],
    ['an item on the topic', onTheTopic(JSON.stringify({ configurationItem: item() })), 'sns-1'],
    ['a summary on the topic', onTheTopic(JSON.stringify({ configurationItemSummary: item() })), 'sns-1'],
  ])('is read from %s: what changed, and nothing of what it is now.', (_, event, id) => {
    expect(signalsOf(event)).toEqual([{ signal: { ...change, id } }])
  })

  test('has its account and region from the envelope where it has none, and the time of nobody knows when.', () => {
    const bare = { awsAccountId: null, awsRegion: null, configurationItemCaptureTime: 'soon' }
    expect(signalsOf(overTheBus({ configurationItem: item(bare) }))).toMatchObject([
      { signal: { account: '999999999999', region: 'us-east-1', at: new Date(0) } },
    ])
  })

  test('may be several messages at once: one of another kind is ignored, and keeps no other back.', () => {
    const messages = [{ messageType: 'ConfigurationHistoryDeliveryCompleted' }, { configurationItem: item() }]
    const readings = signalsOf(onTheTopic(...messages.map((one) => JSON.stringify(one))))
    expect(readings).toMatchObject([{ id: 'sns-1', ignored: expect.any(String) }, { signal: { id: 'sns-2' } }])
  })

  test.each([
    ['a change of compliance, which PutEvaluations can bring about', 'Config Rules Compliance Change'],
    ['a delivery', 'Config Snapshot Delivery Status'],
  ])('is none of these: %s.', (_, type) => {
    const detail = { resourceType: 'AWS::EC2::SecurityGroup', resourceId: 'sg-1', messageType: 'ComplianceChange' }
    const event = overTheBus(detail, { 'detail-type': type })
    expect(signalsOf(event)).toEqual([{ id: 'bus-1', ignored: expect.any(String) }])
  })

  test.each([
    ['aws.securityhub', 'Security Hub Findings - Imported', { findings: [{ Resources: [{ Id: 'sg-1' }] }] }],
    ['aws.guardduty', 'GuardDuty Finding', { resource: { instanceDetails: {} } }],
  ])(
    'and a finding of %s about no host is ignored: nobody can have a group looked at by it.',
    (source, type, detail) => {
      const event = overTheBus(detail, { source, 'detail-type': type })
      expect(signalsOf(event)).toEqual([{ id: 'bus-1', ignored: expect.any(String) }])
    },
  )

  test('on the topic that is no JSON is malformed: it is thrown, so that it is kept.', () => {
    expect(() => signalsOf(onTheTopic('{'))).toThrow(expect.objectContaining({ code: 'event-malformed' }))
  })
})

const actors = 'actors:\n  - name: pipeline\n    principals: ["arn:aws:iam::*:role/pipeline"]\n'
const bounded = policyWith(actors + exemption('groups: [sg-1]\nports: [tcp/25]\nactors: [pipeline]'))

describe('In the loop', () => {
  const told = (world: ReturnType<typeof stage>, more: object = {}, at = 0) =>
    respondTo(openIngress, signalsOf)(overTheBus({ configurationItem: item(more) }, { id: `bus-${at}` }), world.ports, {
      id: `config-${at}`,
      startedAt: world.time.now,
    })

  test('it makes us look, and what is there now decides: a door is closed, whatever the item says it is.', async () => {
    const world = stage(policyWith(), { 'sg-1': [door('sgr-1')] })
    await told(world, { configuration: { ipPermissions: [], tags: [{ key: 'portcullis:exemption', value: 'x' }] } })
    expect(world.left('sg-1')).toEqual([])
    expect(world.texts()[0]).toContain('AWS Config saw it change.')
  })

  test('of another account it is not ours to look at.', async () => {
    const world = stage(policyWith(), { 'sg-1': [door('sgr-1')] })
    expect(await told(world, { awsAccountId: '999999999999' })).toBe('ignored')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
  })

  test('what its maker had spared is spared when Config tells of it, a quarter of an hour later: that is kept.', async () => {
    const world = stage(bounded, { 'sg-1': [] })
    expect(await world.open('sg-1', door('sgr-1', 25), pipeline)).toBe('spared')
    for (let i = 1; i <= 3; i++) {
      world.time.now += HOUR / 4
      expect(await told(world, {}, i)).toBe('spared')
    }
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.notices).toEqual([])
    expect(world.heads.size).toBe(0)
  })

  test('what somebody else made is closed, though Config tells of it after one that was spared.', async () => {
    const world = stage(bounded, { 'sg-1': [] })
    await world.open('sg-1', door('sgr-1', 25), pipeline)
    world.change('sg-1', { rules: [door('sgr-1', 25), door('sgr-2', 3389)] })
    await told(world)
    expect(world.left('sg-1')).toEqual(['sgr-1'])
  })

  test.each([
    ['names the maker who would be spared', { userIdentity: pipeline, actor: pipeline, relatedEvents: ['event-1'] }],
    ['names nobody', {}],
  ])('who made a rule is never taken from it: an item that %s is asked about.', async (_, more) => {
    const world = stage(bounded, { 'sg-1': [door('sgr-1', 25)] })
    expect(await told(world, more)).toBe('asked')
    expect(world.headsOf('sg-1')[0]?.left).toBe('ask unknown.actor')
    expect([...world.origins.values()].flatMap((made) => [...made.values()])).toEqual([])
    await world.send(world.opening('sg-1', door('sgr-1', 25), mallory))
    expect(world.left('sg-1')).toEqual([])
  })
})
