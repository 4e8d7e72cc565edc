/** A suspicious host's evidence, as far as it is there. */
export interface EvidenceWorld {
  readonly subject: string
  readonly place: Place
  /** Null: EC2 does not know it, or no longer. */
  readonly host: EvidenceHost | null
  /** What is kept of it, one set a suspicion; newest first. */
  readonly sets: readonly EvidenceSet[]
  /** The keys that copies are to be made under, and those of its volumes: whether AWS manages them. */
  readonly keys: Readonly<Record<string, boolean>>
  /** What could not be read, in words. */
  readonly unread: readonly string[]
  /** False where the bucket could not be read: then nothing is known of what lies in it. */
  readonly hasObjects: boolean
}

/** Where evidence is kept: the bucket, and the account and region that it is of. */
export interface Place {
  readonly bucket: string
  readonly account: string
  readonly region: string
}

export interface EvidenceHost {
  readonly state: string
  /** ISO time. */
  readonly launchedAt: string
  readonly vpc: string
  readonly tags: Readonly<Record<string, string>>
  readonly imageOwners?: readonly string[]
  readonly volumes: readonly Volume[]
  /** Disks of the instance store, in words: no snapshot can be made of these. */
  readonly disks: readonly string[]
}

export interface Volume {
  readonly id: string
  readonly device: string
  readonly isRoot: boolean
  /** GiB; absent where the volume could not be described. */
  readonly size?: number
  readonly encrypted?: boolean
  readonly key?: string
  /** How many tags of its own a snapshot would take over. */
  readonly tags: number
}

/** What is kept since one moment. */
export interface EvidenceSet {
  /** ISO time: since when the host is suspicious. It names the set. */
  readonly since: string
  readonly snapshots: readonly Snapshot[]
  readonly copies: readonly Copy[]
  readonly objects: readonly StoredObject[]
}

export interface Snapshot {
  readonly id: string
  readonly region: string
  readonly volume: string
  readonly state: string
  /** ISO time. */
  readonly begunAt: string
  /** GiB. */
  readonly size: number
  readonly encrypted: boolean
  readonly key?: string
  /** Null: it is not locked. Absent: not read. */
  readonly lock?: Lock | null
}

export interface Copy extends Snapshot {
  readonly copyOf: string
  /** Accounts that may use it. Absent: not read. */
  readonly sharedWith?: readonly string[]
}

export interface Lock {
  /** `governance`, `compliance`, `compliance-cooloff` or `expired`. */
  readonly state: string
  readonly until: string
}

/** An object in the evidence bucket, as it was read back. */
export interface StoredObject {
  readonly name: 'facts.json' | 'manifest.json'
  /** `s3://bucket/key?versionId=…#sha256=…` */
  readonly uri: string
  /** What of the facts could not be had, and why. */
  readonly gaps: readonly string[]
}

/** What is still to be done for the evidence. `of` is what it is about. A closed union, told apart by `need`. */
export type Need = { readonly of: string } & (
  | { readonly need: 'facts' | 'manifest'; readonly since: string }
  /** Snapshots of all its volumes at one moment, but for those that the set holds already. */
  | {
      readonly need: 'snapshots'
      readonly since: string
      readonly volumes: readonly string[]
      readonly except: readonly string[]
      readonly exceptRoot: boolean
      /** Whether the volumes' own tags go with them. */
      readonly withTags: boolean
      /** Snapshots of this set that EC2 gave up. */
      readonly failed: readonly string[]
    }
  | {
      readonly need: 'copy'
      readonly since: string
      readonly volume: string
      readonly region: string
      readonly key?: string
      /** It is under the key that AWS manages: what can be shared is a copy under another key. */
      readonly isManaged: boolean
      readonly failed: readonly string[]
    }
  | { readonly need: 'share'; readonly region: string; readonly account: string }
  | {
      readonly need: 'lock'
      readonly region: string
      readonly mode: 'governance' | 'compliance'
      readonly days: number
    }
)

/** Evidence that is not there yet, or can't be had, and why. */
export interface Gap {
  readonly kind:
    | 'pending'
    | 'unread'
    | 'facts'
    | 'instance-store'
    | 'no-volumes'
    | 'gone'
    | 'failed'
    | 'uncopyable'
    | 'unshareable'
  readonly what: string
}

/** What snapshots of evidence are tagged with: `suspicious-host` reads the first two. */
export const HOST = 'portcullis:host'
/** `ID/SINCE` */
export const EVIDENCE = 'portcullis:evidence'
export const COPY_OF = 'portcullis:copy-of'
export const VOLUME = 'portcullis:volume'

export const isLive = ({ state }: Snapshot): boolean => state !== 'error' && state !== 'recoverable'
export const isGone = (host: EvidenceHost | null): boolean =>
  host === null || host.state === 'terminated' || host.state === 'shutting-down'

/** Where an object of a set lies in the bucket. */
export const keyOf = ({ account, region }: Place, host: string, since: string, name: StoredObject['name']): string =>
  `${account}/${region}/${host}/${since}/${name}`

/** Reads `portcullis-evidence-STAGE-ACCOUNT-REGION`, the name that the deployment gives the bucket. */
export function placeOf(bucket: string): Place {
  const [, account = '', region = ''] = /-(\d{12})-([a-z0-9-]+)$/.exec(bucket) ?? []
  return { bucket: bucket.toLowerCase(), account, region }
}
