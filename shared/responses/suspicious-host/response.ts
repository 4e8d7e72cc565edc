import type { HostResidue, SuspiciousHost, UnreadyVpc } from '#shared/finding.ts'
import { field, list, text } from '#shared/kit/loose.ts'
import type { Response } from '#shared/response.ts'
import { confirm } from './confirm.ts'
import { isDone } from './is-done.ts'
import { judge } from './judge.ts'
import { breaker, keepsOrigins, LAUNCHES, launchOrigins } from './launches.ts'
import { glance, observe } from './observe.ts'
import { plan } from './plan.ts'
import { powers, releasePowers } from './powers.ts'
import { proof } from './proof.ts'
import { locate, scan } from './scan.ts'
import { scarce } from './scarce.ts'
import { disturbance, type HostSubject, subjects } from './subjects.ts'
import { surroundings } from './surroundings.ts'
import { type HostWorld, isGone } from './world.ts'

/** A host that a detector, a rule about launches or a person accuses: it is cut off, and held until it is released. */
export const suspiciousHost: Response<HostSubject, HostWorld, SuspiciousHost | HostResidue | UnreadyVpc> = {
  name: 'suspicious-host',
  swept: 'HostSweepsCompleted',
  reads: [
    'ec2:DescribeInstances',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeInstanceAttribute',
    'ec2:DescribeAddresses',
    'ec2:DescribeIamInstanceProfileAssociations',
    'ec2:DescribeImages',
    'ec2:DescribeSnapshots',
    'ec2:DescribeFlowLogs',
    'ec2:DescribeVpcs',
    'ec2:DescribeNetworkAcls',
    'autoscaling:DescribeAutoScalingGroups',
    'elasticloadbalancing:DescribeTargetGroups',
    'elasticloadbalancing:DescribeTargetHealth',
    'iam:GetInstanceProfile',
    'iam:ListRolePolicies',
    'guardduty:GetFindings',
    'logs:FilterLogEvents',
  ],
  powers,
  undoes: releasePowers,
  subjects,
  locate,
  glance,
  observe,
  scan,
  scarce,
  judge,
  plan,
  confirm,
  breaker,
  disturbance,
  proof,
  surroundings,
  isDone,
  /** A launch is judged by itself; all other calls matter only where the host is accused or held. */
  concerns: ({ name }, { open, suspicions }) => open !== null || suspicions.length > 0 || LAUNCHES.includes(name),
  keepsOrigins,
  holds: ({ host }) => host !== undefined && !isGone(host),
  origins: launchOrigins,
  /** A host that has just been launched may not show yet. */
  unseen(signal, { subject, host }) {
    if (signal.kind !== 'api-call' || signal.name !== 'RunInstances' || host !== null) return false
    return list(field(signal.response, 'instancesSet')).some((one) => text(field(one, 'instanceId')) === subject)
  },
}
