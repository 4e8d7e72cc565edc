import type { BoxRequest } from '#shared/jump/box-request.ts'
import type { Zone } from '#shared/policy/schema.ts'
import { userData } from './user-data.ts'
import { BOX_TAG, boxName, UNTIL_TAG } from './world.ts'

/** Where the deployment's own things are that a box needs. */
export interface Place {
  readonly stage: string
  /** The ARN of the function that ends boxes, which the schedule calls. */
  readonly ender: string
  /** The ARN of the role that the schedule calls it with. */
  readonly role: string
  /** The ARN of the queue for what the schedule could not hand over. */
  readonly deadLetters: string
}

/** All that a box has to be, as data: what there is is compared with it, and made like it. */
export interface Wanted {
  readonly name: string
  readonly vpc: string
  readonly subnet: string
  readonly image: string
  readonly rootDevice: string
  readonly size: string
  readonly isPublic: boolean
  /** The one address that may come in: `203.0.113.7/32` or `2001:db8::7/128`. */
  readonly address: string
  readonly description: string
  /** The rules of its group, as `in tcp 22-22 203.0.113.7/32`, `out tcp 22-22 sg-1`, `out icmp all sg-1`: no more, no less. */
  readonly rules: readonly string[]
  readonly joins: readonly string[]
  readonly profile?: string
  readonly tags: Readonly<Record<string, string>>
  readonly until: string
  readonly userData: string
  /** Its name, where the zone gives one. */
  readonly record?: { readonly zone: string; readonly name: string; readonly type: 'A' | 'AAAA' }
  readonly place: Place
}

/** What the box of this request has to be, until then (ISO time). */
export function wantedOf(request: BoxRequest, zone: Zone, until: string, since: string, place: Place): Wanted {
  const { id, person, address = '', reason, key } = request
  const cap = new Date(Date.parse(since) + 1_000 * zone.longest).toISOString()
  const name = boxName(place.stage, id)
  return {
    name,
    vpc: zone.vpc,
    subnet: zone.subnet,
    image: zone.image.startsWith('/') ? `resolve:ssm:${zone.image}` : zone.image,
    rootDevice: zone['root-device'],
    size: zone.size,
    isPublic: isPublic(zone, address),
    address,
    description: descriptionOf(person, reason, until),
    // Each once, as EC2 has it: a step that a plan holds twice can't be claimed.
    rules: [
      ...new Set([
        `in tcp ${zone.port}-${zone.port} ${address}`,
        ...zone.egress.flatMap(({ group, ports }) =>
          ports.map(({ protocol, from, to }) => `out ${protocol} ${from < 0 ? 'all' : `${from}-${to}`} ${group}`),
        ),
      ]),
    ].sort(),
    joins: zone.joins ?? [],
    ...(zone.profile ? { profile: zone.profile } : {}),
    tags: {
      ...zone.tags,
      Name: `jump box of ${person}`,
      owner: zone.tags.owner ?? person,
      [BOX_TAG]: id,
      'portcullis:zone': zone.name,
      'portcullis:reason': tagText(reason),
      [UNTIL_TAG]: until,
    },
    until,
    userData: userData({ key, person, cap, minutes: Math.ceil(zone.longest / 60) }),
    ...(zone.dns
      ? {
          record: {
            zone: zone.dns.zone,
            name: `${id.toLowerCase()}.${zone.dns.name}`,
            type: isIpv6(address) ? ('AAAA' as const) : ('A' as const),
          },
        }
      : {}),
    place,
  }
}

export const isIpv6 = (address: string): boolean => address.includes(':')

/** Whether the box gets a public IPv4 address: who comes from an IPv6 address reaches it by its own. */
export const isPublic = (zone: Pick<Zone, 'address'>, caller: string): boolean =>
  zone.address === 'public' && !isIpv6(caller)

/**
 * Who, why, until when: in the characters and the length that EC2 takes for a rule's description.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
 */
export function descriptionOf(person: string, reason: string, until: string): string {
  const plain = reason.replace(/[^a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]/g, '_')
  const end = `, until ${until.slice(0, 16)}Z`
  return `${person}: ${plain}`.slice(0, 255 - end.length) + end
}

/** A tag's value: at most 256 characters, and not all of them. https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
const tagText = (text: string): string => text.replace(/[^\p{L}\p{N} ._:/=+\-@]/gu, '_').slice(0, 256)
