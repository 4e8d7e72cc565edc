import type { Circumstances } from '#shared/finding.ts'
import { loadPolicy } from '#shared/policy/load.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type {
  Copy,
  EvidenceHost,
  EvidenceSet,
  EvidenceWorld,
  Snapshot,
  StoredObject,
} from '#shared/responses/unpreserved-host/world.ts'
import type { Suspicion } from '#shared/suspicion.ts'

/** Hosts and what is kept of them, for tests that ask no cloud. */

export const ID = 'i-0123456789abcdef0'
export const SINCE = '2026-06-01T10:00:00.000Z'
export const NOW = new Date('2026-06-01T12:00:00Z')
export const PLACE = {
  bucket: 'portcullis-evidence-prod-123456789012-eu-central-1',
  account: '123456789012',
  region: 'eu-central-1',
}
export const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/evidence'
export const AWS_KEY = 'arn:aws:kms:eu-central-1:123456789012:key/aws-ebs'

export const COPY = `copy: { region: eu-west-1, key: "${KEY}", account: "210987654321" }`
export const LOCK = 'lock: { mode: governance, days: 30 }'

/** One rule that acts on GuardDuty's and people's word, and whatever the test adds to it and to `evidence`. */
export function evidencePolicy({ rule = '', evidence = '', hosts = '' } = {}): Policy {
  const more = (text: string, indent: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => `${indent}${line}\n`)
      .join('')
  const text = `version: 1
open-ingress:
  rules:
    - { name: no-world-ingress, mode: watch, allow: [tcp/443] }
suspicious-hosts:
  rules:
    - name: bad-host
      mode: act
      contain: network-only
      when: { guardduty: { severity: 7 }, security-hub: {}, person: true }
${more(rule, '      ')}${more(hosts, '  ')}${evidence ? `  evidence:\n${more(evidence, '    ')}` : ''}`
  return loadPolicy(text, 'test.yml')
}

export const accusation = (more: Partial<Suspicion> = {}): Suspicion => ({
  id: 'finding-1',
  from: 'guardduty',
  type: 'Backdoor:EC2/C&CActivity.B',
  severity: 8,
  says: 'it talks to a bad place',
  at: SINCE,
  ...more,
})

export const circumstances = (suspicions: readonly Suspicion[] = [accusation()], now = NOW): Circumstances => ({
  now,
  account: PLACE.account,
  graces: [],
  origins: [],
  rounds: [],
  suspicions,
  taken: [],
})

export const host = (more: Partial<EvidenceHost> = {}): EvidenceHost => ({
  state: 'running',
  launchedAt: '2026-01-01T00:00:00.000Z',
  vpc: 'vpc-1',
  tags: {},
  volumes: [
    { id: 'vol-1', device: '/dev/sda1', isRoot: true, size: 8, encrypted: true, key: AWS_KEY, tags: 0 },
    { id: 'vol-2', device: '/dev/sdf', isRoot: false, size: 100, encrypted: false, tags: 2 },
  ],
  disks: [],
  ...more,
})

export const world = (sets: readonly EvidenceSet[] = [], more: Partial<EvidenceWorld> = {}): EvidenceWorld => ({
  subject: ID,
  place: PLACE,
  host: host(),
  sets,
  keys: { [AWS_KEY]: true, [KEY]: false },
  unread: [],
  hasObjects: true,
  ...more,
})

export const snapshot = (id: string, volume: string, more: Partial<Snapshot> = {}): Snapshot => ({
  id,
  region: 'eu-central-1',
  volume,
  state: 'completed',
  begunAt: '2026-06-01T10:05:00.000Z',
  size: 8,
  encrypted: volume === 'vol-1',
  ...(volume === 'vol-1' ? { key: AWS_KEY } : {}),
  lock: null,
  ...more,
})

export const copy = (id: string, copyOf: string, volume: string, more: Partial<Copy> = {}): Copy => ({
  ...snapshot(id, volume),
  region: 'eu-west-1',
  encrypted: true,
  key: KEY,
  copyOf,
  sharedWith: [],
  ...more,
})

export const object = (name: StoredObject['name'], gaps: readonly string[] = []): StoredObject => ({
  name,
  uri: `s3://${PLACE.bucket}/123456789012/eu-central-1/${ID}/${SINCE}/${name}?versionId=1#sha256=${'0'.repeat(64)}`,
  gaps,
})

export const set = (more: Partial<EvidenceSet> = {}): EvidenceSet => ({
  since: SINCE,
  snapshots: [snapshot('snap-1', 'vol-1'), snapshot('snap-2', 'vol-2')],
  copies: [],
  objects: [object('facts.json')],
  ...more,
})
