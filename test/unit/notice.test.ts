import { describe, expect, test } from 'vitest'
import { decide } from '#shared/decision.ts'
import { summaryOf } from '#shared/describe.ts'
import { digestOf, digestsOf } from '#shared/digests.ts'
import { Fault } from '#shared/fault.ts'
import { type Notice, noticeOf, type Story } from '#shared/notice.ts'
import { judge } from '#shared/responses/open-ingress/judge.ts'
import { undoNotice } from '#shared/undo-notice.ts'
import { exemption, policyWith, shipped } from '../support/policies.ts'
import { head, INCIDENT, storyOf, undoneOf } from '../support/stories.ts'
import { circumstances, GROUP, NOW, rule, world } from '../support/worlds.ts'

const decided = (policy = shipped, there = world([rule('tcp', 22, '0.0.0.0/0', { id: 'sgr-1' })])) =>
  judge(there, policy, circumstances()).map((finding) => ({ finding, decision: decide(finding, policy) }))

describe('The notice of an incident', () => {
  test('That is contained says what was open to whom, what was revoked, by which clause, and how to put it back.', () => {
    const there = world([rule('tcp', [22, 443], '0.0.0.0/0', { id: 'sgr-1', description: 'temporary "fix"' })])
    const { subject, text, importance } = noticeOf(
      storyOf({ actor: 'lena', address: '198.51.100.23' }, { decided: [] }, there),
    )
    expect(subject).toBe(`Portcullis contained: tcp/22-79, tcp/81-442 of ${GROUP} open to the world`)
    expect(importance).toBe('important')
    expect(
      text,
    ).toBe(`CONTAINED: tcp/22-79, tcp/81-442 of ${GROUP} open to the world is closed; a second look found nothing left.
Account 111122223333, region eu-central-1, incident ${INCIDENT}.
Opened by "lena" from "198.51.100.23".

Revoked, by open-ingress.rules.no-world-ingress:
  sgr-1: tcp/22-443 from 0.0.0.0/0 "temporary ''fix''"
  tcp/22-79: 100 % of public IPv4, 0 % of public IPv6
  tcp/81-442: 100 % of public IPv4, 0 % of public IPv6
Allowed ports that closed with it: tcp/80, tcp/443.

Put it back: npx portcullis undo ${INCIDENT} --stage prod --reason "…"
Rules that are put back get new rule ids; Terraform and CloudFormation may hold the old ones and will report drift until refreshed.`)
  })

  test('That is only watched says by what it is left open, and what would change that.', () => {
    const { text, importance } = noticeOf(storyOf({}, { verdict: 'open', steps: [], cured: [], decided: decided() }))
    expect(importance).toBe('important')
    expect(
      text,
    ).toBe(`OPEN: tcp/22 of ${GROUP} open to the world; left so by open-ingress.rules.no-world-ingress (watch).
Account 111122223333, region eu-central-1, incident ${INCIDENT}.
Opened by "arn:aws:iam::111122223333:user/lena".

Still open, by open-ingress.rules.no-world-ingress: watch; the world may reach only tcp/80, tcp/443, icmp, icmpv6
  sgr-1: tcp/22 from 0.0.0.0/0
  tcp/22: 100 % of public IPv4, 0 % of public IPv6
What would change this: mode: act on open-ingress.rules.no-world-ingress would revoke the rules.`)
  })

  test('Says of a default group what it is, whatever is done about it, and of no other.', () => {
    const says = 'It is the default group of its VPC, which whatever is launched there without a group of its own gets'
    const there = (name: string) => world([rule('tcp', 22, '0.0.0.0/0', { id: 'sgr-1' })], { name })
    for (const policy of [shipped, policyWith()]) {
      const left = { verdict: 'open', steps: [], cured: [], decided: decided(policy, there('default')) } as const
      const { text, facts } = noticeOf(storyOf({}, left))
      expect(text).toContain(says)
      expect(facts.left).toMatchObject([{ defaultGroup: true }])
    }
    expect(noticeOf(storyOf({}, { cured: decided(policyWith(), there('default')) })).text).toContain(says)
    expect(noticeOf(storyOf({}, { cured: decided(policyWith(), there('defaults')) })).text).not.toContain(says)
  })

  test('Names what writes the rules of the group, once and on one line, whatever is done about it.', () => {
    const cluster = 'shop\nCONTAINED: all is well'
    const there = world([rule('tcp', 8080, '0.0.0.0/0', { id: 'sgr-1' })], {
      tags: { 'elbv2.k8s.aws/cluster': cluster },
    })
    const says = 'ts rules are written by the load balancer controller of shop\uFFFDCONTAINED: all is well, which'
    for (const policy of [shipped, policyWith(), policyWith('  controllers: act\n')]) {
      const left = { verdict: 'open', steps: [], cured: [], decided: decided(policy, there) } as const
      const { text } = noticeOf(storyOf({}, left))
      expect(text.split(says)).toHaveLength(2)
      expect(text).not.toContain('\nCONTAINED')
    }
    const cured = decided(policyWith('  controllers: act\n'), there)
    expect(noticeOf(storyOf({}, { cured })).text).toContain(says)
  })

  test('Names an exemption that has expired.', () => {
    const policy = policyWith(exemption(`groups: [${GROUP}]`, 'old-mail', '2026-06-01'))
    const cured = decided(policy)
    expect(noticeOf(storyOf({}, { cured, decided: [] })).text).toContain(
      'Exemption old-mail would have spared it, but has expired.',
    )
    expect(noticeOf(storyOf({}, { cured: [], steps: [], decided: cured, verdict: 'open' })).text).toContain(
      'Exemption old-mail has expired.',
    )
  })

  test.each([
    ['contained', {}, 'important', /^CONTAINED: .* is closed; a second look found nothing left\.$/],
    [
      'contained',
      { steps: [], cured: [] },
      'info',
      /^CONTAINED: .* is over; somebody else ended it, or what it was about is gone\.$/,
    ],
    [
      'partial',
      {},
      'critical',
      /^PARTIAL: .*, and could not be ended: AWS answered success, but the rules are still there\.$/,
    ],
    [
      'partial',
      { failures: [new Fault('step-denied', 'AWS said no.')] },
      'critical',
      /^PARTIAL: .*, and could not be ended\.$/,
    ],
    [
      'unverifiable',
      {},
      'critical',
      /^UNVERIFIABLE: .*; the change was sent, but what is there now could not be read\.$/,
    ],
  ] as const)('With the verdict %s and %j is %s, and says so first.', (verdict, more, importance, first) => {
    const notice = noticeOf(storyOf({}, { decided: [], verdict, ...more }))
    expect(notice.importance).toBe(importance)
    expect(notice.text.split('\n')[0]).toMatch(first)
  })

  test('Tells each failure with its code, and no way to undo where nothing was done.', () => {
    const { text, facts } = noticeOf(
      storyOf({}, { verdict: 'partial', steps: [], failures: [new Fault('step-denied', 'AWS said no.')] }),
    )
    expect(text).toContain('FAILED (step-denied): AWS said no.')
    expect(text).toContain('To be revoked, by')
    expect(text).not.toContain('portcullis undo')
    expect(facts).toMatchObject({ undo: null, failures: [{ code: 'step-denied', message: 'AWS said no.' }] })
  })

  test('Of the sweep names no actor.', () => {
    const signal = { kind: 'tick', id: 't', account: '1', region: 'r', at: NOW } as const
    const { text, facts } = noticeOf(storyOf({}, { signal }))
    expect(text).toContain('\nFound by the sweep.\n')
    expect(facts).toMatchObject({ actor: null, event: null })
  })

  test('Has the same for machines.', () => {
    expect(noticeOf(storyOf({}, { decided: [] })).facts).toMatchObject({
      incident: INCIDENT,
      response: 'open-ingress',
      verdict: 'contained',
      subject: GROUP,
      event: '11111111-2222-4333-a444-555555555555',
      cured: [
        {
          finding: 'open-ingress',
          mode: 'act',
          open: [{ protocol: 'tcp', from: 22 }],
          rules: [{ id: 'sgr-1', cidr: '0.0.0.0/0' }],
        },
      ],
      left: [],
      undo: `npx portcullis undo ${INCIDENT} --stage prod --reason "…"`,
    })
  })

  test('With a subject that is too long is cut at 100 characters, and shows it.', () => {
    const at = (length: number) => noticeOf(storyOf({ summary: 'x'.repeat(length) })).subject
    expect(at(78)).toBe(`Portcullis contained: ${'x'.repeat(78)}`)
    expect(at(79)).toBe(`Portcullis contained: ${'x'.repeat(75)}...`)
  })
})

