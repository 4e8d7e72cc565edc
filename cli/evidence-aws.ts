import {
  DescribeLockedSnapshotsCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { sha256, uriOf } from '#shared/aws/evidence.ts'
import { awsCode } from '#shared/fault.ts'
import { lockOf, snapshotOf, tagsOf } from '#shared/responses/unpreserved-host/from-aws.ts'
import { type Held, partsOf, type Standing } from '#shared/responses/unpreserved-host/verify.ts'
import type { Copy, Snapshot } from '#shared/responses/unpreserved-host/world.ts'
import { asked } from './aws.ts'

/** The evidence as it stands now, read with the caller's own credentials. */

const s3Of = (region: string) => {
  const emulator = process.env.AWS_ENDPOINT_URL
  return new S3Client({ region, ...(emulator ? { forcePathStyle: true } : {}) })
}
const GONE = /^(NoSuchKey|NoSuchVersion|NotFound|MethodNotAllowed|InvalidSnapshot\.NotFound)$/
const reading = (what: string) =>
  ({ expected: `to read ${what}`, denied: 'read-denied', failed: 'read-failed' }) as const

async function orNull<T>(asking: Promise<T>): Promise<T | null> {
  try {
    return await asking
  } catch (error) {
    if (GONE.test(awsCode(error))) return null
    throw error
  }
}

/** An object by the version that was written down, and which version whoever names none would get. */
export async function heldAt(uri: string, region: string): Promise<Held | null> {
  const { bucket: Bucket, key: Key, version: VersionId } = partsOf(uri)
  const s3 = s3Of(region)
  return asked(reading(uri), async () => {
    const [own, newest] = await Promise.all([
      orNull(s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))),
      orNull(s3.send(new HeadObjectCommand({ Bucket, Key }))),
    ])
    if (!own) return null
    const bytes = (await own.Body?.transformToByteArray()) ?? new Uint8Array()
    const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = own
    return {
      body: Buffer.from(bytes).toString('utf8'),
      uri: uriOf(Bucket, Key, VersionId, sha256(bytes)),
      newest: newest?.VersionId ?? '',
      lock: mode && until ? { mode, until: until.toISOString() } : null,
    }
  })
}

/** A snapshot, its lock, and who may use it. */
export async function standingOf(kept: Snapshot | Copy): Promise<Standing | null> {
  const { id, region } = kept
  const ec2 = new EC2Client({ region })
  return asked(reading(`snapshot ${id} in ${region}`), async () => {
    const found = await orNull(ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] })))
    const one = found?.Snapshots?.[0]
    if (!one) return null
    const [locks, users] = await Promise.all([
      kept.lock ? ec2.send(new DescribeLockedSnapshotsCommand({ SnapshotIds: [id] })) : null,
      'sharedWith' in kept
        ? ec2.send(new DescribeSnapshotAttributeCommand({ SnapshotId: id, Attribute: 'createVolumePermission' }))
        : null,
    ])
    return {
      ...snapshotOf(one, region),
      tags: tagsOf(one.Tags),
      ...(locks ? { lock: lockOf(locks.Snapshots?.[0]) } : {}),
      ...(users
        ? { sharedWith: (users.CreateVolumePermissions ?? []).map(({ UserId, Group }) => UserId ?? Group ?? '?') }
        : {}),
    }
  })
}
