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
   * `hold`: waits for a release, then goes on. `drop`: the connection is reset, nothing is forwarded.
   */
  readonly kind: 'error' | 'error-after' | 'pretend' | 'hold' | 'drop'
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
}

const KINDS = ['error', 'error-after', 'pretend', 'hold', 'drop']

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
  for (const one of next.foreign) {
    if (!/^(sg|pl)-/.test(one.id) || !/^\d{12}$/.test(one.owner)) {
      throw new Error(`Expected a group or prefix list with the account that owns it, got ${JSON.stringify(one)}.`)
    }
  }
  return next
}
