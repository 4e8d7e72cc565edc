import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { calm, control, counted, options, sweep, until } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'
import { mailbox, type Received } from '../support/mail.ts'

/** What is deleted or set up otherwise can not be switched on again: it is told, by the event of the call itself. */

const trails = new CloudTrailClient(options)
const bus = new EventBridgeClient(options)
const WATCHER = `portcullis-${STAGE}-watch-defences`

async function noTrails(): Promise<void> {
  const { trailList = [] } = await trails.send(new DescribeTrailsCommand({}))
  for (const { TrailARN: Name } of trailList) await trails.send(new DeleteTrailCommand({ Name }))
}

/** One look by the clock, so that what the tests before did is over and told. */
const look = () => sweep(WATCHER)

beforeEach(async () => {
  await noTrails()
  await trails.send(new CreateTrailCommand({ Name: 'main', S3BucketName: 'logs', IsMultiRegionTrail: true }))
  await trails.send(new StartLoggingCommand({ Name: 'main' }))
  await look()
})
afterEach(calm)
afterAll(noTrails)

const told = (mail: { read(): Promise<Received[]> }, subject: string, verdict: string) =>
  until(
    `${subject} to be told as ${verdict}`,
    async () => (await mail.read()).find((one) => one.facts.subject === subject && one.facts.verdict === verdict),
    Boolean,
  ).then((one) => one!)

test('the only trail is deleted: that is told at once, and a new one ends it', async () => {
  const mail = await mailbox()
  await trails.send(new DeleteTrailCommand({ Name: 'main' }))
  const { facts, importance } = await told(mail, 'trail', 'open')
  expect(facts.text).toContain('there is no trail in this region')
  expect(facts.text).toMatch(/Called by "arn:aws:iam::\d+:user\/alice"/)
  expect(importance).toBe('important')
  await trails.send(new CreateTrailCommand({ Name: 'other', S3BucketName: 'logs', IsMultiRegionTrail: true }))
  await trails.send(new StartLoggingCommand({ Name: 'other' }))
  await told(mail, 'trail', 'contained')
})

test('the only trail logs reads alone from now on: that is told at once', async () => {
  const mail = await mailbox()
  const EventSelectors = [{ ReadWriteType: 'ReadOnly' as const, IncludeManagementEvents: true }]
  await trails.send(new PutEventSelectorsCommand({ TrailName: 'main', EventSelectors }))
  expect((await told(mail, 'trail', 'open')).facts.text).toContain('no trail logs the calls that change something')
})

test('the same to a trail beside one that logs is nothing to tell', async () => {
  await trails.send(new CreateTrailCommand({ Name: 'second', S3BucketName: 'logs', IsMultiRegionTrail: true }))
  await trails.send(new StartLoggingCommand({ Name: 'second' }))
  const mail = await mailbox()
  await trails.send(new DeleteTrailCommand({ Name: 'main' }))
  const isCounted = async () => {
    const details = (await control.events()).map(({ event }) => event.detail as { eventID: string; eventName: string })
    const last = details.filter((one) => one.eventName === 'DeleteTrail').at(-1)
    return last !== undefined && (await counted('impaired-defences')).get(last.eventID) === 'settled'
  }
  await until('the event to be counted', isCounted, Boolean)
  expect((await mail.read()).filter((one) => one.facts.subject === 'trail')).toEqual([])
})

test('a rule of ours is deleted: that is told at once, and over when it is there again', async () => {
  const { Rules = [] } = await bus.send(new ListRulesCommand({ NamePrefix: `portcullis-${STAGE}-close-open-ingress` }))
  const Name = Rules.map((one) => one.Name!).sort()[0]!
  const { EventPattern, State } = await bus.send(new DescribeRuleCommand({ Name }))
  const { Targets = [] } = await bus.send(new ListTargetsByRuleCommand({ Rule: Name }))
  const mail = await mailbox()
  try {
    await bus.send(new RemoveTargetsCommand({ Rule: Name, Ids: Targets.map((one) => one.Id!) }))
    await bus.send(new DeleteRuleCommand({ Name }))
    const { facts } = await told(mail, `rule/${Name}`, 'open')
    expect(facts.text).toContain(`the EventBridge rule ${Name} of this stack is deleted`)
    expect(facts.text).toContain('Deploy the stack anew.')
    // Nothing that a person could approve would bring it back.
    expect(facts.ask).toBeUndefined()
  } finally {
    await bus.send(new PutRuleCommand({ Name, EventPattern, State }))
    await bus.send(new PutTargetsCommand({ Rule: Name, Targets }))
  }
  await look()
  await told(mail, `rule/${Name}`, 'contained')
})
