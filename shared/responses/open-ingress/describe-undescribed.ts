import type { Description } from '#shared/describe.ts'
import type { UndescribedIngress } from '#shared/finding.ts'
import { quote } from '#shared/kit/quote.ts'
import { ruleLine } from './describe.ts'

/** New rules that do not say why they exist, in words: their author is asked to say it, or to let them go. */
export const describeUndescribed: Description<UndescribedIngress> = {
  summary: (subject, findings) =>
    `${findings.flatMap((finding) => finding.rules).length} new inbound rule(s) of ${subject} without a reason`,
  cured: ({ finding, decision }, done) => [
    `${done ? 'Revoked' : 'To be revoked'}, by ${decision.because.clause}:`,
    ...finding.rules.map(ruleLine),
  ],
  putBack: 'Rules that are put back get new rule ids.',
  left: ({ finding, decision }) => [
    `By ${decision.because.clause}, each new inbound rule says why it exists (its description matches ${finding.pattern}):`,
    ...finding.rules.map(ruleLine),
    `Made by ${finding.by
      .slice(0, 5)
      .map((name) => quote(name, 200))
      .join(', ')}: please give them a description, or remove them.`,
  ],
  facts: ({ rules, by, pattern }) => ({
    pattern,
    by: by.slice(0, 20).map((name) => quote(name, 200)),
    rules: rules
      .slice(0, 100)
      .map(({ id, protocol, from, to, cidr, prefixList }) => ({ id, protocol, from, to, cidr, prefixList })),
  }),
  gist: ({ rules }) => rules.map((rule) => rule.id),
}
