import { field, list, text } from '#shared/kit/loose.ts'
import type { SnapshotsDone } from '#shared/signal.ts'
import type { Envelope } from './guardduty.ts'

/**
 * Reads EC2's word that snapshots are complete, or have failed: one, a set, or a copy.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html
 */
export function fromSnapshots(detail: unknown, envelope: Envelope): SnapshotsDone | null {
  const arns = [
    text(field(detail, 'snapshot_id')),
    ...list(field(detail, 'snapshots')).map((one) => text(field(one, 'snapshot_id'))),
  ]
  const snapshots = arns.flatMap((arn) => /(snap-[0-9a-f]+)$/.exec(arn ?? '')?.[1] ?? [])
  return snapshots.length > 0 ? { kind: 'snapshots-done', ...envelope, snapshots } : null
}
