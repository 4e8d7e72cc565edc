import { DescribeSecurityGroupRulesCommand, DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { patient } from '#shared/aws/client-options.ts'

const ec2 = new EC2Client(patient())

/** The reads of a sweep, and nothing else: all groups by the page, and the rules of those that have a wide-open door. */
export async function handler(): Promise<void> {
  const reading: Promise<unknown>[] = []
  let NextToken: string | undefined
  do {
    const page = await ec2.send(
      new DescribeSecurityGroupsCommand({ MaxResults: 1_000, ...(NextToken ? { NextToken } : {}) }),
    )
    const open = (page.SecurityGroups ?? []).filter((group) =>
      group.IpPermissions?.some((one) => one.FromPort === 22 && one.IpRanges?.some((ip) => ip.CidrIp === '0.0.0.0/0')),
    )
    if (open.length > 0) {
      const Values = open.flatMap((group) => group.GroupId ?? [])
      const rules = { Filters: [{ Name: 'group-id', Values }], MaxResults: 1_000 }
      reading.push(ec2.send(new DescribeSecurityGroupRulesCommand(rules)))
    }
    NextToken = page.NextToken
  } while (NextToken)
  await Promise.all(reading)
}
