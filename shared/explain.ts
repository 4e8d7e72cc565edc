import { type Decided, decide } from '#shared/decision.ts'
import type { OpenIngress } from '#shared/finding.ts'
import { readAny } from '#shared/intake/cloudtrail.ts'
import { normalCidr, parseCidr } from '#shared/kit/cidr.ts'
import { field } from '#shared/kit/loose.ts'
import { hasPorts, portsOf, portsText } from '#shared/kit/ports.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { judge } from '#shared/responses/open-ingress/judge.ts'
import { originsOf } from '#shared/responses/open-ingress/origins.ts'
import { plan } from '#shared/responses/open-ingress/plan.ts'
import { type GroupRecord, readRecord } from '#shared/responses/open-ingress/record.ts'
import { isAboutRules, subjects } from '#shared/responses/open-ingress/subjects.ts'
import type { GroupWorld, IngressRule } from '#shared/responses/open-ingress/world.ts'
import type { ApiCall } from '#shared/signal.ts'

/** What Portcullis would make of one event, without asking AWS anything. */
export interface Explanation {
  readonly event: string | null
  /** `ignore`: nothing here to judge, or nothing wrong. `look`: an unseen fact alone could flip the answer. */
  readonly mode: 'act' | 'ask' | 'watch' | 'spare' | 'ignore' | 'look'
  readonly because: string
  readonly assumes: readonly string[]
  readonly findings: readonly {
    readonly finding: string
    readonly subject: object
    readonly exposes: readonly { protocol: string; from: number; to: number; cidr: string }[]
  }[]
  readonly plan: readonly { readonly call: string; readonly input: object }[]
}

const ASSUMES = [
  "the group holds only this record's rules",
  'no unseen fact (a tag of the group, a grace in the ledger) exempts it',
]
const TIMED = [...ASSUMES, 'exemptions are as they stand at the time of the event']
const TIMELESS = [...ASSUMES, 'exemptions are as they stand now: the time of the event cannot be read']
const WORLD = '0.0.0.0/0'

/**
 * Explains any JSON value: an EventBridge event, a bare CloudTrail record, or something else entirely. Never throws.
 * `now` is the time to judge by where the record's own can't be read.
 */
export function explain(value: unknown, policy: Policy, now: Date): Explanation {
  const read = readAny(value)
  if (!read) {
    const id = field(field(value, 'detail') ?? value, 'eventID')
    return nothing(typeof id === 'string' && id !== '' ? id : null, 'this is no CloudTrail record that can be read')
  }
  const { eventID, reading } = read
  if ('ignored' in reading) return nothing(eventID, reading.ignored)
  if (!isAboutRules(reading.signal)) {
    const name = reading.signal.name.slice(0, 100)
    return subjects(reading.signal).length === 0
      ? nothing(eventID, `${name} opens no security group`)
      : { ...nothing(eventID, `${name} may matter to a group whose rules the record does not show`), mode: 'look' }
  }
  return explainCall(eventID, reading.signal, policy, now)
}

/** The policy as if every rule of it were armed. */
export const armed = (policy: Policy): Policy => ({
  ...policy,
  'open-ingress': {
    ...policy['open-ingress'],
    rules: policy['open-ingress'].rules.map((rule) => ({ ...rule, mode: 'act' as const })),
  },
})

