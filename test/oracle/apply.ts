import type {
  AssociateAddressCommandInput,
  AttachNetworkInterfaceCommandInput,
  AuthorizeSecurityGroupEgressCommandInput,
  AuthorizeSecurityGroupIngressCommandInput,
  CreateSecurityGroupCommandInput,
  CreateTagsCommandInput,
  DeleteSecurityGroupCommandInput,
  DeleteTagsCommandInput,
  DetachNetworkInterfaceCommandInput,
  DisassociateAddressCommandInput,
  ModifyInstanceAttributeCommandInput,
  ModifyNetworkInterfaceAttributeCommandInput,
  RevokeSecurityGroupEgressCommandInput,
  RevokeSecurityGroupIngressCommandInput,
  StartInstancesCommandInput,
  StopInstancesCommandInput,
} from '@aws-sdk/client-ec2'
import { associateAddress, disassociateAddress } from './apply-addresses.ts'
import { authorize, createSecurityGroup, deleteSecurityGroup, revoke } from './apply-groups.ts'
import { startInstances, stopInstances } from './apply-instances.ts'
import {
  attachNetworkInterface,
  detachNetworkInterface,
  modifyInstanceAttribute,
  modifyNetworkInterfaceAttribute,
} from './apply-interfaces.ts'
import { refuse } from './refuse.ts'
import { createTags, deleteTags } from './tags.ts'
import type { World } from './world.ts'

/** What each call does to a world, and what EC2 answers. One that EC2 refuses throws, and the world stays as it was. */
const calls = {
  'ec2:ModifyNetworkInterfaceAttribute': (world: World, input: ModifyNetworkInterfaceAttributeCommandInput) =>
    modifyNetworkInterfaceAttribute(world, input),
  'ec2:ModifyInstanceAttribute': (world: World, input: ModifyInstanceAttributeCommandInput) =>
    modifyInstanceAttribute(world, input),
  'ec2:AttachNetworkInterface': (world: World, input: AttachNetworkInterfaceCommandInput) =>
    attachNetworkInterface(world, input),
  'ec2:DetachNetworkInterface': (world: World, input: DetachNetworkInterfaceCommandInput) =>
    detachNetworkInterface(world, input),
  'ec2:CreateSecurityGroup': (world: World, input: CreateSecurityGroupCommandInput) =>
    createSecurityGroup(world, input),
  'ec2:DeleteSecurityGroup': (world: World, input: DeleteSecurityGroupCommandInput) =>
    deleteSecurityGroup(world, input),
  'ec2:AuthorizeSecurityGroupIngress': (world: World, input: AuthorizeSecurityGroupIngressCommandInput) =>
    authorize(world, input, false),
  'ec2:AuthorizeSecurityGroupEgress': (world: World, input: AuthorizeSecurityGroupEgressCommandInput) =>
    authorize(world, input, true),
  'ec2:RevokeSecurityGroupIngress': (world: World, input: RevokeSecurityGroupIngressCommandInput) =>
    revoke(world, input, false),
  'ec2:RevokeSecurityGroupEgress': (world: World, input: RevokeSecurityGroupEgressCommandInput) =>
    revoke(world, input, true),
  'ec2:AssociateAddress': (world: World, input: AssociateAddressCommandInput) => associateAddress(world, input),
  'ec2:DisassociateAddress': (world: World, input: DisassociateAddressCommandInput) =>
    disassociateAddress(world, input),
  'ec2:StopInstances': (world: World, input: StopInstancesCommandInput) => stopInstances(world, input),
  'ec2:StartInstances': (world: World, input: StartInstancesCommandInput) => startInstances(world, input),
  'ec2:CreateTags': (world: World, input: CreateTagsCommandInput) => createTags(world, input),
  'ec2:DeleteTags': (world: World, input: DeleteTagsCommandInput) => deleteTags(world, input),
}

export type Applied = keyof typeof calls
export type InputOf<C extends Applied> = Parameters<(typeof calls)[C]>[1]
export type OutputOf<C extends Applied> = ReturnType<(typeof calls)[C]>['output']

export const isApplied = (call: string): call is Applied => Object.hasOwn(calls, call)

export function apply<C extends Applied>(
  world: World,
  call: C,
  input: InputOf<C>,
): { readonly world: World; readonly output: OutputOf<C> } {
  if (!isApplied(call)) throw new Error(`expected a call that the oracle knows, got ${call}`)
  if (input.DryRun) refuse('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.')
  const run = calls[call] as (world: World, input: InputOf<C>) => { world: World; output: OutputOf<C> }
  return run(world, input)
}
