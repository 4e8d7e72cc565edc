import { awsCode, errorText } from '#shared/fault.ts'
import type { Ports } from '#shared/ports.ts'

/** What EC2 answers where there is nothing to be had: no gap. */
const NONE = /^(Unsupported|UnsupportedOperation|InvalidParameterCombination|IncorrectInstanceState)$/

/**
 * What EC2 tells of a host, read side by side in seconds. What can't be read is stated in `gaps`, and keeps nothing else
 * from being kept.
 */
export async function facts(subject: string, { reads, region, account, clock }: Ports): Promise<string> {
  const by = (Name: string, ...Values: readonly string[]) => ({ Filters: [{ Name, Values: [...Values] }] })
  const gaps: string[] = []
  const parts: Record<string, unknown> = {}
  const read = async <T>(part: string, reading: () => Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await reading()
      parts[part] = plain(answer)
      return answer
    } catch (error) {
      parts[part] = null
      if (!NONE.test(awsCode(error))) gaps.push(`${part}: ${errorText(error)}`)
      return undefined
    }
  }
  const InstanceId = subject
  const [instances, interfaces, , , , profiles] = await Promise.all([
    read('instance', () => reads['ec2:DescribeInstances']({ InstanceIds: [subject] })),
    read('interfaces', () => reads['ec2:DescribeNetworkInterfaces'](by('attachment.instance-id', subject))),
    read('console', () => console(subject, reads)),
    read('screenshot', () => reads['ec2:GetConsoleScreenshot']({ InstanceId, WakeUp: false })),
    read('volumes', () => reads['ec2:DescribeVolumes'](by('attachment.instance-id', subject))),
    read('profile association', () => reads['ec2:DescribeIamInstanceProfileAssociations'](by('instance-id', subject))),
  ])
  const cards = interfaces?.NetworkInterfaces ?? []
  const groups = unique(cards.flatMap(({ Groups = [] }) => Groups.map(({ GroupId }) => GroupId)))
  const vpcs = unique(cards.map(({ VpcId }) => VpcId))
  const profile = unique(
    (profiles?.IamInstanceProfileAssociations ?? []).map(({ IamInstanceProfile }) => IamInstanceProfile?.Arn),
  )[0]
  if (instances && (instances.Reservations ?? []).length === 0) gaps.push('instance: EC2 knows it no longer')
  await Promise.all([
    groups.length > 0 && read('groups', () => reads['ec2:DescribeSecurityGroups']({ GroupIds: groups })),
    groups.length > 0 && read('group rules', () => reads['ec2:DescribeSecurityGroupRules'](by('group-id', ...groups))),
    vpcs.length > 0 && read('route tables', () => reads['ec2:DescribeRouteTables'](by('vpc-id', ...vpcs))),
    vpcs.length > 0 && read('network ACLs', () => reads['ec2:DescribeNetworkAcls'](by('vpc-id', ...vpcs))),
    profile &&
      read('profile', () => reads['iam:GetInstanceProfile']({ InstanceProfileName: profile.split('/').at(-1) })),
  ])
  const readAt = new Date(clock.now()).toISOString()
  return `${JSON.stringify({ host: subject, account, region, readAt, gaps: gaps.sort(), ...parts }, null, 1)}\n`
}

/** `Latest` is for instances on Nitro alone. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html */
async function console(InstanceId: string, reads: Ports['reads']): Promise<object> {
  try {
    return await reads['ec2:GetConsoleOutput']({ InstanceId, Latest: true })
  } catch (error) {
    if (awsCode(error) !== 'UnsupportedOperation') throw error
    return reads['ec2:GetConsoleOutput']({ InstanceId })
  }
}

/** An answer without what the SDK says of the call. */
const plain = (answer: unknown): unknown => {
  if (answer === null || typeof answer !== 'object') return answer
  const { $metadata: _metadata, ...rest } = answer as Record<string, unknown>
  return rest
}

const unique = (all: readonly (string | undefined)[]): string[] => [...new Set(all.flatMap((one) => one ?? []))]
