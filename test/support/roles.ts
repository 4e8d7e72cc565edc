import { randomUUID } from 'node:crypto'
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
  type IAMClientConfig,
} from '@aws-sdk/client-iam'

/** What a test of an instance's credentials needs. */
export interface Role {
  readonly name: string
  readonly arn: string
  readonly profile: string
  readonly profileArn: string
}

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

/** A role for instances, in an instance profile of the same name. */
export async function newRole(config: IAMClientConfig, path = '/'): Promise<Role> {
  const iam = new IAMClient(config)
  const name = `role-${randomUUID()}`
  const trust = { RoleName: name, AssumeRolePolicyDocument: JSON.stringify(TRUST), Path: path }
  const { Role: role } = await iam.send(new CreateRoleCommand(trust))
  const made = new CreateInstanceProfileCommand({ InstanceProfileName: name, Path: path })
  const { InstanceProfile } = await iam.send(made)
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }))
  return { name, arn: role!.Arn!, profile: name, profileArn: InstanceProfile!.Arn! }
}
