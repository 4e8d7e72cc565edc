import { bad, type Check, ok } from '#shared/doctor/check.ts'
import { type DoctorOutside, functionArn } from '#shared/doctor/outside.ts'
import type { Responder } from '#shared/doctor/responders.ts'

const NAME = 'event-rules'
const FIX = 'Deploy again: the stack puts its rules back. Then find out in CloudTrail who changed them.'

/** A rule of EventBridge that has a function as its target. */
export interface RuleFacts {
  readonly name: string
  readonly state: string
  readonly kind: 'events' | 'ticks'
}

/**
 * Whether every rule that should bring something is there, enabled, and has its function as target. They are found by
 * their targets: a rule that lost its target is as deaf as one that is gone.
 */
export async function eventRules(outside: DoctorOutside): Promise<Check> {
  const found = await Promise.all(
    outside.responders.map(async (responder) => ({ responder, rules: await rulesOf(outside, responder) })),
  )
  return judgeRules(found)
}

/** Judges the rules of each responder. */
export function judgeRules(
  found: readonly { readonly responder: Responder; readonly rules: readonly RuleFacts[] }[],
): Check {
  const wrong = found.flatMap(({ responder, rules }) => [
    ...rules.filter((rule) => !isEnabled(rule)).map(({ name, state }) => `${name} is ${state}`),
    ...missing(responder, rules, 'events', 'events'),
    ...missing(responder, rules, 'ticks', 'the ticks of its sweep'),
  ])
  if (wrong.length > 0) return bad(NAME, `${wrong.join('; ')}.`, FIX)
  const count = found.reduce((sum, { rules }) => sum + rules.length, 0)
  return ok(NAME, `All ${count} rules are enabled and have their targets.`)
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Rule.html: there are two ways of being enabled. */
const isEnabled = ({ state }: RuleFacts): boolean =>
  state === 'ENABLED' || state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'

function missing(responder: Responder, rules: readonly RuleFacts[], kind: RuleFacts['kind'], what: string): string[] {
  const there = rules.filter((rule) => rule.kind === kind).length
  const wanted = responder[kind]
  return there < wanted ? [`${there} of ${wanted} rules bring ${responder.name} ${what}`] : []
}

async function rulesOf(outside: DoctorOutside, { name }: Responder): Promise<RuleFacts[]> {
  const { aws } = outside
  const TargetArn = functionArn(outside, name)
  const names: string[] = []
  let NextToken: string | undefined
  do {
    const page = await aws['events:ListRuleNamesByTarget']({ TargetArn, ...(NextToken ? { NextToken } : {}) })
    names.push(...(page.RuleNames ?? []))
    NextToken = page.NextToken
  } while (NextToken)
  return Promise.all(
    names.map(async (Name) => {
      const rule = await aws['events:DescribeRule']({ Name })
      return { name: Name, state: rule.State ?? 'without a state', kind: rule.EventPattern ? 'events' : 'ticks' }
    }),
  )
}
