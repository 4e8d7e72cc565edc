import {
  AssociateSecurityGroupVpcCommand,
  CreateVpcCommand,
  DescribeSecurityGroupVpcAssociationsCommand,
  DisassociateSecurityGroupVpcCommand,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { control, ec2, newGroup, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

const associations = async (...filters: (readonly [Name: string, ...Values: string[]])[]) => {
  const Filters = filters.map(([Name, ...Values]) => ({ Name, Values }))
  const answer = await ec2.send(new DescribeSecurityGroupVpcAssociationsCommand({ Filters }))
  return answer.SecurityGroupVpcAssociations!
}

test('a group can be associated with further VPCs', async () => {
  const [GroupId, other] = [await newGroup(), await newGroup()]
  const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }))).Vpc!.VpcId!
  expect(await associations()).toEqual([])
  const { State } = await ec2.send(new AssociateSecurityGroupVpcCommand({ GroupId, VpcId }))
  expect(State).toBe('associating')
  await ec2.send(new AssociateSecurityGroupVpcCommand({ GroupId: other, VpcId }))
  const account = '123456789012'
  expect(await associations(['group-id', GroupId])).toEqual([
    { GroupId, VpcId, GroupOwnerId: account, VpcOwnerId: account, State: 'associated' },
  ])
  expect(await associations(['vpc-id', VpcId])).toHaveLength(2)
  expect(await associations(['vpc-id', VpcId], ['group-id', GroupId])).toHaveLength(1)
  expect(await associations(['vpc-id', 'vpc-00000000'])).toEqual([])
  await control.share({ id: GroupId, owner: '210987654321' })
  expect(await associations(['group-owner-id', '210987654321'])).toMatchObject([{ GroupOwnerId: '210987654321' }])
  const ended = await ec2.send(new DisassociateSecurityGroupVpcCommand({ GroupId, VpcId }))
  expect(ended.State).toBe('disassociating')
  expect(await associations(['group-id', GroupId])).toEqual([])
})

test('a group or a VPC that is not there is refused', async () => {
  const GroupId = await newGroup()
  const nowhere = new AssociateSecurityGroupVpcCommand({ GroupId, VpcId: 'vpc-00000000000000000' })
  await expect(ec2.send(nowhere)).rejects.toMatchObject({ name: 'InvalidVpcID.NotFound' })
  const nobody = new AssociateSecurityGroupVpcCommand({ GroupId: 'sg-00000000000000000', VpcId: 'vpc-0' })
  await expect(ec2.send(nobody)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' })
  await expect(associations(['colour', 'red'])).rejects.toMatchObject({ name: 'InvalidParameterValue' })
})
