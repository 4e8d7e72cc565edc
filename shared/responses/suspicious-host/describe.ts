import type { Description } from '#shared/describe.ts'
import type { HostResidue, SuspiciousHost, UnreadyVpc } from '#shared/finding.ts'
import { quote } from '#shared/kit/quote.ts'
import { leverText } from './lever.ts'
import { residueText } from './residue.ts'

/** Why a host is suspicious, a line each. */
export const reasons = ({ reasons: all }: { readonly reasons: readonly string[] }): string[] => [
  ...all.slice(0, 5).map((one) => `  because ${quote(one, 300)}`),
  ...(all.length > 5 ? [`  and ${all.length - 5} more reasons`] : []),
]

const ownerLine = ({ owner }: SuspiciousHost): string[] =>
  owner ? [`Its owner, by its own tag: ${quote(owner, 200)}.`] : []

/** A suspicious host in words: why, what was done or would be, what is left. What detectors say is quoted and cut. */
export const describeSuspiciousHost: Description<SuspiciousHost> = {
  summary(subject, [first]) {
    const [one] = first?.accusations ?? []
    return `${subject}, accused by ${one ? `${one.from}: ${quote(one.type, 80)}` : 'nobody who is known'},`
  },
  contained: 'is in quarantine',
  cured: ({ finding, decision }, done) => [
    `${finding.freed ? 'Out of quarantine again. ' : ''}${done ? 'Ended' : 'To be ended'}, by ${decision.because.clause}:`,
    ...reasons(finding),
    ...finding.open.map((one) => `  ${leverText(one)}`),
    ...ownerLine(finding),
  ],
  putBack:
    'A release puts back groups, addresses, profile, standby, targets, protections and tags; memory that a stop has lost is lost.',
  left: ({ finding, decision }) => [
    `Left as it is, by ${decision.because.clause}: ${decision.because.says}`,
    ...reasons(finding),
    ...finding.open.map((one) => `  ${leverText(one)}`),
    ...ownerLine(finding),
    ...finding.lapsed.map((name) => `Spare ${name} has expired.`),
    ...decision.flips.slice(0, 1).map((flip) => `What would change this: ${flip}.`),
  ],
  facts: ({ rule, reasons: why, open, freed, doubt, owner }) => ({
    rule,
    reasons: why.slice(0, 20).map((one) => quote(one, 300)),
    open: open.slice(0, 100).map(leverText),
    ...(freed ? { freed } : {}),
    ...(owner ? { owner: quote(owner, 200) } : {}),
    ...(doubt ? { doubt: doubt.clause } : {}),
  }),
  gist: ({ rule, open }) => [rule, open.map(leverText)],
}

/** What nobody here can end, in words. */
export const describeHostResidue: Description<HostResidue> = {
  summary: (subject) => `${subject} in quarantine`,
  cured: ({ finding }) => [residueText(finding.residue)],
  putBack: '',
  left: ({ finding: { residue }, decision }) => [`Left, by ${decision.because.clause}: ${residueText(residue)}.`],
  facts: ({ residue }) => ({ residue }),
  gist: ({ residue }) => (residue.kind === 'leak' ? ['leak'] : residue),
}

/** A VPC without a quarantine group, in words. */
export const describeUnreadyVpc: Description<UnreadyVpc> = {
  summary: (subject) => `${subject}, which has hosts and no quarantine group,`,
  contained: 'is ready',
  cured: ({ finding }, done) => [
    `${done ? 'Made ready' : 'To be made ready'}, so that a host can be cut off at once:`,
    ...finding.open.map((one) => `  ${leverText(one)}`),
  ],
  putBack: '',
  left: ({ finding, decision }) => [
    `Not ready, by ${decision.because.clause}:`,
    ...finding.open.map((one) => `  ${leverText(one)}`),
  ],
  facts: ({ open }) => ({ open: open.map(leverText) }),
  gist: ({ open }) => open.map(leverText),
}
