import type { Again, Circumstances, OpenIngress } from '#shared/finding.ts'
import { hasPorts, type PortRange } from '#shared/kit/ports.ts'
import { visible } from '#shared/kit/quote.ts'
import { isOneOf } from '#shared/policy/is-one-of.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { Exposure } from './exposure.ts'
import { originOf } from './origins.ts'
import { type GroupWorld, type IngressRule, permissionText } from './world.ts'

/** What a finding has to say of a group or its rules beside the exposure itself. */

/** All ports, or a port of administration. */
export const isWorst = ({ open }: Exposure, { 'open-ingress': { administration } }: Policy): boolean =>
  open.some((ports) => isAll(ports) || administration.some((admin) => isAll(admin) || meet(admin, ports)))

const isAll = ({ protocol, from, to }: PortRange): boolean =>
  protocol === '-1' || (hasPorts(protocol) && from === 0 && to === 65_535)

const meet = (a: PortRange, b: PortRange): boolean => a.protocol === b.protocol && a.from <= b.to && b.from <= a.to

/**
 * A VPC's own group, which can't be deleted; no other may have that name.
 * https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
 */
export const isDefaultGroup = ({ group }: GroupWorld): boolean => group?.name === 'default'

/** The account that owns the group, where it is another: a shared VPC shows groups that nobody here can change. */
export const foreignOf = ({ group }: GroupWorld, { account }: Circumstances): string | undefined =>
  group?.owner !== undefined && group.owner !== account ? group.owner : undefined

/** Names and tags by which a group tells that a controller writes its rules. What is not AWS's own anybody can put there. */
const MARKS: readonly {
  readonly name: (group: NonNullable<GroupWorld['group']>) => string | false
  readonly forgeable: boolean
}[] = [
  // https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
  {
    name: ({ tags }) => 'aws:eks:cluster-name' in tags && `EKS cluster ${tags['aws:eks:cluster-name']}`,
    forgeable: false,
  },
  // https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
  {
    name: ({ tags }) =>
      'elbv2.k8s.aws/cluster' in tags && `the load balancer controller of ${tags['elbv2.k8s.aws/cluster']}`,
    forgeable: true,
  },
  {
    name: ({ tags }) => {
      const key = Object.keys(tags).find((one) => one.startsWith('kubernetes.io/cluster/'))
      return key !== undefined && `Kubernetes cluster ${key.slice('kubernetes.io/cluster/'.length)}`
    },
    forgeable: true,
  },
  // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-lambda-tutorial.html
  {
    name: ({ name }) => /^(rds-rdsproxy|rdsproxy-rds|rds-ec2|ec2-rds)-\d+$/.test(name ?? '') && `RDS (${name})`,
    forgeable: true,
  },
  // https://docs.aws.amazon.com/directoryservice/latest/admin-guide/ms_ad_getting_started_what_gets_created.html
  {
    name: ({ name }) => /^d-[0-9a-z]{10}_controllers$/.test(name ?? '') && `Directory Service (${name})`,
    forgeable: true,
  },
]

/** What rewrites the rules of this group. */
export function controllerOf({ group }: GroupWorld): OpenIngress['controller'] {
  if (!group) return undefined
  for (const { name, forgeable } of MARKS) {
    const found = name(group)
    if (found) return { name: visible(found, 120), forgeable }
  }
  return undefined
}

/**
 * How often one of these permissions was closed within a day. Only where the policy calls the one who put it back
 * automation does that hold anything back: for anybody else a rule that stops after so many rounds is a recipe.
 */
export function againOf(
  rules: readonly IngressRule[],
  world: GroupWorld,
  { actors }: Policy,
  { rounds, origins, now }: Circumstances,
): Again | undefined {
  const recent = rounds.filter((round) => round.at > now.getTime() - 86_400_000)
  const [worst] = rules
    .map((rule) => ({
      rule,
      times: recent.find((round) => round.permission === permissionText(rule))?.times ?? 0,
    }))
    .sort((a, b) => b.times - a.times)
  if (!worst || worst.times === 0) return undefined
  const by = originOf(worst.rule, world, origins)?.actor
  const machine = by && actors.find((set) => set.automation && isOneOf(by, set))
  const stack = world.group?.tags['aws:cloudformation:stack-name']
  return {
    times: worst.times,
    ...(by ? { by } : {}),
    ...(machine?.automation ? { automation: { name: machine.name, rounds: machine.automation.rounds } } : {}),
    ...(stack ? { stack } : {}),
  }
}
