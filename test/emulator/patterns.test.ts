import { readdirSync, readFileSync } from 'node:fs'
import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge'
import { beforeAll, describe, expect, test } from 'vitest'
import { alertOf } from '#shared/alerts.ts'
import { responders } from '#shared/doctor/responders.ts'
import { event, identityAlerts, lena, on, ownChanges, ownNames, root, signIn } from '../support/alert-records.ts'
import { options } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'

/**
 * What comes to a function at all: the patterns of the deployed rules, matched by EventBridge's own call for it. A record
 * that a function would tell of, but that no pattern lets through, would be found by no test of the function.
 */

const bus = new EventBridgeClient(options)
const patterns = new Map<string, string[]>()

beforeAll(async () => {
  const { Rules = [] } = await bus.send(new ListRulesCommand({ NamePrefix: `portcullis-${STAGE}-` }))
  for (const { Name = '' } of Rules) {
    const { EventPattern } = await bus.send(new DescribeRuleCommand({ Name }))
    const [, name = ''] = new RegExp(`^portcullis-${STAGE}-([a-z-]+)-rule-\\d+$`).exec(Name) ?? []
    if (EventPattern) patterns.set(name, [...(patterns.get(name) ?? []), EventPattern])
  }
})

/** How many of the function's rules let it through. */
async function heard(name: 'watch-defences' | 'close-open-ingress', record: object): Promise<number> {
  const answers = await Promise.all(
    patterns
      .get(name)!
      .map((EventPattern) => bus.send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(record) }))),
  )
  return answers.filter((answer) => answer.Result).length
}

test('each function that hears has its rules, and each rule its pattern.', () => {
  const counts = Object.fromEntries([...patterns].map(([name, all]) => [name, all.length]))
  const hearing = responders.filter(({ events }) => events > 0).map(({ name, events }) => [name, events])
  expect(counts).toEqual(Object.fromEntries(hearing))
})

describe('what is told of at once comes to the function that tells it', () => {
  const told = [...ownChanges(STAGE).map(([what, record]) => [what, record] as const), ...identityAlerts]
  test.each(told)('%s', async (_, record) => {
    expect(alertOf(record, STAGE)).not.toBeNull()
    expect(await heard('watch-defences', record)).toBeGreaterThan(0)
    // Nobody but AWS can send what is said to come from it.
    expect(await heard('watch-defences', { ...record, source: 'my.app' })).toBe(0)
  })

  const { role, fn } = ownNames(STAGE)
  test.each<[string, object]>([
    ['a role of somebody else', on('iam', 'PutRolePolicy', { roleName: 'payments' })],
    ['the ledger being written', on('dynamodb', 'UpdateItem', { tableName: 'orders' })],
    ['a function being run', on('lambda', 'Invoke', { functionName: fn })],
    ['a function of somebody else', on('lambda', 'UpdateFunctionCode20150331v2', { functionName: 'payments' })],
    ['a message being published', on('sns', 'Publish', { topicArn: 'payments' })],
    ['a call on a server', event('ec2', 'RunInstances', { userIdentity: lena })],
    ['root’s name on a call of a service', event('ec2', 'RunInstances', { userIdentity: { ...root, invokedBy: 'x' } })],
    ['a call on a role over another service', { ...on('iam', 'PutRolePolicy', role), source: 'aws.ec2' }],
    ['a sign-in of another kind', { ...signIn(lena, 'No'), 'detail-type': 'AWS Service Event via CloudTrail' }],
  ])('%s does not come', async (_, record) => {
    expect(await heard('watch-defences', record)).toBe(0)
  })
})

/** What the events of a folder are: the files hold them bare, or beside what has to come of them. */
function eventsIn(folder: string): [string, { readonly source?: string; readonly Records?: unknown }][] {
  const url = new URL(`../../events/${folder}/`, import.meta.url)
  return readdirSync(url)
    .filter((name) => name.startsWith('hit-'))
    .map((name) => {
      const content = JSON.parse(readFileSync(new URL(name, url), 'utf8')) as { event?: object }
      return [name, content.event ?? content]
    })
}

describe('every hit comes to the function that it is a hit for', () => {
  test.each(['open-ingress', 'groups'])('of events/%s', async (folder) => {
    const missed: string[] = []
    // What comes on AWS Config's topic comes by no rule.
    for (const [name, record] of eventsIn(folder))
      if (!record.Records && (await heard('close-open-ingress', record)) === 0) missed.push(name)
    // Records that were stored show `errorCode: null`; over EventBridge they come without it, and the pattern asks for that.
    expect(missed).toEqual(folder === 'open-ingress' ? ['hit-error-code-null.json'] : [])
  })

  test('of events/impaired-defences', async () => {
    for (const [name, record] of eventsIn('impaired-defences'))
      expect([name, await heard('watch-defences', record)]).toEqual([name, 1])
  })
})

test.each([
  ['aws.securityhub', 'Security Hub Findings - Imported', { findings: [{ Resources: [{ Id: 'sg-1' }] }] }],
  ['aws.config', 'Config Rules Compliance Change', { resourceType: 'AWS::EC2::SecurityGroup', resourceId: 'sg-1' }],
  ['aws.guardduty', 'GuardDuty Finding', { resource: { resourceType: 'Instance' } }],
])('findings that somebody may have imported come to no function: %s, %s', async (source, type, detail) => {
  const record = { ...event('ec2', 'x'), source, 'detail-type': type, detail }
  expect(await heard('close-open-ingress', record)).toBe(0)
  expect(await heard('watch-defences', record)).toBe(0)
})
