/** What happened. The event says where to look and who did it; what is there now decides. */
export type Signal = ApiCall | Tick

interface Happening {
  /** CloudTrail's `eventID`, which survives redelivery (the envelope's id does not), or the tick's id. */
  readonly id: string
  readonly account: string
  readonly region: string
  readonly at: Date
}

/** A call to an AWS API that succeeded, as CloudTrail recorded it. */
export interface ApiCall extends Happening {
  readonly kind: 'api-call'
  /** `ec2.amazonaws.com` */
  readonly source: string
  /** `AuthorizeSecurityGroupIngress` */
  readonly name: string
  readonly actor: Actor
  /** `requestParameters` and `responseElements`, of no form that can be relied on. */
  readonly request: unknown
  readonly response: unknown
}

/** Time to look at everything. */
export interface Tick extends Happening {
  readonly kind: 'tick'
}

/** Who made a call. Every part of it can be chosen by an attacker: it attributes, it never decides. */
export interface Actor {
  readonly type: string
  readonly name: string
  readonly address?: string
}
