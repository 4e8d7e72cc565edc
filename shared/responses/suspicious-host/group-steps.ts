import { type Call, madeBy, type Step } from '#shared/plan.ts'
import type { Lever } from './lever.ts'
import { permissionsOf } from './permissions.ts'
import { rulesFor } from './quarantine-groups.ts'
import { step } from './step.ts'
import { GROUP_TAG } from './world.ts'

type Group = Extract<Lever, { lever: 'group' | 'seal' }>

/** A group that a plan makes or finishes: its id, which may only be known once it is made, and the steps. */
export interface MadeGroup {
  readonly id: string
  readonly steps: readonly Step[]
}

/** Makes a group, or finishes one: EC2 gives each new group rules that let everything out. */
export function groupSteps(lever: Group): MadeGroup {
  const { of, vpc, reach, blocks } = lever
  const make =
    lever.lever === 'group'
      ? step(
          of,
          `Make a quarantine group in ${vpc}`,
          {
            call: 'ec2:CreateSecurityGroup',
            input: {
              GroupName: lever.name,
              Description: 'Portcullis puts hosts in quarantine into it. It has no rules of yours: do not add any.',
              VpcId: vpc,
              TagSpecifications: [
                {
                  ResourceType: 'security-group',
                  Tags: [
                    { Key: GROUP_TAG, Value: reach },
                    { Key: 'Name', Value: lever.name },
                  ],
                },
              ],
            },
          },
          [],
          'none',
        )
      : undefined
  const id = make ? madeBy(make.id) : of
  const needs = make ? [make.id] : []
  const has = lever.lever === 'seal' ? lever.rules : ['out -1 0.0.0.0/0', 'out -1 ::/0']
  const wanted = rulesFor(reach, blocks)
  // One call a rule: the one for IPv6 finds nothing where the VPC has none, and that must not keep the other from going.
  const gone = has
    .filter((rule) => !wanted.includes(rule))
    .map((rule) =>
      step(
        `${of} ${rule}`,
        `Take "${rule}" out of it`,
        { call: 'ec2:RevokeSecurityGroupEgress', input: { GroupId: id, IpPermissions: permissionsOf([rule]) } },
        [],
        'none',
      ),
    )
  const missing = lever.lever === 'seal' ? wanted : wanted.filter((rule) => !has.includes(rule))
  const allow = (
    direction: 'in' | 'out',
    call: 'ec2:AuthorizeSecurityGroupIngress' | 'ec2:AuthorizeSecurityGroupEgress',
  ) =>
    missing
      .filter((rule) => rule.startsWith(direction))
      .map((rule) =>
        step(
          `${of} ${rule}`,
          `Allow "${rule}" in it`,
          { call, input: { GroupId: id, IpPermissions: permissionsOf([rule]) } } as Call,
          [],
          'none',
        ),
      )
  const all = [
    ...gone,
    ...allow('in', 'ec2:AuthorizeSecurityGroupIngress'),
    ...allow('out', 'ec2:AuthorizeSecurityGroupEgress'),
  ]
  return { id, steps: [...(make ? [make] : []), ...all.map((one) => (needs.length > 0 ? { ...one, needs } : one))] }
}
