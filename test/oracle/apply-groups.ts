import type {
  AuthorizeSecurityGroupEgressCommandInput,
  AuthorizeSecurityGroupIngressCommandInput,
  CreateSecurityGroupCommandInput,
  DeleteSecurityGroupCommandInput,
  IpPermission,
  RevokeSecurityGroupEgressCommandInput,
  RevokeSecurityGroupIngressCommandInput,
  SecurityGroup,
} from '@aws-sdk/client-ec2'
import { permit } from './build.ts'
import { ICMP, ICMPV6, protocolNumber, TCP, UDP } from './protocol.ts'
import { one, refuse, swapped, without } from './refuse.ts'
import { bareRows, permissionsOf, ruleKey, ruleRows, withRows } from './rules.ts'
import { block } from './space.ts'
import { checkedTags } from './tags.ts'
import { groupIds, id, type RuleFacts, type World } from './world.ts'

type AuthorizeInput = AuthorizeSecurityGroupIngressCommandInput | AuthorizeSecurityGroupEgressCommandInput
type RevokeInput = RevokeSecurityGroupIngressCommandInput | RevokeSecurityGroupEgressCommandInput

/**
 * "A new security group starts with only an outbound rule that allows all traffic to leave the resource", and with one
 * for IPv6 too if the VPC has such a block
 * (https://docs.aws.amazon.com/vpc/latest/userguide/creating-security-groups.html, default-security-group.html).
 */
