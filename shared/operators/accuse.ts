import * as z from 'zod/mini'
import { Fault } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Page } from '#shared/ledger.ts'
import type { Ports } from '#shared/ports.ts'
import type { Head, Person } from '#shared/story.ts'
import type { Suspicion } from '#shared/suspicion.ts'
import { Reason } from '#shared/undo-request.ts'
import { approval, begin, RESPONDERS, run } from './invoke.ts'

const Body = z.strictObject({ reason: Reason })
const EVIDENCE = 'unpreserved-host'
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
  const rule = ports.policy['suspicious-hosts'].rules.find((one) => one.when.person)
  if (!rule)
    throw new Fault(
      'input-invalid',
      'Expected a rule under suspicious-hosts with `when: { person: true }`: the policy has none, so nothing would be done.',
    )
  const keeps = (rule.preserve ?? rule.mode) !== 'none'
  if (response === EVIDENCE && !keeps)
    throw new Fault(
      'input-invalid',
      `Expected rule ${rule.name}, which takes a person's word, to keep evidence; it says preserve: none, so nothing would be done.`,
    )
  const { clock, ledger } = ports
  const at = iso(clock.now())
  const said: Suspicion = {
    id: `person:${ports.newId()}`,
    from: 'person',
    type: 'asked',
    severity: 0,
    says: read.data.reason,
    at,
    by,
  }
  // Whoever has a host cut off wants its evidence too, where the rule does: a detector's word reaches both as well.
  const also = response !== EVIDENCE && keeps ? [EVIDENCE] : []
  await Promise.all([response, ...also].map((one) => ledger.suspect({ response: one, subject: host }, [said])))
  const look = () => approval(`asked-${ports.newId()}`, host, at, ports)
  // Nobody waits for that: Lambda retries it, and keeps what fails.
  await Promise.all(also.map((one) => begin(RESPONDERS[one] ?? '', look(), ports)))
  await run(RESPONDERS[response] ?? '', look(), ports)
  const head = await newest({ response, subject: host }, at, ports)
  return { host, ...(head ? { incident: head } : {}) }
}

/** The host's incident: the one that is open, else one that was opened since and is closed already. */
async function newest(page: Page, since: string, { ledger }: Ports): Promise<Head | undefined> {
  const { open } = await ledger.recall(page)
  if (open) return (await ledger.history(open.incident))?.head
  const closed = await ledger.incidents('closed', 100)
  return closed.find(
    (head) => head.response === page.response && head.subject === page.subject && head.openedAt >= since,
  )
}
