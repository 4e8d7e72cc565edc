import { expect, test } from 'vitest'
import { answerOperator } from '#shared/operators/api.ts'
import { door } from '../support/fake-world.ts'
import { NO_SLACK } from '../support/no-slack.ts'
import { policyWith } from '../support/policies.ts'
import { stage } from '../support/stage.ts'

/** The kill switch as people throw it, and what others hear of it. */

const LENA = 'arn:aws:sts::123456789012:assumed-role/operator/lena'
const request = (routeKey: string, body: object) => ({
  version: '2.0',
  routeKey,
  requestContext: { authorizer: { iam: { userArn: LENA } }, http: { sourceIp: '198.51.100.7' } },
  body: JSON.stringify(body),
})

test('Whoever disarms is told of, at once and as critical, with who, whence and why; and whoever arms again.', async () => {
  const world = stage(policyWith(), { 'sg-1': [] })
  const ask = (route: string, body: object) => answerOperator(request(route, body), NO_SLACK, world.ports)
  await ask('POST /disarm', { reason: 'a "migration"\nCONTAINED: all is well', response: 'open-ingress' })
  expect(world.notices).toMatchObject([
    {
      subject: 'Portcullis disarmed: open-ingress',
      importance: 'critical',
      message: { switched: 'disarm', by: { name: LENA, from: '198.51.100.7' } },
    },
  ])
  const [text] = world.texts()
  expect(text).toContain('DISARMED: open-ingress changes nothing from now on; what it would have done, it asks.')
  expect(text).toContain(`By "${LENA}" from "198.51.100.7": "a ''migration''`)
  // A reason is a person's own words: it adds no line.
  expect(text!.split('\n')).toHaveLength(4)
  await world.open('sg-1', door('sgr-1'))
  expect(world.headsOf('sg-1')[0]?.left).toBe('ask kill switch')

  await ask('POST /arm', { reason: 'it is over' })
  expect(world.notices.at(-1)).toMatchObject({
    subject: 'Portcullis armed: open-ingress, suspicious-host, impaired-defences, unpreserved-host, jump-box',
    importance: 'important',
  })
  expect(world.texts().at(-1)).toContain(`By "${LENA}": "it is over"`)
})
