import { decide } from '#shared/decision.ts'
import { summaryOf } from '#shared/describe.ts'
import type { Story } from '#shared/notice.ts'
import { judge } from '#shared/responses/open-ingress/judge.ts'
import { plan } from '#shared/responses/open-ingress/plan.ts'
import type { GroupWorld } from '#shared/responses/open-ingress/world.ts'
import type { ApiCall } from '#shared/signal.ts'
import type { Head } from '#shared/story.ts'
import type { undoNotice } from '#shared/undo-notice.ts'
import { policyWith } from './policies.ts'
import { ACCOUNT, circumstances, GROUP, rule, world } from './worlds.ts'

export const INCIDENT = '01JZ0000000000000000000000'

export const head = (more: Partial<Head> = {}): Head => ({
  id: INCIDENT,
  status: 'open',
  response: 'open-ingress',
  subject: GROUP,
  account: ACCOUNT,
  region: 'eu-central-1',
  openedAt: '2026-06-15T12:00:01.000Z',
  summary: `tcp/22 of ${GROUP} open to the world`,
  ...more,
})

const timings = {
  event: '2026-06-15T12:00:00.000Z',
  delivered: '2026-06-15T12:00:01.000Z',
  decided: '2026-06-15T12:00:01.100Z',
  applied: '2026-06-15T12:00:01.200Z',
  verified: '2026-06-15T12:00:01.300Z',
}

export const call = (name = 'arn:aws:iam::111122223333:user/lena', address?: string): ApiCall => ({
  kind: 'api-call',
  id: '11111111-2222-4333-a444-555555555555',
  account: ACCOUNT,
  region: 'eu-central-1',
  at: new Date('2026-06-15T12:00:00Z'),
  source: 'ec2.amazonaws.com',
  name: 'AuthorizeSecurityGroupIngress',
  actor: { type: 'IAMUser', name, ...(address === undefined ? {} : { address }) },
  request: null,
  response: null,
})

/** A contained incident, with the texts in it that an attacker chooses. */
export function storyOf(
  said: { actor?: string; address?: string; description?: string; summary?: string },
  more: Partial<Story> = {},
  there: GroupWorld = world([
    rule('tcp', 22, '0.0.0.0/0', { id: 'sgr-1', ...(said.description ? { description: said.description } : {}) }),
  ]),
): Story {
  const policy = policyWith()
  const findings = judge(there, policy, circumstances())
  const cured = findings.map((finding) => ({ finding, decision: decide(finding, policy) }))
  return {
    stage: 'prod',
    head: head({ summary: said.summary ?? summaryOf(GROUP, cured) }),
    verdict: 'contained',
    decided: said.summary === undefined ? [] : cured,
    steps: plan(findings, there),
    cured,
    forgone: [],
    failures: [],
    signal: call(said.actor, said.address),
    timings,
    missed: false,
    disturbed: null,
    proof: null,
    ask: null,
    plan: plan(findings, there),
    chain: '',
    surroundings: { lines: [], facts: {} },
    leftByBreaker: [],
    ...more,
  }
}

export function undoneOf(said: { by?: string; subject?: string }): {
  head: Head
  undone: Parameters<typeof undoNotice>[1]
} {
  return {
    head: head({ ...(said.subject === undefined ? {} : { subject: said.subject }) }),
    undone: {
      what: 'undone',
      at: '2026-06-15T12:30:00.000Z',
      by: { name: said.by ?? 'lena' },
      until: '2026-06-15T13:30:00.000Z',
      fidelity: 'exact',
      ids: [{ was: 'sgr-1', is: 'sgr-2' }],
      differs: [],
    },
  }
}
