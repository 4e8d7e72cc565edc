import {
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateTagsCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSecurityGroupVpcAssociationsCommand,
  GetManagedPrefixListEntriesCommand,
  ModifyManagedPrefixListCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { control, ec2, ingress, newGroup, newList, open, record, useLocalCloud, WORLD } from './local-cloud-support.ts'

useLocalCloud()

const DryRun = true

/** Every EC2 call that a responder asks about first, in a form that would be carried out. */
async function calls() {
  const [GroupId, PrefixListId] = [await newGroup(), await newList(['10.0.0.0/8'])]
  const SecurityGroupRuleIds = await open(GroupId)
  const IpPermissions = [{ ...WORLD, FromPort: 80, ToPort: 80 }]
  return {
    GroupId,
    PrefixListId,
    changes: {
      RevokeSecurityGroupIngress: () =>
        ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds, DryRun })),
      AuthorizeSecurityGroupIngress: () =>
        ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions, DryRun })),
      ModifyManagedPrefixList: () =>
        ec2.send(new ModifyManagedPrefixListCommand({ PrefixListId, AddEntries: [{ Cidr: '0.0.0.0/0' }], DryRun })),
      CreateManagedPrefixList: () =>
        ec2.send(
          new CreateManagedPrefixListCommand({ PrefixListName: 'dry', AddressFamily: 'IPv4', MaxEntries: 1, DryRun }),
        ),
      CreateTags: () =>
        ec2.send(new CreateTagsCommand({ Resources: [GroupId], Tags: [{ Key: 'a', Value: 'b' }], DryRun })),
    },
    reads: {
      DescribeSecurityGroups: () => ec2.send(new DescribeSecurityGroupsCommand({ DryRun })),
      DescribeSecurityGroupRules: () => ec2.send(new DescribeSecurityGroupRulesCommand({ DryRun })),
      GetManagedPrefixListEntries: () => ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId, DryRun })),
      DescribeManagedPrefixLists: () => ec2.send(new DescribeManagedPrefixListsCommand({ DryRun })),
      DescribeNetworkInterfaces: () => ec2.send(new DescribeNetworkInterfacesCommand({ DryRun })),
      DescribeSecurityGroupVpcAssociations: () => ec2.send(new DescribeSecurityGroupVpcAssociationsCommand({ DryRun })),
    },
  }
}

test('what would be allowed is told so, and nothing changes', async () => {
  const { GroupId, PrefixListId, changes, reads } = await calls()
  for (const [name, call] of Object.entries({ ...changes, ...reads })) {
    await expect(call(), name).rejects.toMatchObject({
      name: 'DryRunOperation',
      message: 'Request would have succeeded, but DryRun flag is set.',
      $metadata: { httpStatusCode: 412 },
    })
  }
  for (const name of Object.keys(changes)) {
    expect(await record(name), name).toMatchObject({
      errorCode: 'Client.DryRunOperation',
      errorMessage: 'Request would have succeeded, but DryRun flag is set.',
      responseElements: null,
    })
  }
  expect(await ingress(GroupId)).toMatchObject([{ FromPort: 22 }])
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }))
  expect(SecurityGroups![0]!.Tags ?? []).toEqual([])
  const { PrefixLists } = await ec2.send(new DescribeManagedPrefixListsCommand({}))
  expect(PrefixLists!.map((list) => list.PrefixListName)).not.toContain('dry')
  const { Entries } = await ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId }))
  expect(Entries).toHaveLength(1)
})

test('what is denied is told so, in a dry run too', async () => {
  const { changes, reads } = await calls()
  for (const [action, call] of Object.entries({ ...changes, ...reads })) {
    await control.deny(action)
    await expect(call(), action).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message: 'You are not authorized to perform this operation.',
      $metadata: { httpStatusCode: 403 },
    })
  }
  await expect(changes.CreateTags()).rejects.toMatchObject({ name: 'DryRunOperation' })
})
