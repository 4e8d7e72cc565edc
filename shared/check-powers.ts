import { bad, type Check, ok, unknown } from '#shared/doctor/check.ts'
import { refusalOf } from '#shared/doctor/refusal.ts'
import { awsCode, errorText } from '#shared/fault.ts'
import { field } from '#shared/kit/loose.ts'

/** What a function may have to call: the read and the power rights that it declares. */
export interface Declared {
  readonly reads: readonly string[]
  readonly powers: readonly string[]
  /** Whether it gives tags to the rules that it puts back: EC2 checks that right too. */
  readonly tags?: boolean
  /** What it may call only on what carries a tag of ours, or what the policy names: a dry run can name nothing of that. */
  readonly bounded?: readonly string[]
}

/** Makes one call, by the IAM action that allows it. */
export type MakeCall = (action: string, input: object) => Promise<unknown>

/** What has a function try its powers, in place of an event. */
export const CHECK_POWERS = { portcullis: 'check-powers' } as const

/** Whether an event is no event, but asks for what the function's powers come to. Only a direct invocation looks so. */
export const isCheckPowers = (event: unknown): boolean => field(event, 'portcullis') === CHECK_POWERS.portcullis

/** The calls by their action: what a function was given to read and to change, and nothing else. */
export const callsOf =
  (reads: object, mutations: object): MakeCall =>
  (action, input) => {
    const given = field(reads, action) ?? field(field(mutations, action), 'send')
    return typeof given === 'function'
      ? (given as (input: object) => Promise<unknown>)(input)
      : Promise.reject(new Error(`the function was not given ${action}`))
  }

const GROUP = 'sg-00000000000000000'
const HOST = 'i-00000000000000000'
const ALL = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '192.0.2.0/32' }] }]
const IMAGE = 'ami-00000000000000000'
const SNAPSHOT = 'snap-00000000000000000'
const TAGGED = [{ ResourceType: 'snapshot', Tags: [{ Key: 'portcullis', Value: 'dry-run' }] }]

/**
 * Inputs that name nothing that exists: even where `DryRun` were not heeded, nothing could change. The ranges are those
 * that are kept for documentation (RFC 5737).
 */
const inputs: Readonly<Record<string, (declared: Declared) => object>> = {
  'ec2:GetManagedPrefixListEntries': () => ({ PrefixListId: 'pl-00000000000000000' }),
  'ec2:RevokeSecurityGroupIngress': () => ({ GroupId: GROUP, SecurityGroupRuleIds: ['sgr-00000000000000000'] }),
  'ec2:DescribeInstanceAttribute': () => ({ InstanceId: HOST, Attribute: 'disableApiTermination' }),
  'ec2:CreateSecurityGroup': () => ({
    GroupName: 'portcullis-dry-run',
    Description: 'dry run',
    VpcId: 'vpc-00000000000000000',
  }),
  'ec2:RevokeSecurityGroupEgress': () => ({ GroupId: GROUP, IpPermissions: ALL }),
  'ec2:AuthorizeSecurityGroupEgress': () => ({ GroupId: GROUP, IpPermissions: ALL }),
  'ec2:ModifyNetworkInterfaceAttribute': () => ({ NetworkInterfaceId: 'eni-00000000000000000', Groups: [GROUP] }),
  'ec2:ModifyInstanceAttribute': () => ({ InstanceId: HOST, DisableApiTermination: { Value: true } }),
  'ec2:CreateTags': () => ({ Resources: [HOST], Tags: [{ Key: 'portcullis', Value: 'dry-run' }] }),
  'ec2:DeleteTags': () => ({ Resources: [HOST], Tags: [{ Key: 'portcullis' }] }),
  'ec2:DisassociateAddress': () => ({ AssociationId: 'eipassoc-00000000000000000' }),
  'ec2:AssociateAddress': () => ({
    AllocationId: 'eipalloc-00000000000000000',
    NetworkInterfaceId: 'eni-00000000000000000',
  }),
  'ec2:GetConsoleOutput': () => ({ InstanceId: HOST }),
  'ec2:GetConsoleScreenshot': () => ({ InstanceId: HOST }),
  'ec2:DescribeSnapshotAttribute': () => ({ SnapshotId: SNAPSHOT, Attribute: 'createVolumePermission' }),
  'ec2:CreateSnapshots': () => ({ InstanceSpecification: { InstanceId: HOST }, TagSpecifications: TAGGED }),
  'ec2:CopySnapshot': () => ({ SourceRegion: 'us-east-1', SourceSnapshotId: SNAPSHOT, TagSpecifications: TAGGED }),
  'ec2:ModifySnapshotAttribute': () => ({
    SnapshotId: SNAPSHOT,
    Attribute: 'createVolumePermission',
    CreateVolumePermission: { Remove: [{ UserId: '000000000000' }] },
  }),
  'ec2:LockSnapshot': () => ({ SnapshotId: SNAPSHOT, LockMode: 'governance', LockDuration: 1 }),
  'ec2:RunInstances': () => ({
    ImageId: IMAGE,
    MinCount: 1,
    MaxCount: 1,
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'portcullis', Value: 'dry-run' }] }],
  }),
  'ec2:TerminateInstances': () => ({ InstanceIds: [HOST] }),
  'ec2:DeleteSecurityGroup': () => ({ GroupId: GROUP }),
  'ec2:UpdateSecurityGroupRuleDescriptionsIngress': () => ({ GroupId: GROUP, IpPermissions: ALL }),
  'ec2:StopInstances': () => ({ InstanceIds: [HOST] }),
  'ec2:StartInstances': () => ({ InstanceIds: [HOST] }),
  'ec2:AuthorizeSecurityGroupIngress': ({ tags }) => ({
    GroupId: GROUP,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '192.0.2.0/32' }] }],
    ...(tags
      ? {
          TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'portcullis', Value: 'dry-run' }] }],
        }
      : {}),
  }),
}

