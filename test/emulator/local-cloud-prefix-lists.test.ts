import {
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  DeleteManagedPrefixListCommand,
  DescribeManagedPrefixListsCommand,
  DescribeSecurityGroupsCommand,
  GetManagedPrefixListEntriesCommand,
  ModifyManagedPrefixListCommand,
  RestoreManagedPrefixListVersionCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { ec2, ingress, newGroup, newList, open, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

const listed = async (PrefixListId: string) =>
  (await ec2.send(new DescribeManagedPrefixListsCommand({ PrefixListIds: [PrefixListId] }))).PrefixLists![0]
const entries = async (PrefixListId: string, TargetVersion?: number) => {
  const asked = new GetManagedPrefixListEntriesCommand({ PrefixListId, ...(TargetVersion ? { TargetVersion } : {}) })
  return (await ec2.send(asked)).Entries!.map(({ Cidr }) => Cidr)
}

describe('managed prefix lists', () => {
  test('a change of the entries makes a new version and leaves the name; a change of the name does not', async () => {
    const made = await ec2.send(
      new CreateManagedPrefixListCommand({
        PrefixListName: 'offices',
        AddressFamily: 'IPv4',
        MaxEntries: 3,
        Entries: [{ Cidr: '198.51.100.0/24', Description: 'north' }],
      }),
    )
    expect(made.PrefixList).toMatchObject({ State: 'create-in-progress', Version: 1, OwnerId: '123456789012' })
    const PrefixListId = made.PrefixList!.PrefixListId!
    const change = { PrefixListId, CurrentVersion: 1, AddEntries: [{ Cidr: '0.0.0.0/0', Description: 'all' }] }
    const changed = await ec2.send(new ModifyManagedPrefixListCommand(change))
    expect(changed.PrefixList).toMatchObject({ State: 'modify-in-progress', Version: 1 })
    expect(await listed(PrefixListId)).toMatchObject({
      PrefixListName: 'offices',
      State: 'modify-complete',
      Version: 2,
      MaxEntries: 3,
      AddressFamily: 'IPv4',
    })
    expect(await entries(PrefixListId)).toEqual(['198.51.100.0/24', '0.0.0.0/0'])
    expect(await entries(PrefixListId, 1)).toEqual(['198.51.100.0/24'])
    await ec2.send(new ModifyManagedPrefixListCommand({ PrefixListId, PrefixListName: 'sites' }))
    expect(await listed(PrefixListId)).toMatchObject({ PrefixListName: 'sites', Version: 2 })
  })

  test('a wrong version, too many entries and an unknown list are refused, and nothing changes', async () => {
    const PrefixListId = await newList(['10.0.0.0/8'], 1)
    const stale = { PrefixListId, CurrentVersion: 7, RemoveEntries: [{ Cidr: '10.0.0.0/8' }] }
    await expect(ec2.send(new ModifyManagedPrefixListCommand(stale))).rejects.toMatchObject({
      name: 'PrefixListVersionMismatch',
    })
    const full = { PrefixListId, CurrentVersion: 1, AddEntries: [{ Cidr: '11.0.0.0/8' }] }
    await expect(ec2.send(new ModifyManagedPrefixListCommand(full))).rejects.toMatchObject({
      name: 'PrefixListMaxEntriesExceeded',
    })
    expect(await entries(PrefixListId)).toEqual(['10.0.0.0/8'])
    const none = { PrefixListId: 'pl-00000000000000000' }
    const missing = { name: 'InvalidPrefixListID.NotFound' }
    await expect(ec2.send(new GetManagedPrefixListEntriesCommand(none))).rejects.toMatchObject(missing)
    await expect(ec2.send(new ModifyManagedPrefixListCommand(none))).rejects.toMatchObject(missing)
    await expect(listed(none.PrefixListId)).rejects.toMatchObject(missing)
    await ec2.send(new DeleteManagedPrefixListCommand({ PrefixListId }))
    await expect(listed(PrefixListId)).rejects.toMatchObject(missing)
  })

  test('restoring an old version makes a new one with the old entries', async () => {
    const PrefixListId = await newList(['0.0.0.0/0'])
    const narrowed = { AddEntries: [{ Cidr: '10.0.0.0/8' }], RemoveEntries: [{ Cidr: '0.0.0.0/0' }] }
    await ec2.send(new ModifyManagedPrefixListCommand({ PrefixListId, CurrentVersion: 1, ...narrowed }))
    expect(await entries(PrefixListId)).toEqual(['10.0.0.0/8'])
    const back = { PrefixListId, PreviousVersion: 1, CurrentVersion: 2 }
    const { PrefixList } = await ec2.send(new RestoreManagedPrefixListVersionCommand(back))
    expect(PrefixList).toMatchObject({ State: 'restore-in-progress', Version: 2 })
    expect(await listed(PrefixListId)).toMatchObject({ State: 'restore-complete', Version: 3 })
    expect(await entries(PrefixListId)).toEqual(['0.0.0.0/0'])
    await expect(ec2.send(new RestoreManagedPrefixListVersionCommand(back))).rejects.toMatchObject({
      name: 'PrefixListVersionMismatch',
    })
  })

  test('entries page, a hundred at a time at most', async () => {
    const PrefixListId = await newList(
      Array.from({ length: 100 }, (_, at) => `10.${at}.0.0/16`),
      120,
    )
    const AddEntries = Array.from({ length: 20 }, (_, at) => ({ Cidr: `11.${at}.0.0/16` }))
    await ec2.send(new ModifyManagedPrefixListCommand({ PrefixListId, CurrentVersion: 1, AddEntries }))
    const first = await ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId }))
    const asked = { PrefixListId, NextToken: first.NextToken }
    const rest = await ec2.send(new GetManagedPrefixListEntriesCommand(asked))
    expect([first.Entries!.length, rest.Entries!.length, rest.NextToken]).toEqual([100, 20, undefined])
    const small = await ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: 7 }))
    expect(small.Entries).toHaveLength(7)
  })
})

