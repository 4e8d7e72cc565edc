import * as z from 'zod/mini'
import { awsCode, Fault } from '#shared/fault.ts'
import { askForBox, boxOf, boxPage } from '#shared/jump/ask-for-box.ts'
import type { BoxRequest, Standing } from '#shared/jump/box-request.ts'
import { callerAddress } from '#shared/jump/caller-address.ts'
import { type Changer, closeBox, extendBox, proveAddress } from '#shared/jump/change-box.ts'
import { standingIn } from '#shared/jump/standing.ts'
import { readTerms } from '#shared/jump/terms.ts'
import { zoneOf } from '#shared/jump/zone.ts'
import { iso } from '#shared/kit/iso.ts'
import type { PolicyPerson } from '#shared/policy/schema.ts'
import type { Ports } from '#shared/ports.ts'
import { type Connection, connectionOf } from '#shared/responses/jump-box/connection.ts'
import type { BoxWorld } from '#shared/responses/jump-box/world.ts'
import type { Entry, Head, Person } from '#shared/story.ts'
import { approval, begin, RESPONDERS, run } from './invoke.ts'

const Opening = z.strictObject({
  zone: z.string(),
  reason: z.string(),
  duration: z.optional(z.string()),
  key: z.optional(z.string()),
})
const Extending = z.strictObject({ seconds: z.number().check(z.int(), z.gte(60), z.lte(604_800)) })

/** How a jump box stands, for whoever asked for it. */
export interface BoxAnswer {
  readonly request: Omit<BoxRequest, 'version'>
  readonly standing: Standing
  readonly joined?: boolean
  /** Its incident, once there is one, with the verdict. */
  readonly incident?: string
  readonly verdict?: Head['verdict']
  readonly left?: string
  /** How to get in, while it is open. */
  readonly connection?: Connection
  /** What is better than a box where only a shell is wanted. */
  readonly instead?: readonly string[]
}

/** Who asks through the API: IAM vouches for the caller, and the policy says who that is. Throws `box-refused`. */
function known(person: PolicyPerson | undefined, by: Person): PolicyPerson {
  if (person) return person
  throw new Fault(
    'box-refused',
    `Expected somebody under people in the policy; none of them has ${by.name} among their principals.`,
  )
}

/** A request through the API: the address is the one that it came from, as API Gateway says. */
export async function openBox(
  body: unknown,
  by: Person,
  person: PolicyPerson | undefined,
  ports: Ports,
): Promise<BoxAnswer> {
  const read = Opening.safeParse(body)
  if (!read.success) throw new Fault('input-invalid', 'Expected {zone, reason, duration?, key?}.')
  const { name } = known(person, by)
  const key = read.data.key ?? (await ports.ledger.keyOf(name)) ?? ''
  const terms = readTerms({ ...read.data, key }, name, ports.policy)
  if ('problems' in terms) throw new Fault('input-invalid', Object.values(terms.problems).join(' '))
  const address = callerAddress(by.from ?? '')
  if (address === null)
    throw new Fault(
      'input-invalid',
      `Expected a request from an address that a box can be opened to; it came from ${by.from}.`,
    )
  const { request, joined } = await askForBox(
    terms,
    { person: name, by, ...(person?.slack ? { slack: person.slack } : {}), address },
    ports,
  )
  // One that was asked for in Slack, and whose link nobody has opened yet.
  if (!request.address) await proveAddress(request.id, address, ports)
  await look(request.id, ports)
  return { ...(await boxAnswer(request.id, ports)), joined }
}

/**
 * Has the responder look at a box, and waits for it. Where it could not be run at once (Lambda has no room), it is left to
 * Lambda's own queue, which loses nothing. Throws `under-way` then.
 */
async function look(id: string, ports: Ports): Promise<void> {
  const responder = RESPONDERS['jump-box']!
  const event = approval(`asked-${ports.newId()}`, id, iso(ports.clock.now()), ports)
  try {
    await run(responder, event, ports)
  } catch (error) {
    if (awsCode((error as Fault).cause) !== 'TooManyRequestsException') throw error
    await begin(responder, event, ports)
    throw new Fault(
      'under-way',
      `${id} is kept, and done as soon as there is room: npx portcullis jump show ${id}`,
      error,
    )
  }
}

/** Extends a box that is open. */
export async function extend(id: string, body: unknown, changer: Changer, ports: Ports): Promise<BoxAnswer> {
  const read = Extending.safeParse(body)
  if (!read.success) throw new Fault('input-invalid', 'Expected {seconds}, a whole number of 60 to 604800.')
  await extendBox(id, read.data.seconds, changer, ports)
  await look(id, ports)
  return boxAnswer(id, ports)
}

/** Ends a box before its time. */
export async function close(id: string, changer: Changer, ports: Ports): Promise<BoxAnswer> {
  await closeBox(id, changer, ports)
  await look(id, ports)
  return boxAnswer(id, ports)
}

/** How a box stands, as the last look saw it. Throws `box-unknown`. */
export async function boxAnswer(id: string, ports: Ports): Promise<BoxAnswer> {
  const known = await boxOf(id, ports)
  const { request, open } = known
  const zone = zoneOf(request.zone, ports.policy)
  const standing = standingIn(request, known, ports.policy, ports.clock.now())
  const { version: _version, ...told } = request
  const incident = open?.incident ?? (await closedIncident(id, ports))
  const story = incident ? await ports.ledger.history(incident) : null
  const last = story?.entries.findLast(
    (entry): entry is Extract<Entry, { what: 'verified' }> => entry.what === 'verified',
  )
  const isReady = story?.head.verdict === 'ready' && open !== null
  const connection = isReady && zone && last ? connectionOf(request, zone, ports.region, last.after as BoxWorld) : null
  return {
    request: told,
    standing,
    ...(story ? { incident: story.head.id, ...verdictOf(story.head) } : {}),
    ...(connection ? { connection } : {}),
    ...(zone?.instead.length ? { instead: zone.instead } : {}),
  }
}

const verdictOf = ({ verdict, left }: Head) => ({ ...(verdict ? { verdict } : {}), ...(left ? { left } : {}) })

async function closedIncident(id: string, { ledger }: Ports): Promise<string | undefined> {
  const closed = await ledger.incidents('closed', 100)
  return closed.find(({ response, subject }) => response === boxPage(id).response && subject === id)?.id
}
