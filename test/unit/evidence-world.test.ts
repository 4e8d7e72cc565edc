import { describe, expect, test } from 'vitest'
import { findBeforeRepeat } from '#shared/aws/find-before-repeat.ts'
import type { Reads } from '#shared/aws/reads.ts'
import type { Ports } from '#shared/ports.ts'
import type { Outside } from '#shared/response.ts'
import { facts } from '#shared/responses/unpreserved-host/facts.ts'
import { observe } from '#shared/responses/unpreserved-host/observe.ts'
import { proof } from '#shared/responses/unpreserved-host/proof.ts'
import { locate } from '#shared/responses/unpreserved-host/scan.ts'
import { subjects } from '#shared/responses/unpreserved-host/subjects.ts'
import { placeOf } from '#shared/responses/unpreserved-host/world.ts'
import type { Signal } from '#shared/signal.ts'
import {
  AWS_KEY,
  COPY,
  evidencePolicy,
  ID,
  KEY,
  LOCK,
  NOW,
  PLACE,
  SINCE,
  set,
  world,
} from '../support/evidence-world.ts'

type Answers = Readonly<Record<string, (input: Record<string, unknown>) => unknown>>
const failing = (name: string, message = 'no') => {
  throw Object.assign(new Error(message), { name })
}

const INSTANCE = {
  InstanceId: ID,
  InstanceType: 'm5d.large',
  ImageId: 'ami-1',
  RootDeviceName: '/dev/sda1',
  LaunchTime: new Date('2026-01-01T00:00:00Z'),
  VpcId: 'vpc-1',
  State: { Name: 'running' },
  Tags: [{ Key: 'env', Value: 'prod' }],
  BlockDeviceMappings: [
    { DeviceName: '/dev/sda1', Ebs: { VolumeId: 'vol-1' } },
    { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
  ],
}
const tags = (more: Record<string, string> = {}, since = SINCE) =>
  Object.entries({ 'portcullis:host': ID, 'portcullis:evidence': `${ID}/${since}`, ...more }).map(([Key, Value]) => ({
    Key,
    Value,
  }))
const KEPT = { StartTime: new Date(SINCE), VolumeSize: 8, State: 'completed', Encrypted: true }
const ANSWERS: Answers = {
  'ec2:DescribeInstances': () => ({ Reservations: [{ Instances: [INSTANCE] }] }),
  'ec2:DescribeInstanceTypes': () => ({
    InstanceTypes: [{ InstanceStorageInfo: { Disks: [{ Count: 1, SizeInGB: 75, Type: 'ssd' }] } }],
  }),
  'ec2:DescribeVolumes': () => ({
    Volumes: [
      { VolumeId: 'vol-1', Size: 8, Encrypted: true, KmsKeyId: AWS_KEY, Tags: [{ Key: 'a' }, { Key: 'aws:b' }] },
    ],
  }),
  'ec2:DescribeSnapshots': ({ inRegion }) =>
    inRegion
      ? {
          Snapshots: [
            {
              ...KEPT,
              SnapshotId: 'snap-2',
              VolumeId: 'vol-ffffffff',
              KmsKeyId: KEY,
              Tags: tags({ 'portcullis:copy-of': 'snap-1', 'portcullis:volume': 'vol-1' }),
            },
          ],
        }
      : {
          Snapshots: [
            { ...KEPT, SnapshotId: 'snap-1', VolumeId: 'vol-1', KmsKeyId: AWS_KEY, Tags: tags() },
            // Tagged by somebody else: with no time, older than the accusation, and for another host.
            { ...KEPT, SnapshotId: 'snap-8', VolumeId: 'vol-1', Tags: tags({}, '../..') },
            { ...KEPT, SnapshotId: 'snap-7', VolumeId: 'vol-1', Tags: tags(), StartTime: new Date(0) },
            { ...KEPT, SnapshotId: 'snap-9', VolumeId: 'vol-1', Tags: tags({ 'portcullis:evidence': 'i-1/x' }) },
          ],
        },
  'ec2:DescribeLockedSnapshots': ({ inRegion }) => ({
    Snapshots: inRegion ? [] : [{ SnapshotId: 'snap-1', LockState: 'governance', LockExpiresOn: new Date(NOW) }],
  }),
  'ec2:DescribeSnapshotAttribute': () => ({ CreateVolumePermissions: [{ UserId: '210987654321' }] }),
  'kms:DescribeKey': ({ KeyId }) => ({ KeyMetadata: { KeyManager: KeyId === AWS_KEY ? 'AWS' : 'CUSTOMER' } }),
  's3:ListBucket': () => ({
    Contents: [
      { Key: `123456789012/eu-central-1/${ID}/${SINCE}/facts.json` },
      { Key: `123456789012/eu-central-1/${ID}/${SINCE}/stray.txt` },
    ],
  }),
  's3:GetObject': ({ Key }) => ({ uri: `s3://b/${Key}?versionId=1#sha256=0`, body: '{"gaps":["screenshot: no"]}' }),
}
const outside = (more: Answers = {}, policy = evidencePolicy({ evidence: `${COPY}\n${LOCK}` })) => {
  const asked: [string, Record<string, unknown>][] = []
  const reads = Object.fromEntries(
    Object.entries({ ...ANSWERS, ...more }).map(([name, answer]) => [
      name,
      async (input: Record<string, unknown>) => {
        asked.push([name, input])
        return answer(input)
      },
    ]),
  )
  const looking: Outside = {
    reads: reads as unknown as Reads,
    policy,
    region: 'eu-central-1',
    now: () => NOW.getTime(),
    sleep: async () => {},
  }
  return { looking, asked }
}
const seen = (more: Answers = {}) => observe(ID, PLACE, outside(more).looking)

describe('What is there', () => {
  test('is the host, its volumes and disks, and its sets with copies, locks, shares and objects', async () => {
    expect(await seen()).toEqual({
      subject: ID,
      place: PLACE,
      hasObjects: true,
      unread: [],
      keys: { [AWS_KEY]: true, [KEY]: false },
      host: {
        state: 'running',
        launchedAt: '2026-01-01T00:00:00.000Z',
        vpc: 'vpc-1',
        tags: { env: 'prod' },
        disks: ['1 × 75 GB ssd of its instance store'],
        volumes: [{ id: 'vol-1', device: '/dev/sda1', isRoot: true, size: 8, encrypted: true, key: AWS_KEY, tags: 1 }],
      },
      sets: [
        {
          since: SINCE,
          objects: [
            {
              name: 'facts.json',
              uri: expect.stringContaining('facts.json?versionId=1'),
              gaps: ['screenshot: no'],
            },
          ],
          snapshots: [
            {
              ...{ id: 'snap-1', region: 'eu-central-1', volume: 'vol-1', state: 'completed', begunAt: SINCE, size: 8 },
              ...{ encrypted: true, key: AWS_KEY, lock: { state: 'governance', until: NOW.toISOString() } },
            },
          ],
          copies: [
            {
              ...{ id: 'snap-2', region: 'eu-west-1', volume: 'vol-1', state: 'completed', begunAt: SINCE, size: 8 },
              ...{ encrypted: true, key: KEY, lock: null, copyOf: 'snap-1', sharedWith: ['210987654321'] },
            },
          ],
        },
      ],
    })
  })

  test('is not asked for where the policy wants no copies and no locks', async () => {
    const { looking, asked } = outside({}, evidencePolicy())
    await observe(ID, PLACE, looking)
    const names = asked.map(([name]) => name)
    expect(names).not.toContain('ec2:DescribeLockedSnapshots')
    expect(names).not.toContain('ec2:DescribeSnapshotAttribute')
    expect(asked.some(([, input]) => 'inRegion' in input)).toBe(false)
  })

  test.each([
    ['ec2:DescribeVolumes', 'volumes'],
    ['ec2:DescribeInstanceTypes', 'instance-store disks'],
    ['ec2:DescribeLockedSnapshots', 'locks of snapshots in'],
    ['ec2:DescribeSnapshotAttribute', 'who may use snap-2'],
    ['s3:ListBucket', 'evidence bucket'],
    ['s3:GetObject', 'evidence bucket'],
  ])('is known in part where %s fails, and that is said', async (name, what) => {
    const found = await seen({ [name]: () => failing('AccessDenied') })
    expect(found.unread.join()).toContain(what)
    expect(found.hasObjects).toBe(!name.startsWith('s3:'))
    expect(found.sets[0]!.snapshots).toHaveLength(1)
  })

  test.each(['ec2:DescribeInstances', 'ec2:DescribeSnapshots'])('is not known at all where %s fails', async (name) => {
    await expect(seen({ [name]: () => failing('AccessDenied') })).rejects.toThrow('no')
  })

  test('a host that EC2 does not know is none; a key that nobody here may look at is not known', async () => {
    const gone = await seen({
      'ec2:DescribeInstances': () => failing('InvalidInstanceID.NotFound'),
      'kms:DescribeKey': () => failing('AccessDenied'),
    })
    expect([gone.host, gone.keys, gone.unread]).toEqual([null, {}, []])
  })

  test('reads the bucket, account and region off the name that the deployment gives', () => {
    expect(placeOf('portcullis-evidence-Prod-1-123456789012-us-gov-west-1')).toEqual({
      bucket: 'portcullis-evidence-prod-1-123456789012-us-gov-west-1',
      account: '123456789012',
      region: 'us-gov-west-1',
    })
  })

  test('is told in short as a proof, of the newest set', () => {
    expect(proof(world())).toBeNull()
    expect(proof(world([set()]))).toEqual({
      since: SINCE,
      snapshots: '2 of 2 completed',
      copies: '0 of 0 completed',
      manifest: 'none yet',
    })
  })
})

describe('Where to look', () => {
  const signal = (more: object) => ({ id: '1', account: '', region: '', at: NOW, ...more }) as Signal
  const call = (name: string, more: object = {}) =>
    signal({ kind: 'api-call', source: 'ec2.amazonaws.com', name, request: null, response: null, ...more })
  const instances = { instancesSet: { items: [{ instanceId: 'i-1' }, { instanceId: 'i-2' }] } }
  test.each<[string, Signal, unknown]>([
    ['a tick', signal({ kind: 'tick' }), 'all'],
    ['an alert', signal({ kind: 'host-alert', hosts: ['i-1'] }), [{ host: 'i-1' }]],
    ['snapshots', signal({ kind: 'snapshots-done', snapshots: ['snap-1'] }), [{ snapshot: 'snap-1' }]],
    ['a launch', call('RunInstances', { response: instances }), [{ host: 'i-1' }, { host: 'i-2' }]],
    [
      'a start',
      call('StartInstances', { request: instances, response: instances }),
      [{ host: 'i-1' }, { host: 'i-2' }],
    ],
    ['a launch that tells nothing', call('RunInstances'), []],
    ['another call', call('StopInstances', { request: instances }), []],
    ['a call of that name to another service', call('RunInstances', { source: 'x', response: instances }), []],
  ])('%s', (_, one, where) => {
    expect(subjects(one)).toEqual(where)
  })

  test.each<[string, (input: Record<string, unknown>) => unknown, string[]]>([
    ['of evidence', () => ({ Snapshots: [{ Tags: tags() }] }), [ID]],
    ['of backups', () => ({ Snapshots: [{ Tags: [{ Key: 'backup', Value: 'daily' }] }] }), []],
    ['with a tag that is no host', () => ({ Snapshots: [{ Tags: [{ Key: 'portcullis:host', Value: 'x' }] }] }), []],
    ['that is gone', () => failing('InvalidSnapshot.NotFound'), []],
  ])('a snapshot %s', async (_, answer, hosts) => {
    expect(await locate({ snapshot: 'snap-1' }, outside({ 'ec2:DescribeSnapshots': answer }).looking)).toEqual(hosts)
  })
})

describe('Facts', () => {
  const FACTS: Answers = {
    'ec2:DescribeNetworkInterfaces': () => ({
      NetworkInterfaces: [{ VpcId: 'vpc-1', Groups: [{ GroupId: 'sg-1' }] }],
      $metadata: { requestId: 'x' },
    }),
    'ec2:GetConsoleOutput': () => ({ Output: 'aGVsbG8=' }),
    'ec2:GetConsoleScreenshot': () => ({ ImageData: 'aGVsbG8=' }),
    'ec2:DescribeIamInstanceProfileAssociations': () => ({
      IamInstanceProfileAssociations: [{ IamInstanceProfile: { Arn: 'arn:aws:iam::1:instance-profile/path/web' } }],
    }),
    'ec2:DescribeSecurityGroups': () => ({ SecurityGroups: [{ GroupId: 'sg-1' }] }),
    'ec2:DescribeSecurityGroupRules': () => ({ SecurityGroupRules: [] }),
    'ec2:DescribeRouteTables': () => ({ RouteTables: [] }),
    'ec2:DescribeNetworkAcls': () => ({ NetworkAcls: [] }),
    'iam:GetInstanceProfile': (input) => ({ InstanceProfile: input }),
  }
  const kept = async (more: Answers = {}) => {
    const { looking } = outside({ ...FACTS, ...more })
    const ports = {
      ...looking,
      account: '1',
      region: 'r',
      clock: { region: 'eu-central-1', now: () => NOW.getTime(), sleep: async () => {} },
    } as unknown as Ports
    return JSON.parse(await facts(ID, ports)) as Record<string, unknown> & { gaps: string[] }
  }

  test('are what EC2 tells, without a word of the calls', async () => {
    const all = await kept()
    expect(all).toMatchObject({
      host: ID,
      readAt: NOW.toISOString(),
      gaps: [],
      console: { Output: 'aGVsbG8=' },
      groups: { SecurityGroups: [{ GroupId: 'sg-1' }] },
      profile: { InstanceProfile: { InstanceProfileName: 'web' } },
    })
    expect(JSON.stringify(all)).not.toContain('$metadata')
  })

  test.each(Object.keys({ ...FACTS, 'ec2:DescribeInstances': 1, 'ec2:DescribeVolumes': 1 }))(
    'are kept but for what can not be read, which is named: %s',
    async (name) => {
      const { gaps, readAt } = await kept({ [name]: () => failing('AccessDenied', 'you may not') })
      expect(readAt).toBe(NOW.toISOString())
      expect(gaps).toEqual([expect.stringMatching(/^[\w A]+: AccessDenied: you may not$/i)])
    },
  )

  test('have no gap where there is nothing to be had', async () => {
    const none = { 'ec2:GetConsoleScreenshot': () => failing('UnsupportedOperation') }
    expect(await kept(none)).toMatchObject({ gaps: [], screenshot: null })
    const older = {
      'ec2:GetConsoleOutput': ({ Latest }: Record<string, unknown>) =>
        Latest ? failing('UnsupportedOperation') : { Output: 'b2xk' },
    }
    expect(await kept(older)).toMatchObject({ gaps: [], console: { Output: 'b2xk' } })
    expect((await kept({ 'ec2:DescribeInstances': () => ({ Reservations: [] }) })).gaps).toEqual([
      'instance: EC2 knows it no longer',
    ])
  })
})

describe('A call without a token', () => {
  const lost = Object.assign(new Error('gone'), { name: 'TimeoutError' })
  const refused = Object.assign(new Error('no'), { name: 'InvalidParameterValue', $metadata: { httpStatusCode: 400 } })
  const throttled = Object.assign(new Error('slow'), {
    name: 'RequestLimitExceeded',
    $metadata: { httpStatusCode: 503 },
  })
  const trial = (...answers: readonly (Error | string)[]) => {
    let [calls, looks] = [0, 0]
    const make = async () => {
      const answer = answers[calls++]!
      if (typeof answer === 'string') return answer
      throw answer
    }
    return { make, find: (what?: string) => async () => (++looks > 1 ? what : undefined), count: () => [calls, looks] }
  }

  test('is made once; where its answer is lost, what it made is found', async () => {
    const one = trial(lost, 'twice')
    expect(await findBeforeRepeat(one.make, one.find('found'))).toBe('found')
    expect(one.count()).toEqual([1, 2])
  })
  test('is not looked for where it was refused', async () => {
    const one = trial(refused, 'twice')
    await expect(findBeforeRepeat(one.make, one.find('found'))).rejects.toThrow('no')
    expect(one.count()).toEqual([1, 0])
  })
  test('is made again after a throttle, by which nothing was made', async () => {
    const one = trial(throttled, 'made')
    expect(await findBeforeRepeat(one.make, one.find())).toBe('made')
    expect(one.count()).toEqual([2, 0])
  })
  test('fails where nothing of it shows', async () => {
    const one = trial(lost, 'twice')
    await expect(findBeforeRepeat(one.make, one.find())).rejects.toThrow('gone')
    expect(one.count()).toEqual([1, 4])
  })
})
