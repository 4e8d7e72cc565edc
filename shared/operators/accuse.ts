import * as z from 'zod/mini'
import { Fault } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Ports } from '#shared/ports.ts'
import type { Head, Person } from '#shared/story.ts'
import { RESPONDERS, run } from './invoke.ts'

const Body = z.strictObject({ reason: z.string().check(z.minLength(3), z.maxLength(500)) })
const HOST = /^i-[0-9a-f]{8,17}$/

/** What came of it: the host's incident, or that no rule of the policy takes a person's word. */
export interface Accusation {
  readonly host: string
  readonly incident?: Head
}

/**
 * A person accuses a host. Their word is written into the ledger first, and the responder looks at the host then: what is
 * done stands in the policy, in its first rule with `person: true`. The event itself carries nothing that could be made up.
 */
export async function accuse(
  host: string,
  response: string,
  body: unknown,
  by: Person,
  ports: Ports,
): Promise<Accusation> {
  const read = Body.safeParse(body)
  if (!read.success || !HOST.test(host))
    throw new Fault(
      'input-invalid',
      'Expected {reason} of 3 to 500 characters, and a host such as i-0123456789abcdef0.',
    )
  if (!ports.policy['suspicious-hosts'].rules.some((rule) => rule.when.person))
    throw new Fault(
      'input-invalid',
      'Expected a rule under suspicious-hosts with `when: { person: true }`: the policy has none, so nothing would be done.',
    )
  const { clock, ledger, account, region } = ports
  const at = iso(clock.now())
  const page = { response, subject: host }
  await ledger.suspect(page, [
    { id: `person:${ports.newId()}`, from: 'person', type: 'asked', severity: 0, says: read.data.reason, at, by },
  ])
  await run(
    RESPONDERS[response] ?? '',
    { portcullis: 'approved', id: `asked-${ports.newId()}`, account, region, time: at, subject: host },
    ports,
  )
  const { open } = await ledger.recall(page)
  const story = open ? await ledger.history(open.incident) : null
  return { host, ...(story ? { incident: story.head } : {}) }
}
