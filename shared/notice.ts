import type { Decided } from '#shared/decision.ts'
import { describe } from '#shared/describe.ts'
import type { Fault } from '#shared/fault.ts'
import { quote } from '#shared/kit/quote.ts'
import type { Head, Timings } from '#shared/ledger.ts'
import type { Step } from '#shared/plan.ts'
import type { Signal } from '#shared/signal.ts'
import type { Verdict } from '#shared/verdict.ts'

/** What people and machines are told. The subject is what SNS takes: ASCII, one line, at most 100 characters. */
export interface Notice {
  readonly subject: string
  readonly text: string
  /** The same for machines; a digest has one of them per incident. */
  readonly facts: Readonly<Record<string, unknown>>
  /** Lets a subscription filter: `info` nothing to do, `important` something changed, `critical` something is wrong. */
  readonly importance: 'info' | 'important' | 'critical'
}

export interface Story {
  readonly stage: string
  readonly head: Head
  readonly verdict: Verdict
  /** What is left. */
  readonly decided: readonly Decided[]
  /** What was done, and what was found done after a run that died. */
  readonly steps: readonly Step[]
  /** What the steps took away, with the clause that said so. */
  readonly cured: readonly Decided[]
  readonly failures: readonly Fault[]
  readonly signal: Signal
  readonly timings: Timings
}

/** The notice of one incident. Text that an attacker may have written is quoted and cut. */
export function noticeOf(story: Story): Notice {
  const { stage, head, verdict, decided, steps, cured, failures, signal, timings } = story
  const undo = `npx portcullis undo ${head.id} --stage ${stage} --reason "…"`
  const done = steps.length > 0 && verdict !== 'partial'
  const actor = signal.kind === 'api-call' ? signal.actor : undefined
  const lines = [
    headline(story),
    `Account ${head.account}, region ${head.region}, incident ${head.id}.`,
    ...(actor
      ? [`Opened by ${quote(actor.name, 200)}${actor.address ? ` from ${quote(actor.address, 45)}` : ''}.`]
      : ['Found by the sweep.']),
    ...cured.flatMap((one) => ['', ...describe(one).cured(one, done)]),
    ...failures.map((fault) => `FAILED (${fault.code}): ${fault.sentence}`),
    ...decided.flatMap((one) => ['', ...describe(one).left(one)]),
    ...(steps.length > 0 ? ['', `Put it back: ${undo}`, ...new Set(cured.map((one) => describe(one).putBack))] : []),
  ]
  return {
    subject: ascii(`Portcullis ${verdict}: ${head.summary}`),
    text: lines.join('\n'),
    importance:
      verdict === 'contained'
        ? steps.length > 0
          ? 'important'
          : 'info'
        : verdict === 'open'
          ? 'important'
          : 'critical',
    facts: {
      incident: head.id,
      response: head.response,
      verdict,
      subject: head.subject,
      account: head.account,
      region: head.region,
      event: signal.kind === 'api-call' ? signal.id : null,
      actor: actor ? { type: quote(actor.type, 40), name: quote(actor.name, 200) } : null,
      timings,
      cured: cured.map(factsOf),
      left: decided.map(factsOf),
      failures: failures.map((fault) => ({ code: fault.code, message: fault.sentence })),
      undo: steps.length > 0 ? undo : null,
    },
  }
}

/** Many notices in one, as a first sweep makes them. */
export function digestOf(
  notices: readonly Notice[],
  about: { readonly account: string; readonly region: string },
): Notice {
  const lines = notices.map((notice) => `- ${notice.text.split('\n')[0]} (${String(notice.facts.incident)})`)
  const shown = lines.slice(0, 100)
  return {
    subject: ascii(`Portcullis: the sweep of ${about.account} ${about.region} has ${notices.length} findings to tell`),
    text: [
      ...shown,
      ...(lines.length > shown.length ? [`… and ${lines.length - shown.length} more: npx portcullis incidents`] : []),
    ].join('\n'),
    importance: notices.some((notice) => notice.importance === 'critical') ? 'critical' : 'important',
    facts: {
      digest: notices.length,
      ...about,
      incidents: notices.slice(0, 500).map(({ facts }) => [facts.incident, facts.subject, facts.verdict]),
    },
  }
}

const factsOf = (one: Decided): object => ({
  finding: one.finding.finding,
  subject: one.finding.subject,
  mode: one.decision.mode,
  because: one.decision.because.clause,
  ...describe(one).facts(one.finding),
})

function headline({ head, verdict, decided, steps, failures }: Story): string {
  if (verdict === 'contained')
    return steps.length > 0
      ? `CONTAINED: ${head.summary} is closed; a second look found nothing left.`
      : `CONTAINED: ${head.summary} is over; somebody else ended it, or the group is gone.`
  if (verdict === 'partial')
    return `PARTIAL: ${head.summary}, and could not be closed${failures.length > 0 ? '' : ': AWS answered success, but the rules are still there'}.`
  if (verdict === 'unverifiable')
    return `UNVERIFIABLE: ${head.summary}; the change was sent, but what is there now could not be read.`
  return `OPEN: ${head.summary}; left so by ${[...new Set(decided.map(({ decision }) => `${decision.because.clause} (${decision.mode})`))].join(', ')}.`
}

/** Text as SNS takes it for a subject. */
export function ascii(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?')
  return plain.length > 100 ? `${plain.slice(0, 97)}...` : plain
}
