import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { armed, explain } from '#shared/explain.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { shipped } from '../support/policies.ts'

/** Walks the real event forms in `events/`; what is expected of each stands in the `expected.json` beside them. */
const folder = new URL('../../events/open-ingress/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

interface Expected {
  readonly mode: 'act' | 'ignore' | 'look'
  readonly exposes?: readonly object[]
}
const expected = read('expected.json') as Record<string, Expected>
const names = readdirSync(folder).filter((name) => name !== 'expected.json')
const OURS = /^ec2.amazonaws.com (AuthorizeSecurityGroupIngress|ModifySecurityGroupRules)$/
const MODES = { hit: 'act', miss: 'ignore', look: 'look' } as const

interface Loose {
  readonly detail: { readonly eventID: string; readonly requestParameters: Record<string, unknown> | null }
}

test('Every event has an expectation, every expectation an event, and a name says which kind it is.', () => {
  expect(names.toSorted()).toEqual(Object.keys(expected).toSorted())
  expect(names.length).toBeGreaterThan(100)
  for (const [name, { mode }] of Object.entries(expected))
    expect(`${name} ${mode}`).toBe(`${name} ${MODES[name.split('-')[0] as keyof typeof MODES]}`)
})

const NOW = new Date('2026-06-01T12:00:00Z')

describe.each(names)('%s', (name) => {
  const event = read(name) as Loose
  const { mode, exposes = [] } = expected[name]!

  test(`It is explained as ${mode}, with the exposures that were expected.`, () => {
    const said = explain(event, armed(shipped), NOW)
    expect(said.mode, said.because).toBe(mode)
    expect(said.event).toBe(event.detail.eventID)
    expect(said.findings.flatMap((finding) => finding.exposes)).toEqual(exposes)
    expect(said.plan).toHaveLength(mode === 'act' ? 1 : 0)
    if (mode !== 'ignore') expect(said.assumes.join()).toContain("only this record's rules")
  })

  test('The record alone, without its envelope, is explained the same.', () => {
    expect(explain(event.detail, armed(shipped), NOW)).toEqual(explain(event, armed(shipped), NOW))
  })

  test('The shipped policy only watches.', () => {
    expect(explain(event, shipped, NOW).mode).toBe(mode === 'act' ? 'watch' : mode)
  })

  const failed = typeof (event.detail as { errorCode?: unknown }).errorCode === 'string'
  test(failed ? 'The handlers ignore it.' : 'The handlers find in it where to look.', () => {
    const [reading] = signalsOf(event)
    if (!reading) throw new Error('expected a reading')
    if (!('signal' in reading)) {
      expect(failed, reading.ignored).toBe(true)
      return
    }
    expect(failed).toBe(false)
    if (reading.signal.kind !== 'api-call') throw new Error('expected an API call')
    if (!OURS.test(`${reading.signal.source} ${reading.signal.name}`)) {
      expect(openIngress.subjects(reading.signal)).toEqual([])
      return
    }
    expect(openIngress.subjects(reading.signal)).toEqual(subjectsIn(event))
  })
})

/** Where the record itself says to look, read from it without the code under test. */
function subjectsIn({ detail }: Loose): unknown {
  const asked = detail.requestParameters ?? {}
  const request = (asked.ModifySecurityGroupRulesRequest ?? asked) as Record<string, unknown>
  const [, answered] = /"groupId":"(sg-[^"]+)","securityGroupRuleId"/.exec(JSON.stringify(detail)) ?? []
  const groupId = request.groupId ?? request.GroupId ?? answered
  if (groupId) return [{ groupId }]
  if (request.groupName) return [{ groupName: request.groupName }]
  const ruleIds = [...JSON.stringify(request).matchAll(/"SecurityGroupRuleId":"([^"]+)"/g)].map(([, ruleId]) => ({
    ruleId,
  }))
  return ruleIds.length > 0 ? ruleIds : 'all'
}
