import type { EvidenceGap, UnpreservedHost } from '#shared/finding.ts'
import { type Call, contentOf, type Step } from '#shared/plan.ts'
import { step as stepOn } from '#shared/responses/suspicious-host/step.ts'
import { COPY_OF, EVIDENCE, type EvidenceWorld, HOST, keyOf, type Need, VOLUME } from './world.ts'

/** The calls that keep the evidence: all that is due goes side by side, and what is due next is planned when this shows. */
export const plan = (findings: readonly (UnpreservedHost | EvidenceGap)[], world: EvidenceWorld): readonly Step[] =>
  findings.flatMap((one) => (one.finding === 'unpreserved-host' ? one.needs : [])).map((need) => stepFor(need, world))

/** Evidence is not taken back: there is no undo. */
const step = (of: string, title: string, does: Call, found: unknown = null): Step => ({
  ...stepOn(of, title, does, [], 'none', found),
  // Neither call takes a client token.
  ...(does.call === 'ec2:CreateSnapshots' || does.call === 'ec2:CopySnapshot' ? { once: true as const } : {}),
})

const tagged = (tags: Readonly<Record<string, string>>) => [
  { ResourceType: 'snapshot' as const, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
]

function stepFor(need: Need, { subject, place }: EvidenceWorld): Step {
  const { of } = need
  switch (need.need) {
    case 'facts':
    case 'manifest': {
      const name = `${need.need}.json` as const
      const title =
        need.need === 'facts'
          ? 'Keep what EC2 tells of it: console, interfaces, groups, routes, volumes, profile'
          : 'Write the manifest of what is kept'
      const Key = keyOf(place, subject, need.since, name)
      return step(of, title, {
        call: 's3:PutObject',
        input: {
          Bucket: place.bucket,
          Key,
          Body: contentOf(need.need === 'facts' ? 'facts' : `manifest ${need.since}`),
          ContentType: 'application/json',
        },
      })
    }
    case 'snapshots': {
      const tags = {
        [HOST]: subject,
        [EVIDENCE]: `${subject}/${need.since}`,
        Name: `portcullis evidence of ${subject}`,
      }
      const InstanceSpecification = {
        InstanceId: subject,
        ...(need.exceptRoot ? { ExcludeBootVolume: true } : {}),
        ...(need.except.length > 0 ? { ExcludeDataVolumeIds: [...need.except] } : {}),
      }
      return step(
        of,
        `Take snapshots of ${need.volumes.join(', ')} at one moment`,
        {
          call: 'ec2:CreateSnapshots',
          input: {
            InstanceSpecification,
            Description: `Evidence of ${subject}, suspicious since ${need.since}`,
            ...(need.withTags ? { CopyTagsFromSource: 'volume' } : {}),
            TagSpecifications: tagged(tags),
          },
        },
        need.failed,
      )
    }
    case 'copy': {
      const tags = {
        [HOST]: subject,
        [EVIDENCE]: `${subject}/${need.since}`,
        [COPY_OF]: of,
        [VOLUME]: need.volume,
        Name: `portcullis evidence of ${subject}`,
      }
      const under = need.key ? ` under ${need.key}` : ''
      const why = need.isManaged && need.key ? ', for what is under aws/ebs can not be shared' : ''
      return step(
        of,
        `Copy ${of} to ${need.region}${under}${why}`,
        {
          call: 'ec2:CopySnapshot',
          input: {
            inRegion: need.region,
            SourceRegion: place.region,
            SourceSnapshotId: of,
            Description: `Evidence of ${subject}, suspicious since ${need.since}: a copy of ${of}`,
            ...(need.key ? { Encrypted: true, KmsKeyId: need.key } : {}),
            TagSpecifications: tagged(tags),
          },
        },
        need.failed,
      )
    }
    case 'share':
      return step(of, `Share ${of} with account ${need.account}`, {
        call: 'ec2:ModifySnapshotAttribute',
        input: {
          inRegion: need.region,
          SnapshotId: of,
          Attribute: 'createVolumePermission',
          CreateVolumePermission: { Add: [{ UserId: need.account }] },
        },
      })
    case 'lock':
      return step(of, `Lock ${of} for ${need.days} days (${need.mode})`, {
        call: 'ec2:LockSnapshot',
        input: { inRegion: need.region, SnapshotId: of, LockMode: need.mode, LockDuration: need.days },
      })
  }
}
