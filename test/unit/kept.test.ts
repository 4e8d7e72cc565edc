import { expect, test } from 'vitest'
import { alertOf } from '#shared/alerts.ts'
import { errorText } from '#shared/fault.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { respondTo } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { on, ownNames } from '../support/alert-records.ts'
import { door } from '../support/fake-world.ts'
import { exemption, policyWith } from '../support/policies.ts'
import { mallory, openedBy, stage } from '../support/stage.ts'

/** What is kept, logged and told of an event: what the story needs, and no field beside it, where secrets may be. */

const SECRET = 'hunter2-hunter2'
/** A record with the secret in every field that nothing is decided by. */
const withSecrets = (record: object) => ({
  ...record,
  userAgent: `aws-cli/2.27.0 ${SECRET}`,
  additionalEventData: { token: SECRET },
  tlsDetails: { clientProvidedHostHeader: SECRET },
  vpcEndpointId: SECRET,
})

function eventOf(ruleId: string, more: object = {}) {
  const { source: _source, request, response, id, ...call } = openedBy('sg-1', door(ruleId), mallory, 0, `e-${ruleId}`)
  return {
    source: 'aws.ec2',
    account: call.account,
    region: call.region,
    detail: withSecrets({
      eventID: id,
      eventName: call.name,
      eventSource: 'ec2.amazonaws.com',
      eventTime: '2026-06-01T11:59:58Z',
      recipientAccountId: call.account,
      userIdentity: { type: 'IAMUser', arn: mallory.principal, accessKeyId: SECRET, sessionContext: { key: SECRET } },
      requestParameters: { ...(request as object), clientToken: SECRET, tagSpecificationSet: { password: SECRET } },
      responseElements: { ...(response as object), requestId: SECRET },
      ...more,
    }),
  }
}

test.each([
  ['closed', policyWith(), 'settled'],
  ['asked about', policyWith('    - { name: asked, mode: ask }\n', 'only: [tcp/1]'), 'asked'],
  ['spared', policyWith(exemption('groups: [sg-1]')), 'spared'],
])(
  'Of an event whose door is %s, what nobody needs is in no entry, item, log line or notice.',
  async (_, policy, outcome) => {
    const world = stage(policy, { 'sg-1': [door('sgr-1')] })
    const log: unknown[] = []
    Object.assign(world.ports, { log: (...line: unknown[]) => log.push(line) })
    const run = { id: 'run', startedAt: world.time.now }
    expect(await respondTo(openIngress, signalsOf)(eventOf('sgr-1'), world.ports, run)).toBe(outcome)
    const { heads, entries, opens, intents, asks, origins, rounds, tokens, counts, notices, metrics } = world
    const books = [heads, entries, opens, intents, asks, origins, rounds, tokens, counts].map((book) => [...book])
    const kept = JSON.stringify([books, notices, metrics, log], (_key, value) =>
      value instanceof Map ? [...(value as Map<string, unknown>)] : value,
    )
    expect(kept).toContain('sg-1')
    expect(kept).not.toContain(SECRET)
    // A line of log has ids and clauses: not the caller, nor what was asked.
    expect(JSON.stringify(log)).not.toMatch(/mallory|0\.0\.0\.0|requestParameters/)
  },
)

test('An event that can not be read is thrown back without what was in it.', () => {
  const event = eventOf('sgr-1', { eventName: { [SECRET]: SECRET } })
  let said = ''
  try {
    signalsOf(event)
  } catch (error) {
    said = errorText(error)
  }
  expect(said).toContain('Expected an EventBridge event')
  expect(said).not.toContain(SECRET)
})

test('An alert names who, whence, what and which; not what the call was given.', () => {
  const { fn } = ownNames('prod')
  const given = { functionName: fn, environment: { variables: { PASSWORD: SECRET } }, zipFile: SECRET }
  const record = on('lambda', 'UpdateFunctionConfiguration20150331v2', given)
  const alert = alertOf({ ...record, detail: withSecrets(record.detail) }, 'prod')
  expect(alert?.text).toContain('UpdateFunctionConfiguration changed Portcullis itself')
  expect(JSON.stringify(alert)).not.toContain(SECRET)
})
