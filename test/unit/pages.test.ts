import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ulid } from 'ulid'
import { expect, test } from 'vitest'
import { functionRights } from '#deploy/rights.ts'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import type { BoxRequest } from '#shared/jump/box-request.ts'
import type { Ledger } from '#shared/ledger.ts'
import { policyWith } from '../support/policies.ts'

/** The pages that a function may write to are those that what it calls of the ledger writes to: no fewer, no more. */

const request = { id: ulid(), person: 'alice', zone: 'lab', key: 'k', at: '2026-06-01T12:00:00.000Z', version: 2 }
const refusal = { response: 'jump-box', subject: request.id, at: request.at, from: '192.0.2.1', why: 'used' }

const WRITES: Readonly<Record<string, (ledger: Ledger) => readonly Promise<unknown>[]>> = {
  'answer-slack': (ledger) => [
    ledger.addRequest(request as unknown as BoxRequest, null),
    ledger.take('slack', { name: 'seen#1', subject: 'run', until: 1 }, 0),
  ],
  'prove-address': (ledger) => [ledger.changeRequest(request as unknown as BoxRequest), ledger.refused(refusal)],
  'tell-slack': (ledger) => [ledger.keepMessage(ulid(), 'C1', { ts: '1', channel: 'C1', at: 1, reservedAt: 1 })],
}

test.each(Object.keys(WRITES))('%s', async (name) => {
  const pages = functionRights(policyWith())[name]!.pages!
  const written: string[] = []
  const send = async ({ input }: { input: { TransactItems?: { Put?: { Item?: { pk?: { S?: string } } } }[] } }) => {
    written.push(...(input.TransactItems ?? []).map(({ Put }) => Put?.Item?.pk?.S ?? 'no put'))
    return {}
  }
  await Promise.all(
    WRITES[name]!(dynamodbLedger({ table: 't', client: { send } as unknown as DynamoDBClient, newId: ulid })),
  )
  const fits = (page: string, key: string) => (page.endsWith('*') ? key.startsWith(page.slice(0, -1)) : key === page)
  expect(written.length).toBeGreaterThan(0)
  expect(written.filter((key) => !pages.some((page) => fits(page, key)))).toEqual([])
  expect(pages.filter((page) => !written.some((key) => fits(page, key)))).toEqual([])
})
