import { CONTROLLERS, type Decision } from '#shared/decision.ts'
import type { Description } from '#shared/describe.ts'
import type { OpenIngress } from '#shared/finding.ts'
import { portsText } from '#shared/kit/ports.ts'
import { quote } from '#shared/kit/quote.ts'
import type { IngressRule } from './world.ts'

/** An open door in words: which rules, which ports, how much of the world; descriptions are quoted and cut. */
export const describeOpenIngress: Description<OpenIngress> = {
  summary(subject, findings) {
    const ports = [...new Set(findings.flatMap((finding) => finding.open.map(portsText)))]
    const shown = ports.slice(0, 3).join(', ') + (ports.length > 3 ? ` and ${ports.length - 3} more` : '')
    return `${shown} of ${subject} open to the world`
  },
  cured: ({ finding, decision }, done) => [
    `${done ? 'Revoked' : 'To be revoked'}, by ${decision.because.clause}:`,
    ...finding.rules.map(ruleLine),
    ...reachLines(finding),
    ...groupLines(finding, decision),
    ...(finding.narrow
      ? [
          `${done ? 'Allowed' : 'To be allowed'} in their place, where the group has room:`,
          ...finding.narrow.map(narrowLine),
        ]
      : []),
    ...closing(finding, `Allowed ports that ${done ? 'closed' : 'close'} with it`),
    ...finding.lapsed.map((name) => `Exemption ${name} would have spared it, but has expired.`),
  ],
  putBack:
    'Rules that are put back get new rule ids; Terraform and CloudFormation may hold the old ones and will report drift until refreshed.',
  left: ({ finding, decision }) => [
    `Still open, by ${decision.because.clause}: ${decision.because.says}`,
    ...finding.rules.map(ruleLine),
    ...reachLines(finding),
    ...groupLines(finding, decision),
    ...closing(finding, 'Revoking them would also close'),
    ...finding.lapsed.map((name) => `Exemption ${name} has expired.`),
    ...decision.flips.slice(0, 1).map((flip) => `What would change this: ${flip}.`),
  ],
  facts: ({ open, closesToo, rules, worst, narrow, isDefault, foreign, controller, again }) => ({
    open,
    closesToo,
    rules: rules.slice(0, 100).map(({ id, protocol, from, to, cidr, prefixList }) => ({
      id,
      protocol,
      from,
      to,
      ...(prefixList ? { prefixList } : { cidr }),
    })),
    worst,
    ...(narrow ? { narrow: narrow.map(({ protocol, from, to, cidr }) => ({ protocol, from, to, cidr })) } : {}),
    ...(isDefault ? { defaultGroup: true } : {}),
    ...(foreign ? { foreign } : {}),
    ...(controller ? { controller } : {}),
    ...(again ? { closedBefore: again.times, ...(again.stack ? { stack: quote(again.stack, 128) } : {}) } : {}),
  }),
  gist: ({ rules }) => rules.map((rule) => [rule.id, rule.protocol, rule.from, rule.to, rule.cidr ?? rule.prefixList]),
}

/** What is special about the group, whether or not it decides anything. */
const groupLines = ({ isDefault, controller }: OpenIngress, { because }: Decision): string[] => [
  ...(isDefault
    ? [
        'It is the default group of its VPC, which whatever is launched there without a group of its own gets; it is treated as any other.',
      ]
    : []),
  // Where that is why it is left, it has been said.
  ...(controller && because.clause !== CONTROLLERS
    ? [`Its rules are written by ${controller.name}, which may put them back: change them there.`]
    : []),
]

const closing = ({ closesToo }: OpenIngress, words: string): string[] =>
  closesToo.length > 0 ? [`${words}: ${closesToo.map(portsText).join(', ')}.`] : []

const narrowLine = (rule: IngressRule): string => `  ${portsText(rule)} from ${rule.cidr ?? '?'}`

export function ruleLine(rule: IngressRule): string {
  const ports = portsText({ protocol: rule.protocol, from: rule.from, to: rule.to })
  const said = rule.description ? ` ${quote(rule.description)}` : ''
  return `  ${rule.id ?? 'rule'}: ${ports} from ${rule.cidr ?? rule.prefixList ?? rule.group ?? '?'}${said}`
}

const reachLines = ({ open }: OpenIngress): string[] =>
  open
    .slice(0, 5)
    .map((one) => `  ${portsText(one)}: ${percent(one.ipv4)} of public IPv4, ${percent(one.ipv6)} of public IPv6`)

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
