import { createHash } from 'node:crypto'
import {
  DescribeIamInstanceProfileAssociationsCommand,
  type DescribeIamInstanceProfileAssociationsCommandInput,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeInstanceTypesCommand,
  type DescribeInstanceTypesCommandInput,
  DescribeLockedSnapshotsCommand,
  type DescribeLockedSnapshotsCommandInput,
  DescribeNetworkAclsCommand,
  type DescribeNetworkAclsCommandInput,
  DescribeNetworkInterfacesCommand,
  type DescribeNetworkInterfacesCommandInput,
  DescribeRouteTablesCommand,
  type DescribeRouteTablesCommandInput,
  DescribeSecurityGroupRulesCommand,
  type DescribeSecurityGroupRulesCommandInput,
  DescribeSecurityGroupsCommand,
  type DescribeSecurityGroupsCommandInput,
  DescribeSnapshotAttributeCommand,
  type DescribeSnapshotAttributeCommandInput,
  DescribeSnapshotsCommand,
  type DescribeSnapshotsCommandInput,
  DescribeVolumesCommand,
  type DescribeVolumesCommandInput,
  EC2Client,
  GetConsoleOutputCommand,
  type GetConsoleOutputCommandInput,
  GetConsoleScreenshotCommand,
  type GetConsoleScreenshotCommandInput,
} from '@aws-sdk/client-ec2'
import { GetFindingsCommand, type GetFindingsCommandInput, GuardDutyClient } from '@aws-sdk/client-guardduty'
import { GetInstanceProfileCommand, type GetInstanceProfileCommandInput, IAMClient } from '@aws-sdk/client-iam'
import { DescribeKeyCommand, type DescribeKeyCommandInput, KMSClient } from '@aws-sdk/client-kms'
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  S3Client,
} from '@aws-sdk/client-s3'
import { patient } from './client-options.ts'
import { ec2 } from './ec2.ts'

/** Copies may lie in another region: such a call says in which. Without it, it is this one. */
export interface InRegion {
  readonly inRegion?: string
}

const clients = new Map<string, object>()
const clientOf = <C extends object>(name: string, make: () => C): C => {
  const made = (clients.get(name) as C | undefined) ?? make()
  clients.set(name, made)
  return made
}

export const ec2In = (region: string | undefined): EC2Client =>
  region ? clientOf(`ec2 ${region}`, () => new EC2Client({ ...patient(), region })) : ec2()
export const s3 = (): S3Client => clientOf('s3', () => new S3Client(patient()))
const kmsIn = (region: string | undefined): KMSClient =>
  clientOf(`kms ${region}`, () => new KMSClient({ ...patient(), ...(region ? { region } : {}) }))
const iam = (): IAMClient => clientOf('iam', () => new IAMClient(patient()))
const guardduty = (): GuardDutyClient => clientOf('guardduty', () => new GuardDutyClient(patient()))

/** An object of the evidence bucket, read to its end: its own text is what is digested, not what S3 says of it. */
export interface Stored {
  readonly body: string
  /** `s3://bucket/key?versionId=…#sha256=…` */
  readonly uri: string
}

export const sha256 = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('hex')
export const uriOf = (bucket = '', key = '', version = '', digest = ''): string =>
  `s3://${bucket}/${key}?versionId=${version}#sha256=${digest}`

/** What can be asked about a host's evidence. Nothing here changes anything. */
export const evidenceReads = {
  'ec2:DescribeInstances': (input: DescribeInstancesCommandInput) => ec2().send(new DescribeInstancesCommand(input)),
  'ec2:DescribeInstanceTypes': (input: DescribeInstanceTypesCommandInput) =>
    ec2().send(new DescribeInstanceTypesCommand(input)),
  'ec2:DescribeImages': (input: DescribeImagesCommandInput) => ec2().send(new DescribeImagesCommand(input)),
  'ec2:DescribeVolumes': (input: DescribeVolumesCommandInput) => ec2().send(new DescribeVolumesCommand(input)),
  'ec2:DescribeSnapshots': ({ inRegion, ...input }: DescribeSnapshotsCommandInput & InRegion) =>
    ec2In(inRegion).send(new DescribeSnapshotsCommand(input)),
  'ec2:DescribeSnapshotAttribute': ({ inRegion, ...input }: DescribeSnapshotAttributeCommandInput & InRegion) =>
    ec2In(inRegion).send(new DescribeSnapshotAttributeCommand(input)),
  'ec2:DescribeLockedSnapshots': ({ inRegion, ...input }: DescribeLockedSnapshotsCommandInput & InRegion) =>
    ec2In(inRegion).send(new DescribeLockedSnapshotsCommand(input)),
  'ec2:DescribeNetworkInterfaces': (input: DescribeNetworkInterfacesCommandInput) =>
    ec2().send(new DescribeNetworkInterfacesCommand(input)),
  'ec2:DescribeSecurityGroups': (input: DescribeSecurityGroupsCommandInput) =>
    ec2().send(new DescribeSecurityGroupsCommand(input)),
  'ec2:DescribeSecurityGroupRules': (input: DescribeSecurityGroupRulesCommandInput) =>
    ec2().send(new DescribeSecurityGroupRulesCommand(input)),
  'ec2:DescribeRouteTables': (input: DescribeRouteTablesCommandInput) =>
    ec2().send(new DescribeRouteTablesCommand(input)),
  'ec2:DescribeNetworkAcls': (input: DescribeNetworkAclsCommandInput) =>
    ec2().send(new DescribeNetworkAclsCommand(input)),
  'ec2:DescribeIamInstanceProfileAssociations': (input: DescribeIamInstanceProfileAssociationsCommandInput) =>
    ec2().send(new DescribeIamInstanceProfileAssociationsCommand(input)),
  'ec2:GetConsoleOutput': (input: GetConsoleOutputCommandInput) => ec2().send(new GetConsoleOutputCommand(input)),
  'ec2:GetConsoleScreenshot': (input: GetConsoleScreenshotCommandInput) =>
    ec2().send(new GetConsoleScreenshotCommand(input)),
  'iam:GetInstanceProfile': (input: GetInstanceProfileCommandInput) => iam().send(new GetInstanceProfileCommand(input)),
  'guardduty:GetFindings': (input: GetFindingsCommandInput) => guardduty().send(new GetFindingsCommand(input)),
  // A key is asked for where it is.
  'kms:DescribeKey': (input: DescribeKeyCommandInput) =>
    kmsIn(/^arn:[^:]+:kms:([^:]+):/.exec(input.KeyId ?? '')?.[1]).send(new DescribeKeyCommand(input)),
  's3:ListBucket': (input: ListObjectsV2CommandInput) => s3().send(new ListObjectsV2Command(input)),
  's3:GetObject': async (input: GetObjectCommandInput): Promise<Stored> => {
    const { Body, VersionId } = await s3().send(new GetObjectCommand(input))
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
    return {
      body: Buffer.from(bytes).toString('utf8'),
      uri: uriOf(input.Bucket, input.Key, VersionId, sha256(bytes)),
    }
  },
}
