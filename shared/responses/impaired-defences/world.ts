/** What we see by. The subject is `trail`, `recorder/NAME` or `rule/NAME`; only its own part is there. */
export interface DefenceWorld {
  readonly subject: string
  readonly trails?: readonly Trail[]
  /** Every recorder there is, of which the one of that name may be none any more. */
  readonly recorder?: { readonly name: string; readonly all: readonly Recorder[] }
  readonly rule?: Rule
}

/** A trail that applies to this region. What could not be read is null: another account's may not tell. */
export interface Trail {
  readonly arn: string
  readonly isLogging: boolean | null
  readonly logsManagementWrites: boolean | null
}

export interface Recorder {
  readonly name: string
  readonly isRecording: boolean
  /** Whether security groups are among what it records; null where that could not be read. */
  readonly recordsGroups: boolean | null
}

export interface Rule {
  readonly name: string
  readonly state: 'enabled' | 'disabled' | 'deleted'
}

/** What we see by, and what is wrong with it. */
export interface Impairment {
  readonly kind: 'trail' | 'recorder' | 'rule'
  readonly name: string
  /** In words: `trail management-events is not logging`. */
  readonly says: string
  /** What a person can do about it. */
  readonly fix: string
  /** Whether switching it on again is all that it needs. */
  readonly curable: boolean
}
