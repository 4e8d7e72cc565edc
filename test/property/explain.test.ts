import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { armed, type Explanation, explain } from '#shared/explain.ts'
import { Fault } from '#shared/fault.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { shipped } from '../support/policies.ts'
import { always } from '../support/property.ts'

const NOW = new Date('2026-06-01T12:00:00Z')

const folder = new URL('../../events/open-ingress/', import.meta.url)
const real = readdirSync(folder)
  .filter((name) => name !== 'expected.json')
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as unknown)

/** Values that trip readers: of the wrong type, with the names that every object has, enormous, invisible. */
const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e308,
    2 ** 53,
    '',
    ' ',
    '-1',
    '0',
    '65536',
    '99999999999',
    '0.0.0.0/0',
    '::/0',
  ),
  fc.constantFrom<unknown>(
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    '\u202e\u0000\n',
    '0.0.0.0/33',
    '::/129',
  ),
  fc.constantFrom<unknown>([], {}, { items: null }, { items: {} }, { items: [null] }, { item: [[]] }, [[[]]], {
    length: 3,
  }),
  fc.constantFrom<unknown>(
    JSON.parse('{"__proto__": {"items": [1]}}'),
    JSON.parse('{"constructor": 1}'),
    'x'.repeat(5_000),
  ),
  fc.jsonValue(),
)

const isTree = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object'

/** A copy with the value at a random place of the tree replaced, removed, doubled or wrapped. */
function mutated(value: unknown, path: readonly number[], how: number, by: unknown): unknown {
  const [step = 0, ...rest] = path
  const keys = isTree(value) ? Object.keys(value) : []
  if (path.length === 0 || keys.length === 0) return how === 3 ? [value, by] : how === 4 ? { items: value } : by
  const key = keys[step % keys.length]!
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
  if (rest.length === 0 && how === 1) delete copy[key]
  else if (rest.length === 0 && how === 2) copy[`${key}x`] = by
  else copy[key] = mutated(copy[key], rest, how, by)
  return copy
}

const mutation = fc.record({
  path: fc.array(fc.nat(40), { minLength: 1, maxLength: 9 }),
  how: fc.nat(5),
  by: hostile,
})
const records = fc
  .tuple(fc.constantFrom(...real), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([event, mutations]) => mutations.reduce((value, { path, how, by }) => mutated(value, path, how, by), event))

const MODES = new Set(['act', 'watch', 'spare', 'ignore', 'look'])

/** What every explanation must look like, whatever it explains. */
function wellFormed(said: Explanation): void {
  expect(Object.keys(said)).toEqual(['event', 'mode', 'because', 'assumes', 'findings', 'plan'])
  expect(said.event === null || typeof said.event === 'string').toBe(true)
  expect(MODES).toContain(said.mode)
  expect(said.because.length).toBeGreaterThan(3)
  expect(said.because.length).toBeLessThan(10_000)
  for (const text of said.assumes) expect(typeof text).toBe('string')
  for (const { finding, subject, exposes } of said.findings) {
    expect(finding).toBe('open-ingress')
    expect(typeof subject).toBe('object')
    for (const one of exposes) {
      expect(Object.keys(one)).toEqual(['protocol', 'from', 'to', 'cidr'])
      expect([typeof one.protocol, typeof one.cidr]).toEqual(['string', 'string'])
      expect([one.from, one.to].every(Number.isInteger)).toBe(true)
    }
  }
  for (const { call, input } of said.plan) {
    expect(call).toBe('ec2:RevokeSecurityGroupIngress')
    expect(typeof input).toBe('object')
  }
  expect(said.findings.length > 0).toBe(said.mode === 'act' || said.mode === 'watch' || said.mode === 'spare')
  const line = JSON.stringify(said)
  expect(line).not.toContain('\n')
  expect(JSON.parse(line)).toEqual(said)
}

test('Any value at all is explained, never with an error.', () => {
  always(1_500, [fc.oneof(fc.anything(), fc.jsonValue(), hostile)], (value) => {
    expect(explain(value, shipped, NOW).mode).toBe('ignore')
    wellFormed(explain(value, shipped, NOW))
  })
})

test('A real record with hostile changes is explained, never with an error.', () => {
  always(3_000, [records], (value) => wellFormed(explain(value, armed(shipped), NOW)))
})

test('A record with anything as its request and its answer is explained, never with an error.', () => {
  const detail = fc.record({
    eventID: fc.constant('11111111-2222-4333-a444-555555555555'),
    eventSource: fc.constant('ec2.amazonaws.com'),
    eventName: fc.constantFrom('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules'),
    requestParameters: fc.oneof(hostile, fc.record({ groupId: hostile, ipPermissions: hostile, cidrIp: hostile })),
    responseElements: fc.oneof(hostile, fc.record({ securityGroupRuleSet: hostile })),
  })
  always(2_000, [detail], (value) => wellFormed(explain(value, armed(shipped), NOW)))
})

test('The handlers either read an event or refuse it with a fault that has a code.', () => {
  always(2_000, [fc.oneof(records, fc.jsonValue(), hostile)], (value) => {
    try {
      for (const reading of signalsOf(value)) {
        if (!('signal' in reading)) continue
        const subjects = openIngress.subjects(reading.signal)
        if (subjects !== 'all')
          for (const subject of subjects)
            expect(Object.values(subject).every((id) => typeof id === 'string' && id !== '')).toBe(true)
      }
    } catch (error) {
      expect(error).toBeInstanceOf(Fault)
      expect((error as Fault).code).toBe('event-malformed')
    }
  })
})
