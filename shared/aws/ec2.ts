import {
  DescribeManagedPrefixListsCommand,
  type DescribeManagedPrefixListsCommandInput,
  DescribeNetworkInterfacesCommand,
  type DescribeNetworkInterfacesCommandInput,
  DescribeSecurityGroupRulesCommand,
  type DescribeSecurityGroupRulesCommandInput,
  DescribeSecurityGroupsCommand,
  type DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupVpcAssociationsCommand,
  type DescribeSecurityGroupVpcAssociationsCommandInput,
  EC2Client,
  GetManagedPrefixListEntriesCommand,
  type GetManagedPrefixListEntriesCommandInput,
} from '@aws-sdk/client-ec2'
import { patient } from './client-options.ts'

let client: EC2Client | undefined

/** The one EC2 client of this process. */
export const ec2 = (): EC2Client => {
  client ??= new EC2Client(patient())
  return client
}

/** What can be asked of EC2. Nothing here changes anything. */
export const ec2Reads = {
  'ec2:DescribeSecurityGroups': (input: DescribeSecurityGroupsCommandInput) =>
    ec2().send(new DescribeSecurityGroupsCommand(input)),
  'ec2:DescribeSecurityGroupRules': (input: DescribeSecurityGroupRulesCommandInput) =>
    ec2().send(new DescribeSecurityGroupRulesCommand(input)),
  'ec2:DescribeSecurityGroupVpcAssociations': (input: DescribeSecurityGroupVpcAssociationsCommandInput) =>
    ec2().send(new DescribeSecurityGroupVpcAssociationsCommand(input)),
  'ec2:GetManagedPrefixListEntries': (input: GetManagedPrefixListEntriesCommandInput) =>
    ec2().send(new GetManagedPrefixListEntriesCommand(input)),
  'ec2:DescribeManagedPrefixLists': (input: DescribeManagedPrefixListsCommandInput) =>
    ec2().send(new DescribeManagedPrefixListsCommand(input)),
  'ec2:DescribeNetworkInterfaces': (input: DescribeNetworkInterfacesCommandInput) =>
    ec2().send(new DescribeNetworkInterfacesCommand(input)),
}
