import {
  CopySnapshotCommand,
  type CopySnapshotCommandInput,
  type CopySnapshotCommandOutput,
  CreateSnapshotsCommand,
  type CreateSnapshotsCommandInput,
  type CreateSnapshotsCommandOutput,
  DescribeSnapshotsCommand,
  LockSnapshotCommand,
  type LockSnapshotCommandInput,
  ModifySnapshotAttributeCommand,
  type ModifySnapshotAttributeCommandInput,
  type Snapshot,
  type TagSpecification,
} from '@aws-sdk/client-ec2'
import { GetObjectCommand, PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3'
import { ec2In, type InRegion, s3, sha256, uriOf } from '#shared/aws/evidence.ts'
import { findBeforeRepeat } from '#shared/aws/find-before-repeat.ts'
import { onceIn } from '#shared/aws/once-in.ts'
import { awsCode } from '#shared/fault.ts'
import { inEc2, mutation } from './table.ts'

/** The ARN of a snapshot names no account: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html */
const SNAPSHOTS = 'arn:${AWS::Partition}:ec2:${AWS::Region}::snapshot/*'
/** Copies lie wherever the policy wants them. */
const SNAPSHOTS_ANYWHERE = 'arn:${AWS::Partition}:ec2:*::snapshot/*'
/** What this deployment has tagged as evidence, and nothing else. */
const EVIDENCE_ALONE = { StringLike: { 'aws:ResourceTag/portcullis:host': 'i-*' } }

/** Snapshots that the call has made, by the tags that it gives: begun since, and not given up. */
async function made(inRegion: string | undefined, tags: readonly TagSpecification[] = []): Promise<Snapshot[]> {
  const since = Date.now() - 60_000
  const ours = (tags[0]?.Tags ?? []).filter(({ Key }) => Key?.startsWith('portcullis:'))
  const Filters = ours.map(({ Key, Value }) => ({ Name: `tag:${Key}`, Values: [Value ?? ''] }))
  const { Snapshots = [] } = await ec2In(inRegion).send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }))
  return Snapshots.filter((one) => one.State !== 'error' && (one.StartTime?.getTime() ?? 0) > since)
}

export const evidenceMutations = {
  'ec2:CreateSnapshots': mutation({
    does: 'Takes snapshots of all volumes of a suspicious host at one moment.',
    send: (input: CreateSnapshotsCommandInput) =>
      findBeforeRepeat<Pick<CreateSnapshotsCommandOutput, 'Snapshots' | '$metadata'>>(
        () => onceIn().send(new CreateSnapshotsCommand(input)),
        async () => {
          const all = (await made(undefined, input.TagSpecifications)).filter(
            ({ Tags = [] }) => !Tags.some(({ Key }) => Key === 'portcullis:copy-of'),
          )
          return all.length > 0 ? { Snapshots: all, $metadata: {} } : undefined
        },
      ),
    resources: [...inEc2('instance', 'volume'), SNAPSHOTS],
    alreadySo: [],
    created: ({ Snapshots = [] }) => Snapshots.flatMap(({ SnapshotId }) => SnapshotId ?? []),
  }),
  'ec2:CopySnapshot': mutation({
    does: "Copies such a snapshot to the region and under the key of the policy's `evidence.copy`.",
    send: ({ inRegion, ...input }: CopySnapshotCommandInput & InRegion) =>
      findBeforeRepeat<Pick<CopySnapshotCommandOutput, 'SnapshotId' | '$metadata'>>(
        () => onceIn(inRegion).send(new CopySnapshotCommand(input)),
        async () => {
          const [one] = await made(inRegion, input.TagSpecifications)
          return one?.SnapshotId ? { SnapshotId: one.SnapshotId, $metadata: {} } : undefined
        },
      ),
    resources: [SNAPSHOTS_ANYWHERE],
    alreadySo: [],
    created: ({ SnapshotId }) => (SnapshotId ? [SnapshotId] : []),
  }),
  'ec2:ModifySnapshotAttribute': mutation({
    does: "Shares such a copy with the account of the policy's `evidence.copy`.",
    send: ({ inRegion, ...input }: ModifySnapshotAttributeCommandInput & InRegion) =>
      ec2In(inRegion).send(new ModifySnapshotAttributeCommand(input)),
    resources: [SNAPSHOTS_ANYWHERE],
    condition: EVIDENCE_ALONE,
    alreadySo: [],
  }),
  'ec2:LockSnapshot': mutation({
    does: "Locks such snapshots and copies, so that nobody deletes them, as the policy's `evidence.lock` says.",
    send: ({ inRegion, ...input }: LockSnapshotCommandInput & InRegion) =>
      ec2In(inRegion).send(new LockSnapshotCommand(input)),
    resources: [SNAPSHOTS_ANYWHERE],
    condition: EVIDENCE_ALONE,
    alreadySo: [],
  }),
  's3:PutObject': mutation({
    does: "Stores facts and manifests in this deployment's own evidence bucket; what is there is never replaced.",
    send: putOnce,
    resources: ['arn:${AWS::Partition}:s3:::${EvidenceBucket}/*'],
    // Another run was faster: what that stored is found by the next look.
    alreadySo: ['PreconditionFailed', 'ConditionalRequestConflict'],
    created: ({ stored }) => [stored],
  }),
}

/**
 * Puts an object where there is none. The SDK tries again where no answer came; then S3 may say that the object is there:
 * it is ours if its text is. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
async function putOnce(input: PutObjectCommandInput): Promise<{ readonly stored: string; readonly $metadata: object }> {
  const { Bucket, Key } = input
  const body = Buffer.from(String(input.Body))
  const digest = sha256(body)
  const ChecksumSHA256 = Buffer.from(digest, 'hex').toString('base64')
  try {
    const put = new PutObjectCommand({ ...input, Body: body, ChecksumSHA256, IfNoneMatch: '*' })
    const { VersionId, $metadata } = await s3().send(put)
    return { stored: uriOf(Bucket, Key, VersionId, digest), $metadata }
  } catch (error) {
    if (awsCode(error) !== 'PreconditionFailed') throw error
    const there = await s3().send(new GetObjectCommand({ Bucket, Key }))
    if (sha256((await there.Body?.transformToByteArray()) ?? '') !== digest) throw error
    return { stored: uriOf(Bucket, Key, there.VersionId, digest), $metadata: there.$metadata }
  }
}
