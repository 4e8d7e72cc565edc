import { Fault } from '#shared/fault.ts'
import { boxOf } from '#shared/jump/ask-for-box.ts'
import { standingIn } from '#shared/jump/standing.ts'
import { zoneOf } from '#shared/jump/zone.ts'
import type { PolicyPerson } from '#shared/policy/schema.ts'
import type { Ports } from '#shared/ports.ts'
import type { Head } from '#shared/story.ts'

/** Who is in a Slack user group, by their ids. */
export type Members = (group: string) => Promise<readonly string[]>

/**
 * Whether somebody may answer what is asked. Beyond what IAM, or `may` in the policy, allows: a jump box is approved by those
 * whom its zone names, never by whoever asked for it, and not when its request is over. Throws `answer-refused`.
 */
export async function requireApprover(
  { response, subject }: Pick<Head, 'response' | 'subject'>,
  person: PolicyPerson | undefined,
  members: Members,
  ports: Ports,
): Promise<void> {
  if (response !== 'jump-box') return
  const { request } = await boxOf(subject, ports)
  const { approval, name } = zoneOf(request.zone, ports.policy) ?? {}
  const refused = (sentence: string) => new Fault('answer-refused', sentence)
  if (!person)
    throw refused(
      `Expected an approver of zone ${request.zone} who is under people in the policy: nobody there has this principal.`,
    )
  if (person.name === request.person) throw refused('Nobody approves their own request.')
  // The question may outlast the request, and whoever asked may have another box by now: a late word brings none back.
  const { state, why } = standingIn(request, { ask: null }, ports.policy, ports.clock.now())
  if (state === 'over') throw refused(`The request is over: ${why}.`)
  // The breaker asks too, where the zone itself wants nobody's word: then it is for whoever may approve at all.
  if (!approval || approval.by?.includes(person.name)) return
  const group = approval['slack-group']
  if (group && person.slack && (await members(group)).includes(person.slack)) return
  throw refused(`Zone ${name} names who approves, and ${person.name} is not among them.`)
}
