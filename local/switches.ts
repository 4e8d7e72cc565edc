const KINDS = ['error', 'error-after', 'pretend', 'hold', 'drop', 'hang', 'hang-after', 'kill', 'kill-after'] as const

/** What can go wrong on purpose with one call. */
export interface Fault {
  /** As in the credential scope: `ec2`, `dynamodb`, `sns`, … */
  readonly service: string
  /** The action's name, or `*`. */
  readonly action: string
  /** Only calls of the function with this application id. */
  readonly app?: string
  /** Only calls whose body (or URL) holds this text. */
  readonly resource?: string
  /** How many calls it hits; without it, every one. */
  readonly times?: number
  /** How many matching calls it lets through first. */
  readonly skip?: number
  /**
   * `error`: answered with the error, nothing is forwarded. `error-after`: forwarded and applied, then the error is
   * answered (without a `code`: the connection is dropped). `pretend`: answered with success, nothing is forwarded.
   * `hold`: waits for a release, then goes on. `drop`: the connection is reset, nothing is forwarded. `hang`: there is no
   * answer before a release, and then a reset; nothing is forwarded. `hang-after`: the same, but it is carried out.
   * `kill`: the function's process that called is ended, nothing is forwarded. `kill-after`: forwarded and applied, then
   * the process is ended before it has the answer; for callers that are no functions, as `drop` and a lost answer.
   */
  readonly kind: (typeof KINDS)[number]
  /** HTTP status of the error; 400 without it. */
  readonly status?: number
  readonly code?: string
  readonly message?: string
  /** Further members of a JSON error, such as `CancellationReasons`, or of a pretended JSON answer. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A security group or a prefix list that belongs to another account. */
export interface Foreign {
  readonly id: string
  /** The other account. */
  readonly owner: string
  /** A prefix list whose share has ended: rules still name it, but it is not found. */
  readonly unreadable?: boolean
}

/** How the cloud behaves. Everything is off by default. */
export interface Switches {
  /** Seed of every random choice below. Setting it starts the row again. */
  readonly seed: number
  /** How long CloudTrail takes to hand a record to the event bus. */
  readonly deliveryDelayMs: number
  /** Further copies of every record. */
  readonly duplicates: number
  /** Share of records that come twice. */
  readonly duplicateRate: number
  /** Share of records that never come. */
  readonly lossRate: number
  /** Every second record is overtaken by the next one. */
  readonly reorder: boolean
  /** How far the reads of groups and rules lie behind. */
  readonly staleReadsMs: number
  /** Added to every call … */
  readonly latencyMs: number
  /** … of functions only, or of everyone. */
  readonly latencyFor: 'functions' | 'everyone'
  readonly faults: readonly Fault[]
  /** What is shown as another account's, and cannot be changed through the front door. */
  readonly foreign: readonly Foreign[]
  /** Interfaces that a service of AWS manages: they say so, and cannot be changed through the front door. */
  readonly managedInterfaces: readonly string[]
  /** How long a snapshot is `pending` that is begun now; its event comes afterwards. */
  readonly snapshotMs: number
  /** Snapshots that are begun now end in `error`. */
  readonly snapshotsFail: boolean
  /** How long an instance of an Auto Scaling group is on its way into or out of standby. */
  readonly standbyMs: number
  /** How long a target that is deregistered now is `draining`. */
  readonly drainMs: number
  /** How long an instance that is ended now is `shutting-down`, and its interface still uses its groups. */
  readonly terminateMs: number
  /** One-time schedules whose moment comes meanwhile are lost: they invoke nothing, and stay where they are. */
  readonly schedulesOff: boolean
}

export const CALM: Switches = {
  seed: 1,
  deliveryDelayMs: 0,
  duplicates: 0,
  duplicateRate: 0,
  lossRate: 0,
  reorder: false,
  staleReadsMs: 0,
  latencyMs: 0,
  latencyFor: 'everyone',
  faults: [],
  foreign: [],
  managedInterfaces: [],
  snapshotMs: 0,
  snapshotsFail: false,
  standbyMs: 0,
  drainMs: 0,
  terminateMs: 0,
  schedulesOff: false,
}

/** The switches after a change. Throws a sentence where a name or a value is not one of theirs. */
export function changeSwitches(now: Switches, change: unknown): Switches {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    throw new Error(`Expected an object of switches, got ${JSON.stringify(change)}.`)
  }
  for (const [name, value] of Object.entries(change)) {
    if (!(name in CALM)) throw new Error(`Expected one of ${Object.keys(CALM).join(', ')}, got the switch '${name}'.`)
    const wanted = CALM[name as keyof Switches]
    if (typeof value !== typeof wanted || Array.isArray(value) !== Array.isArray(wanted)) {
      throw new Error(`Expected a value like ${JSON.stringify(wanted)} for '${name}', got ${JSON.stringify(value)}.`)
    }
    if (typeof value === 'number' && !(value >= 0)) throw new Error(`Expected '${name}' to be 0 or more, got ${value}.`)
  }
  const next: Switches = { ...now, ...change }
  if (!['functions', 'everyone'].includes(next.latencyFor)) {
    throw new Error(`Expected latencyFor to be 'functions' or 'everyone', got '${next.latencyFor}'.`)
  }
  for (const fault of next.faults) {
    if (!fault.service || !fault.action || !KINDS.includes(fault.kind)) {
      throw new Error(
        `Expected a fault with service, action and one of ${KINDS.join(', ')}, got ${JSON.stringify(fault)}.`,
      )
    }
  }
  const stray = next.managedInterfaces.find((id) => !/^eni-/.test(id))
  if (stray !== undefined) throw new Error(`Expected the ids of network interfaces, got ${JSON.stringify(stray)}.`)
  for (const one of next.foreign) {
    if (!/^(sg|pl)-/.test(one.id) || !/^\d{12}$/.test(one.owner)) {
      throw new Error(`Expected a group or prefix list with the account that owns it, got ${JSON.stringify(one)}.`)
    }
  }
  return next
}
