import { expect, test } from 'vitest'
import type { Reads } from '#shared/aws/reads.ts'
import { groupOf } from '#shared/responses/suspicious-host/from-aws.ts'
import { blocksOf } from '#shared/responses/suspicious-host/observe.ts'
import { isClean } from '#shared/responses/suspicious-host/quarantine-groups.ts'
import { hostPolicy } from '../support/host-worlds.ts'

/** One block can be written in many ways: a group that lets its VPC's own in is right however either of them is written. */

test.each([
  ['2001:db8:0f00:0a00::/56', '2001:db8:f00:a00::/56'],
  ['2001:db8:f00:a00::/56', '2001:db8:0f00:0a00::/56'],
  ['2001:DB8:F00:A00::/56', '2001:db8:f00:a00:0:0:0:0/56'],
])('the VPC has %s, and the rule says %s', async (Ipv6CidrBlock, CidrIpv6) => {
  const association = { Ipv6CidrBlock, Ipv6CidrBlockState: { State: 'associated' } }
  const Vpcs = [{ VpcId: 'vpc-1', Ipv6CidrBlockAssociationSet: [association] }]
  const reads = { 'ec2:DescribeVpcs': async () => ({ Vpcs }) } as unknown as Reads
  const policy = hostPolicy('contain: network-only\nreach: vpc')
  const blocks = await blocksOf({ reads, policy, region: 'eu-central-1', now: () => 0, sleep: async () => {} })
  const everything = [{ IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6 }] }]
  const group = groupOf({
    GroupId: 'sg-1',
    GroupName: 'portcullis-quarantine-vpc-1',
    VpcId: 'vpc-1',
    Tags: [{ Key: 'portcullis:quarantine-group', Value: 'vpc' }],
    IpPermissions: everything,
    IpPermissionsEgress: everything,
  })
  expect(isClean(group, blocks)).toBe(true)
})
