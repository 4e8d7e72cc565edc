/** A host, or a VPC (`vpc-…`) that hosts are in, with the quarantine groups of the VPCs concerned. */
export interface HostWorld {
  readonly subject: string
  /** Null: EC2 does not know it. Absent: the subject is a VPC. */
  readonly host?: Host | null
  readonly groups: readonly QuarantineGroup[]
  /** The address blocks of VPCs, where a rule leaves them reachable. */
  readonly blocks?: Readonly<Record<string, readonly string[]>>
  /** The VPC has hosts in it. */
  readonly inUse?: boolean
  /** What could not be read, in words: it is not known whether it is as it should be. */
  readonly unread: readonly string[]
}

/** How far a host in a quarantine group reaches. `all` is for a moment only: it has flows lose their tracking. */
export type Reach = 'none' | 'vpc' | 'all'

/** A group of this deployment for hosts in quarantine, known by its tag and believed only for the rules it has. */
export interface QuarantineGroup {
  readonly id: string
  readonly name: string
  readonly vpc: string
  readonly reach: Reach
  /** `in -1 0.0.0.0/0`, sorted. */
  readonly rules: readonly string[]
}

export interface Host {
  readonly state: string
  /** ISO time. */
  readonly launchedAt: string
  readonly owner: string
  readonly vpc: string
  readonly subnet: string
  readonly zone: string
  readonly image: string
  readonly isSpot: boolean
  readonly tags: Readonly<Record<string, string>>
  readonly interfaces: readonly Interface[]
  /** EC2 says that it has more of them than it shows: nothing is known to be closed. */
  readonly hasMore?: true
  readonly volumes: readonly { readonly device: string; readonly id: string; readonly ends: boolean }[]
  readonly protections?: Protections
  readonly addresses?: readonly Address[]
  readonly profile?: { readonly association: string; readonly arn: string } | null
  /** The Auto Scaling group it belongs to. */
  readonly scaling?: Scaling | null
  /** What only a full look tells. */
  readonly imageOwners?: readonly string[]
  readonly targets?: readonly Target[]
  readonly role?: Role | null
  readonly evidence?: Evidence
  /** Traffic that flow logs saw pass: the newest few lines. */
  readonly flows?: readonly Flow[]
}

export interface Interface {
  readonly id: string
  readonly vpc: string
  readonly subnet: string
  readonly groups: readonly string[]
  readonly owner: string
  /** An AWS service made it, and it alone can change it. */
  readonly requester?: string
  readonly attachment?: string
  readonly isPrimary: boolean
  /** Its private addresses, of both families. */
  readonly ips: readonly string[]
  readonly publicIp?: string
  /** For how many seconds a connection that says nothing is remembered; absent: EC2's default. */
  readonly idle?: number
}

export interface Protections {
  readonly termination: boolean
  readonly stop: boolean
  readonly shutdown: string
}

export interface Address {
  readonly allocation: string
  readonly association: string
  readonly interface: string
  readonly privateIp: string
  readonly publicIp: string
}

export interface Scaling {
  readonly group: string
  readonly state: string
  readonly desired: number
  readonly least: number
  readonly most: number
  /** How many hosts it has, and how many of them were taken away. */
  readonly size: number
  readonly away: number
}

export interface Target {
  readonly group: string
  readonly id: string
  readonly port: number
  readonly zone?: string
}

export interface Role {
  readonly name: string
  readonly path: string
  /** Known by the host's tag alone, which anybody may have written: good to look at, not to act on. */
  readonly byTag?: true
  /** The names of its inline policies that are ours. */
  readonly denials: readonly string[]
  /** Other hosts that have the same profile. */
  readonly siblings: readonly string[]
}

/** The snapshots of its volumes that this deployment has begun, newest first. */
export interface Evidence {
  readonly sets: readonly { readonly begunAt: string; readonly volumes: readonly string[] }[]
}

export interface Flow {
  /** Milliseconds. */
  readonly at: number
  readonly interface: string
  readonly line: string
}

export const isGone = (host: Host | null | undefined): boolean =>
  host === null || host?.state === 'terminated' || host?.state === 'shutting-down'

export const isOff = (host: Host): boolean => host.state === 'stopped' || host.state === 'stopping'

/** The tag that a quarantine group carries; its value is how far it reaches. */
export const GROUP_TAG = 'portcullis:quarantine-group'
/** The tag that a host in quarantine carries; its value is the name of the rule. */
export const HOST_TAG = 'portcullis:quarantine'
/** The tag that tells which role the host had when it was cut off from it. */
export const ROLE_TAG = 'portcullis:role'
/** The tag that hands a host over; its value is the role that may still touch it. */
export const HELD_BY_TAG = 'portcullis:held-by'
