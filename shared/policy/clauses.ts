import type { Finding, OverdueBox } from '#shared/finding.ts'
import { zoneOf } from '#shared/jump/zone.ts'
import { covers, type PortRange } from '#shared/kit/ports.ts'
import type { HostRule, Policy, PolicyMode } from '#shared/policy/schema.ts'
import { type Residue, residueText } from '#shared/responses/suspicious-host/residue.ts'
import { gapText } from '#shared/responses/unpreserved-host/describe.ts'

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
    case 'suspicious-host': {
      const rule = hostRule(finding.rule, policy)
      return {
        clause: `suspicious-hosts.rules.${rule.name}`,
        mode: rule.mode,
        says: `${rule.mode}; contain ${rule.contain}`,
        fact: `${finding.subject} is accused: ${finding.reasons[0] ?? ''}`,
      }
    }
    case 'host-residue':
      return {
        clause: `residue.${finding.residue.kind}`,
        // What could not be read is no decision of anybody's: it is looked at again.
        mode: finding.residue.kind === 'unread' ? hostRule(finding.rule, policy).mode : 'watch',
        says: RESIDUES[finding.residue.kind],
        fact: residueText(finding.residue),
      }
    case 'unready-vpc':
      return {
        clause: 'suspicious-hosts.rules',
        mode: 'act',
        says: 'act; a quarantine group is kept ready where hosts are',
        fact: `${finding.subject} has hosts and no quarantine group`,
      }
    case 'unpreserved-host': {
      const { name, mode, preserve = mode } = hostRule(finding.rule, policy)
      return {
        clause: `suspicious-hosts.rules.${name}.preserve`,
        // A person has let it begin: the rest of it is no question any more.
        mode: preserve === 'none' ? 'watch' : preserve === 'ask' && finding.begun ? 'act' : preserve,
        says: `${preserve}; the evidence of a suspicious host is kept`,
        fact: `${finding.subject} is accused: ${finding.reasons[0] ?? ''}`,
      }
    }
    case 'wanted-box': {
      const { person, zone } = finding.request
      const { approval } = zoneOf(zone, policy)!
      return {
        clause: `jump-boxes.zones.${zone}`,
        mode: approval ? 'ask' : 'act',
        says: approval ? 'somebody else has to approve it' : `${person} may have a box in ${zone}`,
        fact: `${person} wants a jump box in ${zone}`,
      }
    }
    case 'overdue-box':
      return {
        clause: 'jump-boxes',
        mode: isWaiting(finding) ? 'watch' : 'act',
        says: `no box outlives its reason: ${finding.why}`,
        fact: `${finding.subject} is there, and ${finding.why}`,
      }
    case 'blocked-box':
      return { clause: `jump-boxes.zones.${finding.request.zone}`, mode: 'watch', says: finding.why, fact: finding.why }
    case 'evidence-gap':
      return {
        clause: `gap.${finding.gap.kind}`,
        // What could not be read is no decision of anybody's: it is looked at again.
        mode: finding.gap.kind === 'unread' ? 'act' : 'watch',
        says: gapText(finding.gap),
        fact: gapText(finding.gap),
      }
  }
}

/** While EC2 shuts a box down, or it is in quarantine, there is nothing to do but to wait: for what hangs on it too. */
const isWaiting = ({ remains }: OverdueBox): boolean =>
  (remains.held || (remains.ending && !remains.instance)) && !remains.schedule && remains.records.length === 0

/** A finding names a rule of the policy that it was judged by. */
const hostRule = (name: string, policy: Policy): HostRule =>
  policy['suspicious-hosts'].rules.find((one) => one.name === name)!

const RESIDUES: Readonly<Record<Residue['kind'], string>> = {
  interface: 'only the owner of an interface can change its groups',
  flows: 'a security group does not cut connections that are tracked; contain: stop would',
  leak: 'flow logs saw traffic pass after it was cut off',
  role: 'the sessions of this role can not be denied by us',
  unread: 'what could not be read is not known to be as it should',
  'awaits-evidence': 'its snapshots come first, by suspicious-hosts.evidence-first',
}

const allowed = (ports: readonly PortRange[]): string => {
  if (ports.length === 0) return 'nothing'
  if (ports.some((range) => covers(range, { protocol: '-1', from: -1, to: -1 }))) return 'everything'
  return `only ${ports.map(rangeText).join(', ')}`
}

const rangeText = ({ protocol, from, to }: PortRange): string =>
  from < 0 ? protocol : `${protocol}/${from === to ? from : `${from}-${to}`}`
