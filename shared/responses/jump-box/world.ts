/** What there is of one jump box. The subject is the id of its request. */
export interface BoxWorld {
  readonly subject: string
  readonly group: BoxGroup | null
  /** What was launched for it: never more than one, since its client token is the request's. */
  readonly instance: BoxInstance | null
  /** Its one-time schedule: when (ISO time) it fires, and what it is called. */
  readonly schedule: BoxSchedule | null
  /** Its names in hosted zones, as `HOSTED-ZONE NAME TYPE`, with the addresses they lead to. */
  readonly records: Readonly<Record<string, readonly string[]>>
  /** The rules of groups that a zone lets boxes join, by group; null where there is no such group. */
  readonly joined: Readonly<Record<string, number | null>>
}

export interface BoxSchedule {
  readonly at: string
  readonly named: { readonly GroupName: string; readonly Name: string }
}

export interface BoxGroup {
  readonly id: string
  readonly vpc: string
  /** Each with its description. */
  readonly rules: readonly BoxRule[]
}

export interface BoxRule {
  /** As `in tcp 22-22 203.0.113.7/32`, `out -1 all sg-1`. */
  readonly text: string
  readonly description: string
}

export interface BoxInstance {
  readonly id: string
  /** Its client token: `boxName` of its request. */
  readonly token: string
  readonly state: string
  readonly launchedAt: string
  /** What it is reached by. */
  readonly publicAddress?: string
  readonly privateAddress?: string
  readonly ipv6Address?: string
  /** Of each interface, by its id. */
  readonly interfaces: Readonly<Record<string, readonly string[]>>
  readonly rootDevice: string
  /** What its tag tells the guest. */
  readonly until: string
  readonly profile?: string
  /** It was cut off as a suspicious host: that response keeps it from being ended. */
  readonly quarantined?: true
}

/** Whether it has come to its end, or is about to. */
export const isEnding = ({ state }: BoxInstance): boolean => state === 'shutting-down' || state === 'terminated'

/** The tag of everything that is made for a box: the id of its request. */
export const BOX_TAG = 'portcullis:jump-box'
/** The tag that the guest's own timer reads. */
export const UNTIL_TAG = 'portcullis:until'

/**
 * What everything of a box is called: the group's name, the schedule's name, and the instance's client token. Nobody can
 * give any of these to a thing that is there already, as they can a tag: so this alone makes a thing ours to end.
 */
export const boxName = (stage: string, id: string): string => `portcullis-jump-${stage}-${id}`

/** The id of the request, out of such a name; null where it is none of this stage's. */
export function boxIdOf(stage: string, name: string): string | null {
  const start = boxName(stage, '')
  const id = name.startsWith(start) ? name.slice(start.length) : ''
  return /^[0-9A-Z]{26}$/.test(id) ? id : null
}
