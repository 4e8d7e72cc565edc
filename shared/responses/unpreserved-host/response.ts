import type { EvidenceGap, UnpreservedHost } from '#shared/finding.ts'
import { outsideOf } from '#shared/look.ts'
import type { Response } from '#shared/response.ts'
import { confirm } from '#shared/responses/suspicious-host/confirm.ts'
import { breaker, keepsOrigins, launchOrigins } from '#shared/responses/suspicious-host/launches.ts'
import { facts } from './facts.ts'
import { isDone } from './is-done.ts'
import { judge } from './judge.ts'
import { manifest } from './manifest.ts'
import { observe } from './observe.ts'
import { plan } from './plan.ts'
import { powers } from './powers.ts'
import { proof } from './proof.ts'
import { locate, scan } from './scan.ts'
import { type EvidenceSubject, instancesIn, subjects } from './subjects.ts'
import { type EvidenceWorld, placeOf } from './world.ts'

/** An accused host's evidence: what EC2 tells of it, snapshots of its volumes, copies and locks, and a manifest at the end. */
export function unpreservedHost(
  bucket: string,
): Response<EvidenceSubject, EvidenceWorld, UnpreservedHost | EvidenceGap> {
  const place = placeOf(bucket)
  return {
    name: 'unpreserved-host',
    swept: 'EvidenceSweepsCompleted',
    reads: [
      'ec2:DescribeInstances',
      'ec2:DescribeInstanceTypes',
      'ec2:DescribeImages',
      'ec2:DescribeVolumes',
      'ec2:DescribeSnapshots',
      'ec2:DescribeSnapshotAttribute',
      'ec2:DescribeLockedSnapshots',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSecurityGroupRules',
      'ec2:DescribeRouteTables',
      'ec2:DescribeNetworkAcls',
      'ec2:DescribeIamInstanceProfileAssociations',
      'ec2:GetConsoleOutput',
      'ec2:GetConsoleScreenshot',
      'iam:GetInstanceProfile',
      'guardduty:GetFindings',
      'kms:DescribeKey',
      's3:ListBucket',
      's3:GetObject',
    ],
    powers,
    undoes: () => [],
    subjects,
    locate,
    observe: (subject, outside) => observe(subject, place, outside),
    scan: (outside, worth, cursor) => scan(place, outside, worth, cursor),
    judge,
    plan,
    confirm,
    breaker,
    proof,
    isDone,
    async content(name, { subject, incident }, ports) {
      if (name === 'facts') return facts(subject, ports)
      const [, since = ''] = name.split(' ')
      return manifest(await observe(subject, place, outsideOf(ports)), since, incident, ports)
    },
    keepsOrigins,
    origins: launchOrigins,
    /** A host that has just been launched, and a snapshot that has just been finished, may not show as such yet. */
    unseen(signal, { subject, host, sets }) {
      if (signal.kind === 'snapshots-done')
        return sets
          .flatMap(({ snapshots, copies }) => [...snapshots, ...copies])
          .some(({ id, state }) => state === 'pending' && signal.snapshots.includes(id))
      const isLaunch = signal.kind === 'api-call' && signal.name === 'RunInstances'
      return isLaunch && host === null && instancesIn(signal.response).includes(subject)
    },
  }
}
