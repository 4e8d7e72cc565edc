import type { Suspicion } from '#shared/suspicion.ts'

/** What happened. The event says where to look and who did it; what is there now decides. */
export type Signal = ApiCall | ConfigChange | HostAlert | SnapshotsDone | InstanceEnded | Approval | Tick

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

/** AWS Config saw a resource change: a second opinion, 1 to 15 minutes behind CloudTrail. */
export interface ConfigChange extends Happening {
  readonly kind: 'config-change'
  /** `AWS::EC2::SecurityGroup` */
  readonly resourceType: string
  readonly resourceId: string
}

/** A detector says that hosts are suspicious. */
export interface HostAlert extends Happening {
  readonly kind: 'host-alert'
  readonly hosts: readonly string[]
  readonly suspicion: Suspicion
}

/** EC2 has finished snapshots, or failed to. */
export interface SnapshotsDone extends Happening {
  readonly kind: 'snapshots-done'
  readonly snapshots: readonly string[]
}

/** EC2 has terminated an instance. */
export interface InstanceEnded extends Happening {
  readonly kind: 'instance-ended'
  readonly instance: string
}

/** A person has asked or approved something. Only the ledger says what; this says where to look. */
export interface Approval extends Happening {
  readonly kind: 'approval'
  readonly subject: string
}

/** Time to look at everything. */
export interface Tick extends Happening {
  readonly kind: 'tick'
}

/**
 * Who made a call. `name` and `address` hold text of the caller's own choice and only attribute. `principal` is what IAM
 * vouches for in an event that AWS delivered: the user, or the role without the session's name.
 */
export interface Actor {
  readonly type: string
  readonly name: string
  readonly principal?: string
  readonly address?: string
  /** The AWS service that called in the principal's name: for words, since it is no proof of good intent. */
  readonly via?: string
}
