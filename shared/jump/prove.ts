import { Fault, told } from '#shared/fault.ts'
import { iso } from '#shared/kit/iso.ts'
import { field, text } from '#shared/kit/loose.ts'
import { approval, begin, RESPONDERS } from '#shared/operators/invoke.ts'
import type { Ports } from '#shared/ports.ts'
import { type Secret, trying } from '#shared/slack/secrets.ts'
import { boxOf } from './ask-for-box.ts'
import type { BoxRequest } from './box-request.ts'
import { callerAddress } from './caller-address.ts'
import { proveAddress } from './change-box.ts'
import { placeOf, readLink } from './link.ts'
import { confirmPage, type Page, provenPage, refusedPage } from './page.ts'
import { standingIn } from './standing.ts'
import { zoneOf } from './zone.ts'

/**
 * Answers whoever opens a link: a GET shows who asks for what, and the address that the request came from; a POST claims
 * it. Where the address came from is what API Gateway says, never a header that anybody can send.
 */
export const prove =
  (secret: Secret) =>
  async (event: unknown, ports: Ports): Promise<Page> => {
    try {
      return await answer(event, secret, ports)
    } catch (error) {
      const { code, message } = told(error)
      ports.log('error', message, { code })
      return refusedPage(
        error instanceof Fault && error.retryable ? 503 : 500,
        'That did not work',
        'Something failed on our side. Try the same link again in a minute.',
      )
    }
  }

async function answer(event: unknown, secret: Secret, ports: Ports): Promise<Page> {
  const http = field(field(event, 'requestContext'), 'http')
  const from = text(field(http, 'sourceIp')) ?? ''
  const token = text(field(field(event, 'pathParameters'), 'token')) ?? ''
  const refuse = (why: string, page: Page, request?: string) => refused(why, page, request, from, ports)
  const read = await trying(
    secret,
    (secrets) => readLink(token, secrets, placeOf(ports), ports.clock.now()),
    (one) => 'why' in one && one.why === 'forged',
  )
  if ('why' in read) return refuse(read.why, PAGES[read.why], read.request)
  try {
    const { request } = await boxOf(read.link.request, ports)
    const address = callerAddress(from)
    if (address === null) return await refuse('no-address', NO_ADDRESS, request.id)
    const over = whyOver(request, address, ports)
    if (over) return await refuse(over.why, over.page, request.id)
    const needsApproval = zoneOf(request.zone, ports.policy)?.approval !== undefined
    if (text(field(http, 'method')) !== 'POST')
      return request.address ? provenPage(request, needsApproval) : confirmPage(request, address, needsApproval)
    const proven = await proveAddress(request.id, address, ports)
    // Also where it was proven before: whoever presses again may do so since nothing came of it.
    const look = approval(`proven-${request.id}`, request.id, iso(ports.clock.now()), ports)
    await begin(RESPONDERS['jump-box']!, look, ports)
    ports.log('info', 'Address proven', { request: request.id, from })
    return provenPage(proven, needsApproval)
  } catch (error) {
    const { code, message } = told(error)
    const { request } = read.link
    if (code === 'box-refused')
      return refuse('used', refusedPage(410, 'This link can not be used any more', message), request)
    if (code === 'box-unknown') return refuse('unknown', PAGES.forged)
    throw error
  }
}

const AGAIN = 'Ask for a new one with /jump in Slack.'
const PAGES = {
  malformed: refusedPage(404, 'This is no link of ours', `It may have been cut when it was copied. ${AGAIN}`),
  forged: refusedPage(404, 'This is no link of ours', `It was not made here, or has been changed. ${AGAIN}`),
  expired: refusedPage(410, 'This link has expired', `A link is good for ten minutes. ${AGAIN}`),
} as const
const NO_ADDRESS = refusedPage(
  400,
  'Your address is not known',
  'The address that you come from is none that a box can be opened to.',
)

/** Why nothing can be proven for this request any more: it is over, or another address has been. */
function whyOver(request: BoxRequest, address: string, { clock, policy }: Ports): { why: string; page: Page } | null {
  const standing = standingIn(request, { ask: null }, policy, clock.now())
  if (request.address && request.address !== address)
    return {
      why: 'used',
      page: refusedPage(
        410,
        'This link has been used',
        `It was used from another address, and works once. If that was not you, close the box and tell your security team. ${AGAIN}`,
      ),
    }
  // Of one that waits for an approval only a close is known here; of a proven one the rest is told in Slack.
  if (standing.state === 'over' && (!request.address || request.closed))
    return {
      why: 'over',
      page: refusedPage(410, 'This request is over', `There is nothing to prove: ${standing.why}. ${AGAIN}`),
    }
  return null
}

/** Keeps what was refused: all of it in the log, and beside the request what is known to be about one of ours. */
async function refused(
  why: string,
  page: Page,
  request: string | undefined,
  from: string,
  ports: Ports,
): Promise<Page> {
  ports.metric('RequestsRefused', 1)
  ports.log('warn', 'Link refused', { why, from, ...(request ? { request } : {}) })
  if (request)
    await ports.ledger.refused({
      response: 'jump-box',
      subject: request,
      at: iso(ports.clock.now()),
      from,
      why: `link ${why}`,
    })
  return page
}