describe('rules that name a prefix list', () => {
  const named = (PrefixListId: string, Description = 'from the offices') => ({
    IpProtocol: 'tcp',
    FromPort: 22,
    ToPort: 22,
    PrefixListIds: [{ PrefixListId, Description }],
  })

  test('both reads show the list and the description', async () => {
    const [group, list] = [await newGroup(), await newList(['0.0.0.0/0'])]
    const GroupIds = [group]
    const [id] = await open(group, named(list))
    expect(await ingress(group)).toMatchObject([
      { SecurityGroupRuleId: id, PrefixListId: list, Description: 'from the offices', FromPort: 22 },
    ])
    const one = async () => (await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds }))).SecurityGroups![0]!
    expect((await one()).IpPermissions).toEqual([
      {
        IpProtocol: 'tcp',
        FromPort: 22,
        ToPort: 22,
        IpRanges: [],
        Ipv6Ranges: [],
        UserIdGroupPairs: [],
        PrefixListIds: [{ PrefixListId: list, Description: 'from the offices' }],
      },
    ])
    const update = { GroupId: group, IpPermissions: [named(list, 'from home')] }
    await ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand(update))
    expect(await ingress(group)).toMatchObject([{ PrefixListId: list, Description: 'from home' }])
    expect((await one()).IpPermissions![0]!.PrefixListIds).toEqual([{ PrefixListId: list, Description: 'from home' }])
  })

  test('groups are found by the list that they name', async () => {
    const [naming, other] = [await newGroup(), await newGroup()]
    const [list, unused] = [await newList(['0.0.0.0/0']), await newList([])]
    await open(naming, named(list))
    await open(other)
    const found = async (...Values: string[]) => {
      const Filters = [{ Name: 'ip-permission.prefix-list-id', Values }]
      return (await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups!.map((one) => one.GroupId)
    }
    expect(await found(list)).toEqual([naming])
    expect(await found(unused, list)).toEqual([naming])
    expect(await found(unused)).toEqual([])
    expect(await found('pl-00000000000000000')).toEqual([])
  })

  test('a rule cannot name a list that is not there', async () => {
    const group = await newGroup()
    const IpPermissions = [named('pl-00000000000000000')]
    const wrong = new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions })
    await expect(ec2.send(wrong)).rejects.toMatchObject({ name: 'InvalidPrefixListID.NotFound' })
    expect(await ingress(group)).toEqual([])
  })
})
