import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeManagedPrefixListsCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  GetManagedPrefixListEntriesCommand,
  ModifyManagedPrefixListCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import {
  as,
  cloud,
  control,
  ec2,
  ingress,
  newGroup,
  newList,
  open,
  record,
  useLocalCloud,
  WORLD,
} from './local-cloud-support.ts'

useLocalCloud()

const owner = '210987654321'
const refused = { name: 'UnauthorizedOperation', $metadata: { httpStatusCode: 403 } }

describe('what belongs to another account', () => {
  test('a shared group shows its owner and cannot be changed', async () => {
    const [group, own] = [await newGroup(), await newGroup()]
    const [id] = await open(group)
    await control.share({ id: group, owner })
    const asked = new DescribeSecurityGroupsCommand({ GroupIds: [group, own] })
    expect((await ec2.send(asked)).SecurityGroups).toMatchObject([
      { GroupId: group, OwnerId: owner, SecurityGroupArn: `arn:aws:ec2:eu-central-1:${owner}:security-group/${group}` },
      { GroupId: own, OwnerId: '123456789012' },
    ])
    const Filters = [{ Name: 'owner-id', Values: [owner] }]
    expect((await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups).toHaveLength(1)
    expect(await ingress(group)).toMatchObject([{ GroupOwnerId: owner, SecurityGroupRuleId: id }])
    const revoke = new RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds: [id!] })
    await expect(ec2.send(revoke)).rejects.toMatchObject(refused)
    expect(await record('RevokeSecurityGroupIngress')).toMatchObject({ errorCode: 'Client.UnauthorizedOperation' })
    const authorize = { GroupId: group, IpPermissions: [{ ...WORLD, FromPort: 23, ToPort: 23 }] }
    await expect(ec2.send(new AuthorizeSecurityGroupIngressCommand(authorize))).rejects.toMatchObject(refused)
    const dry = new AuthorizeSecurityGroupIngressCommand({ ...authorize, DryRun: true })
    await expect(ec2.send(dry)).rejects.toMatchObject(refused)
    expect(await ingress(group)).toHaveLength(1)
    await open(own)
    await control.reset()
    expect(await ingress(group)).toMatchObject([{ GroupOwnerId: '123456789012' }])
    await ec2.send(revoke)
  })

  test('a shared prefix list can be read but not changed; its owner changes it without a record here', async () => {
    const PrefixListId = await newList(['10.0.0.0/8'])
    await control.share({ id: PrefixListId, owner })
    const described = new DescribeManagedPrefixListsCommand({ PrefixListIds: [PrefixListId] })
    expect((await ec2.send(described)).PrefixLists).toMatchObject([
      { OwnerId: owner, PrefixListArn: `arn:aws:ec2:eu-central-1:${owner}:prefix-list/${PrefixListId}` },
    ])
    const read = new GetManagedPrefixListEntriesCommand({ PrefixListId })
    expect((await ec2.send(read)).Entries).toEqual([{ Cidr: '10.0.0.0/8' }])
    const widen = { PrefixListId, CurrentVersion: 1, AddEntries: [{ Cidr: '0.0.0.0/0' }] }
    await expect(ec2.send(new ModifyManagedPrefixListCommand(widen))).rejects.toMatchObject(refused)
    await control.reset()
    await control.share({ id: PrefixListId, owner })
    const theirs = new EC2Client({ ...as(KEYS.alice), endpoint: cloud.motoUrl })
    await theirs.send(new ModifyManagedPrefixListCommand(widen))
    expect((await ec2.send(read)).Entries).toHaveLength(2)
    expect(await control.events()).toEqual([])
  })

  test('a list whose share has ended is named by its rules, and not found', async () => {
    const [group, list] = [await newGroup(), await newList(['0.0.0.0/0'])]
    const { IpRanges: _ranges, ...ports } = WORLD
    await open(group, { ...ports, PrefixListIds: [{ PrefixListId: list }] })
    await control.share({ id: list, owner, unreadable: true })
    expect(await ingress(group)).toMatchObject([{ PrefixListId: list }])
    const missing = { name: 'InvalidPrefixListID.NotFound' }
    const read = new GetManagedPrefixListEntriesCommand({ PrefixListId: list })
    await expect(ec2.send(read)).rejects.toMatchObject(missing)
    const described = new DescribeManagedPrefixListsCommand({ PrefixListIds: [list] })
    await expect(ec2.send(described)).rejects.toMatchObject(missing)
    const all = await ec2.send(new DescribeManagedPrefixListsCommand({}))
    expect(all.PrefixLists!.map((one) => one.PrefixListId)).not.toContain(list)
  })

  test('what is no group or no account is refused', async () => {
    await expect(control.share({ id: 'vpc-1', owner })).rejects.toThrow(/^Expected a group or prefix list with the acc/)
  })
})
