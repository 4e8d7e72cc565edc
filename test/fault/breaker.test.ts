import { randomUUID } from 'node:crypto'
import { monotonicFactory } from 'ulid'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import { ec2Reads } from '#shared/aws/ec2.ts'
import type { Reads } from '#shared/aws/reads.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import type { Ports } from '#shared/ports.ts'
import { respond } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import type { ConfigChange } from '#shared/signal.ts'
import { account, calm, control, doors, dynamodb, env, newGroup, open, region, TABLE, tcp } from '../support/cloud.ts'
import { policyWith } from '../support/policies.ts'

/**
 * The breaker under a flood, over the real ledger: 200 runs at once, each of which could act. What is deployed is not told of
 * the doors, so that only these runs act.
 */

beforeAll(() => {
  Object.assign(process.env, env)
})
afterEach(calm)

const newId = monotonicFactory()
/** A response of its own, so that its tokens are. */
const bounded = { ...openIngress, name: `bounded-${randomUUID().slice(0, 8)}` }
const policy = policyWith('breaker: { subjects: 20, reserve: 5 }\nnotices: { open: 10 }\n')

function world() {
  const told: string[] = []
  const metrics: string[] = []
  const ports: Ports = {
    stage: 'test',
    account,
    region,
    policy,
    reads: ec2Reads as unknown as Reads,
    mutations: {
      ...ec2Mutations,
      'sns:Publish': {
        alreadySo: [],
        send: async ({ Subject }) => {
          told.push(Subject!)
          return { $metadata: {} }
        },
      },
    },
    ledger: dynamodbLedger({ table: TABLE, client: dynamodb, newId }),
    notices: 'topic',
    newId,
    clock: {
      now: Date.now,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      left: () => 300_000,
    },
    log: () => {},
    metric: (name) => metrics.push(name),
  }
  return { ports, told, metrics }
}

/** A run, and Lambda's retries of it: one laptop can't answer 200 at once without keeping some waiting. */
async function delivered(group: string, ports: Ports): Promise<string> {
  const event = changed(group)
  const run = { id: randomUUID(), startedAt: Date.now() }
  for (let tries = 1; ; tries++)
    try {
      return String(await respond(bounded, event, ports, run))
    } catch (error) {
      if (tries === 5) throw error
      await new Promise((resolve) => setTimeout(resolve, 1_000 * tries))
    }
}

const changed = (group: string): ConfigChange => ({
  kind: 'config-change',
  id: randomUUID(),
  account,
  region,
  at: new Date(),
  resourceType: 'AWS::EC2::SecurityGroup',
  resourceId: group,
})

async function openDoors(count: number, port: number): Promise<string[]> {
  await control.change({ lossRate: 1 })
  const groups: string[] = []
  for (let i = 0; i < count; i += 20)
    groups.push(...(await Promise.all(Array.from({ length: Math.min(20, count - i) }, newGroup))))
  await Promise.all(groups.map((group) => open(group, [tcp(port)])))
  return groups
}

test('200 events at once at a limit of 20: exactly 20 are acted on, 180 asked, none lost', {
  timeout: 180_000,
}, async () => {
  const groups = await openDoors(200, 8_080)
  const { ports, told, metrics } = world()
  const outcomes = await Promise.all(groups.map((group) => delivered(group, ports)))
  const count = (outcome: string) => outcomes.filter((one) => one === outcome).length
  expect({ settled: count('settled'), asked: count('asked') }).toEqual({ settled: 20, asked: 180 })

  const left = await Promise.all(groups.map(doors))
  expect(left.filter((open) => open.length === 0)).toHaveLength(20)
  const heads = (await ports.ledger.incidents('open', 10_000)).filter((head) => head.response === bounded.name)
  expect(heads).toHaveLength(180)
  for (const head of heads) expect(head.left).toBe(`ask breaker.${bounded.name}`)
  expect(metrics.filter((name) => name === 'BreakerOpen')).toHaveLength(180)
  // Of what is left open ten are told one by one; the rest is in the sweep's digest.
  expect(told.filter((subject) => subject.startsWith('Portcullis open'))).toHaveLength(10)
  expect(told.filter((subject) => subject.startsWith('Portcullis contained'))).toHaveLength(20)

  // The worst class has tokens of its own, that no decoy can take.
  const [worst] = await openDoors(1, 22)
  expect(await delivered(worst!, ports)).toBe('settled')
  expect(await doors(worst!)).toEqual([])
})
