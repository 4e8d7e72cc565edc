import type { Call } from '#local/call.ts'

/** moto has what is done to machines, networks and roles, and what watches them; ministack has the serverless rest. */
const MOTO = new Set([
  'ec2',
  'elasticloadbalancing',
  'autoscaling',
  'route53',
  'cloudtrail',
  'config',
  'guardduty',
  // The roles of instances. The stack's own are made by CloudFormation inside ministack, and nobody asks for them here.
  'iam',
  'kms',
])

/** Systems Manager is in both: parameters lie in ministack, and what is done on machines in moto, which has machines. */
const ON_MACHINES = /^((Send|Cancel)Command|ListCommands|(List|Get)CommandInvocations?|DescribeInstanceInformation)$/

/** Which of the two emulators has what the call is about. */
export function emulatorOf({ service, action }: Pick<Call, 'service' | 'action'>): 'moto' | 'ministack' {
  if (service === 'ssm') return ON_MACHINES.test(action) ? 'moto' : 'ministack'
  return MOTO.has(service) ? 'moto' : 'ministack'
}
