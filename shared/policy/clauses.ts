import type { Finding } from '#shared/finding.ts'
import { covers, type PortRange } from '#shared/kit/ports.ts'
import type { Policy, PolicyMode } from '#shared/policy/schema.ts'

/** What the policy says of a kind of finding: where, which mode, in words; and the finding itself as a fact. */
export interface Clause {
  readonly clause: string
  readonly mode: PolicyMode
  readonly says: string
  readonly fact: string
}

/** The clause of the policy that speaks of this finding. */
export function clauseOf(finding: Finding, policy: Policy): Clause {
  switch (finding.finding) {
    case 'open-ingress': {
      const rule = policy['open-ingress'].rules.find((one) => one.name === finding.rule)!
      return {
        clause: `open-ingress.rules.${rule.name}`,
        mode: rule.mode,
        says: `${rule.mode}; the world may reach ${allowed(rule.allow)}`,
        fact: `${finding.subject} has ${finding.rules.length} inbound rule(s) by which the world reaches forbidden ports`,
      }
    }
    case 'undescribed-ingress': {
      const mode = policy['open-ingress'].describe?.mode ?? 'watch'
      return {
        clause: 'open-ingress.describe',
        mode,
        says: `${mode}; each new inbound rule says why it exists`,
        fact: `${finding.subject} has ${finding.rules.length} new inbound rule(s) whose description does not match ${finding.pattern}`,
      }
    }
    case 'impaired-defences': {
      // What switching on does not cure is for people anyway.
      const mode = finding.impairment.curable ? policy['impaired-defences'].mode : 'watch'
      return {
        clause: 'impaired-defences',
        mode,
        says: `${mode}; what we see by is to stay switched on`,
        fact: finding.impairment.says,
      }
    }
  }
}

const allowed = (ports: readonly PortRange[]): string => {
  if (ports.length === 0) return 'nothing'
  if (ports.some((range) => covers(range, { protocol: '-1', from: -1, to: -1 }))) return 'everything'
  return `only ${ports.map(rangeText).join(', ')}`
}

const rangeText = ({ protocol, from, to }: PortRange): string =>
  from < 0 ? protocol : `${protocol}/${from === to ? from : `${from}-${to}`}`
