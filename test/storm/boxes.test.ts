import { readFileSync } from 'node:fs'
import { DescribeInstancesCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { ulid } from 'ulid'
import { expect, test } from 'vitest'
import { askForBox } from '#shared/jump/ask-for-box.ts'
import { closeBox, proveAddress } from '#shared/jump/change-box.ts'
import { loadPolicy } from '#shared/policy/load.ts'
import type { Ports } from '#shared/ports.ts'
import { boxName } from '#shared/responses/jump-box/world.ts'
import { gone, incidentOf, KEEPER, publicKey, sweepBoxes } from '../support/boxes.ts'
import { account, ec2, lambda, ledger, region, until } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'

/** A real ledger and real functions; only the front of the house, which is tested by itself, is left out. */
const ports = {
  stage: STAGE,
  account,
  region,
  policy: loadPolicy(readFileSync('.local/policy-storms.yml', 'utf8'), 'policy-storms.yml'),
  ledger,
  newId: ulid,
  clock: {
    now: Date.now,
    sleep: (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    left: () => 60_000,
  },
} as unknown as Ports

const key = readFileSync(publicKey('storm'), 'utf8').split(' ').slice(0, 2).join(' ')
const begin = (subject: string) =>
  lambda.send(
    new InvokeCommand({
      FunctionName: KEEPER,
      InvocationType: 'Event',
      Payload: JSON.stringify({ portcullis: 'approved', id: ulid(), account, region, time: new Date(), subject }),
    }),
  )

test('a hundred requests at once, of which one person makes twenty: a box a person, and nothing is left in the end', async () => {
  const people = [...Array(20).fill('guest-1'), ...Array.from({ length: 80 }, (_, i) => `guest-${(i % 15) + 2}`)]
  const ids = await Promise.all(
    people.map(async (person: string, i) => {
      const terms = { zone: 'lab', reason: 'all at once', seconds: 3_600, key }
      const { request } = await askForBox(terms, { person, by: { name: person } }, ports)
      // Each comes from an address of its own: the first one that is proven counts, and the others are refused.
      await proveAddress(request.id, `198.51.100.${i + 1}/32`, ports).catch((error: { code?: string }) => {
        if (error.code !== 'box-refused') throw error
      })
      await begin(request.id)
      return [person, request.id] as const
    }),
  )
  const byPerson = Map.groupBy(ids, ([person]) => person)
  const requests = [...byPerson.values()].map((own) => new Set(own.map(([, id]) => id)))
  expect(requests.map((own) => own.size)).toEqual(Array(16).fill(1))
  const all = requests.flatMap((own) => [...own])
  const alive = async () => {
    const Filters = [{ Name: 'client-token', Values: all.map((id) => boxName(STAGE, id)) }]
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }))
    return Reservations.flatMap(({ Instances = [] }) => Instances).map(({ ClientToken }) => ClientToken)
  }
  const heads = await until(
    'every box to be ready',
    () => Promise.all(all.map(incidentOf)),
    (found) => found.every((head) => head?.verdict === 'ready' && head.status === 'held'),
    60,
  )
  expect(new Set(heads.map((head) => head!.id)).size).toBe(16)
  expect((await alive()).toSorted()).toEqual(all.map((id) => boxName(STAGE, id)).toSorted())
  const changer = { by: { name: 'the test' }, person: undefined, mayAll: true }
  await Promise.all(all.map((id) => closeBox(id, changer, ports).then(() => begin(id))))
  await Promise.all(all.map((id) => gone(id, 60)))
  await sweepBoxes()
  const Filters = [{ Name: 'group-name', Values: all.map((id) => boxName(STAGE, id)) }]
  expect((await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups).toEqual([])
}, 150_000)
