/** What we see by. The subject is `trail`, `recorder` or `rule/NAME`; only its own part is there. */
export interface DefenceWorld {
  readonly subject: string
  readonly trails?: readonly Trail[]
  readonly recorders?: readonly Recorder[]
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
