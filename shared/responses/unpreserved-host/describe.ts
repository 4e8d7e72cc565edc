import type { Description } from '#shared/describe.ts'
import type { EvidenceGap, UnpreservedHost } from '#shared/finding.ts'
import { quote } from '#shared/kit/quote.ts'
import { reasons } from '#shared/responses/suspicious-host/describe.ts'
import type { Gap, Need } from './world.ts'

/** What could not be had, in words: it stands in decisions, notices and the manifest. */
export function gapText({ kind, what }: Gap): string {
  switch (kind) {
    case 'pending':
      return `EC2 is still at ${what}`
    case 'unread':
      return `not known, for it could not be read: ${what}`
    case 'facts':
      return `EC2 did not tell ${what}`
    case 'instance-store':
      return `no snapshot can be made of ${what}; they are lost when it is stopped`
    default:
      return what
  }
}

export function needText(need: Need): string {
  switch (need.need) {
    case 'facts':
      return 'keep what EC2 tells of it'
    case 'snapshots':
      return `take snapshots of ${need.volumes.join(', ')} at one moment`
    case 'copy':
      return `copy ${need.of} to ${need.region}${need.key ? ` under ${need.key}` : ''}${need.isManaged ? ': it is under aws/ebs' : ''}`
    case 'share':
      return `share ${need.of} with account ${need.account}`
    case 'lock':
      return `lock ${need.of} for ${need.days} days (${need.mode})`
    case 'manifest':
      return 'write the manifest'
  }
}

const needs = ({ needs: all }: UnpreservedHost): string[] => [
  ...all.slice(0, 20).map((one) => `  ${needText(one)}`),
  ...(all.length > 20 ? [`  and ${all.length - 20} more`] : []),
]

/** A suspicious host whose evidence is not kept yet, in words: why, what was kept or would be. */
export const describeUnpreservedHost: Description<UnpreservedHost> = {
  summary: (subject, [first]) => `the evidence of ${subject}, accused by ${quote(first?.reasons?.[0] ?? '?', 120)},`,
  contained: 'is kept',
  cured: ({ finding, decision }, done) => [
    `${done ? 'Kept' : 'To be kept'} since ${finding.since}, by ${decision.because.clause}:`,
    ...reasons(finding),
    ...needs(finding),
  ],
  putBack: '',
  left: ({ finding, decision }) => [
    `Not kept, by ${decision.because.clause}: ${decision.because.says}`,
    ...reasons(finding),
    ...needs(finding),
    ...finding.lapsed.map((name) => `Spare ${name} has expired.`),
    ...decision.flips.slice(0, 1).map((flip) => `What would change this: ${flip}.`),
  ],
  facts: ({ rule, reasons: why, since, needs: open, doubt }) => ({
    rule,
    reasons: why.slice(0, 20).map((one) => quote(one, 300)),
    since,
    needs: open.slice(0, 100).map(needText),
    ...(doubt ? { doubt: doubt.clause } : {}),
  }),
  gist: ({ rule, since, needs: open }) => [rule, since, open.map(needText)],
}

/** Evidence that is not there yet or can't be had, in words. */
export const describeEvidenceGap: Description<EvidenceGap> = {
  summary: (subject) => `the evidence of ${subject}`,
  cured: ({ finding }) => [gapText(finding.gap)],
  putBack: '',
  left: ({ finding: { gap }, decision }) => [`Not there, by ${decision.because.clause}: ${gapText(gap)}.`],
  facts: ({ gap }) => ({ gap }),
  gist: ({ gap }) => gap,
}
