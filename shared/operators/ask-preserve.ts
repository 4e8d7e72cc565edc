import * as z from 'zod/mini'
import { Fault } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Ports } from '#shared/ports.ts'
import type { Head, Person } from '#shared/story.ts'
import { RESPONDERS, run } from './invoke.ts'

const RESPONSE = 'unpreserved-host'
const Body = z.strictObject({ reason: z.string().check(z.minLength(3), z.maxLength(500)) })

/** What came of asking that a host's evidence be kept. */
export interface Preserving {
  readonly host: string
  /** Absent where nothing was to be done: the policy spares the host, or EC2 does not know it. */
  readonly incident?: string
  readonly verdict?: Head['verdict']
  readonly left?: string
}

/** A person asks that a host's evidence be kept: that is written down as what accuses it, and the responder looks at once. */
export async function askPreserve(host: string, body: unknown, by: Person, ports: Ports): Promise<Preserving> {
  const read = Body.safeParse(body)
  if (!read.success || !/^i-[0-9a-f]+$/.test(host))
    throw new Fault('input-invalid', 'Expected the id of an instance such as i-0123456789abcdef0, and {reason}.')
  const { rules } = ports.policy['suspicious-hosts']
  const rule = rules.find((one) => one.when.person)
  if (!rule || (rule.preserve ?? rule.mode) === 'none')
    throw new Fault(
      'answer-refused',
      rule
        ? `Rule ${rule.name} of the policy, the first that takes a person's word, says preserve: none.`
        : "No rule under suspicious-hosts of the policy takes a person's word (when: { person: true }).",
    )
  const { ledger, clock } = ports
  const page = { response: RESPONSE, subject: host }
  const [id, at] = [ports.newId(), iso(clock.now())]
  const { reason } = read.data
  await ledger.suspect(page, [
    { id: `person:${id}`, from: 'person', type: 'portcullis preserve', severity: 0, says: reason, at, by },
  ])
  const look = {
    portcullis: 'approved',
    id: `preserve-${id}`,
    account: ports.account,
    region: ports.region,
    time: at,
    subject: host,
  }
  await run(RESPONDERS[RESPONSE]!, look, ports)
  const head = await newest(host, ports)
  if (!head) return { host }
  const { verdict, left } = head
  return { host, incident: head.id, ...(verdict ? { verdict } : {}), ...(left ? { left } : {}) }
}

/** The host's incident: the one that is open, or the one that was just closed. */
async function newest(host: string, { ledger }: Ports): Promise<Head | undefined> {
  const { open } = await ledger.recall({ response: RESPONSE, subject: host })
  if (open) return (await ledger.history(open.incident))?.head
  const closed = await ledger.incidents('closed', 100)
  return closed.find((head) => head.response === RESPONSE && head.subject === host)
}