describe('A digest', () => {
  const about = { account: '111122223333', region: 'eu-central-1' }

  test('Is one line per incident, and as important as the most important of them.', () => {
    const one = noticeOf(storyOf({}, { decided: [] }))
    const notice = digestOf([one, one], about)
    expect(notice.subject).toBe('Portcullis: the sweep of 111122223333 eu-central-1 has 2 findings to tell')
    expect(notice.text.split('\n')).toHaveLength(2)
    expect(notice.text).toContain(`nothing left. (${INCIDENT})`)
    expect(notice.importance).toBe('important')
    const partial = noticeOf(storyOf({}, { decided: [], verdict: 'partial' }))
    expect(digestOf([one, partial], about).importance).toBe('critical')
  })

  test('Of more than a hundred says how many more there are.', () => {
    const many = Array.from({ length: 103 }, () => noticeOf(storyOf({}, { decided: [] })))
    const digests = digestsOf(
      many.map((brief) => ({ brief })),
      about,
    )
    const lines = digests[0]!.notice.text.split('\n')
    expect([lines.length, digests.length]).toEqual([101, 1])
    expect(lines.at(-1)).toBe('… and 3 more: npx portcullis incidents')
  })

  const ask = { incident: INCIDENT, hash: 'h', at: 0, expires: 0, reminded: false, times: 1, state: 'asked' } as const
  const door = (port: number, more: Partial<Story> = {}): { brief: Notice } => {
    const there = world([rule('tcp', port, '0.0.0.0/0', { id: `sgr-${port}` })])
    const left = { verdict: 'open', steps: [], cured: [], decided: decided(shipped, there), ...more } as const
    return { brief: noticeOf(storyOf({ summary: `tcp/${port} of ${GROUP}` }, left, there)) }
  }

  test('Leaves out nothing that asks a person: it goes on in another one, and the worst door stands first.', () => {
    const many = Array.from({ length: 300 }, (_, i) => door(8000 + i, { ask }))
    const digests = digestsOf([...many, door(22, { ask })], about)
    expect(digests.length).toBeGreaterThan(1)
    const texts = digests.map(({ notice }) => notice.text)
    expect(texts[0]).toMatch(new RegExp(`^- OPEN: tcp/22 of ${GROUP}`))
    for (const text of texts) expect(text.length).toBeLessThan(32_000)
    for (let i = 0; i < 300; i++) expect(texts.join('\n')).toContain(`tcp/${8000 + i} of ${GROUP}`)
    expect(digests.flatMap(({ of }) => of)).toHaveLength(301)
    expect(digests.flatMap(({ notice }) => notice.facts.asks)).toHaveLength(301)
    expect(digests.at(-1)!.notice.subject).toMatch(/, part (\d) of \1$/)
  })

  test('Shows what asks and what is critical before what is only watched, and of that the worst.', () => {
    const watched = Array.from({ length: 120 }, (_, i) => door(8000 + i))
    const [first] = digestsOf([...watched, door(22), door(9000, { ask }), door(23, { verdict: 'partial' })], about)
    const lines = first!.notice.text.split('\n').filter((line) => line.startsWith('- '))
    expect(lines.slice(0, 4).map((line) => /tcp\/\d+/.exec(line)?.[0])).toEqual([
      'tcp/23',
      'tcp/9000',
      'tcp/22',
      'tcp/8000',
    ])
    expect(first!.notice.text).toContain('… and 23 more')
    expect(first!.of).toHaveLength(123)
  })

  test('Says of which door no event had told.', () => {
    expect(digestOf([door(22, { missed: true }).brief], about).text).toContain('. No event had told of it. (')
    expect(digestOf([door(22).brief], about).text).not.toContain('No event')
  })
})

test('The notice of an undo names the old and new ids, what that means, and until when it is left alone.', () => {
  const { head, undone } = undoneOf({})
  const { subject, text } = undoNotice(head, undone, { reason: 'partner needs it' }, ['tcp/23 from ::/0: now present'])
  expect(subject).toBe(`Portcullis undone: ${GROUP} (${INCIDENT})`)
  expect(text).toBe(`UNDONE: ${GROUP} is as it was before incident ${INCIDENT}, exactly.
Account 111122223333, region eu-central-1.
Asked by "lena": "partner needs it"
It is left alone until 2026-06-15T13:30:00.000Z; then it is judged again.

Rules that were put back have new ids:
  sgr-1 is now sgr-2
Terraform and CloudFormation may still hold the old ids: refresh or import before the next apply, or it will report drift.
Forced over a change: tcp/23 from ::/0: now present`)
})

test('A summary of nothing is its subject alone.', () => {
  expect(summaryOf(head().subject, [])).toBe(GROUP)
})
