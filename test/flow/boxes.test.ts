import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Reads } from '#shared/aws/reads.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import type { Outside } from '#shared/response.ts'
import { jumpBox } from '#shared/responses/jump-box/response.ts'
import { policyWith } from '../support/policies.ts'

/** Walks EC2's news of instances in `events/`; what is expected of each stands in the `expected.json` beside them. */
const folder = new URL('../../events/jump-box/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

interface Expected {
  /** The instance that is looked up; null where it is no news that it has ended. */
  readonly instance: string | null
  /** Whether it was a box of this stage, which is then looked at. */
  readonly box: boolean
  readonly malformed?: true
}
const expected = read('expected.json') as Record<string, Expected>
const names = readdirSync(folder).filter((name) => name !== 'expected.json')
const response = jumpBox({ stage: 'prod', ender: '', role: '', deadLetters: '' })
const ID = '01JZ0000000000000000000000'

/** What the instances of this account were launched with, by the beginning of their ids; others are forgotten. */
const TOKENS: Readonly<Record<string, string | undefined>> = {
  'i-0b': `portcullis-jump-prod-${ID}`,
  'i-0a': undefined,
  'i-0c': `portcullis-jump-test-${ID}`,
  'i-0d': `portcullis-jump-prod-${ID}x`,
}
const reads = {
  'ec2:DescribeInstances': async ({ InstanceIds: [id = ''] = [] }: { InstanceIds?: string[] }) => {
    const known = id.slice(0, 4)
    if (!(known in TOKENS)) throw Object.assign(new Error('none'), { name: 'InvalidInstanceID.NotFound' })
    return { Reservations: [{ Instances: [{ InstanceId: id, ClientToken: TOKENS[known] }] }] }
  },
} as unknown as Reads
const outside: Outside = { reads, policy: policyWith(), region: 'eu-central-1', now: () => 0, sleep: async () => {} }

test('Every event has an expectation, every expectation an event, and a name says which kind it is.', () => {
  expect(names.toSorted()).toEqual(Object.keys(expected).toSorted())
  for (const [name, { box }] of Object.entries(expected))
    expect(`${name} ${box}`).toMatch(/^hit.* true$|^miss.* false$/)
})

describe.each(names)('%s', (name) => {
  const { instance, box, malformed } = expected[name]!
  test(box ? 'It makes us look at the box.' : 'It makes us look at no box.', async () => {
    if (malformed) return void expect(() => signalsOf(read(name))).toThrow('event-malformed')
    const [reading] = signalsOf(read(name))
    if (!reading) throw new Error('expected a reading')
    if (!('signal' in reading)) return void expect([instance, box]).toEqual([null, false])
    const where = response.subjects(reading.signal)
    expect(where).toEqual([{ instance }])
    const found = await Promise.all((where as { instance: string }[]).map((one) => response.locate(one, outside)))
    expect(found.flat()).toEqual(box ? [ID] : [])
  })
})

test('The rule on the event bus lets through what is news here, and no other news of instances.', () => {
  const file = readFileSync(new URL('../../functions/keep-jump-boxes/function.yml', import.meta.url), 'utf8')
  const [event] = (
    parse(file, { logLevel: 'silent' }) as Record<string, { events: { eventBridge: { pattern: object } }[] }>
  )['keep-jump-boxes']!.events
  expect(event!.eventBridge.pattern).toEqual({
    source: ['aws.ec2'],
    'detail-type': ['EC2 Instance State-change Notification'],
    detail: { state: ['terminated'] },
  })
  for (const [name, { instance }] of Object.entries(expected)) {
    if (instance === null) continue
    const { source, detail, ...more } = read(name) as {
      source: string
      detail: { state: string }
      'detail-type': string
    }
    expect([source, detail.state, more['detail-type']]).toEqual([
      'aws.ec2',
      'terminated',
      'EC2 Instance State-change Notification',
    ])
  }
})

test('No other response takes the end of an instance for its own, and a box is looked at for no other signal.', () => {
  const other = { id: 'x', account: '123456789012', region: 'eu-central-1', at: new Date(0) }
  expect(response.subjects({ kind: 'snapshots-done', snapshots: ['snap-1'], ...other })).toEqual([])
  expect(
    response.subjects({ kind: 'config-change', resourceType: 'AWS::EC2::Instance', resourceId: 'i-1', ...other }),
  ).toEqual([])
  expect(response.subjects({ kind: 'tick', ...other })).toBe('all')
})
