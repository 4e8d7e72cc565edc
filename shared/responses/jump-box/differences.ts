import { isIpv6, type Wanted } from './wanted.ts'
import { type BoxWorld, isEnding } from './world.ts'

/** One thing in which a box is not as it has to be. */
export type Difference =
  | { readonly what: 'group' }
  | { readonly what: 'rule-missing'; readonly rule: string }
  | { readonly what: 'rule-more'; readonly rule: string }
  | { readonly what: 'description' }
  | { readonly what: 'instance' }
  /** It was launched, and does not show yet, or has no address yet: that passes. */
  | { readonly what: 'start' }
  | { readonly what: 'expiry' }
  | { readonly what: 'schedule'; readonly has: string | null }
  | { readonly what: 'record' }

/** The rules that EC2 gives to every new group; the second one only where the VPC has IPv6. */
export const DEFAULT_RULES = ['out -1 all 0.0.0.0/0', 'out -1 all ::/0']

/** What has to be made or changed so that the box is as wanted; nothing, where it is. Its instance is made once and never again. */
export function differences(wanted: Wanted, world: BoxWorld, launched: boolean): readonly Difference[] {
  const { group, instance, schedule } = world
  const has = group?.rules.map(({ text }) => text) ?? DEFAULT_RULES
  const inbound = group?.rules.find(({ text }) => text.startsWith('in ') && wanted.rules.includes(text))
  const address = instance ? addressOf(wanted, world) : undefined
  return [
    ...(group ? [] : [{ what: 'group' as const }]),
    ...wanted.rules.filter((rule) => !has.includes(rule)).map((rule) => ({ what: 'rule-missing' as const, rule })),
    ...has.filter((rule) => !wanted.rules.includes(rule)).map((rule) => ({ what: 'rule-more' as const, rule })),
    ...(inbound && inbound.description !== wanted.description ? [{ what: 'description' as const }] : []),
    ...(instance || launched ? [] : [{ what: 'instance' as const }]),
    ...((instance || launched) && !address ? [{ what: 'start' as const }] : []),
    ...(instance && instance.until !== wanted.until ? [{ what: 'expiry' as const }] : []),
    ...(schedule?.at === wanted.until ? [] : [{ what: 'schedule' as const, has: schedule?.at ?? null }]),
    ...(wanted.record && address && !recordsIn(wanted, world).includes(address) ? [{ what: 'record' as const }] : []),
  ]
}

/** The address that the box is reached by; undefined while it has none. */
export function addressOf({ address, isPublic }: Pick<Wanted, 'address' | 'isPublic'>, { instance }: BoxWorld) {
  if (isIpv6(address)) return instance?.ipv6Address
  return isPublic ? instance?.publicAddress : instance?.privateAddress
}

const recordsIn = ({ record }: Wanted, { records }: BoxWorld): readonly string[] =>
  record ? (records[`${record.zone} ${record.name} ${record.type}`] ?? []) : []

/** What is left of a box that nobody wants any more. */
export interface Remains {
  readonly instance: boolean
  /** In quarantine, and so neither reached nor ended before it is released. */
  readonly held: boolean
  /** Ended, and not over yet: what hangs on it has to wait. */
  readonly ending: boolean
  readonly group: boolean
  readonly schedule: boolean
  readonly records: readonly string[]
}

export function remainsOf({ group, instance, schedule, records }: BoxWorld): Remains {
  return {
    instance: instance !== null && !isEnding(instance),
    held: instance?.quarantined === true && !isEnding(instance),
    ending: instance?.state === 'shutting-down',
    group: group !== null,
    schedule: schedule !== null,
    records: Object.keys(records),
  }
}

export const hasRemains = ({ instance, ending, group, schedule, records }: Remains): boolean =>
  instance || ending || group || schedule || records.length > 0
