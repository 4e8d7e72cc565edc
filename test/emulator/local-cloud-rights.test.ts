import { DescribeAutoScalingInstancesCommand, EnterStandbyCommand } from '@aws-sdk/client-auto-scaling'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  AssociateIamInstanceProfileCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotsCommand,
  GetConsoleScreenshotCommand,
  LockSnapshotCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2'
import { DeregisterTargetsCommand, DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { GetFindingsCommand, GuardDutyClient, ListDetectorsCommand } from '@aws-sdk/client-guardduty'
import {
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { ListCommandInvocationsCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm'
import { beforeAll, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { scalingOf } from '../support/scaling.ts'
import { as, control, ec2, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let its: ReturnType<typeof scalingOf>
let clients: {
  iam: IAMClient
  kms: KMSClient
  s3: S3Client
  ssm: SSMClient
  logs: CloudWatchLogsClient
  duty: GuardDutyClient
}
beforeAll(() => {
  const options = as(KEYS.alice)
  its = scalingOf(options)
  clients = {
    iam: new IAMClient(options),
    kms: new KMSClient(options),
    s3: new S3Client(options),
    ssm: new SSMClient(options),
    logs: new CloudWatchLogsClient(options),
    duty: new GuardDutyClient(options),
  }
})

/** What IAM would have been asked for a call, whatever came of it. */
async function rights(call: Promise<unknown>): Promise<{ actions: readonly string[]; resources: readonly string[] }> {
  await call.catch(() => {})
  const { actions, resources } = (await control.calls()).at(-1)!
  return { actions, resources }
}

test('each call is named by the rights that it needs', async () => {
  const { iam, kms, s3, ssm, logs, duty } = clients
  const id = 'i-0123456789abcdef0'
  const [role, group, targets] = [{ RoleName: 'r' }, { AutoScalingGroupName: 'g' }, { TargetGroupArn: 'arn:t' }]
  const object = { Bucket: 'evidence', Key: 'a/b' }
  const lock = { ObjectLockMode: 'COMPLIANCE' as const, ObjectLockRetainUntilDate: new Date('2030-01-01') }
  const tags = { TagSpecifications: [{ ResourceType: 'snapshot' as const, Tags: [{ Key: 'a', Value: 'b' }] }] }
  const standby = { ...group, InstanceIds: [id], ShouldDecrementDesiredCapacity: true }
  const [snapshot, none] = ['snap-0123456789abcdef0', 'sg-00000000000000000']
  const expected = async (call: Promise<unknown>, actions: string | string[], resource?: string) => {
    const asked = { actions: [actions].flat(), ...(resource ? { resources: [resource] } : {}) }
    expect(await rights(call)).toMatchObject(asked)
  }
  const checks = [
    () => expected(its.scaling.send(new EnterStandbyCommand(standby)), 'autoscaling:EnterStandby', 'g'),
    () =>
      expected(
        its.scaling.send(new DescribeAutoScalingInstancesCommand({})),
        'autoscaling:DescribeAutoScalingInstances',
      ),
    () =>
      expected(
        its.elb.send(new DescribeTargetHealthCommand(targets)),
        'elasticloadbalancing:DescribeTargetHealth',
        'arn:t',
      ),
    () =>
      expected(
        its.elb.send(new DeregisterTargetsCommand({ ...targets, Targets: [{ Id: id }] })),
        'elasticloadbalancing:DeregisterTargets',
      ),
    () =>
      expected(
        iam.send(new PutRolePolicyCommand({ ...role, PolicyName: 'p', PolicyDocument: '{}' })),
        'iam:PutRolePolicy',
        'r',
      ),
    () => expected(iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName: 'p' })), 'iam:DeleteRolePolicy', 'r'),
    () =>
      expected(iam.send(new GetInstanceProfileCommand({ InstanceProfileName: 'p' })), 'iam:GetInstanceProfile', 'p'),
    () => expected(kms.send(new DescribeKeyCommand({ KeyId: 'alias/a' })), 'kms:DescribeKey', 'alias/a'),
    () => expected(ssm.send(new SendCommandCommand({ DocumentName: 'd', InstanceIds: [id] })), 'ssm:SendCommand'),
    () => expected(ssm.send(new ListCommandInvocationsCommand({})), 'ssm:ListCommandInvocations'),
    () => expected(logs.send(new FilterLogEventsCommand({ logGroupName: '/vpc' })), 'logs:FilterLogEvents', '/vpc'),
    () => expected(duty.send(new ListDetectorsCommand({})), 'guardduty:ListDetectors'),
    () =>
      expected(duty.send(new GetFindingsCommand({ DetectorId: 'd', FindingIds: ['f'] })), 'guardduty:GetFindings', 'd'),
    () => expected(s3.send(new PutObjectCommand({ ...object, Body: 'x' })), 's3:PutObject', 'evidence'),
    () =>
      expected(s3.send(new PutObjectCommand({ ...object, Body: 'x', ...lock })), [
        's3:PutObject',
        's3:PutObjectRetention',
      ]),
    () =>
      expected(s3.send(new PutObjectCommand({ ...object, Body: 'x', Tagging: 'a=b' })), [
        's3:PutObject',
        's3:PutObjectTagging',
      ]),
    () => expected(s3.send(new GetObjectCommand(object)), 's3:GetObject', 'evidence'),
    () => expected(s3.send(new GetObjectCommand({ ...object, VersionId: 'v' })), 's3:GetObjectVersion'),
    () => expected(s3.send(new HeadObjectCommand(object)), 's3:GetObject'),
    () =>
      expected(
        s3.send(new PutObjectRetentionCommand({ ...object, Retention: { Mode: 'COMPLIANCE' } })),
        's3:PutObjectRetention',
      ),
    () => expected(s3.send(new ListObjectsV2Command({ Bucket: 'evidence' })), 's3:ListBucket', 'evidence'),
    () => expected(s3.send(new HeadBucketCommand({ Bucket: 'evidence' })), 's3:ListBucket'),
    () => expected(ec2.send(new GetConsoleScreenshotCommand({ InstanceId: id })), 'ec2:GetConsoleScreenshot'),
    () =>
      expected(ec2.send(new LockSnapshotCommand({ SnapshotId: snapshot, LockMode: 'governance' })), 'ec2:LockSnapshot'),
    () =>
      expected(
        ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: 'eni-1', Groups: [none] })),
        'ec2:ModifyNetworkInterfaceAttribute',
      ),
    () =>
      expected(ec2.send(new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId: id }, ...tags })), [
        'ec2:CreateSnapshots',
        'ec2:CreateTags',
      ]),
    () =>
      expected(
        ec2.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd', VpcId: 'vpc-1' })),
        'ec2:CreateSecurityGroup',
      ),
    () =>
      expected(
        ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId: id, IamInstanceProfile: { Name: 'p' } })),
        ['ec2:AssociateIamInstanceProfile', 'iam:PassRole'],
      ),
  ]
  for (const check of checks) await check()
})
