import type { Decided } from '#shared/decision.ts'
import type { Fault } from '#shared/fault.ts'
import { portsText } from '#shared/kit/ports.ts'
import { quote } from '#shared/kit/quote.ts'
import type { Head, Timings } from '#shared/ledger.ts'
import type { Step } from '#shared/plan.ts'
import type { IngressRule } from '#shared/responses/open-ingress/world.ts'
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
  const actor = signal.kind === 'api-call' ? signal.actor : undefined
  const lines = [
    headline(story),
    `Account ${head.account}, region ${head.region}, incident ${head.id}.`,
    ...(actor
      ? [`Opened by ${quote(actor.name)}${actor.address ? ` from ${quote(actor.address, 45)}` : ''}.`]
      : ['Found by the sweep.']),
    ...cured.flatMap((one) => ['', ...cureLines(one, steps.length > 0)]),
    ...failures.map((fault) => `FAILED (${fault.code}): ${fault.sentence}`),
    ...decided.flatMap((one) => ['', ...leftLines(one)]),
    ...(steps.length > 0 ? ['', `Put it back: ${undo}`, UNDO_IDS] : []),
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
      cured: cured.map(machineFacts),
      left: decided.map(machineFacts),
      failures: failures.map((fault) => ({ code: fault.code, message: fault.sentence })),
      undo: steps.length > 0 ? undo : null,
    },
  }
}

const UNDO_IDS =
  'Rules that are put back get new rule ids; Terraform and CloudFormation may hold the old ones and will report drift until refreshed.'

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

/** One line that says what it is about: `tcp/22 of sg-1 open to the world`. */
export function summaryOf(subject: string, decided: readonly Decided[]): string {
  const ports = [...new Set(decided.flatMap(({ finding }) => finding.open.map(portsText)))]
  const shown = ports.slice(0, 3).join(', ') + (ports.length > 3 ? ` and ${ports.length - 3} more` : '')
  return ports.length > 0 ? `${shown} of ${subject} open to the world` : subject
}

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

function cureLines({ finding, decision }: Decided, done: boolean): string[] {
  return [
    `${done ? 'Revoked' : 'To be revoked'}, by ${decision.because.clause}:`,
    ...finding.rules.map(ruleLine),
    ...reachLines(finding),
    ...(finding.closesToo.length > 0
      ? [`Allowed ports that closed with it: ${finding.closesToo.map(portsText).join(', ')}.`]
      : []),
    ...finding.lapsed.map((name) => `Exemption ${name} would have spared it, but has expired.`),
  ]
}

function leftLines({ finding, decision }: Decided): string[] {
  return [
    `Still open, by ${decision.because.clause}: ${decision.because.says}`,
    ...finding.rules.map(ruleLine),
    ...reachLines(finding),
    ...(finding.closesToo.length > 0
      ? [`Revoking them would also close: ${finding.closesToo.map(portsText).join(', ')}.`]
      : []),
    ...finding.lapsed.map((name) => `Exemption ${name} has expired.`),
    ...decision.flips.slice(0, 1).map((flip) => `What would change this: ${flip}.`),
  ]
}

const ruleLine = (rule: IngressRule): string =>
  `  ${rule.id ?? 'rule'}: ${portsText({ protocol: rule.protocol, from: rule.from, to: rule.to })} from ${rule.cidr ?? '?'}${rule.description ? ` ${quote(rule.description)}` : ''}`

const reachLines = ({ open }: Decided['finding']): string[] =>
  open
    .slice(0, 5)
    .map(
      (ports) => `  ${portsText(ports)}: ${percent(ports.ipv4)} of public IPv4, ${percent(ports.ipv6)} of public IPv6`,
    )

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`

const machineFacts = ({ finding, decision }: Decided) => ({
  finding: finding.finding,
  subject: finding.subject,
  mode: decision.mode,
  because: decision.because.clause,
  open: finding.open,
  closesToo: finding.closesToo,
  rules: finding.rules.slice(0, 100).map(({ id, protocol, from, to, cidr }) => ({ id, protocol, from, to, cidr })),
})

/** Text as SNS takes it for a subject. */
export function ascii(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?')
  return plain.length > 100 ? `${plain.slice(0, 97)}...` : plain
}
