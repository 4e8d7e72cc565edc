import type { Decided } from '#shared/decision.ts'
import type { Finding } from '#shared/finding.ts'
import { describeImpairedDefences } from '#shared/responses/impaired-defences/describe.ts'
import { describeBlockedBox, describeOverdueBox, describeWantedBox } from '#shared/responses/jump-box/describe.ts'
import { describeOpenIngress } from '#shared/responses/open-ingress/describe.ts'
import { describeUndescribed } from '#shared/responses/open-ingress/describe-undescribed.ts'
import {
  describeHostResidue,
  describeSuspiciousHost,
  describeUnreadyVpc,
} from '#shared/responses/suspicious-host/describe.ts'
import { describeEvidenceGap, describeUnpreservedHost } from '#shared/responses/unpreserved-host/describe.ts'

/** How a kind of finding is put into words and facts. */
export interface Description<F extends Finding> {
  /** What it is about, in one line: `tcp/22 of sg-1 open to the world`. */
  summary(subject: string, findings: readonly F[]): string
  /** What it is once nothing is left of it: `is closed`. */
  readonly contained?: string
  /** What was done about it, or should have been, for people. */
  cured(decided: Decided<F>, done: boolean): readonly string[]
  /** What putting it back would not bring back. */
  readonly putBack: string
  /** What is left of it, for people. */
  left(decided: Decided<F>): readonly string[]
  /** The same for machines. */
  facts(finding: F): object
  /** What makes it another finding than before: worth telling again. */
  gist(finding: F): unknown
}

const descriptions: { readonly [K in Finding['finding']]: Description<Extract<Finding, { finding: K }>> } = {
  'open-ingress': describeOpenIngress,
  'undescribed-ingress': describeUndescribed,
  'impaired-defences': describeImpairedDefences,
  'suspicious-host': describeSuspiciousHost,
  'host-residue': describeHostResidue,
  'unready-vpc': describeUnreadyVpc,
  'unpreserved-host': describeUnpreservedHost,
  'evidence-gap': describeEvidenceGap,
  'wanted-box': describeWantedBox,
  'overdue-box': describeOverdueBox,
  'blocked-box': describeBlockedBox,
}

/** The words for this finding. */
export const describe = ({ finding }: Decided): Description<Finding> => descriptions[finding.finding]

/** What an incident is about, in one line: the first kind of what is wrong; the subject alone where nothing is. */
export function summaryOf(subject: string, decided: readonly Decided[]): string {
  const [first] = decided
  if (!first) return subject
  const alike = decided.filter(({ finding }) => finding.finding === first.finding.finding)
  return describe(first).summary(
    subject,
    alike.map(({ finding }) => finding),
  )
}
