import type { Finding, OpenIngress, Spare } from '#shared/finding.ts'
import { clauseOf } from '#shared/policy/clauses.ts'
import type { Policy, PolicyMode } from '#shared/policy/schema.ts'

/** What is done about a finding, by which clause, on which facts, and what would have made it otherwise. */
export interface Decision {
  readonly mode: PolicyMode | 'spare'
  /** The clause of the policy (or the recorded grace) that decided: where it stands, and what it says. */
  readonly because: Because
  readonly facts: readonly Fact[]
  readonly flips: readonly string[]
}

export interface Because {
  readonly clause: string
  readonly says: string
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

/** The clause by which a group is left whose rules a controller writes. */
export const CONTROLLERS = 'open-ingress.controllers'

/** Decides by the policy what is done about a finding. Pure: the same finding and policy make the same decision. */
export function decide(finding: Finding, policy: Policy, seen: 'event' | 'live' = 'live'): Decision {
  const { clause, mode, says, fact } = clauseOf(finding, policy)
  const { controller } = 'controller' in finding ? finding : {}
  const facts: Fact[] = [
    { fact, from: seen },
    // Whatever the mode: who closes it by hand, or approves, has to know that it may come back.
    ...(controller ? [{ fact: `its rules are written by ${controller.name}`, from: 'live' as const }] : []),
    ...finding.lapsed.map((name): Fact => ({ fact: `exemption ${name} has expired`, from: 'policy' })),
  ]
  if (finding.spared) return spare(finding.spared, facts)
  const kept = mode === 'watch' ? null : restraint(finding, mode, policy)
  if (kept) return { ...kept, facts: [...facts, { fact: kept.because.says, from: kept.from }] }
  return {
    mode,
    because: { clause, says },
    facts,
    flips: [
      ...(mode === 'act' ? [`mode: watch on ${clause} would leave it open`] : []),
      ...(mode === 'watch' && finding.finding === 'open-ingress'
        ? [`mode: act on ${clause} would revoke the rules`]
        : []),
      ...(mode === 'ask' ? ['an approval would carry out the plan'] : []),
      ...finding.lapsed.map((name) => `a later expiry of exemption ${name} would spare it`),
      ...(finding.finding === 'open-ingress'
        ? [`an exemption that bounds ${finding.subject} and these ports would spare it`]
        : []),
    ],
  }
}

type Restraint = Pick<Decision, 'mode' | 'because' | 'flips'> & { from: Fact['from'] }

function restraint(finding: Finding, mode: PolicyMode, policy: Policy): Restraint | null {
  if (finding.finding === 'open-ingress') return restrained(finding, mode, policy)
  const isHost = finding.finding === 'suspicious-host' || finding.finding === 'unpreserved-host'
  // What is in quarantine already is kept there, whatever would have made it a question before.
  if (!isHost || !finding.doubt || ('again' in finding && finding.again)) return null
  const { clause, says } = finding.doubt
  const hosts = policy['suspicious-hosts']
  const most: PolicyMode =
    clause === 'suspicious-hosts.imported' ? hosts.imported : clause === 'suspicious-hosts.nodes' ? hosts.nodes : 'ask'
  const least = MODES[Math.min(MODES.indexOf(mode), MODES.indexOf(most))]!
  if (least === mode) return null
  return { mode: least, because: { clause, says }, flips: ['an approval would carry out the plan'], from: 'live' }
}

const MODES: readonly PolicyMode[] = ['watch', 'ask', 'act']

/** What keeps a rule that would act, or ask, from doing so. Only facts that nobody can plant may keep the worst door open. */
function restrained(finding: OpenIngress, mode: PolicyMode, policy: Policy): Restraint | null {
  const { foreign, controller, unsure, again, worst } = finding
  if (foreign !== undefined)
    return {
      mode: 'watch',
      because: {
        clause: 'groups.foreign-owned',
        says: `the group belongs to account ${foreign}: only its owner can revoke its rules`,
      },
      flips: [`account ${foreign} would have to close it`],
      from: 'live',
    }
  if (unsure)
    return {
      mode: 'ask',
      because: { clause: `unknown.${unsure.fact}`, says: unsure.says },
      flips: ['the missing fact would decide it', 'an approval would carry out the plan'],
      from: 'live',
    }
  const wish = policy['open-ingress'].controllers
  // A tag or a name can be put on any group by whoever opens the door: such a mark keeps no worst door open.
  if (controller && wish !== 'act' && mode === 'act' && !(controller.forgeable && worst))
    return {
      mode: wish,
      because: {
        clause: CONTROLLERS,
        says: `its rules are written by ${controller.name}, which would put them back: change them there`,
      },
      flips: ['controllers: act would revoke the rules', 'an approval would carry out the plan'],
      from: 'live',
    }
  const { automation } = again ?? {}
  if (again && automation && mode === 'act' && again.times >= automation.rounds) {
    const where = again.stack ? `CloudFormation stack ${again.stack}` : (again.by?.principal ?? automation.name)
    return {
      mode: 'ask',
      because: {
        clause: `actors.${automation.name}`,
        says: `closed ${again.times} times within a day, and each time put back by ${where}: change it there`,
      },
      flips: [`a change in ${where} would end it`, 'an approval would carry out the plan'],
      from: 'ledger',
    }
  }
  return null
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