function explainCall(eventID: string | null, signal: ApiCall, policy: Policy, now: Date): Explanation {
  const record = readRecord(signal)
  const { rules } = record
  // A time that can't be read comes as the epoch.
  const isTimed = signal.at.getTime() !== 0
  const assumes = isTimed ? TIMED : TIMELESS
  const judged = (those: readonly IngressRule[]) =>
    judge(worldOf(record, those), policy, {
      now: isTimed ? signal.at : now,
      account: signal.account,
      graces: [],
      origins: originsOf(signal, worldOf(record, those)),
      rounds: [],
      suspicions: [],
      taken: [],
    })
  const decided = judged(rules).map(
    (finding): Decided<OpenIngress> => ({ finding, decision: decide(finding, policy, 'event') }),
  )
  const mode =
    (['act', 'ask', 'watch', 'spare'] as const).find((one) => decided.some(({ decision }) => decision.mode === one)) ??
    'ignore'
  const look = (because: string): Explanation => ({ ...nothing(eventID, because), mode: 'look', assumes })

  if (record.omitted && rules.length === 0)
    return look('CloudTrail left the request out of the record, so the rules are unseen')
  if (rules.length === 0) return look('the record shows no rule that can be read, so what the call opened is unseen')
  if (record.directionUnknown && mode !== 'ignore')
    return look('the record does not say whether the modified rules are inbound')
  if (mode === 'ignore' || mode === 'spare') {
    // What can't be seen is taken for the whole world: if that changes the answer, only a look at AWS can tell.
    const unseen = rules.filter(isUnseen)
    const worst = judged(rules.map((rule) => (isUnseen(rule) ? { ...rule, cidr: WORLD } : rule)))
    if (unseen.length > 0 && worst.some((finding) => !finding.spared))
      return look(`what ${unseen.map(unseenText).join(', ')} lets in is unseen`)
  }
  if (mode === 'ignore')
    return { ...nothing(eventID, 'none of its rules opens a forbidden port to the world'), assumes }
  const chosen = decided.filter(({ decision }) => decision.mode === mode)
  const { because } = chosen[0]!.decision
  const ports = chosen[0]!.finding.open.slice(0, 5).map(portsText).join(', ')
  return {
    event: eventID,
    mode,
    because: `${because.clause}: ${because.says}; open to the world: ${ports}`,
    assumes,
    findings: chosen.map(({ finding }) => ({
      finding: finding.finding,
      subject: subjectOf(record),
      exposes: finding.rules.map(exposed),
    })),
    plan: planOf(chosen, record, rules),
  }
}

const nothing = (event: string | null, because: string): Explanation => ({
  event,
  mode: 'ignore',
  because,
  assumes: [],
  findings: [],
  plan: [],
})

/** A source whose addresses the record does not show: a prefix list, or text that is no CIDR. */
const isUnseen = ({ cidr, prefixList, group }: IngressRule): boolean =>
  prefixList !== undefined || (cidr === undefined ? group === undefined : parseCidr(cidr) === null)

const unseenText = ({ cidr, prefixList }: IngressRule): string =>
  prefixList
    ? `prefix list ${prefixList.slice(0, 40)}`
    : `a rule whose source reads ${JSON.stringify(cidr ?? null).slice(0, 60)}`

function worldOf(record: GroupRecord, rules: readonly IngressRule[]): GroupWorld {
  const subject = record.groupId ?? record.groupName ?? ''
  return { subject, group: { id: subject, tags: {} }, rules }
}

const subjectOf = ({ groupId, groupName, ruleIds }: GroupRecord): object =>
  groupId ? { groupId } : groupName ? { groupName } : { ruleId: ruleIds[0] ?? null }

const exposed = (rule: IngressRule) => {
  const { from, to } = hasPorts(rule.protocol) ? portsOf(rule.protocol, rule.from, rule.to) : rule
  return { protocol: rule.protocol, from, to, cidr: normalCidr(rule.cidr ?? '') }
}

function planOf(
  decided: readonly Decided<OpenIngress>[],
  record: GroupRecord,
  rules: readonly IngressRule[],
): Explanation['plan'] {
  const steps = plan(
    decided.map(({ finding }) => finding),
    worldOf(record, rules),
  )
  return steps.map(({ does: { call, input } }) => {
    if (record.groupId || !record.groupName || !('GroupId' in input)) return { call, input }
    const { GroupId: name, ...rest } = input
    return { call, input: { GroupName: name, ...rest } }
  })
}