export function createSecurityGroup(world: World, input: CreateSecurityGroupCommandInput) {
  const { GroupName = '', Description } = input
  const VpcId = input.VpcId ?? world.Vpcs.find((vpc) => vpc.IsDefault)?.VpcId
  if (!VpcId) refuse('VPCIdNotSpecified', 'No default VPC for this user')
  const vpc = one(world.Vpcs, 'vpc', VpcId, (each) => each.VpcId)
  if (GroupName === '' || GroupName.startsWith('sg-'))
    refuse('InvalidParameterValue', `Value (${GroupName}) for parameter GroupName is invalid.`)
  if (!Description) refuse('MissingParameter', 'The request must contain the parameter GroupDescription')
  if (world.SecurityGroups.some((group) => group.VpcId === VpcId && group.GroupName === GroupName))
    refuse('InvalidGroup.Duplicate', `The security group '${GroupName}' already exists for VPC '${VpcId}'`)
  const GroupId = id('sg', 0xc0000 + world.Serial)
  const SecurityGroupArn = `arn:aws:ec2:eu-central-1:${world.Account}:security-group/${GroupId}`
  const Tags = checkedTags(input.TagSpecifications?.flatMap((spec) => spec.Tags ?? []))
  const six = vpc.Ipv6CidrBlockAssociationSet?.some((set) => set.Ipv6CidrBlockState?.State === 'associated')
  const bare: SecurityGroup = { GroupId, GroupName, Description, VpcId, OwnerId: world.Account, SecurityGroupArn, Tags }
  const egress = [permit('-1'), ...(six ? [permit('-1', undefined, '::/0')] : [])]
  const made = withRows(bare, bareRows(bare, egress, true))
  return {
    world: { ...world, SecurityGroups: [...world.SecurityGroups, made], Serial: world.Serial + 1 },
    output: { GroupId, SecurityGroupArn, Tags },
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html */
export function deleteSecurityGroup(world: World, { GroupId }: DeleteSecurityGroupCommandInput) {
  const group = one(world.SecurityGroups, 'sg', GroupId, (each) => each.GroupId)
  if (group.GroupName === 'default') refuse('CannotDelete', `the specified group: "${GroupId}" cannot be deleted`)
  const carried = world.NetworkInterfaces.some((nic) => groupIds(nic).includes(GroupId ?? ''))
  const meant = world.SecurityGroups.some(
    (other) => other !== group && ruleRows(world, other).some((rule) => rule.ReferencedGroupInfo?.GroupId === GroupId),
  )
  if (carried || meant) refuse('DependencyViolation', `resource ${GroupId} has a dependent object`)
  const Rules = without(world.Rules, ...ruleRows(world, group).map(ruleKey))
  return {
    world: { ...world, Rules, SecurityGroups: world.SecurityGroups.filter((each) => each !== group) },
    output: { Return: true, GroupId },
  }
}

export function authorize(world: World, input: AuthorizeInput, egress: boolean) {
  const group = one(world.SecurityGroups, 'sg', input.GroupId, (each) => each.GroupId)
  const permissions = permissionsIn(input)
  for (const permission of permissions) checked(world, group, permission)
  const rows = bareRows(group, permissions, egress)
  if (rows.length === 0) refuse('InvalidParameterValue', 'The request must contain a peer')
  const Tags = checkedTags(input.TagSpecifications?.flatMap((spec) => spec.Tags ?? []))
  const before = ruleRows(world, group)
  const keys = new Set(before.map(ruleKey))
  for (const row of rows) {
    // All of it or nothing, and never the same twice.
    if (keys.has(ruleKey(row))) refuse('InvalidPermission.Duplicate', 'the specified rule already exists')
    keys.add(ruleKey(row))
  }
  const facts = rows.map((row, i): [string, RuleFacts] => [
    ruleKey(row),
    { Id: id('sgr', 0xc0000 + world.Serial + i), Tags },
  ])
  const after: World = {
    ...world,
    SecurityGroups: swapped(world.SecurityGroups, group, withRows(group, [...before, ...rows])),
    Rules: { ...world.Rules, ...Object.fromEntries(facts) },
    Serial: world.Serial + rows.length,
  }
  const made = ruleRows(
    after,
    one(after.SecurityGroups, 'sg', input.GroupId, (each) => each.GroupId),
  )
  const SecurityGroupRules = made.filter((row) => facts.some(([, { Id }]) => Id === row.SecurityGroupRuleId))
  return { world: after, output: { Return: true, SecurityGroupRules } }
}

/**
 * By ids, or by properties that must be those of a rule exactly. What matches none is told of in a default VPC, and
 * refused in another, with nothing revoked
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html).
 */
export function revoke(world: World, input: RevokeInput, egress: boolean) {
  const group = one(world.SecurityGroups, 'sg', input.GroupId, (each) => each.GroupId)
  const rows = ruleRows(world, group)
  const wanted = bareRows(group, permissionsIn(input), egress)
  const ids = input.SecurityGroupRuleIds ?? []
  const mine = rows.filter((row) => row.IsEgress === egress)
  for (const each of ids) one(mine, 'sgr', each, (row) => row.SecurityGroupRuleId)
  const unknown = wanted.filter((row) => !mine.some((has) => ruleKey(has) === ruleKey(row)))
  const isDefault = world.Vpcs.find((vpc) => vpc.VpcId === group.VpcId)?.IsDefault === true
  if (unknown.length > 0 && !isDefault)
    refuse('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
  if (ids.length === 0 && wanted.length === 0) refuse('MissingParameter', 'The request must contain rules to revoke')
  const gone = mine.filter(
    (row) => ids.includes(row.SecurityGroupRuleId ?? '') || wanted.some((want) => ruleKey(want) === ruleKey(row)),
  )
  const left = withRows(
    group,
    rows.filter((row) => !gone.includes(row)),
  )
  return {
    world: {
      ...world,
      SecurityGroups: swapped(world.SecurityGroups, group, left),
      Rules: without(world.Rules, ...gone.map(ruleKey)),
    },
    output: {
      Return: true,
      ...(unknown.length > 0 ? { UnknownIpPermissions: permissionsOf(unknown) } : {}),
      RevokedSecurityGroupRules: gone.map(({ GroupOwnerId: _, Tags: __, ReferencedGroupInfo, ...row }) => ({
        ...row,
        ...(ReferencedGroupInfo ? { ReferencedGroupId: ReferencedGroupInfo.GroupId } : {}),
      })),
    },
  }
}

/** Some calls still say one permission in the request itself. */
function permissionsIn(input: AuthorizeInput | RevokeInput): readonly IpPermission[] {
  const { CidrIp, IpProtocol, FromPort, ToPort } = input
  const lone = { IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp }] }
  return [...(input.IpPermissions ?? []), ...(CidrIp ? [lone] : [])]
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
function checked(world: World, group: SecurityGroup, permission: IpPermission): void {
  const { IpProtocol, FromPort, ToPort } = permission
  if (!IpProtocol) refuse('MissingParameter', 'The request must contain the parameter IpProtocol')
  const protocol = protocolNumber(IpProtocol)
  if (!Number.isInteger(protocol) || protocol < -1 || protocol > 255)
    refuse('InvalidPermission.Malformed', `Unsupported IP protocol "${IpProtocol}"`)
  const ported = protocol === TCP || protocol === UDP
  if ((ported || protocol === ICMP) && (FromPort === undefined || ToPort === undefined))
    refuse('InvalidParameterValue', `Protocol ${IpProtocol} needs a range`)
  if (ported && !(0 <= Number(FromPort) && Number(FromPort) <= Number(ToPort) && Number(ToPort) <= 65_535))
    refuse('InvalidParameterValue', `Invalid port range ${FromPort}-${ToPort}`)
  if ((protocol === ICMP || protocol === ICMPV6) && FromPort === -1 && (ToPort ?? -1) !== -1)
    refuse('InvalidParameterValue', 'All types means all codes')
  for (const [cidr, family] of [
    ...(permission.IpRanges ?? []).map((range) => [range.CidrIp, 4] as const),
    ...(permission.Ipv6Ranges ?? []).map((range) => [range.CidrIpv6, 6] as const),
  ])
    if (!cidr?.includes('/') || familyOf(cidr) !== family)
      refuse('InvalidParameterValue', `CIDR block ${cidr} is malformed`)
  for (const pair of permission.UserIdGroupPairs ?? []) referable(world, group, pair.GroupId)
}

function familyOf(cidr: string): 4 | 6 | null {
  try {
    return block(cidr).family
  } catch {
    return null
  }
}

/** A group of the same VPC, or of one that is peered with it. */
function referable(world: World, group: SecurityGroup, other: string | undefined): void {
  const found = world.SecurityGroups.find((each) => each.GroupId === other)
  const peered = world.VpcPeeringConnections.filter((each) => each.Status?.Code === 'active').map((each) => [
    each.AccepterVpcInfo?.VpcId,
    each.RequesterVpcInfo?.VpcId,
  ])
  const near = (vpc: string | undefined) =>
    vpc === group.VpcId || peered.some((ends) => ends.includes(vpc) && ends.includes(group.VpcId))
  if (!found || !near(found.VpcId)) refuse('InvalidGroup.NotFound', `The security group '${other}' does not exist`)
}
