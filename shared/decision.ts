import type { Finding, Spare } from '#shared/finding.ts'
import { covers, type PortRange } from '#shared/kit/ports.ts'
import type { Mode, Policy } from '#shared/policy/schema.ts'

/** What is done about a finding, by which clause, on which facts, and what would have made it otherwise. */
export interface Decision {
  readonly mode: Mode | 'spare'
  /** The clause of the policy (or the recorded grace) that decided: where it stands, and what it says. */
  readonly because: { readonly clause: string; readonly says: string }
  readonly facts: readonly Fact[]
  readonly flips: readonly string[]
}

/** One fact that the decision rests on, and where it came from. */
export interface Fact {
  readonly fact: string
  readonly from: 'event' | 'live' | 'ledger' | 'policy'
}

export interface Decided<F extends Finding = Finding> {
  readonly finding: F
  readonly decision: Decision
}

/** Decides what is done about a finding. Pure: the same finding and policy make the same decision. */
export function decide(finding: Finding, policy: Policy, seen: 'event' | 'live' = 'live'): Decision {
  const rule = policy[finding.finding].rules.find((one) => one.name === finding.rule)!
  const facts: Fact[] = [
    {
      fact: `${finding.subject} has ${finding.rules.length} inbound rule(s) by which the world reaches forbidden ports`,
      from: seen,
    },
    ...finding.lapsed.map((name): Fact => ({ fact: `exemption ${name} has expired`, from: 'policy' })),
  ]
  if (finding.spared) return spare(finding.spared, facts)
  const clause = `${finding.finding}.rules.${rule.name}`
  return {
    mode: rule.mode,
    because: { clause, says: `${rule.mode}; the world may reach ${allowed(rule.allow)}` },
    facts,
    flips: [
      rule.mode === 'act'
        ? `mode: watch on ${clause} would leave it open`
        : `mode: act on ${clause} would revoke the rules`,
      ...finding.lapsed.map((name) => `a later expiry of exemption ${name} would spare it`),
      `an exemption that bounds ${finding.subject} and these ports would spare it`,
    ],
  }
}

function spare(by: Spare, facts: readonly Fact[]): Decision {
  if (by.by === 'grace') {
    return {
      mode: 'spare',
      because: {
        clause: `grace of ${by.incident}`,
        says: `a person put this back; it is left alone until ${by.until}`,
      },
      facts: [...facts, { fact: `incident ${by.incident} was undone`, from: 'ledger' }],
      flips: [`after ${by.until} it is judged again`],
    }
  }
  return {
    mode: 'spare',
    because: { clause: `exemptions.${by.name}`, says: `${by.owner}: ${by.reason}` },
    facts: [...facts, { fact: `exemption ${by.name} holds until ${by.until}`, from: 'policy' }],
    flips: [`after ${by.until} exemption ${by.name} no longer spares it`],
  }
}

const allowed = (ports: Policy['open-ingress']['rules'][number]['allow']): string => {
  if (ports.length === 0) return 'nothing'
  if (ports.some((range) => covers(range, { protocol: '-1', from: -1, to: -1 }))) return 'everything'
  return `only ${ports.map(rangeText).join(', ')}`
}

const rangeText = ({ protocol, from, to }: PortRange): string =>
  from < 0 ? protocol : `${protocol}/${from === to ? from : `${from}-${to}`}`
