import { describe, expect, test } from 'vitest'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { respondTo } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { door } from '../support/fake-world.ts'
import { exemption, policyWith } from '../support/policies.ts'
import { HOUR, stage } from '../support/stage.ts'

/** What a caller can write into a record, and what somebody can write into an event who may invoke the function. */

const ACCOUNT = '123456789012'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/pipeline`
const RESPONDER = 'portcullis-prod-close-open-ingress'
const session = (role: string, name: string) => ({
  type: 'AssumedRole',
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`,
  principalId: `AROAEXAMPLE:${name}`,
  sessionContext: { sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/${role}`, userName: role } },
})
const user = (name: string) => ({ type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/${name}`, userName: name })

/** The record of a door that was opened, with what a caller may write into it. */
const opening = (ruleId: string, more: object = {}, port = 25) => ({
  source: 'aws.ec2',
  account: ACCOUNT,
  region: 'eu-central-1',
  detail: {
    eventID: `event-${ruleId}`,
    eventName: 'AuthorizeSecurityGroupIngress',
    eventSource: 'ec2.amazonaws.com',
    eventTime: '2026-06-01T11:59:58Z',
    awsRegion: 'eu-central-1',
    recipientAccountId: ACCOUNT,
    sourceIPAddress: '198.51.100.23',
    userAgent: 'aws-cli/2.27.0',
    userIdentity: user('mallory'),
    requestParameters: { groupId: 'sg-1' },
    responseElements: {
      securityGroupRuleSet: {
        items: [
          {
            groupId: 'sg-1',
            securityGroupRuleId: ruleId,
            isEgress: false,
            ipProtocol: 'tcp',
            fromPort: port,
            toPort: port,
            cidrIpv4: '0.0.0.0/0',
          },
        ],
      },
    },
    ...more,
  },
})

const actors = (automation = '') =>
  `actors:\n  - name: pipeline\n    principals: ["arn:aws:iam::*:role/pipeline"]\n${automation}`
const earned = policyWith(actors() + exemption('groups: [sg-1]\nports: [tcp/25]\nactors: [pipeline]'))

const sent = async (world: ReturnType<typeof stage>, event: object) =>
  respondTo(openIngress, signalsOf)(event, world.ports, { id: `run-${world.time.now++}`, startedAt: world.time.now })

describe('What a caller writes of themselves', () => {
  test.each<[string, object]>([
    ['the application id of our own function', { userAgent: 'aws-sdk-js/3.1000.0 app/close-open-ingress' }],
    ['the user agent of a service', { userAgent: 'cloudformation.amazonaws.com' }],
    ['the address of a service', { sourceIPAddress: 'cloudformation.amazonaws.com' }],
    ['a session named like our function', { userIdentity: session('people', RESPONDER) }],
    ['a session named like the actor who would be spared', { userIdentity: session('people', 'pipeline') }],
    ['a session named like that actor’s ARN', { userIdentity: session('people', ROLE.replaceAll('/', '-')) }],
    ['a source identity', { userIdentity: { ...session('people', 'x'), sourceIdentity: ROLE } }],
    ['a user of that role’s name', { userIdentity: user('pipeline') }],
    ['a role whose name ends in that role’s', { userIdentity: session('my-pipeline', 'x') }],
    ['a service that called for them', { userIdentity: { ...user('mallory'), invokedBy: 'AWS Internal' } }],
  ])('decides nothing: %s.', async (_, more) => {
    const world = stage(earned, { 'sg-1': [door('sgr-1', 25)] })
    expect(await sent(world, opening('sgr-1', more))).toBe('settled')
    expect(world.left('sg-1')).toEqual([])
  })

  test('is no way to look like automation: the door is closed every time, whatever the session is called.', async () => {
    const world = stage(policyWith(actors('    automation: { rounds: 2 }\n')), { 'sg-1': [] })
    for (let round = 0; round < 5; round++) {
      world.change('sg-1', { rules: [door(`sgr-${round}`, 8080)] })
      await sent(world, opening(`sgr-${round}`, { userIdentity: session('people', 'pipeline') }, 8080))
      expect(world.left('sg-1')).toEqual([])
      world.time.now += HOUR
    }
  })

  test('counts where IAM vouches for it: the role itself is spared.', async () => {
    const world = stage(earned, { 'sg-1': [door('sgr-1', 25)] })
    expect(await sent(world, opening('sgr-1', { userIdentity: session('pipeline', 'build-7') }))).toBe('spared')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
  })
})

/** An event that nobody but EventBridge should send; whoever may invoke the function can write all of it. */
describe('A direct invoke', () => {
  const claimed = { userIdentity: session('pipeline', 'build-7') }

  test('can claim any actor for a rule that it names: that earns the spare of an exemption with actors.', async () => {
    const world = stage(earned, { 'sg-1': [door('sgr-1', 25)] })
    expect(await sent(world, opening('sgr-1', claimed))).toBe('spared')
    expect(await world.sweep()).toBe('spared')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
  })

  test('can have a door counted as put back by automation.', async () => {
    const world = stage(policyWith(actors('    automation: { rounds: 2 }\n')), { 'sg-1': [] })
    for (let round = 0; round < 3; round++) {
      world.change('sg-1', { rules: [door(`sgr-${round}`, 8080)] })
      await sent(world, opening(`sgr-${round}`, claimed, 8080))
    }
    expect(world.left('sg-1')).toEqual(['sgr-2'])
    expect(world.headsOf('sg-1').at(-1)?.left).toBe('ask actors.pipeline')
  })

  test('earns nothing beyond the bounds of the exemption, nor for a rule whose id or content it does not name.', async () => {
    for (const [rule, event] of [
      [door('sgr-1', 22), opening('sgr-1', claimed, 22)],
      [door('sgr-1', 25), opening('sgr-2', claimed)],
      [door('sgr-1', 25), opening('sgr-1', claimed, 26)],
    ] as const) {
      const world = stage(earned, { 'sg-1': [rule] })
      await sent(world, event)
      expect(await world.sweep()).not.toBe('spared')
    }
  })

  test('earns nothing of an exemption without actors: that is bounded as ever.', async () => {
    const plain = policyWith(exemption('groups: [sg-2]'))
    const world = stage(plain, { 'sg-1': [door('sgr-1', 25)] })
    await sent(world, opening('sgr-1', claimed))
    expect(world.left('sg-1')).toEqual([])
  })

  test('can say that something was approved: that makes us look, and only the ledger says what was.', async () => {
    const world = stage(policyWith('    - { name: asked, mode: ask }\n', 'only: [tcp/1]'), { 'sg-1': [] })
    await world.open('sg-1', door('sgr-1'))
    const { hash, incident } = world.asks.get('sg-1')!
    const said = { portcullis: 'approved', account: ACCOUNT, region: 'eu-central-1', time: '2026-06-01T12:00:00Z' }
    const more = { id: `approval-${incident}-${hash}`, subject: 'sg-1', by: { name: 'lena' }, plan: hash, hash }
    expect(await sent(world, { ...said, ...more })).toBe('asked')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.asks.get('sg-1')).toMatchObject({ state: 'asked' })
    expect(world.notices).toHaveLength(1)
  })
})
