import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DisassociateIamInstanceProfileCommand,
  ReplaceIamInstanceProfileAssociationCommand,
} from '@aws-sdk/client-ec2'
import {
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { hostsOf } from '../support/hosts.ts'
import { newRole } from '../support/roles.ts'
import { as, control, ec2, record, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let hosts: ReturnType<typeof hostsOf>
let iam: IAMClient
beforeAll(() => {
  hosts = hostsOf(as(KEYS.alice))
  iam = new IAMClient(as(KEYS.alice))
})

const EMPTY = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }] }

const associations = async (InstanceId: string, state?: string) => {
  const Filters = [
    { Name: 'instance-id', Values: [InstanceId] },
    ...(state ? [{ Name: 'state', Values: [state] }] : []),
  ]
  const asked = new DescribeIamInstanceProfileAssociationsCommand({ Filters })
  return (await ec2.send(asked)).IamInstanceProfileAssociations!
}

describe('the profile of an instance', () => {
  test('goes, and comes back', async () => {
    const role = await newRole(as(KEYS.alice), '/servers/')
    const { id } = await hosts.newHost({ profile: role.profile })
    const [first] = await associations(id, 'associated')
    expect(first).toMatchObject({ InstanceId: id, IamInstanceProfile: { Arn: role.profileArn }, State: 'associated' })
    const gone = new DisassociateIamInstanceProfileCommand({ AssociationId: first!.AssociationId! })
    expect((await ec2.send(gone)).IamInstanceProfileAssociation).toMatchObject({ State: 'disassociating' })
    expect(await associations(id)).toEqual([])
    expect((await hosts.instance(id)).IamInstanceProfile).toBeUndefined()
    await expect(ec2.send(gone)).rejects.toMatchObject({ name: 'InvalidAssociationID.NotFound' })
    const back = new AssociateIamInstanceProfileCommand({
      InstanceId: id,
      IamInstanceProfile: { Arn: role.profileArn },
    })
    expect((await ec2.send(back)).IamInstanceProfileAssociation).toMatchObject({ State: 'associating' })
    expect(await associations(id)).toMatchObject([{ State: 'associated' }])
    await expect(ec2.send(back)).rejects.toMatchObject({ name: 'IncorrectState' })
    expect(await record('DisassociateIamInstanceProfile')).toMatchObject({
      requestParameters: { DisassociateIamInstanceProfileRequest: { AssociationId: first!.AssociationId } },
    })
  })

  test('is replaced under another id, and must exist', async () => {
    const [one, other] = [await newRole(as(KEYS.alice)), await newRole(as(KEYS.alice))]
    const { id } = await hosts.newHost({ profile: one.profile })
    const [{ AssociationId }] = (await associations(id)) as [{ AssociationId: string }]
    const profile = { IamInstanceProfile: { Name: other.profile } }
    await ec2.send(new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, ...profile }))
    const [now] = await associations(id)
    expect(now!.AssociationId).not.toBe(AssociationId)
    expect((await hosts.instance(id)).IamInstanceProfile!.Arn).toBe(other.profileArn)
    const unknown = { InstanceId: id, IamInstanceProfile: { Name: 'nobody' } }
    await expect(ec2.send(new AssociateIamInstanceProfileCommand(unknown))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: 'Value (nobody) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
    })
  })
})

describe('the role behind it', () => {
  test('is found by the profile, and takes, shows and loses a policy', async () => {
    const { name, arn, profile } = await newRole(as(KEYS.alice))
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: profile }))
    expect(InstanceProfile!.Roles).toMatchObject([{ RoleName: name, Arn: arn }])
    const deny = { Effect: 'Deny', Action: '*', Resource: '*' }
    const when = { DateLessThan: { 'aws:TokenIssueTime': '2026-01-02T03:04:05Z' } }
    const text = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...deny, Condition: when }] })
    const policy = { RoleName: name, PolicyName: 'revoke-older-sessions' }
    await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: text }))
    const names = async () => (await iam.send(new ListRolePoliciesCommand({ RoleName: name }))).PolicyNames
    expect(await names()).toEqual([policy.PolicyName])
    const shown = (await iam.send(new GetRolePolicyCommand(policy))).PolicyDocument!
    expect(decodeURIComponent(shown)).toBe(text)
    await iam.send(new DeleteRolePolicyCommand(policy))
    expect(await names()).toEqual([])
    const missing = { name: 'NoSuchEntityException', $metadata: { httpStatusCode: 404 } }
    await expect(iam.send(new DeleteRolePolicyCommand(policy))).rejects.toMatchObject(missing)
    await expect(iam.send(new GetRolePolicyCommand(policy))).rejects.toMatchObject(missing)
    await expect(iam.send(new GetRoleCommand({ RoleName: 'nobody' }))).rejects.toMatchObject(missing)
  })

  test('every change of it is recorded, as IAM records it', async () => {
    const { name } = await newRole(as(KEYS.alice))
    const policy = { roleName: name, policyName: 'p', policyDocument: JSON.stringify(EMPTY) }
    const given = { RoleName: name, PolicyName: 'p', PolicyDocument: policy.policyDocument }
    await iam.send(new PutRolePolicyCommand(given))
    expect(await record('PutRolePolicy')).toMatchObject({
      eventSource: 'iam.amazonaws.com',
      awsRegion: 'us-east-1',
      userIdentity: { userName: 'alice' },
      requestParameters: policy,
      responseElements: null,
      requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(await record('CreateRole')).toMatchObject({
      requestParameters: { roleName: name, path: '/', assumeRolePolicyDocument: expect.stringMatching(/^\{/) },
      responseElements: { role: { roleName: name, arn: expect.stringContaining(`:role/${name}`) } },
    })
    expect(await record('AddRoleToInstanceProfile')).toMatchObject({
      requestParameters: { instanceProfileName: name, roleName: name },
      responseElements: null,
    })
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'nobody', PolicyName: 'p' })).catch(() => {})
    expect(await record('DeleteRolePolicy')).toMatchObject({
      errorCode: 'NoSuchEntityException',
      responseElements: null,
    })
    const [last] = (await control.events()).slice(-1)
    expect(last!.event).toMatchObject({ source: 'aws.iam', 'detail-type': 'AWS API Call via CloudTrail' })
  })
})
