import {
  DescribeLockedSnapshotsCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { GetObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3'
import type { Manifest } from '#shared/responses/unpreserved-host/manifest.ts'
import type { Head } from '#shared/story.ts'
import { account, incidentsOf as allIncidentsOf, control, options, region, sweep, until } from './cloud.ts'
import { STAGE } from './cloud-setup.ts'
import { hostFinding } from './guard-duty.ts'
import { hostsOf } from './hosts.ts'

/** Where the policy of the tests wants copies, and whom they are shared with. */
export const AWAY = 'eu-west-1'
export const OTHER = '210987654321'
export const BUCKET = `portcullis-evidence-${STAGE}-${account}-${region}`
export const PRESERVER = `portcullis-${STAGE}-preserve-host`

export const hosts = hostsOf(options)
export const away = new EC2Client({ ...options, region: AWAY })
export const s3 = new S3Client({ ...options, forcePathStyle: true })
const kms = new KMSClient({ ...options, region: AWAY })

/** The key that the policy of the tests names, once. */
export async function evidenceKey(): Promise<void> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  try {
    await kms.send(new CreateAliasCommand({ AliasName: 'alias/evidence', TargetKeyId: KeyMetadata!.KeyId! }))
  } catch (error) {
    if ((error as Error).name !== 'AlreadyExistsException') throw error
  }
}

/** The incidents in which the evidence of a host is kept, newest first. */
export const incidentsOf = async (host: string): Promise<Head[]> =>
  (await allIncidentsOf(host)).filter((head) => head.response === 'unpreserved-host')

export async function verdictOf(host: string, verdict: Head['verdict']): Promise<Head> {
  const isSo = ([newest]: readonly Head[]) => newest?.verdict === verdict
  return (await until(`the evidence of ${host} to be ${verdict}`, () => incidentsOf(host), isSo, 50))[0]!
}

/** GuardDuty says that this host is suspicious, by a type that the rule for evidence alone takes. */
export const accuse = (instance: string, more: { readonly id?: string; readonly at?: Date } = {}) =>
  control.emit(hostFinding({ account, region, instance, type: 'Behavior:EC2/NetworkPortUnusual', ...more }))

export const sweepEvidence = () => sweep(PRESERVER)

const ofHost = (id: string) => ({ OwnerIds: ['self'], Filters: [{ Name: 'tag:portcullis:host', Values: [id] }] })
export const snapshotsOf = async (id: string) =>
  (await hosts.ec2.send(new DescribeSnapshotsCommand(ofHost(id)))).Snapshots!
export const copiesOf = async (id: string) => (await away.send(new DescribeSnapshotsCommand(ofHost(id)))).Snapshots!
export const locksOf = async (ec2: EC2Client, ids: readonly string[]) =>
  (await ec2.send(new DescribeLockedSnapshotsCommand({ SnapshotIds: [...ids] }))).Snapshots!.map((one) => one.LockState)
export const usersOf = async (SnapshotId: string) =>
  (
    await away.send(new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission' }))
  ).CreateVolumePermissions!.map((one) => one.UserId)

/** What lies in the bucket of a host, each version of it. */
export async function objectsOf(id: string) {
  const Prefix = `${account}/${region}/${id}/`
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix }))
  return Promise.all(
    Versions.map(async ({ Key, VersionId }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: Key!, VersionId }))
      return { key: Key!, version: VersionId!, text: await Body!.transformToString() }
    }),
  )
}

export async function manifestOf(id: string): Promise<Manifest> {
  const found = (await objectsOf(id)).filter((one) => one.key.endsWith('/manifest.json'))
  if (found.length !== 1) throw new Error(`Expected one manifest of ${id}; there are ${found.length}.`)
  return JSON.parse(found[0]!.text) as Manifest
}
