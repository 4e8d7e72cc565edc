import type { Person } from '#shared/story.ts'

/** Somebody's request for a jump box. It says what is wanted; the loop makes it so, and ends what nobody wants any more. */
export interface BoxRequest {
  readonly id: string
  /** Their name under the policy's `people`. */
  readonly person: string
  /** Who asked, as Slack or IAM vouches for them. */
  readonly by: Person
  /** The Slack user who is told how it goes. */
  readonly slack?: string
  readonly zone: string
  readonly reason: string
  /** For how long, in seconds. */
  readonly seconds: number
  /** Their public key: type and body, no comment. */
  readonly key: string
  /** When it was asked (ISO time). */
  readonly at: string
  /** Until when (ISO time) the link by which the address is proven is good. */
  readonly linkUntil: string
  /** The one address that may reach the box: `203.0.113.7/32`, `2001:db8::7/128`. Absent until it is proven. */
  readonly address?: string
  readonly provenAt?: string
  /** Until when the box is wanted, where somebody has extended it. */
  readonly until?: string
  readonly closed?: { readonly at: string; readonly by: Person }
  /** Counts its changes: each is made to the one that was read. */
  readonly version: number
}

export interface Standing {
  /** `unproven`: its address is not known. `over`: nobody wants a box for it any more, and `why`. */
  readonly state: 'unproven' | 'wanted' | 'over'
  /** Until when (ISO time) the box is wanted; of an unproven one, until when the link is good. */
  readonly until: string
  readonly why?: string
}

/**
 * How a request stands.
 *
 * @param approvedAt when (ISO time) somebody approved it
 * @param within for how long, in seconds, it waits to be approved; undefined where nobody has to
 * @param now milliseconds
 */
export function standingOf(
  request: BoxRequest,
  approvedAt: string | undefined,
  within: number | undefined,
  now: number,
): Standing {
  const { closed, address, provenAt, linkUntil, seconds } = request
  const over = (why: string, until: string): Standing => ({ state: 'over', until, why })
  const isPast = (time: string) => Date.parse(time) <= now
  if (closed) return over(`${closed.by.name} closed it`, closed.at)
  if (!address || !provenAt)
    return isPast(linkUntil)
      ? over('its address was not proven in time', linkUntil)
      : { state: 'unproven', until: linkUntil }
  // In whole seconds, as schedules and the guest's clock have them: who looks then must find that it is over.
  const after = (time: string, more: number) =>
    new Date(1_000 * (Math.floor(Date.parse(time) / 1_000) + more)).toISOString()
  if (within !== undefined && approvedAt === undefined) {
    const lapses = after(provenAt, within)
    if (isPast(lapses)) return over('nobody approved it in time', lapses)
  }
  // Who had to wait for an approval does not lose the time.
  const until = request.until ?? after(approvedAt ?? provenAt, seconds)
  return isPast(until) ? over('its time is up', until) : { state: 'wanted', until }
}