/** These calls of EC2 know no dry run: made with it they would be made. */
const NO_DRY_RUN = new Set([
  'ec2:DescribeIamInstanceProfileAssociations',
  'ec2:AssociateIamInstanceProfile',
  'ec2:DisassociateIamInstanceProfile',
])

/**
 * Tries each of EC2's calls without making it. Of other services nothing can be tried without doing it.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html (`DryRun`)
 */
export async function checkPowers(declared: Declared, call: MakeCall): Promise<readonly Check[]> {
  const actions = [...new Set([...declared.reads, ...declared.powers])].filter(
    (action) => action.startsWith('ec2:') && !NO_DRY_RUN.has(action),
  )
  return Promise.all(
    actions.map(async (action) => {
      try {
        await call(action, { ...(inputs[action]?.(declared) ?? {}), DryRun: true })
        // A dry run always ends in an error. Nothing could change: the inputs name nothing that exists.
        return unknown(action, 'AWS answered a dry run as if it were none.')
      } catch (error) {
        return judgeDryRun(action, error, declared.bounded?.includes(action))
      }
    }),
  )
}

/**
 * Judges how a dry run ended. Whether EC2 looks at the rights before it looks for what the input names is not documented
 * for each call (it answers `DryRunOperation` to Authorize even without a group:
 * https://github.com/systeminit/si/pull/1862); so what else comes says nothing of the right.
 */
export function judgeDryRun(action: string, error: unknown, isBounded = false): Check {
  const code = awsCode(error)
  if (code === 'DryRunOperation') return ok(action, 'AWS would let it.')
  if (code === 'UnauthorizedOperation') {
    const message = error instanceof Error ? error.message : ''
    const { by, fix } = refusalOf(message)
    if (isBounded && !/explicit deny|because no (?!identity-based)/i.test(message.replace(/\s+/g, ' ')))
      return unknown(action, 'The role allows it on its own things alone, and a dry run names none of them.')
    return bad(action, `AWS would refuse it: ${by}.`, fix)
  }
  return unknown(
    action,
    /\.NotFound$|\.Malformed$|^Invalid/.test(code)
      ? `EC2 looked for what the dry run names before it said whether it may be done (${code}).`
      : `The dry run could not be made: ${errorText(error)}`,
  )
}
